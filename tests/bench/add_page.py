"""Add a page to a book as a run of cbzsafe does: take the old pages over, publish, read back."""

import sys
from pathlib import Path

from cbzsafe.cbz.pack import ArchivedPage, FilePage
from cbzsafe.cbz.publish import publish
from cbzsafe.cbz.scan import Depth, scan


def main() -> None:
    """Add the file `argv[2]` to the book `argv[1]`."""
    book, page = Path(sys.argv[1]), Path(sys.argv[2])
    old = [ArchivedPage(e.name, book, e, e.comment) for e in scan(book, Depth.ENDS).entries]
    publish(book, [*old, FilePage(page.name, page)])


if __name__ == "__main__":
    main()
