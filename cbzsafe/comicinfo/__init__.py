"""ComicInfo.xml, the description of a book that readers look for in its archive.

Its schema is ComicInfo 2.1 of the Anansi Project (https://anansi-project.github.io/docs/comicinfo).
Nothing here knows of gallery-dl or of archives: metadata come as plain values, and bytes go out.
"""

from cbzsafe.comicinfo.document import Page, is_ours, parse, says, write
from cbzsafe.comicinfo.elements import ELEMENTS, Info, cleaned
from cbzsafe.comicinfo.mapping import RULES, from_metadata
from cbzsafe.comicinfo.merge import filled_up, united

__all__ = [
    "ELEMENTS",
    "RULES",
    "Info",
    "Page",
    "cleaned",
    "filled_up",
    "from_metadata",
    "is_ours",
    "parse",
    "says",
    "united",
    "write",
]
