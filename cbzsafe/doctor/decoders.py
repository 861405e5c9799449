"""Which pictures can be decoded here, how strictly, and what computes checksums."""

from __future__ import annotations

from importlib.util import find_spec

from cbzsafe.cbz import crc
from cbzsafe.images import pillow, weaker
from cbzsafe.model import Decoders, Diagnosis, Weight

KINDS = ("jpeg", "png", "gif", "webp", "avif", "bmp", "tiff", "jp2")
"""The kinds of pictures that Pillow may decode, the frequent ones first."""


def look() -> Decoders:
    """Find out about the libraries that look at pages."""
    return Decoders(
        pictures=tuple(kind for kind in KINDS if pillow.reads(kind)),
        strict=find_spec("simplejpeg") is not None,
        crc=crc.implementation(),
        weaker=weaker(),
    )


def diagnose(found: Decoders) -> list[Diagnosis]:
    """Say how closely pages are looked at.

    Args:
        found: as `look` gives it.
    """
    strict = "strictly" if found.strict else "not strictly"
    text = f"Decoded whole: {', '.join(found.pictures) or 'none'}; JPEGs {strict}."
    said = [Diagnosis(Weight.INFO, "decoders", "pictures", text)]
    said += [Diagnosis(Weight.WARNING, "decoders", "pictures", one) for one in found.weaker]
    said.append(Diagnosis(Weight.OK, "decoders", "checksums", f"They are computed by {found.crc}."))
    return said
