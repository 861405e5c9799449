"""What holds for any damage whatever."""

from __future__ import annotations

import tempfile
import zipfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from made_archives import PAGES, streamed, zipped

from cbzsafe.cbz.files import ArchiveFile
from cbzsafe.cbz.pack import FilePage, Method, pack
from cbzsafe.cbz.proof import whole
from cbzsafe.cbz.salvage import salvage
from cbzsafe.cbz.scan import Depth, scan
from cbzsafe.errors import UnreadableArchive
from cbzsafe.model import Verdict

SOURCES = (
    zipped(),
    zipped(method=zipfile.ZIP_DEFLATED),
    streamed(),
    zipped(before=zipped()[:9_000]),
)
CONTENTS = set(PAGES.values())


def flipped(data, at, bits):
    out = bytearray(data)
    out[at] ^= bits or 1
    return bytes(out)


CHANGES = st.one_of(
    st.tuples(st.just(flipped), st.floats(0, 1), st.integers(1, 255)),
    st.tuples(st.just(lambda data, at, _: data[:at]), st.floats(0.1, 1), st.just(0)),
    st.tuples(
        st.just(lambda data, at, n: data[:at] + bytes(n) + data[at + n :]),
        st.floats(0, 1),
        st.integers(1, 3000),
    ),
    st.tuples(
        st.just(lambda data, at, n: data[:at] + data[at // 2 : at // 2 + n] + data[at:]),
        st.floats(0, 1),
        st.integers(1, 3000),
    ),
    st.tuples(
        st.just(lambda data, at, n: data[:at] + data[at + n :]),
        st.floats(0, 1),
        st.integers(1, 3000),
    ),
)
# Most of a file is pictures, and the records are where the odd things happen.
IN_THE_INDEX = st.tuples(st.just(flipped), st.floats(0.97, 1), st.integers(1, 255))


@st.composite
def damaged(draw):
    """An archive with up to three changes at any place."""
    data = draw(st.sampled_from(SOURCES))
    for change, where, amount in draw(st.lists(CHANGES | IN_THE_INDEX, min_size=1, max_size=3)):
        if data:
            data = change(data, min(int(where * len(data)), len(data) - 1), amount)
    return data


def on_disk(data, look):
    """Write an archive, and give what `look` gives for its path."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "book.cbz")
        path.write_bytes(data)
        return look(path)


def contents(path, entries):
    with ArchiveFile(path) as file:
        return {entry.name: whole(file, entry) for entry in entries}


@settings(max_examples=300)
@given(damaged())
def test_no_damage_is_called_sound(data):
    """A page that no finding names has the bytes that were packed under its name."""

    def look(path):
        found = scan(path)
        good = [entry for entry in found.entries if entry.name not in found.bad_pages]
        for name, content in contents(path, good).items():
            assert PAGES[name] == content
        if found.verdict is Verdict.SOUND:
            assert found.entries

    on_disk(data, look)


@settings(max_examples=100)
@given(damaged(), st.sampled_from(Depth))
def test_no_damage_makes_a_scan_fail(data, depth):
    """At every depth a scan ends with a verdict."""
    assert on_disk(data, lambda path: scan(path, depth)).verdict in set(Verdict)


@settings(max_examples=200)
@given(damaged())
def test_no_unproved_page_is_saved(data):
    """Whatever the damage, only pages that were once packed come out, each name once."""

    def look(path):
        saved = salvage(path)
        names = [entry.name for entry in saved.pages]
        assert len(names) == len(set(names))
        assert set(contents(path, saved.pages).values()) <= CONTENTS
        assert not {finding.page for finding in saved.lost} & set(names)
        listed = {entry.name for entry in scan(path).entries if not entry.is_folder}
        assert listed <= set(names) | {finding.page for finding in saved.lost}

    try:
        on_disk(data, look)
    except UnreadableArchive:
        assert data.count(b"PK\3\4") < len(PAGES)


@settings(max_examples=60)
@given(st.binary(max_size=400))
def test_no_bytes_make_anything_fail(data):
    """Bytes that never were an archive get a verdict, alone and behind an archive."""
    for content in (data, zipped() + data, data + zipped()):
        assert on_disk(content, scan).verdict in set(Verdict)


NAME = st.text(st.sampled_from("abcé日 .-_0123456789"), min_size=1, max_size=30)


@settings(max_examples=80)
@given(
    st.dictionaries(NAME.map(lambda name: f"x{name}.txt"), st.binary(max_size=3000), min_size=1),
    st.sampled_from(Method),
)
def test_what_is_packed_is_sound_and_always_the_same(pages, method):
    """Any names and bytes make a sound archive that `zipfile` reads, the same each time."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sources = []
        for at, (page, data) in enumerate(pages.items()):
            (folder / str(at)).write_bytes(data)
            sources.append(FilePage(page, folder / str(at)))
        first, second = (pack(folder / "book.cbz", sources, method=method) for _ in range(2))
        assert first.path.read_bytes() == second.path.read_bytes()
        found = scan(first.path)
        assert (found.verdict, found.entries) == (Verdict.SOUND, first.entries)
        with zipfile.ZipFile(first.path) as archive:
            assert {name: archive.read(name) for name in archive.namelist()} == pages
