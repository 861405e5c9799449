"""Standard error as objects: what is logged, and what is written past logging."""

from __future__ import annotations

import io
import json
import logging
import os
import re
import sys
import threading
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cbzsafe.errors import UsageError
from cbzsafe.ui.log_stream import LONGEST, Stream
from cbzsafe.ui.logs import Journal
from cbzsafe.ui.words import valid

texts = st.text(st.characters(codec=None), max_size=30)


class Pipe(NamedTuple):
    """A pipe that keeps writes apart, behind a stream that knows ASCII only."""

    reading: int
    stream: io.TextIOWrapper

    def read(self):
        """Give what one write wrote."""
        return os.read(self.reading, 1 << 12)


@pytest.fixture
def pipe():
    reading, writing = os.pipe2(os.O_DIRECT | os.O_NONBLOCK)
    with os.fdopen(writing, "w", encoding="ascii") as stream:
        yield Pipe(reading, stream)
    os.close(reading)


def objects(text):
    """Parse whole lines, which JSON's own line ends are the only ones of."""
    assert text == "" or text.endswith("\n")
    assert len(text.splitlines()) == text.count("\n")
    return [json.loads(line) for line in text.splitlines()]


def written(*pieces):
    """The objects that come of pieces of text."""
    plain = io.StringIO()
    stream = Stream(Journal(plain))
    for piece in pieces:
        assert stream.write(piece) == len(piece)
    stream.finish()
    return objects(plain.getvalue())


def said(message="m", *args, level=logging.INFO, error=None, **extra):
    """The object that comes of a record."""
    plain = io.StringIO()
    info = (type(error), error, None) if error else None
    record = logging.LogRecord("mangadex", level, "", 0, message, args, info)
    vars(record).update(extra)
    Journal(plain).handle(record)
    (made,) = objects(plain.getvalue())
    return made


