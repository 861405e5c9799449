"""The process that a run would be: its number, its rights, its limits."""

from __future__ import annotations

import os
import resource
import signal
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from cbzsafe.doctor import memory
from cbzsafe.doctor.folders import temporary_folder
from cbzsafe.interrupt import SIGNALS
from cbzsafe.model import Diagnosis, Process, Weight

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

TERMINATION_LOG = Path("/dev/termination-log")
"""Where Kubernetes reads a container's last words (`terminationMessagePath`)."""

_MARKS = (Path("/.dockerenv"), Path("/run/.containerenv"))
"""Files that Docker and Podman lay into their containers."""

_SHELLS = frozenset({"sh", "bash", "dash", "ash", "busybox"})

_OTHERS = stat.S_IRGRP | stat.S_IROTH
"""Who may read besides the owner."""

_LEAST = 256 << 20
"""Bytes: Python and gallery-dl take a third of it, and a large picture that is decoded the rest."""

_LEAST_ADDRESSES = 512 << 20
"""Bytes: what is only mapped counts, too; with 300 MiB `check --decode` runs short at times."""


def in_container(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether this process runs in a container, as far as that shows."""
    return in_pod(environment) or any(mark.exists() for mark in _MARKS)


def in_pod(environment: Mapping[str, str]) -> bool:
    """Whether this process runs in a pod: Kubernetes sets this variable in each container."""
    return "KUBERNETES_SERVICE_HOST" in environment


def look(
    environment: Mapping[str, str] = os.environ, termination_log: Path = TERMINATION_LOG
) -> Process:
    """Find out about this process.

    Args:
        environment: its variables.
        termination_log: where Kubernetes looks for last words.
    """
    folder = temporary_folder()
    return Process(
        pid=os.getpid(),
        first=_name_of_first(),
        user=os.geteuid(),
        group=os.getegid(),
        groups=tuple(sorted(os.getgroups())),
        umask=_umask(),
        blocked=_blocked(),
        memory_limit=memory.limit(),
        address_limit=_address_limit(),
        termination_log=os.fspath(termination_log),
        termination_writable=_is_writable(termination_log),
        completion_index=environment.get("JOB_COMPLETION_INDEX", ""),
        terminal=sys.stderr is not None and sys.stderr.isatty(),
        read_only_root=bool(os.statvfs("/").f_flag & os.ST_RDONLY),
        temporary="" if folder is None else os.fspath(folder),
        container=in_container(environment),
        pod=in_pod(environment),
    )


def _name_of_first(comm: Path = Path("/proc/1/comm")) -> str:
    try:
        return comm.read_text("utf-8", "replace").strip()
    except OSError:
        return ""


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _blocked() -> tuple[str, ...]:
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    return tuple(number.name for number in SIGNALS if number in mask)


def _address_limit() -> int | None:
    soft, _ = resource.getrlimit(resource.RLIMIT_AS)
    return None if soft == resource.RLIM_INFINITY else soft


def _is_writable(path: Path) -> bool:
    return os.access(path, os.W_OK) and not path.is_dir()


def diagnose(found: Process) -> list[Diagnosis]:
    """Say what follows for a run.

    Args:
        found: as `look` gives it.
    """
    return [
        *_signals(found),
        *_rights(found),
        *_limits(found),
        *_messages(found),
        *_folders(found),
    ]


def _said(weight: Weight, subject: str, text: str, advice: str = "") -> Diagnosis:
    return Diagnosis(weight, "process", subject, text, advice)


def _signals(found: Process) -> Iterator[Diagnosis]:
    for name in found.blocked:
        text = "The signal is blocked: a run does not hear it, and is killed in the end."
        advice = "Start cbzsafe with the signal unblocked."
        yield _said(Weight.ERROR, name, text, advice)
    if found.pid == 1:
        text = "This process is number 1 of its container, and handles SIGTERM itself."
        yield _said(Weight.OK, "PID 1", text)
    elif found.first in _SHELLS and os.getppid() == 1:
        text = f"Number 1 is a shell ({found.first}), which does not pass SIGTERM on."
        advice = 'Start cbzsafe without a shell (command: ["cbzsafe", ...]), or with `exec`.'
        yield _said(Weight.WARNING, "PID 1", text, advice)
    else:
        text = f"This process is number {found.pid}; number 1 is {found.first or 'not known'}."
        yield _said(Weight.INFO, "PID 1", text)


def _rights(found: Process) -> Iterator[Diagnosis]:
    groups = ", ".join(map(str, found.groups)) or "none"
    text = f"User {found.user}, group {found.group}, other groups {groups}."
    yield _said(Weight.INFO, "user", text)
    if found.umask & _OTHERS == _OTHERS:
        text = f"umask is {found.umask:04o}: a reader under another user cannot open new books."
        yield _said(Weight.WARNING, "umask", text, "Start cbzsafe with umask 0022 or 0027.")
    else:
        yield _said(Weight.OK, "umask", f"umask is {found.umask:04o}.")


def _limits(found: Process) -> Iterator[Diagnosis]:
    limits = (
        ("memory limit", found.memory_limit, _LEAST),
        ("RLIMIT_AS", found.address_limit, _LEAST_ADDRESSES),
    )
    for subject, limit, least in limits:
        if limit is None:
            yield _said(Weight.OK, subject, "There is none.")
        elif limit < least:
            text = (
                f"{limit >> 20} MiB are little: a large picture may not be decoded, or end a run."
            )
            yield _said(Weight.WARNING, subject, text, f"Give it {least >> 20} MiB or more.")
        else:
            yield _said(Weight.INFO, subject, f"{limit >> 20} MiB.")


def _messages(found: Process) -> Iterator[Diagnosis]:
    if found.termination_writable:
        text = "It can be written to: a run leaves its summary there."
        yield _said(Weight.OK, found.termination_log, text)
    elif found.pod:
        text = "It cannot be written to: `kubectl describe` shows no summary of a run."
        advice = "Leave terminationMessagePath as it is, or name a file with --termination-log."
        yield _said(Weight.INFO, found.termination_log, text, advice)
    if found.completion_index:
        text = f"This pod is number {found.completion_index} of an Indexed Job."
        yield _said(Weight.INFO, "JOB_COMPLETION_INDEX", text)
    kind = "a terminal" if found.terminal else "no terminal: a run writes plain lines"
    yield _said(Weight.OK, "standard error", f"It is {kind}.")


def _folders(found: Process) -> Iterator[Diagnosis]:
    if found.read_only_root:
        text = "The root file system is read-only: a run writes to mounted volumes only."
        yield _said(Weight.INFO, "root", text)
    if not found.temporary:
        text = "No folder for temporary files can be written to."
        yield _said(Weight.WARNING, "TMPDIR", text, "Mount an emptyDir at /tmp, or set TMPDIR.")
