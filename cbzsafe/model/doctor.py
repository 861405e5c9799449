"""What the doctor found out about a place in which cbzsafe runs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from cbzsafe.model.place import Folder


class Weight(StrEnum):
    """How much a diagnosis weighs."""

    OK = "ok"
    """It was looked at, and is as it should be."""
    INFO = "info"
    """Good to know."""
    WARNING = "warning"
    """Something follows from it, but no book is in danger."""
    ERROR = "error"
    """It endangers books, or no run can work."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One thing that the doctor says.

    Attributes:
        weight: see `Weight`.
        section: `versions`, `configuration`, `folders`, `process`, `clock` or `decoders`.
        subject: what it is about, such as a package or a folder.
        text: one plain sentence.
        advice: what to do about it, one sentence; empty where there is nothing to do.
    """

    weight: Weight
    section: str
    subject: str
    text: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Package:
    """A program or library.

    Attributes:
        name: as it is installed by.
        version: the installed one; empty where it is not installed.
        optional: whether cbzsafe works without it.
    """

    name: str
    version: str
    optional: bool = False


@dataclass(frozen=True, slots=True)
class UnreadFile:
    """A configuration file that is there, and that gallery-dl cannot read.

    Attributes:
        path: the file.
        reason: why, as the system or the parser says it.
        ends_run: whether gallery-dl ends there; else it goes on without the file.
    """

    path: str
    reason: str
    ends_run: bool


@dataclass(frozen=True, slots=True)
class SettingInForce:
    """A setting, its value as text, and where that came from; see `cbzsafe.settings.InForce`."""

    name: str
    value: str
    source: str


@dataclass(frozen=True, slots=True)
class Process:
    """What was found out about the process.

    Attributes:
        pid: its number.
        first: the name of the process with number 1; empty where it cannot be read.
        user: the effective user's number.
        group: the effective group's number.
        groups: numbers of the other groups.
        umask: the bits that new files do not get.
        blocked: names of the signals that end a run and cannot reach this process.
        memory_limit: bytes of its cgroup; None where there is no limit.
        address_limit: bytes of `RLIMIT_AS`; None where there is no limit.
        termination_log: the file for Kubernetes' termination message.
        termination_writable: whether it is there and can be written to.
        completion_index: the pod's number in an Indexed Job; empty elsewhere.
        terminal: whether standard error is one.
        read_only_root: whether the root file system is read-only.
        temporary: the temporary folder; empty where none can be written to.
        container: whether it runs in a container, as far as that shows.
        pod: whether that is in a pod of Kubernetes.
    """

    pid: int
    first: str
    user: int
    group: int
    groups: tuple[int, ...]
    umask: int
    blocked: tuple[str, ...]
    memory_limit: int | None
    address_limit: int | None
    termination_log: str
    termination_writable: bool
    completion_index: str
    terminal: bool
    read_only_root: bool
    temporary: str
    container: bool
    pod: bool


@dataclass(frozen=True, slots=True)
class Clock:
    """What was found out about the clock.

    Attributes:
        now: seconds since the epoch.
        newest: mtime of the newest file of gallery-dl; None where that is not known.
        zone: the variable `TZ`; empty where it is not set.
        zones: whether there are time zone data.
    """

    now: float
    newest: float | None
    zone: str
    zones: bool


@dataclass(frozen=True, slots=True)
class Decoders:
    """What was found out about the libraries that look at pages.

    Attributes:
        pictures: the kinds of pictures that are decoded whole.
        strict: whether JPEGs are decoded by a library that passes no cut one.
        crc: the library that computes checksums.
        weaker: checks that are weaker than they could be, one sentence each.
    """

    pictures: tuple[str, ...]
    strict: bool
    crc: str
    weaker: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DoctorReport:
    """What the doctor found out; what a signal kept it from looking at is None or empty.

    Attributes:
        diagnoses: what it says, section by section.
        packages: versions.
        files: configuration files that were read, in order.
        unread: see `UnreadFile`.
        settings: those in force.
        folders: the ones that were looked at.
        process: see `Process`.
        clock: see `Clock`.
        decoders: see `Decoders`.
        status: the exit status of the process.
        started: seconds since the epoch.
        seconds: how long it took.
        interrupted: the name of the signal that ended it, such as `SIGTERM`.
    """

    diagnoses: tuple[Diagnosis, ...] = ()
    packages: tuple[Package, ...] = ()
    files: tuple[str, ...] = ()
    unread: tuple[UnreadFile, ...] = ()
    settings: tuple[SettingInForce, ...] = ()
    folders: tuple[Folder, ...] = ()
    process: Process | None = None
    clock: Clock | None = None
    decoders: Decoders | None = None
    status: int = 0
    started: float = 0.0
    seconds: float = 0.0
    interrupted: str | None = None
