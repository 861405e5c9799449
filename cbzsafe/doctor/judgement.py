"""What follows from how the trials of a folder ended, and what to do about it."""

from __future__ import annotations

from typing import NamedTuple

from cbzsafe.model import Diagnosis, Folder, Role, Trial, Tried, Weight

_OK, _INFO, _WARNING, _ERROR = Weight.OK, Weight.INFO, Weight.WARNING, Weight.ERROR

NO_SYNC = frozenset({"EINVAL", "ENOTSUP", "EOPNOTSUPP", "EBADF"})
"""Errors by which a file system says that it does not sync folders, and a publish goes on."""


class _Rule(NamedTuple):
    """What is said of a trial.

    Attributes:
        good: where it works.
        bad: where it does not; what was seen follows.
        advice: for that case.
        library: the weight of that case in a library.
        staging: the weight of that case where pages wait.
    """

    good: str
    bad: str
    advice: str
    library: Weight
    staging: Weight


_ELSEWHERE = "Put the library on a file system that can, and point --publish-to or -d there"

_RULES = {
    Trial.WRITE: _Rule(
        "Files can be made here.",
        "No file can be made here",
        "Give this user the right to write (in a pod: securityContext.fsGroup), or make room.",
        _ERROR,
        _ERROR,
    ),
    Trial.RENAME: _Rule(
        "A rename replaces a file in one step.",
        "A rename does not replace a file in one step",
        f"{_ELSEWHERE}: a kill can leave a book half or not at all.",
        _ERROR,
        _WARNING,
    ),
    Trial.SYNC_FILE: _Rule(
        "A file can be synced.",
        "A file cannot be synced",
        f"{_ELSEWHERE}: a power cut can leave a book half.",
        _ERROR,
        _WARNING,
    ),
    Trial.SYNC_FOLDER: _Rule(
        "A folder can be synced.",
        "A folder cannot be synced",
        "After a power cut run `cbzsafe check` over what was published last.",
        _ERROR,
        _WARNING,
    ),
    Trial.LOCK: _Rule(
        "A lock keeps a second process out.",
        "A lock does not keep a second process out",
        "Let one process at a time work here (concurrencyPolicy: Forbid), or mount it with locks.",
        _ERROR,
        _INFO,
    ),
    Trial.LOCK_RELEASED: _Rule(
        "The lock of a killed process is free at once.",
        "The lock of a killed process stays",
        "After a kill the book is blocked until the server lets go: look at its lock settings.",
        _WARNING,
        _INFO,
    ),
    Trial.LINK: _Rule(
        "A file can get a second name.",
        "A file cannot get a second name",
        "Nothing needs doing: the originals that a repair keeps are copied, and need their room.",
        _INFO,
        _OK,
    ),
    Trial.UNLINKED: _Rule(
        "An open file that was removed can be read.",
        "An open file that was removed cannot be read",
        "Let no reader have a book open while it is updated: it would lose the file.",
        _WARNING,
        _INFO,
    ),
    Trial.LONG_NAMES: _Rule(
        "A name may have 255 bytes.",
        "A name may not have 255 bytes",
        "Shorten long titles in gallery-dl's `directory` and `filename` formats.",
        _WARNING,
        _WARNING,
    ),
    Trial.CASE: _Rule(
        "Small letters and capitals are told apart.",
        "Small letters and capitals are not told apart",
        "Titles that differ in nothing else get one book: tell them apart in `directory`.",
        _WARNING,
        _WARNING,
    ),
    Trial.ODD_NAMES: _Rule(
        "Names may have any character.",
        "Some names are not taken as they are",
        'Set gallery-dl\'s `"path-restrict": "windows"` and `"path-strip": "windows"`.',
        _WARNING,
        _WARNING,
    ),
    Trial.UNICODE_NAMES: _Rule(
        "Names come back as they were written.",
        "Names do not come back as they were written",
        "A page or book whose name changes is not found again: mount it without normalisation.",
        _WARNING,
        _WARNING,
    ),
    Trial.TIMES: _Rule(
        "A file keeps the time that it was given.",
        "A file does not keep the time that it was given",
        "Nothing needs doing, unless a reader sorts by the pages' times.",
        _INFO,
        _INFO,
    ),
    Trial.CLOCK: _Rule(
        "Its clock agrees with ours.",
        "Its clock does not agree with ours",
        "Let the server and this machine get their time from one source (NTP).",
        _WARNING,
        _WARNING,
    ),
}


def of_trials(folder: Folder) -> list[Diagnosis]:
    """Say what each trial of a folder means."""
    return [_of_trial(folder, tried) for tried in folder.trials]


def _of_trial(folder: Folder, tried: Tried) -> Diagnosis:
    rule = _RULES[tried.trial]
    if tried.works:
        return Diagnosis(_OK, "folders", folder.path, rule.good + _measured(tried))
    if tried.works is None:
        text = f"It was not tried whether it is so: {rule.good[:-1].lower()} ({tried.detail})."
        advice = "Make room, then run the doctor again." if tried.error else ""
        return Diagnosis(_WARNING, "folders", folder.path, text, advice)
    text = f"{rule.bad}{_seen(tried)}."
    return Diagnosis(_weight(folder, tried, rule), "folders", folder.path, text, rule.advice)


def _weight(folder: Folder, tried: Tried, rule: _Rule) -> Weight:
    if folder.role is Role.TEMPORARY:
        return _WARNING
    if tried.trial is Trial.SYNC_FOLDER and tried.error in NO_SYNC:
        return _WARNING
    return rule.library if folder.role is Role.LIBRARY else rule.staging


def _seen(tried: Tried) -> str:
    if tried.trial is Trial.CLOCK and tried.value is not None:
        way = "ahead" if tried.value > 0 else "behind"
        return f": it is {abs(tried.value):.1f} s {way}"
    return f": {tried.detail}" if tried.detail else ""


def _measured(tried: Tried) -> str:
    if tried.trial is Trial.TIMES and tried.value is not None and tried.value >= 1:
        return f" It keeps steps of {tried.value:g} s."
    return ""
