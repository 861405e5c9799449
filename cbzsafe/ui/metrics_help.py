"""The metrics by name, with the text of their HELP lines; `docs/metrics.md` has the same table.

Names follow https://prometheus.io/docs/practices/naming/: base units, the unit as a suffix. All are
gauges, for a file tells of the last run alone, and nothing in it only grows.
"""

from __future__ import annotations

BUILD = "cbzsafe_build_info"
ENDED = "cbzsafe_last_run_timestamp_seconds"
SUCCEEDED = "cbzsafe_last_success_timestamp_seconds"
DURATION = "cbzsafe_last_run_duration_seconds"
STATUS = "cbzsafe_last_run_exit_status"
INTERRUPTED = "cbzsafe_last_run_interrupted"
FREE = "cbzsafe_folder_free_bytes"
FINDINGS = "cbzsafe_findings"

BOOKS = "cbzsafe_books"
NOT_WHOLE = "cbzsafe_books_not_whole"
BOOKS_DAMAGED = "cbzsafe_books_damaged"
FETCHED = "cbzsafe_pages_fetched"
FETCHED_AGAIN = "cbzsafe_pages_fetched_again"
NEW = "cbzsafe_pages_new"
MISSING = "cbzsafe_pages_missing"
STAGED = "cbzsafe_pages_staged"
TAKEN_OVER = "cbzsafe_pages_taken_over"
RECEIVED = "cbzsafe_received_bytes"
ELSEWHERE = "cbzsafe_chapters_elsewhere"
FINISHED = "cbzsafe_chapters_finished"

ARCHIVES = "cbzsafe_archives"
UNCHANGED = "cbzsafe_archives_unchanged"
LEFT = "cbzsafe_archives_left"
PAGES_READ = "cbzsafe_pages_read"
READ = "cbzsafe_read_bytes"

REPAIRS = "cbzsafe_repairs"
SKIPPED = "cbzsafe_repairs_skipped"
DRY_RUN = "cbzsafe_repair_dry_run"
RECOVERED = "cbzsafe_pages_recovered"
LOST = "cbzsafe_pages_lost"

HELP = {
    BUILD: "Always 1; the labels are the versions of cbzsafe and gallery-dl that wrote the file.",
    ENDED: "When the last run ended, in seconds since 1970 (UTC).",
    SUCCEEDED: "When the last run with exit status 0 ended, in seconds since 1970 (UTC); "
    "0 if none is known.",
    DURATION: "How long the last run took.",
    STATUS: "The exit status of the last run.",
    INTERRUPTED: "Whether a signal ended the last run: 1 or 0.",
    FREE: "Bytes that were free in the folder's file system when the last run ended.",
    FINDINGS: "What was wrong or odd with archives, before the last run changed any.",
    BOOKS: "Books of the last run, by what became of them.",
    NOT_WHOLE: "Books of which the site named something that is not in the published archive.",
    BOOKS_DAMAGED: "Books whose published archive was damaged or unreadable when the last run "
    "opened it.",
    FETCHED: "Pages that came from the site and were found good.",
    FETCHED_AGAIN: "Fetches beyond the first, of pages that came broken or failed.",
    NEW: "Pages that the last run added to published archives.",
    MISSING: "Pages that the site named and that are not in the published archive.",
    STAGED: "Pages that lie in staging, not published.",
    TAKEN_OVER: "Pages that were taken over from damaged archives.",
    RECEIVED: "Bytes of all bodies that came for pages, whatever became of them.",
    ELSEWHERE: "Chapters that were left to other shards.",
    FINISHED: "Chapters that were passed over, being finished.",
    ARCHIVES: "Archives that the last check tells of, by condition; "
    "what the state file remembers is counted too.",
    UNCHANGED: "Archives that were not read because the state file knows them.",
    LEFT: "Archives that were not read because the time was up or a signal came.",
    PAGES_READ: "Pages of the archives that were read.",
    READ: "Bytes of the archives that were read.",
    REPAIRS: "Archives that the last repair looked at, by what became of them.",
    SKIPPED: "Archives that vanished, or were not reached before a signal came.",
    DRY_RUN: "Whether the last repair wrote nothing and says what would become: 1 or 0.",
    RECOVERED: "Pages that the index did not give and that were found in the file.",
    LOST: "Pages that are not in the new archives.",
}
"""In the order in which they are written."""
