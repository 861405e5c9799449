"""`--log-format json`: where it is asked for, and that it is taken back."""

from __future__ import annotations

import json
import logging
import os
import sys
import threading
import warnings

import pytest

from cbzsafe import invocation
from cbzsafe.cli import errors
from cbzsafe.cli.logs import Switch
from cbzsafe.cli.main import main
from cbzsafe.settings import LogFormat

WRONG = ("--pack", "x", "http://nowhere.invalid/")
SENTENCE = "--pack: 'x' is none of always, asked, never."
JSON = ("--log-format", "json")


@pytest.fixture
def told(capsys):
    """Give the objects on standard error; nothing must be on standard output."""

    def told():
        out, err = capsys.readouterr()
        assert out == ""
        return [json.loads(line) for line in err.splitlines()]

    return told


def messages(objects):
    return [(one["level"], one["logger"], one["message"]) for one in objects]


@pytest.mark.parametrize(
    ("argv", "variable", "expected"),
    [
        ([], "", None),
        ([], "json", "json"),
        (["--log-format", "text"], "json", "text"),
        (["--log-format=json", "u", "--log-format", "text"], "", "text"),
        (["--log-format", "text", "--log-format="], "", ""),
        (["u", "--log-format"], "json", "json"),
        (["--log-formats=json", "-o", "log-format=json"], "", None),
        (["--", "--log-format=json"], "", None),
    ],
)
def test_a_setting_is_found_before_any_parsing(argv, variable, expected):
    """The last option before the dashes wins, then the variable."""
    environment = {"CBZSAFE_LOG_FORMAT": variable}
    assert invocation.early(argv, environment, "log-format") == expected


def test_a_usage_error_is_an_object(told):
    """What is wrong with the command line itself is told in the form that was asked for."""
    assert main([*JSON, *WRONG]) == 2
    assert messages(told()) == [("error", "cbzsafe", SENTENCE)]


def test_a_second_run_in_the_process_has_lines_again(told, capsys):
    """What one call asks for does not outlive it."""
    before = (sys.stderr, warnings.showwarning, threading.excepthook, sys.unraisablehook)
    handlers = list(logging.getLogger().handlers)
    assert main([*JSON, *WRONG]) == 2
    assert len(told()) == 1
    assert (sys.stderr, warnings.showwarning, threading.excepthook, sys.unraisablehook) == before
    assert logging.getLogger().handlers == handlers
    assert main([*WRONG]) == 2
    assert capsys.readouterr().err == f"cbzsafe: {SENTENCE}\n"


@pytest.mark.parametrize("form", ["text", "json"])
def test_the_option_wins_over_the_variable(monkeypatch, capsys, form):
    """A pod's variable can be overruled by hand."""
    monkeypatch.setenv("CBZSAFE_LOG_FORMAT", "json" if form == "text" else "text")
    assert main(["--log-format", form, *WRONG]) == 2
    assert capsys.readouterr().err.startswith("{") is (form == "json")


@pytest.mark.parametrize("command", ["check", "repair"])
@pytest.mark.parametrize(
    ("variables", "is_json"),
    [
        ({"CBZSAFE_LOG_FORMAT": "json"}, True),
        ({"CBZSAFE_{}_LOG_FORMAT": "json"}, True),
        ({"CBZSAFE_LOG_FORMAT": "json", "CBZSAFE_{}_LOG_FORMAT": "text"}, False),
        ({"CBZSAFE_LOG_FORMAT": "json", "CBZSAFE_{}_LOG_FORMAT": ""}, True),
    ],
)
def test_each_command_hears_both_variables(monkeypatch, capsys, command, variables, is_json):
    """One variable serves all commands, and a command's own wins over it."""
    for name, value in variables.items():
        monkeypatch.setenv(name.format(command.upper()), value)
    assert main([command]) == 2
    assert capsys.readouterr().err.startswith("{") is is_json


@pytest.mark.parametrize("words", [("check",), ("repair",), ("explain", "--pack", "x")])
def test_each_command_has_the_option(told, words):
    """Standard error is objects, whatever the command."""
    name, *rest = words
    assert main([name, *JSON, *rest]) == 2
    assert [(one["level"], one["logger"]) for one in told()] == [("error", "cbzsafe")]


def test_the_standard_output_of_a_command_stays(capsys, tmp_path):
    """What a check prints is the same with objects on standard error as without."""
    (tmp_path / "a.cbz").write_bytes(b"no archive")
    status = main(["check", str(tmp_path)])
    lines = capsys.readouterr().out.splitlines()
    assert main(["check", *JSON, str(tmp_path)]) == status == 2
    out, err = capsys.readouterr()
    assert out.splitlines()[:-1] == lines[:-1]  # the last one has the time that it took
    assert err == ""