def test_a_record_has_the_four_fields_first():
    """Time, level, logger and message are always there, in this order."""
    made = said("%s of %d", "a", 2, level=logging.WARNING)
    assert list(made) == ["time", "level", "logger", "message"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", made.pop("time"))
    assert made == {"level": "warning", "logger": "mangadex", "message": "a of 2"}


@pytest.mark.parametrize(
    ("number", "name"),
    [(10, "debug"), (5, "debug"), (20, "info"), (25, "info"), (30, "warning"), (40, "error")],
)
def test_levels_are_four_words_in_lower_case(number, name):
    """A level between two counts as the lower one, and critical as an error."""
    assert said(level=number)["level"] == name
    assert said(level=logging.CRITICAL)["level"] == "error"


def test_the_time_is_the_records_own():
    """A record that waited keeps the moment at which it was made, in UTC."""
    assert said(created=0.25)["time"] == "1970-01-01T00:00:00.250Z"


def test_a_traceback_is_a_field_of_one_object():
    """An exception comes whole, and gives its last line where there is no message."""
    made = said("", error=ValueError("two\nlines"))
    assert made["exception"] == "ValueError: two\nlines"
    assert said("It broke.", error=KeyError("x"))["message"] == "It broke."
    assert said("", error=KeyError("x"))["message"] == "KeyError: 'x'"


def test_what_gallery_dl_adds_to_a_record_stays_out():
    """Objects of a job that come with a record are no fields."""
    assert set(said(job=object(), keywords={"a": 1}, path="p")) == {
        *("time", "level", "logger", "message")
    }


def test_a_message_that_does_not_fit_its_arguments_is_told_all_the_same():
    """A wrong call of logging is no reason to lose a line, or to raise."""
    assert said("%d", "x")["message"] == "'%d'"


def test_the_context_adds_fields():
    """What a record is about comes behind, without what is unknown."""
    plain = io.StringIO()
    journal = Journal(plain)
    journal.context = lambda record: {"url": record.name, "book": None, "page": "\udcff.jpg"}
    journal.handle(logging.makeLogRecord({"name": "x", "msg": "m", "levelno": 20}))
    (made,) = objects(plain.getvalue())
    assert list(made)[4:] == ["url", "page"]
    assert (made["url"], made["page"]) == ("x", "\\xff.jpg")


def test_a_context_that_fails_costs_its_fields_alone():
    """A record is written without what could not be found out."""
    plain = io.StringIO()
    journal = Journal(plain)
    journal.context = lambda record: {"url": record.no_such_attribute}
    journal.handle(logging.makeLogRecord({"msg": "m", "levelno": 20}))
    assert objects(plain.getvalue())[0]["message"] == "m"


@given(texts)
def test_any_text_comes_back_from_its_object(text):
    """Whatever a message holds, the line is one, and JSON gives the text back."""
    assert said("%s", text)["message"] == valid(text)


def test_an_object_is_utf_8_and_one_write_whatever_the_stream_is(pipe):
    """A stream that knows ASCII only gets the letters all the same, with the line's end."""
    Journal(pipe.stream).say("info", "進撃 \udcff")
    raw = pipe.read()
    assert json.loads(raw)["message"] == "進撃 \\xff"
    assert "進撃".encode() in raw
    assert raw.endswith(b"}\n")


def is_blank(line):
    return not line.strip()


@given(st.lists(texts | st.sampled_from(["\n", "cbzsafe: ", "a\nb\n", "error: "]), max_size=12))
def test_pieces_come_out_as_whole_lines(pieces):
    """However text is cut when it is written, its lines come out, one an object."""
    lines = [line.rstrip("\r") for line in "".join(pieces).split("\n")]
    expected = [line.removeprefix("cbzsafe: ") for line in lines if not is_blank(line)]
    assert [made["message"] for made in written(*pieces)] == [valid(line) for line in expected]


@given(texts, st.integers(1, 5))
def test_bytes_come_out_as_text(text, step):
    """What goes to the buffer is read as UTF-8, though a letter be cut in two."""
    raw = f"{valid(text)}x\n".encode()
    plain = io.StringIO()
    stream = Stream(Journal(plain))
    for start in range(0, len(raw), step):
        assert stream.buffer.write(raw[start : start + step]) == len(raw[start : start + step])
    lines = raw.decode().split("\n")
    told = [made["message"].removeprefix("cbzsafe: ") for made in objects(plain.getvalue())]
    assert told == [line.rstrip("\r") for line in lines if not is_blank(line)]


def test_bytes_that_are_no_text_are_shown():
    """A byte that is not UTF-8 is escaped, and one that has no end is not lost."""
    plain = io.StringIO()
    stream = Stream(Journal(plain))
    stream.buffer.write(b"a\xff\nb\xe9")
    stream.finish()
    assert [made["message"] for made in objects(plain.getvalue())] == ["a\\xff", "b\\xe9"]


@pytest.mark.parametrize(
    ("line", "level", "logger", "message"),
    [
        ("gallery-dl: error: no", "error", "stderr", "gallery-dl: error: no"),
        ("Warning: odd", "warning", "stderr", "Warning: odd"),
        ("usage: x", "info", "stderr", "usage: x"),
        ("cbzsafe: Waiting.", "warning", "cbzsafe", "Waiting."),
        ("an error: seldom", "info", "stderr", "an error: seldom"),
    ],
)
def test_a_line_tells_its_level_and_whose_it_is(line, level, logger, message):
    """What a line says of itself is believed; nothing else makes an error of it."""
    (made,) = written(line + "\n")
    assert (made["level"], made["logger"], made["message"]) == (level, logger, message)


def test_a_traceback_that_is_written_is_one_object():
    """Lines from a traceback's head to its last are one; what follows is not among them."""
    head = "Traceback (most recent call last):\n"
    where = '  File "x.py", line 1, in f\n    g()\n'
    first, then = written("before\n", head, where, "ValueError: no\nafter\n")[1:]
    assert first["message"] == "ValueError: no"
    assert first["exception"] == f"{head}{where}ValueError: no"
    assert (first["level"], then["message"]) == ("error", "after")
    assert written(head + where)[0]["exception"] == (head + where).rstrip("\n")


def test_a_line_without_an_end_is_not_kept_for_ever():
    """What overwrites one line again and again takes no memory without bound."""
    pieces = ["\r 1%"] * (LONGEST // 2)
    made = written(*pieces)
    assert len(made) > 1
    assert "".join(one["message"] for one in made) == "".join(pieces)


def test_threads_do_not_mix_their_lines():
    """Each thread's pieces make its own lines."""
    plain = io.StringIO()
    stream = Stream(Journal(plain))

    def work(name):
        for number in range(50):
            stream.write(f"{name}")
            stream.write(f" {number}\n")

    threads = [threading.Thread(target=work, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    told = [made["message"] for made in objects(plain.getvalue())]
    for name in "abcd":
        assert [m for m in told if m[0] == name] == [f"{name} {number}" for number in range(50)]
    assert len(told) == 200


def test_it_is_a_stream_as_programs_expect_one(pipe):
    """It is no terminal, has the real descriptor, and can be reconfigured and printed to."""
    stream = Stream(Journal(pipe.stream))
    stream.reconfigure(errors="replace", encoding="ascii")
    print("é", file=stream, flush=True)
    stream.close()
    assert (stream.isatty(), stream.closed, stream.writable()) == (False, False, True)
    assert stream.fileno() == pipe.stream.fileno()
    assert json.loads(pipe.read())["message"] == "é"


def test_a_closed_pipe_is_told_to_the_writer_and_not_to_the_logger():
    """Writing raises what the plain stream raises, and logging never does."""
    reading, writing = os.pipe()
    os.close(reading)
    plain = os.fdopen(writing, "wb", buffering=0)
    with io.TextIOWrapper(plain, write_through=True) as text:
        journal = Journal(text)
        with pytest.raises(BrokenPipeError):
            Stream(journal).write("a line\n")
        journal.handle(logging.makeLogRecord({"msg": "m", "levelno": 20}))


def test_without_the_library_it_is_a_usage_error(monkeypatch):
    """What has to be installed is said in one sentence."""
    monkeypatch.setitem(sys.modules, "pythonjsonlogger.json", None)
    with pytest.raises(UsageError, match=r"pip install 'cbzsafe\[container\]'"):
        Journal(io.StringIO())
