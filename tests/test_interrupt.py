"""Stopping on a signal."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from cbzsafe.interrupt import Interrupted, Stop


def test_a_signal_stops_at_once():
    """Outside a guarded block a signal raises where the program is."""
    stop = Stop()
    with stop.handling(), pytest.raises(Interrupted) as caught:
        os.kill(os.getpid(), signal.SIGTERM)
    assert (caught.value.cause, caught.value.exit_code) == ("SIGTERM", 143)


def test_a_guarded_block_is_finished_first():
    """Inside `uninterrupted` a signal waits for the end of the block."""
    stop, done = Stop(), []

    def work():
        with stop.uninterrupted():
            os.kill(os.getpid(), signal.SIGINT)
            done.append(True)

    with stop.handling(), pytest.raises(Interrupted):
        work()
    assert done == [True]


def test_a_signal_behind_the_work_sets_the_flag_only():
    """What is done after the work itself is finished, and can tell of the signal."""
    stop = Stop()
    with stop.handling():
        assert stop.until_stopped(lambda: "done", "ended") == "done"
        os.kill(os.getpid(), signal.SIGTERM)
        with stop.uninterrupted():
            stop.check()
    assert stop.reason is not None
    assert (stop.reason.cause, stop.reason.exit_code) == ("SIGTERM", 143)


def test_work_that_a_signal_ends_is_reported_on_without_another_interruption():
    """What tells of the interrupted work may guard a block of its own."""
    stop = Stop()
    with stop.handling():
        ended = stop.until_stopped(lambda: os.kill(os.getpid(), signal.SIGINT), "ended")
        with stop.uninterrupted():
            stop.check()
    assert ended == "ended"
    assert stop.reason is not None
    assert stop.reason.cause == "SIGINT"


def test_work_that_follows_may_be_interrupted_again():
    """After `resume` a signal raises, be it one that came in between."""
    stop = Stop()
    with stop.handling():
        stop.until_stopped(lambda: None, None)
        stop.resume()
        with pytest.raises(Interrupted):
            os.kill(os.getpid(), signal.SIGINT)


def test_handlers_are_put_back():
    """After the block the signals do what they did before."""
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    with Stop().handling():
        assert signal.getsignal(signal.SIGTERM) != before[0]
    assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)) == before


def test_a_thread_runs_without_handlers():
    """Outside the main thread, where no handler can be set, the block runs all the same."""
    seen = []

    def work():
        with Stop().handling():
            seen.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [True]


def test_a_second_signal_ends_the_process():
    """A second signal does not wait for the guarded block."""
    code = (
        "import os, signal, time\n"
        "from cbzsafe.interrupt import Stop\n"
        "stop = Stop()\n"
        "with stop.handling(), stop.uninterrupted():\n"
        "    os.kill(os.getpid(), signal.SIGTERM)\n"
        "    os.kill(os.getpid(), signal.SIGTERM)\n"
        "    time.sleep(30)\n"
    )
    assert subprocess.run([sys.executable, "-c", code], timeout=20, check=False).returncode == 143


class Finalized:
    """Ends with a signal in its finalizer, where Python drops what the handler raises."""

    def __del__(self):  # noqa: D105 - the class says it
        os.kill(os.getpid(), signal.SIGTERM)


def test_a_signal_that_comes_within_a_finalizer_is_heard_all_the_same():
    """Whatever waits next is interrupted at once, as a read of a stalled page."""
    stop = Stop()
    reading, writing = os.pipe()

    def work():
        one = Finalized()
        del one
        os.read(reading, 1)

    keeper = threading.Timer(10, os.close, [writing])
    keeper.start()
    try:
        with stop.handling(), pytest.raises(Interrupted):
            work()
        assert keeper.is_alive()
    finally:
        keeper.cancel()
        os.close(reading)
        os.close(writing)


def test_a_signal_within_a_finalizer_of_a_guarded_block_waits_for_its_end():
    """A publish that is under way is finished in this case, too."""
    stop, done = Stop(), []

    def work():
        with stop.uninterrupted():
            one = Finalized()
            del one
            time.sleep(0.05)
            done.append(True)

    with stop.handling(), pytest.raises(Interrupted):
        work()
    assert done == [True]


def test_what_others_lose_is_told_as_before(monkeypatch):
    """Exceptions of other finalizers go to the hook that was there, which comes back."""
    told = []
    monkeypatch.setattr(sys, "unraisablehook", told.append)
    before = sys.unraisablehook

    class Failing:
        def __del__(self):
            raise KeyError("x")

    with Stop().handling():
        one = Failing()
        del one
    assert [args.exc_type for args in told] == [KeyError]
    told.clear()
    assert sys.unraisablehook == before
