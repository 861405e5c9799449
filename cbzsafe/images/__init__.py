"""Is this a whole picture?

`quick` tells it by the first and last bytes, `decode` by all of them. Both say nothing where they
are not sure: a whole picture is never called broken.
"""

from cbzsafe.images.check import (
    VIEWABLE_LIMIT,
    check_file,
    decode,
    proves,
    sides,
    viewable,
    weaker,
)
from cbzsafe.images.ends import quick
from cbzsafe.images.kinds import describe, extension_for, is_page, is_picture, promised, sniff

__all__ = [
    "VIEWABLE_LIMIT",
    "check_file",
    "decode",
    "describe",
    "extension_for",
    "is_page",
    "is_picture",
    "promised",
    "proves",
    "quick",
    "sides",
    "sniff",
    "viewable",
    "weaker",
]
