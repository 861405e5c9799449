"""The bits of the exit status that the end of a job sets."""

DISK = 128
"""gallery-dl's exit bit for an OSError, as gallery_dl/job.py sets it."""

NOT_WHOLE = 1
"""Our exit bit: a book is not whole."""

NOT_DOWNLOADED = 4
"""gallery-dl's exit bit for a file that failed, which waits for the repair rounds here."""