def test_verbose_puts_the_traceback_into_the_object(told):
    """With -v an error has where it happened in the same object."""
    assert main([*JSON, "-v", *WRONG]) == 2
    (one,) = told()
    assert one["message"] == SENTENCE
    assert one["exception"].startswith("Traceback (most recent call last):\n")


def test_without_the_library_nothing_is_begun(monkeypatch, capsys):
    """What has to be installed is told as a line, and is a usage error."""
    monkeypatch.setitem(sys.modules, "pythonjsonlogger.json", None)
    assert main([*JSON, "http://nowhere.invalid/"]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith("cbzsafe: ")
    assert "pip install 'cbzsafe[container]'" in err


def test_text_that_is_wanted_turns_nothing_on(capsys):
    """Text is what there is without the option."""
    with Switch() as switch:
        switch.use(LogFormat.TEXT)
        sys.stderr.write("a line\n")
    assert capsys.readouterr().err == "a line\n"


def test_objects_can_be_turned_on_late_and_only_once(told):
    """A configuration file is read after the first words; asking twice changes nothing."""
    with Switch() as switch:
        switch.use(LogFormat.JSON)
        stream = sys.stderr
        switch.use(LogFormat.JSON)
        assert sys.stderr is stream
        errors.tell("A sentence.")
    assert messages(told()) == [("error", "cbzsafe", "A sentence.")]


def test_the_journal_is_the_roots_first_handler():
    """gallery-dl takes the first one for that of standard error, and configures it."""
    other = logging.NullHandler()
    logging.getLogger().addHandler(other)
    with Switch() as switch:
        switch.use(LogFormat.JSON)
        handlers = logging.getLogger().handlers
        assert handlers.index(sys.stderr.journal) == 0 < handlers.index(other)
    logging.getLogger().removeHandler(other)


def test_a_line_without_an_end_is_written_at_the_end(told):
    """What somebody wrote last is not lost."""
    with Switch() as switch:
        switch.use(LogFormat.JSON)
        sys.stderr.write("no end")
    assert messages(told()) == [("info", "stderr", "no end")]


def test_what_python_says_by_itself_is_an_object_each(told):
    """A warning, a thread that dies and an exception that nobody can catch are told with theirs."""

    class Breaks:
        def __del__(self):
            raise ValueError("in a finalizer")

    def die():
        raise KeyError("in a thread")

    with Switch() as switch, warnings.catch_warnings():
        warnings.simplefilter("always")
        switch.use(LogFormat.JSON)
        warnings.warn("It is odd.", UserWarning, stacklevel=1)
        thread = threading.Thread(target=die, name="worker")
        thread.start()
        thread.join()
        del (broken := [Breaks()])[0]
        assert broken == []
    warned, died, ignored = told()
    assert {one["logger"] for one in (warned, died, ignored)} == {"python"}
    assert warned["message"].startswith("UserWarning: It is odd. (")
    assert died["message"] == "Exception in thread worker: KeyError: 'in a thread'"
    assert died["exception"].endswith("KeyError: 'in a thread'")
    assert ignored["exception"].endswith("ValueError: in a finalizer")


def test_a_warning_for_another_file_is_not_ours(told, tmp_path):
    """`warnings.showwarning` with a file of its own keeps its meaning."""
    with Switch() as switch, (tmp_path / "w.txt").open("w") as file:
        switch.use(LogFormat.JSON)
        with pytest.warns(UserWarning, match="odd"):
            warnings.showwarning(UserWarning("odd"), UserWarning, "x.py", 1, file)
    assert told() == []


def test_a_process_without_standard_error_has_no_objects(monkeypatch):
    """Where nothing can be written, nothing is turned on, and nothing raises."""
    monkeypatch.setattr(sys, "stderr", None)
    assert main([*JSON, *WRONG]) == 2
    assert sys.stderr is None


def test_a_closed_pipe_at_the_end_is_passed_over(monkeypatch):
    """A reader that went away does not turn the end into a traceback."""
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb", buffering=0) as raw:
        stream = open(raw.fileno(), "w", closefd=False)  # noqa: SIM115 - of a descriptor
        monkeypatch.setattr(sys, "stderr", stream)
        assert main([*JSON, *WRONG]) == 2
        monkeypatch.undo()
        with pytest.raises(BrokenPipeError):
            stream.close()
