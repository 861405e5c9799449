"""Work spread over processes: what comes back, what dies, and what is left behind."""

from __future__ import annotations

import contextlib
import faulthandler
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from programs import ROOT, until

from cbzsafe.library.pool import Pool
from cbzsafe.library.worker import Died
from cbzsafe.progress import Silent

MB = 1 << 20


class Sum(Silent):
    """Adds up what is reported."""

    def __init__(self):
        self.done = 0

    def advance(self, count):
        self.done += count


def go_on():
    return False


def doubled(job, progress):
    return 2 * job


def its_own_id(job, progress):
    time.sleep(0.02)
    return os.getpid()


def results(work, jobs, workers=2, progress=None, is_over=go_on):
    with Pool(work, progress or Silent(), workers) as pool:
        return list(pool.each(iter(jobs), is_over))


def is_alive(pid):
    """Whether a process is there, be it as a zombie."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, 0)
        return True
    return False


@pytest.mark.parametrize("workers", [0, 1, 2, 5])
@pytest.mark.parametrize("count", [0, 1, 40])
def test_each_job_has_its_result(workers, count):
    """Every job comes back once with what the work made of it, however many processes there are."""
    assert sorted(results(doubled, range(count), workers)) == [(n, 2 * n) for n in range(count)]


def test_work_is_done_elsewhere_and_by_no_more_processes_than_asked_for():
    """The results come from so many processes, none of which is this one or is left."""
    pids = {pid for _, pid in results(its_own_id, range(12), 3)}
    assert len(pids) == 3
    assert os.getpid() not in pids
    assert not any(map(is_alive, pids))
    assert {pid for _, pid in results(its_own_id, range(3), 0)} == {os.getpid()}


def test_a_slow_job_does_not_hold_up_the_others():
    """What is ready comes, while another process is still at work."""

    def work(job, progress):
        time.sleep(0.5 if job == 0 else 0.01)
        return job

    assert [job for job, _ in results(work, range(10))][-1] == 0


def test_jobs_are_taken_as_processes_become_free():
    """A list that is made as it is asked for is not asked for much ahead."""
    taken = []

    def jobs():
        for number in range(20):
            taken.append(number)
            yield number

    with Pool(doubled, Silent(), 2) as pool:
        for count, _ in enumerate(pool.each(jobs(), go_on), 1):
            assert len(taken) <= count + 2


def test_what_is_larger_than_a_pipe_goes_through():
    """Jobs and results of megabytes do not block each other."""

    def work(job, progress):
        return job + job

    for job, result in results(work, [bytes([n]) * 3 * MB for n in range(4)]):
        assert result == job + job


def killed(number):
    def end():
        faulthandler.disable()  # pytest's; it would print where
        os.kill(os.getpid(), number)

    return end


ENDS = {
    "SIGSEGV": killed(signal.SIGSEGV),
    "SIGKILL": killed(signal.SIGKILL),
    "SIGABRT": killed(signal.SIGABRT),
    "exit status 3": lambda: os._exit(3),
}


@pytest.mark.parametrize("how", ENDS)
@pytest.mark.parametrize("workers", [1, 2])
def test_a_process_that_dies_costs_its_job_alone(how, workers):
    """That job comes with how the process ended, and all others are done."""

    def work(job, progress):
        if job == 3:
            ENDS[how]()
        return job

    found = dict(results(work, range(10), workers))
    assert found.pop(3) == Died(how)
    assert found == {n: n for n in range(10) if n != 3}


class Silly(Exception):
    """An exception that fails itself when it is asked what it says."""

    def __str__(self):
        """Fail."""
        return {}["nothing"]


def raising(error):
    raise error


RAISES = {
    "KeyError: 'nothing'": lambda: {}["nothing"],
    "ValueError: two lines": lambda: raising(ValueError("two\n  lines.")),
    "OSError: [Errno 5] Input/output error": lambda: raising(OSError(5, "Input/output error")),
    "EOFError": lambda: raising(EOFError),
    "SystemExit: 3": lambda: sys.exit(3),
    f"ValueError: {'x' * 288} …": lambda: raising(ValueError("x" * 10_000)),
}


@pytest.mark.parametrize("told", RAISES)
@pytest.mark.parametrize("workers", [1, 2])
def test_an_exception_costs_its_job_alone_and_is_told(told, workers):
    """That job comes with the exception's type and message on a line, and all others are done."""

    def work(job, progress):
        if job == 3:
            RAISES[told]()
        return job

    found = dict(results(work, range(10), workers))
    assert found.pop(3) == Died("an exception", told)
    assert found == {n: n for n in range(10) if n != 3}


def test_an_exception_that_cannot_be_told_costs_its_job_alone():
    """That job comes with the end of its process, and the next one is done."""

    def work(job, progress):
        if not job:
            raise Silly
        return job

    assert dict(results(work, range(2), 1)) == {0: Died("exit status 1"), 1: 1}


