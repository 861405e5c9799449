"""The loopback site in a process of its own, which is told what to do line by line."""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench import corpus
from gallery_site import Site
from site_faults import Page


def main() -> None:
    """Serve a series of `argv[1]` chapters of `argv[2]` pages, `argv[3]` bytes and a delay.

    Writes the site's configuration and the series' address, then answers each line read from
    stdin: `clear` forgets the requests, `count` gives the number of page requests and of all.
    """
    chapters, length, size = map(int, sys.argv[1:4])
    with Site(delay=float(sys.argv[4])) as site:
        for number in range(1, chapters + 1):
            made = corpus.pages(length, size, number * length)
            site.add_chapter(number, [Page(name, body) for name, body in made])
        answer({"config": site.config(), "url": site.series_url()})
        for line in sys.stdin:
            if line.strip() == "clear":
                site.clear()
            answer({"requests": site.page_requests().total(), "all": len(site.log)})


def answer(message: dict[str, object]) -> None:
    """Write one line of JSON."""
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
