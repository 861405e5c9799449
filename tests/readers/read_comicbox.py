"""Reads archives with comicbox, and prints a line of JSON for each: its pages and what it is."""

from __future__ import annotations

import hashlib
import json
import sys
from typing import Any

from comicbox.box import Comicbox


def pages(box: Comicbox) -> list[tuple[str, int, str]]:
    """The pages in the order in which they would be shown."""
    found = []
    for name in box.get_page_filenames():
        data = box.get_page_by_filename(name)
        found.append((str(name), len(data), hashlib.sha256(data).hexdigest()))
    return found


def metadata(box: Comicbox) -> dict[str, Any]:
    """What a ComicInfo.xml inside says, in words that all readers share."""
    if not any(name.endswith("ComicInfo.xml") for name in box.namelist()):
        return {}
    found = box.to_dict()["comicbox"]
    return {
        "series": found["series"]["name"],
        "title": found["title"],
        "language": found["language"],
        "count": found["page_count"],
    }


for path in sys.argv[1:]:
    answer: dict[str, Any] = {"reader": "comicbox", "archive": path}
    try:
        with Comicbox(path) as box:
            answer |= {"pages": pages(box), "metadata": metadata(box)}
    except Exception as error:  # noqa: BLE001 - whatever it raises is its answer
        answer["error"] = repr(error)
    sys.stdout.write(json.dumps(answer) + "\n")
