"""The table of damages: what was done to an archive, what a scan must say, what must be saved."""

from __future__ import annotations

import random
import struct
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from made_archives import NAMES, PAGES, patched, places, streamed, zipped

from cbzsafe.model import Code


@dataclass(frozen=True)
class Damage:
    """One named corruption.

    Attributes:
        name: of the case.
        make: gives the damaged bytes.
        codes: all that a scan must find, and nothing else.
        saved: numbers of the pages that must be saved, and no others.
    """

    name: str
    make: Callable[[], bytes]
    codes: frozenset[Code]
    saved: tuple[int, ...]


TABLE: list[Damage] = []
ALL = tuple(range(1, len(NAMES) + 1))


def damage(codes, saved=ALL):
    """Enter a function into the table: it gets an archive and a source of chance."""

    def enter(function):
        def make():
            return function(bytearray(zipped()), random.Random(function.__name__))

        TABLE.append(Damage(function.__name__, make, frozenset(codes), tuple(saved)))
        return function

    return enter


def without(*numbers):
    return [number for number in ALL if number not in numbers]


def place(data, number):
    return places(bytes(data))[0][NAMES[number - 1]]


@damage([])
def untouched(data, _):
    return bytes(data)


@damage([Code.BAD_CRC], without(3))
def one_flipped_bit_in_a_page(data, chance):
    _, begin, end = place(data, 3)
    data[chance.randrange(begin, end)] ^= 1 << chance.randrange(8)
    return bytes(data)


@damage([Code.BAD_CRC], without(2, 5))
def two_pages_with_swapped_blocks(data, _):
    (_, left, _), (_, right, _) = place(data, 2), place(data, 5)
    one, two = slice(left + 500, left + 900), slice(right + 500, right + 900)
    data[one], data[two] = data[two], data[one]
    return bytes(data)


@damage([Code.BAD_CRC, Code.HEADER_MISMATCH], without(3))
def a_zeroed_stretch_over_two_pages(data, _):
    _, _, end = place(data, 3)
    data[end - 700 : end + 10] = bytes(710)
    return bytes(data)


@damage([Code.HEADER_MISMATCH])
def a_zeroed_local_header(data, _):
    start, begin, _ = place(data, 4)
    data[start:begin] = bytes(begin - start)
    return bytes(data)


@damage([Code.HEADER_MISMATCH])
def a_local_header_with_another_crc(data, _):
    start, _, _ = place(data, 4)
    data[start + 14 : start + 18] = b"abcd"
    return bytes(data)


@damage([Code.HEADER_MISMATCH])
def a_local_header_with_another_name(data, _):
    start, _, _ = place(data, 4)
    data[start + 30] ^= 1
    return bytes(data)


@damage([Code.NO_INDEX], (1, 2, 3))
def cut_inside_a_page(data, chance):
    _, begin, end = place(data, 4)
    return bytes(data[: chance.randrange(begin, end)])


@damage([Code.NO_INDEX], (1, 2, 3))
def cut_inside_a_local_header(data, _):
    start, _, _ = place(data, 4)
    return bytes(data[: start + 11])


@damage([Code.NO_INDEX])
def cut_inside_the_index(data, _):
    _, start = places(bytes(data))
    return bytes(data[: start + 100])


@damage([Code.NO_INDEX])
def cut_inside_the_end_record(data, _):
    return bytes(data[:-5])


@damage([Code.NO_INDEX])
def a_wiped_index(data, _):
    _, start = places(bytes(data))
    data[start:] = bytes(len(data) - start)
    return bytes(data)


@damage([Code.BAD_INDEX, Code.EMPTY_BOOK, Code.ORPHANED_PAGES])
def an_end_record_behind_a_wiped_index(data, _):
    _, start = places(bytes(data))
    data[start:-22] = bytes(len(data) - 22 - start)
    return bytes(data)


@damage([Code.BAD_INDEX])
def an_end_record_that_counts_wrong(data, _):
    return patched(bytes(data), b"PK\5\6", 10, "<H", len(NAMES) + 1)


