"""Work on many archives at once, in processes of its own.

Threads would share Python's lock, and a small archive is mostly Python's work: two processes take a
third of the time of two threads over books of 20 small pages. And a picture that crashes its
decoder takes along one process, which is told, and not the check.

The processes are forked and talked to through pipes, with nothing from `multiprocessing`: importing
that takes as long as reading 100 MB.
"""

from __future__ import annotations

import contextlib
import select
import signal
from typing import TYPE_CHECKING, Generic, TypeVar

from cbzsafe.interrupt import SIGNALS
from cbzsafe.library.worker import Died, Worker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cbzsafe.progress import Progress


Job = TypeVar("Job")
Result = TypeVar("Result")

_POLL = 100
"""Milliseconds between two looks at how far the processes are."""


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """Let no signal in: a process that was just forked must not run the parent's handlers."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


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
        self._workers: list[Worker[Job, Result]] = []

    def __enter__(self) -> Pool[Job, Result]:
        """Nothing more to do: processes are started as there is work."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the processes, whatever they are at: they only read."""
        with _undisturbed():
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
            with _undisturbed():
                worker = Worker(self._work, self._workers)
                self._workers.append(worker)
            worker.give(job)

    def _ready(self, busy: list[Worker[Job, Result]]) -> list[Worker[Job, Result]]:
        """Wait a moment for results, and tell how far the processes are."""
        poll = select.poll()
        for worker in busy:
            poll.register(worker.descriptors[1], select.POLLIN)
        ready = {descriptor for descriptor, _ in poll.poll(_POLL)}
        count = sum(worker.advanced() for worker in busy)
        if count:
            self._progress.advance(count)
        return [worker for worker in busy if worker.descriptors[1] in ready]

    def _take(self, worker: Worker[Job, Result]) -> tuple[Job, Result | Died]:
        job, worker.job = worker.job, None
        if job is None:
            raise AssertionError("a process that has no job gave a result")
        result = worker.result()
        if isinstance(result, Died):
            self._workers.remove(worker)
        return job, result
