"""What to do with a file that cannot be repaired."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cbzsafe import images
from cbzsafe.cbz.files import ArchiveFile
from cbzsafe.model import Code

if TYPE_CHECKING:
    from cbzsafe.cbz.scan import Scan
    from cbzsafe.model import Finding

_RENAME = {"rar": ".cbr", "7z": ".cb7", "tar": ".cbt", "pdf": ".pdf"}
_HEAD = 4096


def on_unreadable(found: Scan) -> str:
    """Give one sentence on the first finding that makes an archive unreadable.

    Args:
        found: what a scan said of it.
    """
    worst = next(f for f in found.findings if f.code in _ANSWERS)
    return f"{worst.detail.rstrip('.')}: {_ANSWERS[worst.code](found, worst)}"


def _not_a_zip(found: Scan, finding: Finding) -> str:
    del finding
    with ArchiveFile(found.path) as file:
        kind = images.sniff(file.read(0, _HEAD))
    if kind in _RENAME:
        return f"readers may open it once it is named {_RENAME[kind]}, else pack its pages anew."
    if images.is_picture(kind):
        return f"name it .{images.extension_for(kind)}, or download the book again."
    return "download the book again."


def _encrypted(found: Scan, finding: Finding) -> str:
    del found, finding
    return "unpack the archive with its password, and pack the pages anew."


def _unsupported(found: Scan, finding: Finding) -> str:
    del found, finding
    return "unpack the archive with the program that made it, and pack the pages anew."


_ANSWERS = {
    Code.NOT_A_ZIP: _not_a_zip,
    Code.ENCRYPTED: _encrypted,
    Code.UNSUPPORTED_COMPRESSION: _unsupported,
}
