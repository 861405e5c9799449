"""Work on many archives at once, in processes of its own.

Threads would share Python's lock, and a small archive is mostly Python's work: two processes take a
third of the time of two threads over books of 20 small pages. And a picture that crashes its
decoder takes along one process, which is told, and not the check.

The processes are forked and talked to through pipes, with nothing from `multiprocessing`: importing
that takes as long as reading 100 MB.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import pickle
import select
import signal
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import NoReturn

    from cbzsafe.progress import Progress

Job = TypeVar("Job")
Result = TypeVar("Result")

_POLL = 100
"""Milliseconds between two looks at how far the processes are."""

_NUMBER = 8
"""Bytes of the counter that a process shares with its parent."""


def processors() -> int:
    """How many processors there are for this process."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@dataclass(frozen=True, slots=True)
class Died:
    """What comes instead of a result when the process that worked on it died.

    Attributes:
        how: such as `SIGSEGV` or `exit status 1`.
    """

    how: str


class _Counter:
    """A progress that only counts bytes, into a place that the parent reads."""

    def __init__(self, place: mmap.mmap) -> None:
        self._place = place
        self._done = 0

    def message(self, text: str) -> None:
        pass

    def start(self, what: str, total: int) -> None:
        pass

    def advance(self, count: int) -> None:
        self._done += count
        self._place[:] = self._done.to_bytes(_NUMBER, "little")

    def finish(self) -> None:
        pass


class _Worker(Generic[Job, Result]):
    """One process and the pipes to and from it."""

    def __init__(
        self,
        work: Callable[[Job, Progress], Result],
        others: list[_Worker[Job, Result]],
    ) -> None:
        self.job: Job | None = None
        self._counter = mmap.mmap(-1, _NUMBER)
        self._told = 0
        jobs, ours = os.pipe()
        theirs, results = os.pipe()
        self.pid = os.fork()
        if not self.pid:
            # Else no pipe would ever end when the parent is killed.
            for descriptor in (ours, theirs, *(d for other in others for d in other.descriptors)):
                os.close(descriptor)
            _serve(os.fdopen(jobs, "rb"), os.fdopen(results, "wb"), work, self._counter)
        os.close(jobs)
        os.close(results)
        self._to: BinaryIO = os.fdopen(ours, "wb")
        self._from: BinaryIO = os.fdopen(theirs, "rb")

    @property
    def descriptors(self) -> tuple[int, int]:
        """The parent's ends of the pipes: where jobs go, and where results come."""
        return self._to.fileno(), self._from.fileno()

    def give(self, job: Job) -> None:
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
        try:
            got: Result = pickle.load(self._from)  # noqa: S301 - our own process wrote it
        except (EOFError, OSError, pickle.UnpicklingError):
            return Died(_ending(self.end()))
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
    counter: mmap.mmap,
) -> NoReturn:
    """Do in the process what is asked for, until the parent is gone; nothing leaves this call."""
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all; the parent decides
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        progress = _Counter(counter)
        while True:
            result = work(pickle.load(jobs), progress)  # noqa: S301 - our own parent wrote it
            pickle.dump(result, results)
            results.flush()
    except (EOFError, OSError):
        os._exit(0)
    except BaseException:  # noqa: BLE001 - the parent's clean-up must not be done here
        os._exit(1)


class Pool(Generic[Job, Result]):
    """Does one kind of work on many jobs, and gives the results as they come.

    Args:
        work: called in another process with a job and a progress.
        progress: told of the bytes that the work reports.
        workers: processes; with 0 all is done in this one.
    """

    def __init__(
        self, work: Callable[[Job, Progress], Result], progress: Progress, workers: int
    ) -> None:
        self._work = work
        self._progress = progress
        self._count = workers
        self._workers: list[_Worker[Job, Result]] = []

    def __enter__(self) -> Pool[Job, Result]:
        """Nothing more to do: processes are started as there is work."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the processes, whatever they are at: they only read."""
        for worker in self._workers:
            worker.end()

    def each(
        self, jobs: Iterator[Job], is_over: Callable[[], bool]
    ) -> Iterator[tuple[Job, Result | Died]]:
        """Give each job with its result.

        Args:
            jobs: taken one by one, as processes become free.
            is_over: asked again and again; once it says so, nothing more is given.
        """
        if not self._count:
            yield from self._here(jobs, is_over)
            return
        while not is_over():
            self._hand_out(jobs)
            busy = [worker for worker in self._workers if worker.job is not None]
            if not busy:
                return
            for worker in self._ready(busy):
                yield self._take(worker)

    def _here(
        self, jobs: Iterator[Job], is_over: Callable[[], bool]
    ) -> Iterator[tuple[Job, Result | Died]]:
        for job in jobs:
            if is_over():
                return
            yield job, self._work(job, self._progress)

    def _hand_out(self, jobs: Iterator[Job]) -> None:
        """Give every process that is free a job, and start those that are lacking."""
        for worker in self._workers:
            if worker.job is None and (job := next(jobs, None)) is not None:
                worker.give(job)
        while len(self._workers) < self._count and (job := next(jobs, None)) is not None:
            worker = _Worker(self._work, self._workers)
            self._workers.append(worker)
            worker.give(job)

    def _ready(self, busy: list[_Worker[Job, Result]]) -> list[_Worker[Job, Result]]:
        """Wait a moment for results, and tell how far the processes are."""
        poll = select.poll()
        for worker in busy:
            poll.register(worker.descriptors[1], select.POLLIN)
        ready = {descriptor for descriptor, _ in poll.poll(_POLL)}
        count = sum(worker.advanced() for worker in busy)
        if count:
            self._progress.advance(count)
        return [worker for worker in busy if worker.descriptors[1] in ready]

    def _take(self, worker: _Worker[Job, Result]) -> tuple[Job, Result | Died]:
        job, worker.job = worker.job, None
        if job is None:
            raise AssertionError("a process that has no job gave a result")
        result = worker.result()
        if isinstance(result, Died):
            self._workers.remove(worker)
        return job, result
