"""Reads archives with darkseid, and prints a line of JSON for each: its pages and what it is."""

from __future__ import annotations

import hashlib
import json
import sys
from typing import Any

from darkseid.comic import Comic, MetadataFormat


def pages(comic: Comic) -> list[tuple[str, int, str]]:
    """The pages in the order in which they would be shown."""
    found = []
    for index, name in enumerate(comic.get_page_name_list()):
        data = comic.get_page(index)
        if data is None:
            raise ValueError(f"{name} cannot be read")
        found.append((name, len(data), hashlib.sha256(data).hexdigest()))
    return found


def metadata(comic: Comic) -> dict[str, Any]:
    """What a ComicInfo.xml inside says, in words that all readers share."""
    if not comic.has_metadata(MetadataFormat.COMIC_INFO):
        return {}
    found = comic.read_metadata(MetadataFormat.COMIC_INFO)
    return {
        "series": found.series.name,
        "title": "; ".join(story.name for story in found.stories),
        "language": found.series.language,
        "count": len(found.pages),
    }


for path in sys.argv[1:]:
    answer: dict[str, Any] = {"reader": "darkseid", "archive": path}
    try:
        comic = Comic(path)
        answer |= {"pages": pages(comic), "metadata": metadata(comic)}
    except Exception as error:  # noqa: BLE001 - whatever it raises is its answer
        answer["error"] = repr(error)
    sys.stdout.write(json.dumps(answer) + "\n")