def test_a_result_that_cannot_be_sent_is_told():
    """What cannot be pickled comes back as the exception that says so."""

    def work(job, progress):
        return (lambda: job) if job == 1 else job

    found = dict(results(work, range(3)))
    assert (found[0], found[2]) == (0, 2)
    assert "lambda" in found[1].error


def test_where_every_process_dies_every_job_is_told():
    """There is an end, even if nothing can be done."""

    def work(job, progress):
        ENDS["SIGKILL"]()

    assert sorted(job for job, _ in results(work, range(6))) == list(range(6))


def test_a_process_that_dies_between_two_jobs_costs_nothing_silently():
    """The job that was given to a dead process is told as such, and the next ones are done."""
    pids = {}
    with Pool(its_own_id, Silent(), 1) as pool:
        for job, result in pool.each(iter(range(4)), go_on):
            pids[job] = result
            if job == 0:
                os.kill(result, signal.SIGKILL)
    assert pids[1] == Died("SIGKILL")
    assert pids[2] == pids[3] != pids[0]


def sleeper(job, progress):
    if job:
        time.sleep(60)
    return os.getpid()


def test_it_is_over_at_once_when_time_is_up():
    """What processes are at is given up, they end, and nothing more is given."""
    began = time.monotonic()

    def is_over():
        return time.monotonic() > began + 0.3

    found = results(sleeper, [0, 1, 1], 2, is_over=is_over)
    assert 0.3 <= time.monotonic() - began < 1.5
    assert [job for job, _ in found] == [0]
    assert not is_alive(found[0][1])


@pytest.mark.parametrize("workers", [0, 2])
def test_where_it_is_over_from_the_start_nothing_is_done(workers):
    """No job is given a result, even if there is one."""
    assert results(doubled, [1, 2], workers, is_over=lambda: True) == []


def test_an_error_in_the_block_ends_the_processes():
    """No process, busy or free, outlives the block."""
    pids = []

    def failing():
        with Pool(sleeper, Silent(), 3) as pool:
            for _, pid in pool.each(iter([0, 1, 1]), go_on):
                pids.append(pid)
                raise LookupError

    with pytest.raises(LookupError):
        failing()
    with pytest.raises(ChildProcessError):  # a zombie would be there to be waited for
        os.waitpid(pids[0], os.WNOHANG)


def test_no_file_stays_open():
    """The pipes of processes that ended and of those that died are closed."""

    def work(job, progress):
        if job % 3 == 0:
            ENDS["SIGKILL"]()

    before = sorted(os.listdir("/proc/self/fd"))
    results(work, range(9), 3)
    assert sorted(os.listdir("/proc/self/fd")) == before


@pytest.mark.parametrize("workers", [0, 1, 3])
def test_progress_adds_up(workers):
    """Every byte that the work reports arrives once."""

    def work(job, progress):
        for _ in range(10):
            progress.advance(job * MB)

    progress = Sum()
    results(work, range(20), workers, progress)
    assert progress.done == sum(range(20)) * 10 * MB


def test_progress_comes_while_the_work_goes_on():
    """What is done is told before the job is."""
    progress = Sum()

    def work(job, progress):
        for _ in range(20):
            progress.advance(1)
            time.sleep(0.03)

    def is_over():
        return progress.done >= 5

    assert results(work, [1], 1, progress, is_over) == []
    assert 5 <= progress.done < 20


PROGRAM = """
import os, sys, time
from cbzsafe.interrupt import Interrupted, Stop
from cbzsafe.library.pool import Pool
from cbzsafe.progress import Silent

def work(job, progress):
    os.write(1, b"%d\\n" % os.getpid())  # in one piece
    time.sleep(1.5 if job else 60)

stop = Stop()
with stop.handling():
    try:
        with Pool(work, Silent(), 2) as pool:
            for job, result in pool.each(iter([int(sys.argv[1])] * 2), lambda: False):
                print(result, flush=True)
    except Interrupted as signal:
        sys.exit(signal.exit_code)
"""


@contextlib.contextmanager
def program(job):
    """Give a program in a process group of its own, and the ids of its two processes."""
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, job],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            yield process, [int(process.stdout.readline()) for _ in range(2)]
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_to_all_is_the_parents_to_decide_on(number):
    """Ctrl-C, and SIGTERM, to the process group end it within a second and without a word."""
    with program("0") as (process, pids):
        began = time.monotonic()
        os.killpg(process.pid, number)
        out, err = process.communicate()
        assert time.monotonic() - began < 1
        assert (process.returncode, err) == (128 + number, "")
        assert "Died" not in out
        assert not any(map(is_alive, pids))


def is_running(pid):
    """Whether a process is at work; nobody may wait for it here, so that it may stay a zombie."""
    try:
        with Path(f"/proc/{pid}/stat").open(encoding="ascii") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_processes_end_by_themselves_when_their_parent_was_killed():
    """They finish what they are at, find nobody there, and go."""
    with program("1") as (process, pids):
        process.kill()
        process.wait()
        assert until(lambda: not any(map(is_running, pids)), 5)