@damage([Code.BAD_INDEX, Code.ORPHANED_PAGES])
def an_index_with_a_broken_header(data, _):
    _, start = places(bytes(data))
    second = data.find(b"PK\1\2", start + 4)
    data[second] = 0
    return bytes(data)


@damage([Code.HEADER_MISMATCH, Code.DEAD_BYTES], without(3))
def bytes_inserted_into_a_page(data, chance):
    _, begin, _ = place(data, 3)
    return bytes(data[: begin + 50] + chance.randbytes(100) + data[begin + 50 :])


@damage([Code.BAD_INDEX, Code.HEADER_MISMATCH], without(3))
def bytes_missing_from_a_page(data, _):
    _, begin, _ = place(data, 3)
    return bytes(data[: begin + 50] + data[begin + 150 :])


@damage([Code.DEAD_BYTES])
def a_tail_of_noise(data, chance):
    return bytes(data) + chance.randbytes(700)


@damage([Code.DEAD_BYTES])
def a_head_of_noise(data, chance):
    return chance.randbytes(700) + bytes(data)


@damage([Code.DEAD_BYTES])
def a_head_of_zeros_that_hides_the_beginning(data, _):
    return bytes(5000) + bytes(data)


@damage([Code.ORPHANED_PAGES, Code.NUMBERING_GAP])
def first_pages_orphaned_by_appending(data, _):
    """A killed run, and one that trusts its download archive: only the rest is in the index."""
    start, _, _ = place(data, 4)
    killed = bytes(data[: start + 900])
    return zipped({name: PAGES[name] for name in NAMES[3:]}, before=killed)


@damage([Code.DEAD_BYTES])
def all_pages_appended_behind_a_killed_run(data, _):
    _, begin, _ = place(data, 4)
    return zipped(before=bytes(data[: begin + 900]))


@damage([Code.ORPHANED_PAGES])
def three_generations(data, _):
    first = bytes(data[: place(data, 3)[1] + 300])
    second = zipped({name: PAGES[name] for name in NAMES[2:4]}, before=first)
    torn = second[: places(second)[1] + 60]
    return zipped({name: PAGES[name] for name in NAMES[4:]}, before=torn)


@damage([Code.NO_INDEX], (1, 2, 3, 4, 5))
def killed_before_the_header_of_the_last_page_was_completed(data, _):
    """`zipfile` writes CRC and sizes into a page's header only behind the page."""
    start, _, end = place(data, 6)
    struct.pack_into("<3L", data, start + 14, 0, 0, 0)
    return bytes(data[:end])


@damage([Code.BAD_CRC, Code.HEADER_MISMATCH, Code.NUMBERING_GAP], (5,))
def two_interleaved_writers(_, __):
    """`--cbz` and a `zip` post-processor together: two files in append mode on one name."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "book.cbz")
        with zipfile.ZipFile(path, "a") as two, zipfile.ZipFile(path, "a") as one:
            for writer, name in zip((one, two, two, two, one, two), NAMES, strict=True):
                writer.writestr(zipfile.ZipInfo(name), PAGES[name])
        return path.read_bytes()


@damage([Code.OVERLAP, Code.HEADER_MISMATCH, Code.BAD_CRC, Code.DEAD_BYTES], without(2))
def an_entry_that_points_into_another(data, _):
    _, index = places(bytes(data))
    first, lost = place(data, 1)[0], place(data, 2)[0]
    second = data.find(b"PK\1\2", index + 4)
    struct.pack_into("<L", data, second + 42, first)
    data[lost] = 0
    return bytes(data)


@damage([])
def data_descriptors(_, __):
    return streamed()


@damage([])
def data_descriptors_behind_deflated_pages(_, __):
    return streamed(zipfile.ZIP_DEFLATED)


@damage([Code.NO_INDEX], (1, 2, 3))
def data_descriptors_without_an_index(_, __):
    data = streamed()
    _, start = places(data)
    return data[: places(data)[0][NAMES[3]][1] + 100] if start else b""


@damage([Code.BAD_DATA], without(3))
def one_zeroed_stretch_in_a_deflated_page(_, __):
    data = bytearray(zipped(method=zipfile.ZIP_DEFLATED))
    _, begin, end = place(data, 3)
    data[begin:end] = bytes(end - begin)
    return bytes(data)
