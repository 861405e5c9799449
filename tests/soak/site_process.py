"""The site in a process of its own, which is told what to do line by line.

Its one argument is JSON: `seed`, `series`, `chapters` (of each), `rate`. It answers first with the
configuration and with what each book should hold, then to each line that it reads: `count` tells
the number of requests and faults, `calm` ends the faults, `account FILE` writes every request.
"""

import hashlib
import json
import random
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import pictures
from gallery_site import Site
from site_faults import Page
from soak.faulty_site import PATIENCE, FaultySite

PAGES = (3, 6)
"""How many pages a chapter has, at least and at most."""

SIZES = (1500, 6000)
"""How many bytes a page has, about, at least and at most."""


def fill(site: Site, seed: int, series: int, chapters: int) -> None:
    """Add the chapters; no two have one number, since that is what the history tells pages by."""
    dice = random.Random(seed)
    for number in range(1, series * chapters + 1):
        group = (number - 1) // chapters + 1
        pages = [_page(dice, number, at) for at in range(1, dice.randint(*PAGES) + 1)]
        site.add_chapter(number, pages, slug=f"s{group}", manga=f"Series {group}")


def _page(dice: random.Random, number: int, at: int) -> Page:
    body = pictures.jpeg(number * 10 + at, dice.randint(*SIZES))
    return Page(f"c{number}_{at}.jpg", body)


def config(site: Site) -> dict[str, Any]:
    """What a user would set for a site that fails: its documents are asked for again at once."""
    patient = {"retries": 3, "timeout": PATIENCE, "retry_codes": [404], "sleep_retries": "0"}
    return site.config(downloader={"retries": 0, "timeout": PATIENCE}, **patient)


def truth(site: Site) -> list[dict[str, Any]]:
    """Say what each chapter's book should hold."""
    return [
        {
            "url": chapter.url,
            "series": chapter.manga,
            "book": chapter.book.as_posix(),
            "pages": {name: digest(body) for name, body in chapter.expected().items()},
            "paths": {chapter.name(at): chapter.page_path(p) for at, p in enumerate(chapter.pages)},
            "keys": [f"local{chapter.number * 1000 + at + 1}" for at in range(len(chapter.pages))],
        }
        for chapter in site.chapters
    ]


def digest(body: bytes) -> str:
    """Give a page's SHA-256."""
    return hashlib.sha256(body).hexdigest()


def answered(site: FaultySite, line: str) -> dict[str, object]:
    """Do what a line says, and give the answer."""
    word, _, file = line.strip().partition(" ")
    if word == "calm":
        site.rate = 0.0
    if word == "account":
        Path(file).write_text(json.dumps([asdict(one) for one in site.account]), "utf-8")
    pages = sum(one.page for one in list(site.account))
    faults = sum(bool(one.fault) for one in list(site.account))
    return {"requests": len(site.account), "pages": pages, "faults": faults}


def main() -> None:
    """Serve until stdin ends."""
    asked = json.loads(sys.argv[1])
    with FaultySite(asked["seed"], asked["rate"]) as site:
        fill(site, asked["seed"], asked["series"], asked["chapters"])
        say({"config": config(site), "truth": truth(site)})
        for line in sys.stdin:
            say(answered(site, line))


def say(message: dict[str, object]) -> None:
    """Write one line of JSON."""
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
