"""One tree of errors, each with the exit status that it means.

An error says that something cannot go on. What is wrong *with an archive* is no error but a
`cbzsafe.model.Finding`, and what became of a book is a `cbzsafe.model.BookReport`.
"""

from __future__ import annotations


class CbzsafeError(Exception):
    """Base of all errors that a user is told in one plain sentence.

    Attributes:
        exit_code: the status that the process ends with when nothing catches the error.
    """

    exit_code = 1


class UsageError(CbzsafeError):
    """The command line, an environment variable or a configuration key is wrong."""

    exit_code = 2


class UnsupportedGalleryDL(CbzsafeError):
    """The installed gallery-dl lacks something that cbzsafe builds upon."""

    exit_code = 2


class UnreadableArchive(CbzsafeError):
    """A file cannot be read as an archive at all, or is no regular file."""

    exit_code = 2


class ArchiveChanged(CbzsafeError):
    """A file changed or was replaced while it was being read."""


class HistoryUnavailable(CbzsafeError):
    """gallery-dl's download archive does not take what it is given."""


class PackFailed(CbzsafeError):
    """An archive could not be made whole: nothing was published."""


class BookUnavailable(CbzsafeError):
    """A book cannot be worked on now: locked elsewhere, or something stands in its place."""


class StorageError(CbzsafeError):
    """The disk failed: full, read-only, or a call to it went wrong."""

    exit_code = 128
