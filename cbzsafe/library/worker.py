"""One process that works for this one, and the pipes to and from it."""

from __future__ import annotations

import contextlib
import mmap
import os
import pickle
import signal
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO, Generic, TypeVar

from cbzsafe.interrupt import SIGNALS

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn

    from cbzsafe.progress import Progress

Job = TypeVar("Job")
Result = TypeVar("Result")

_NUMBER = 8
"""Bytes of the counter that a process shares with its parent."""

_TOLD = 300
"""Letters of an exception that are told."""


@dataclass(frozen=True, slots=True)
class Died:
    """What comes instead of a result when the process that worked on it died or failed.

    Attributes:
        how: such as `SIGSEGV`, `exit status 1` or `an exception`.
        error: the exception's type and what it says, on one line.
    """

    how: str
    error: str = ""


class _Counter:
    """A progress that only counts bytes, into a place that the parent reads, while there is one."""

    def __init__(self, place: mmap.mmap, parent: int) -> None:
        self._place = place
        self._parent = parent
        self._done = 0

    def message(self, text: str) -> None:
        pass

    def start(self, what: str, total: int) -> None:
        pass

    def advance(self, count: int) -> None:
        self._done += count
        self._place[:] = self._done.to_bytes(_NUMBER, "little")
        if os.getppid() != self._parent:
            os._exit(0)

    def finish(self) -> None:
        pass


class Worker(Generic[Job, Result]):
    """One process and the pipes to and from it.

    Args:
        work: done in the process, with each job that it is given and a progress.
        others: the processes that there are already.
    """

    def __init__(
        self,
        work: Callable[[Job, Progress], Result],
        others: list[Worker[Job, Result]],
    ) -> None:
        self.job: Job | None = None
        self._counter = mmap.mmap(-1, _NUMBER)
        self._told = 0
        parent = os.getpid()
        jobs, ours = os.pipe()
        theirs, results = os.pipe()
        self.pid = os.fork()
        if not self.pid:
            # Else no pipe would ever end when the parent is killed.
            for descriptor in (ours, theirs, *(d for other in others for d in other.descriptors)):
                os.close(descriptor)
            counter = _Counter(self._counter, parent)
            _serve(os.fdopen(jobs, "rb"), os.fdopen(results, "wb"), work, counter)
        os.close(jobs)
        os.close(results)
        self._to: BinaryIO = os.fdopen(ours, "wb")
        self._from: BinaryIO = os.fdopen(theirs, "rb")

    @property
    def descriptors(self) -> tuple[int, int]:
        """The parent's ends of the pipes: where jobs go, and where results come."""
        return self._to.fileno(), self._from.fileno()

    def give(self, job: Job) -> None:
        """Let the process work on a job."""
        self.job = job
        with contextlib.suppress(OSError):  # it died; asking for the result tells
            pickle.dump(job, self._to)
            self._to.flush()

    def advanced(self) -> int:
        """Give the bytes that are done since the last call."""
        done = int.from_bytes(self._counter[:], "little")
        self._told, before = done, self._told
        return done - before

    def result(self) -> Result | Died:
        """Take the result of the job; waits for it."""
        try:
            got: Result | Died = pickle.load(self._from)  # noqa: S301 - our own process wrote it
        except (EOFError, OSError, pickle.UnpicklingError):
            return Died(_ending(self.end()))
        if isinstance(got, Died):
            self.end()
        return got

    def end(self) -> int:
        """End the process, and give its wait status."""
        with contextlib.suppress(OSError):
            self._to.close()
        self._from.close()
        self._counter.close()
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        return os.waitpid(self.pid, 0)[1]


def _ending(status: int) -> str:
    if os.WIFSIGNALED(status):
        return signal.Signals(os.WTERMSIG(status)).name
    return f"exit status {os.WEXITSTATUS(status)}"


def _serve(
    jobs: BinaryIO,
    results: BinaryIO,
    work: Callable[[Any, Progress], Any],
    progress: Progress,
) -> NoReturn:
    """Do in the process what is asked for, until the parent is gone; nothing leaves this call."""
    try:
        for number in SIGNALS:  # they reach the whole group; the parent decides
            signal.signal(number, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        while True:
            job = pickle.load(jobs)  # noqa: S301 - our own parent wrote it
            results.write(_done(work, job, progress))
            results.flush()
    except (EOFError, OSError):
        os._exit(0)
    except BaseException:  # noqa: BLE001 - the parent's clean-up must not be done here
        os._exit(1)


def _done(work: Callable[[Any, Progress], Any], job: object, progress: Progress) -> bytes:
    """Do one job, and pack the result, or what went wrong in place of one."""
    try:
        return pickle.dumps(work(job, progress))
    except BaseException as error:  # noqa: BLE001 - whatever it is, the parent has to be told
        return pickle.dumps(Died("an exception", _told(error)))


def _told(error: BaseException) -> str:
    """Put an exception on one line, which its message alone may fill with a page."""
    text = " ".join(f"{type(error).__name__}: {error}".split()).rstrip(".:")
    return f"{text[:_TOLD]} …" if len(text) > _TOLD else text
