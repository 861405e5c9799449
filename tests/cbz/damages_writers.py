"""Damages that writers do: torn, appended to, interleaved, one archive inside another."""

from __future__ import annotations

import tempfile
import warnings
import zipfile
from pathlib import Path

import pictures
from damages import ALL, ANY, PLAIN, Damage, behind, entering, index_of, place, some
from made_archives import NAMES, PAGES, places, zipped
from makers import MAKERS, named

from cbzsafe.model import Code

TABLE: list[Damage] = []
damage = entering(TABLE)


@damage([Code.ORPHANED_PAGES, Code.NUMBERING_GAP], on=PLAIN)
def first_pages_orphaned_by_appending(data, _):
    """A killed run, and one that trusts its download archive: only the rest is in the index."""
    killed = bytes(data[: place(data, 4)[1] + 900])
    return zipped(some(4, 5, 6), before=killed)


@damage([Code.DEAD_BYTES], on=ANY)
def all_pages_appended_behind_a_killed_run(data, _):
    return zipped(before=bytes(data[: place(data, 4)[1] + 900]))


@damage([Code.ORPHANED_PAGES], on=PLAIN)
def three_generations(data, _):
    first = bytes(data[: place(data, 3)[1] + 300])
    second = zipped(some(3, 4), before=first)
    torn = second[: places(second)[1] + 60]
    return zipped(some(5, 6), before=torn)


@damage([Code.NO_INDEX], on=ANY)
def generations_that_were_all_killed(data, _):
    first = bytes(data[: place(data, 4)[1] + 300])
    second = zipped(before=first)
    return second[: places(second)[0][NAMES[5]][2]]


@damage([Code.NO_INDEX], (1, 2, 3, 4, 5))
def killed_before_the_header_of_the_last_page_was_completed(data, _):
    """`zipfile` writes CRC and sizes into a page's header only behind the page."""
    start, _, end = place(data, 6)
    data[start + 14 : start + 26] = bytes(12)
    return data[:end]


@damage([Code.BAD_CRC, Code.HEADER_MISMATCH, Code.NUMBERING_GAP], (2, 5))
def two_interleaved_writers(_, __):
    """`--cbz` and a `zip` post-processor together: two files in append mode on one name."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "book.cbz")
        with zipfile.ZipFile(path, "a") as two, zipfile.ZipFile(path, "a") as one:
            for writer, name in zip((one, two, two, two, one, two), NAMES, strict=True):
                writer.writestr(zipfile.ZipInfo(name), PAGES[name])
        return path.read_bytes()


def records_of(data):
    """Give each page's header, bytes and descriptor, and behind them the index."""
    start = [place(data, number)[0] for number in ALL]
    ends = [behind(data, number) for number in ALL]
    pages = [bytes(data[left:right]) for left, right in zip(start, ends, strict=True)]
    return pages, bytes(data[index_of(data) :])


@damage([Code.HEADER_MISMATCH, Code.DEAD_BYTES], on=PLAIN)
def two_archives_interleaved_page_by_page(data, _):
    """Two writers that append each record at the file's end, and count only their own bytes."""
    ours, index = records_of(data)
    theirs, other = records_of(MAKERS["python_piped"].make())
    mixed = [page for pair in zip(ours, theirs, strict=True) for page in pair]
    return b"".join(mixed) + other + index


@damage([Code.DEAD_BYTES], on=ANY)
def a_truncated_copy_behind_the_archive(data, _):
    return data + data[: place(data, 5)[1] + 500]


@damage([Code.NO_INDEX], on=named("gallery_dl", "jar_deflated"))
def so_many_truncated_copies_that_the_end_record_is_out_of_sight(data, _):
    return data + 5 * data[: place(data, 5)[1] + 500]


@damage([Code.DEAD_BYTES], on=ANY)
def a_truncated_copy_before_the_archive(data, _):
    return data[: place(data, 5)[1] + 500] + data


def nesting(inner):
    """Give an archive with another one among its pages."""
    return zipped({**some(1, 2), "zz.cbz": bytes(inner), "zzz.jpg": _LAST})


_LAST = pictures.jpeg(99, 3_000)
_OUTER = some(1, 2).values()


@damage([], [*_OUTER, MAKERS["gallery_dl"].make, _LAST])
def an_archive_as_a_page(data, _):
    return nesting(data)


@damage([Code.ORPHANED_PAGES, Code.DEAD_BYTES], [*_OUTER, MAKERS["gallery_dl"].make])
def an_archive_as_a_page_in_a_torn_one(data, _):
    whole = nesting(data)
    return whole[: places(whole)[0]["zzz.jpg"][1] + 100]


def twice(name, first, second):
    """Give an archive with two pages of one name between others."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return zipped([*some(1).items(), (name, first), (name, second), *some(4).items()])


@damage([Code.DUPLICATE_NAME, Code.NUMBERING_GAP], (1, 5, 4))
def two_pages_of_one_name_with_other_bytes(_, __):
    """The later one is what a program meant that appended to replace."""
    first, second = pictures.png(7, 3_000), PAGES[NAMES[4]]
    return twice("book_c001_003.png", first, second)


@damage([Code.DUPLICATE_NAME, Code.TRUNCATED_IMAGE, Code.NUMBERING_GAP], (1, 2, 4))
def two_pages_of_one_name_of_which_the_later_is_cut(_, __):
    return twice("book_c001_003.png", PAGES[NAMES[1]], PAGES[NAMES[4]][:-200])
