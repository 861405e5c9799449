"""Any archive and any damage, as strategies, and what is known of the pages that went in."""

from __future__ import annotations

import io
import struct
import zipfile
from collections import defaultdict
from dataclasses import dataclass, field
from functools import wraps

import pictures
from hypothesis import strategies as st
from made_archives import PAGES, Pipe, places
from makers import EACH

_PICTURES = [*PAGES.values(), *(pictures.gif(seed, 900) for seed in range(4))]
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
_SIGNATURES = (b"PK\3\4", b"PK\1\2", b"PK\5\6", b"PK\7\x08")

# `zipfile`, which says here what went in, takes a signature in the comment for the end record.
_COMMENTS = st.binary(max_size=40).filter(lambda comment: b"PK" not in comment)

PICTURE_NAMES = st.text("abcé日 .-_0123456789", min_size=1, max_size=20).map("x{}.jpg".format)
OTHER_NAMES = st.text("abcé日/0123456789", min_size=1, max_size=20).map("y{}.txt".format)


@dataclass(repr=False)
class Case:
    """Bytes, and what is known of them.

    Attributes:
        data: of the file.
        pages: all bytes that were ever packed under a name.
        records: each page's header, bytes and data descriptor, with its name and its bytes.
        generations: how many archives went in.
        changes: the names of what was done.
    """

    data: bytes
    pages: dict[str, set[bytes]] = field(default_factory=lambda: defaultdict(set))
    records: list[tuple[bytes, str, bytes]] = field(default_factory=list)
    generations: int = 1
    changes: list[str] = field(default_factory=list)

    def __repr__(self):
        """Say what was done: a failure would else print the whole file."""
        return f"<{len(self.data)} bytes: {', '.join(self.changes)}>"

    def untouched(self):
        """Give name and bytes of each page whose record is still in the file."""
        return [(name, page) for record, name, page in self.records if record in self.data]

    def learn(self, data):
        """Take in what a whole archive holds."""
        found, index = places(data)
        starts = sorted(start for start, _, _ in found.values())
        ends = dict(zip(starts, [*starts[1:], index], strict=True))
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for name, (start, _, _) in found.items():
                page = archive.read(name)
                self.pages[name].add(page)
                self.records.append((data[start : ends[start]], name, page))


@st.composite
def written(draw, before=b""):
    """An archive by `zipfile`: any names, sizes and methods, piped or not, zip64 or not."""
    pages = draw(
        st.dictionaries(PICTURE_NAMES, st.sampled_from(_PICTURES), min_size=1, max_size=5)
    ) | draw(st.dictionaries(OTHER_NAMES, st.binary(min_size=1, max_size=500), max_size=2))
    piped = not before and draw(st.booleans())
    file = Pipe() if piped else io.BytesIO(before)
    wide, comment = draw(st.booleans()), draw(_COMMENTS)
    with zipfile.ZipFile(file, "a" if before else "w") as archive:
        archive.comment = comment
        for name, data in pages.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = draw(st.sampled_from(_METHODS))
            with archive.open(info, "w", force_zip64=wide) as page:
                page.write(data)
    return bytes(file.data) if piped else file.getvalue()


@st.composite
def cases(draw):
    """An archive that is whole, of any maker."""
    data = draw(written() | st.sampled_from(EACH).map(lambda maker: maker.make()))
    case = Case(data)
    case.learn(data)
    return case


@st.composite
def somewhere(draw, data):
    """A place in a file: anywhere, or near a record, where the odd things happen."""
    place = draw(st.integers(0, max(0, len(data) - 1)))
    if draw(st.booleans()):
        found = [data.rfind(signature, 0, place) for signature in _SIGNATURES]
        place = max(0, draw(st.sampled_from(found))) + draw(st.integers(0, 50))
    return min(place, max(0, len(data) - 1))


def changing(function):
    """Let a function of bytes change a case."""

    @wraps(function)
    def change(draw, case):
        case.data = function(draw, case.data)

    return change


@changing
def flip(draw, data):
    at = draw(somewhere(data))
    return data[:at] + bytes([data[at] ^ draw(st.integers(1, 255))]) + data[at + 1 :]


@changing
def cut(draw, data):
    return data[: draw(somewhere(data))]


@changing
def behead(draw, data):
    return data[draw(somewhere(data)) :]


@changing
def zero(draw, data):
    at, count = draw(somewhere(data)), draw(st.integers(1, 3000))
    return data[:at] + bytes(min(count, len(data) - at)) + data[at + count :]


@changing
def cut_out(draw, data):
    at = draw(somewhere(data))
    return data[:at] + data[at + draw(st.integers(1, 3000)) :]


@changing
def insert(draw, data):
    at, source = draw(somewhere(data)), draw(somewhere(data))
    piece = data[source : source + draw(st.integers(1, 3000))]
    return data[:at] + (piece if draw(st.booleans()) else bytes(len(piece))) + data[at:]


@changing
def swap(draw, data):
    """Two pieces that follow one another change places."""
    left, middle, right = sorted(draw(somewhere(data)) for _ in range(3))
    return data[:left] + data[middle:right] + data[left:middle] + data[right:]


@changing
def number(draw, data):
    """A field of a record gets another number, such as one that is full."""
    at = draw(somewhere(data))
    value = draw(st.sampled_from([0, 1, 0xFFFF, 0xFFFFFFFF, len(data)]))
    return data[:at] + struct.pack("<L", value) + data[at + 4 :]


CHANGES = (flip, cut, behead, zero, cut_out, insert, swap, number)


def append(draw, case):
    """Another writer goes on behind what is there, as gallery-dl does where it sees no index."""
    before = len(case.data)
    other = draw(written(bytes(before)))
    case.learn(other)
    case.data, case.generations = case.data + other[before:], case.generations + 1


def interleave(draw, case):
    """Pieces of another archive come between the pieces of this one."""
    other = draw(written())
    case.learn(other)
    cuts = [draw(somewhere(one)) for one in (case.data, other)]
    left, right = cuts
    case.data = case.data[:left] + other[:right] + case.data[left:] + other[right:]
    case.generations += 1


@st.composite
def damaged(draw):
    """A whole archive and up to three changes."""
    case = draw(cases())
    for change in draw(st.lists(st.sampled_from([*CHANGES, append, interleave]), max_size=3)):
        if case.data:
            case.changes.append(change.__name__)
            change(draw, case)
    return case
