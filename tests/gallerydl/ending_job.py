"""What the end of a visit needs of a job: real books on a real shelf, and no extractor."""

from __future__ import annotations

import logging
from types import SimpleNamespace

from cbzsafe.cbz.entry import Method
from cbzsafe.gallerydl.shelf import Shelf
from cbzsafe.interrupt import Stop
from cbzsafe.progress import Silent
from cbzsafe.settings import Settings

WRITER = SimpleNamespace(
    extension="cbz", method=Method.STORED, keep_files=False, extras=lambda _: []
)


class Job:
    """What the end of a visit needs of a job."""

    def __init__(self, **settings):
        made = Settings(lock_timeout=0.05, **settings)
        shelf = Shelf(made, Silent())
        self.status, self.pathfmt = 0, None
        self.transaction = SimpleNamespace(unmade={})
        self.extractor = SimpleNamespace(log=logging.getLogger("job"))
        self.safe_run = SimpleNamespace(
            shelf=shelf,
            settings=made,
            stop=Stop(),
            decoded=lambda _: [],
            on_settled=lambda _: None,
        )

    @property
    def reports(self):
        return self.safe_run.shelf.reports

    def book(self, folder, owner=None):
        """Open the book of a folder."""
        shelf = self.safe_run.shelf
        return shelf.book(folder, folder.parent, [WRITER], owner or self.transaction, "https://x/")
