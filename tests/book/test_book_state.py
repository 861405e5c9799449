"""What a book knows: where a page already is, whose a name is, what waits for the publish."""

from __future__ import annotations

from types import SimpleNamespace

import pictures
import pytest
from open_books import PAGES, URL, History, archive, opened, take
from programs import tree

from cbzsafe.book.parts import Failed, Format, Presence, Undecided
from cbzsafe.cbz.entry import NAMED_TWICE, SOURCE_DAMAGED
from cbzsafe.cbz.names import prefix_for
from cbzsafe.errors import BookUnavailable

PUBLISHED, STAGED, ABSENT = Presence.PUBLISHED, Presence.STAGED, Presence.ABSENT
PAGE = PAGES["1.jpg"]


@pytest.fixture
def target(tmp_path):
    """The archive of the book that is staged in `a`."""
    return tmp_path / "a.cbz"


@pytest.fixture
def book(target):
    """A book of which pages 1 and 2 are published; page 3 lies in staging, and half of page 4."""
    archive(target, {name: PAGES[name] for name in ("1.jpg", "2.jpg")})
    folder = target.with_name("a")
    folder.mkdir()
    (folder / "3.jpg").write_bytes(PAGES["3.jpg"])
    (folder / "4.jpg").write_bytes(PAGES["4.jpg"][:1500])
    made = opened(folder)
    yield made
    made.release()


def found(book, name):
    """Where a page is, and under which name."""
    return book.find(name, frozenset(form.target for form in book.formats))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("1.jpg", (PUBLISHED, "1.jpg")),
        ("1.png", (PUBLISHED, "1.jpg")),
        ("1", (PUBLISHED, "1.jpg")),
        ("1.txt", (ABSENT, "1.txt")),
        ("3.jpg", (STAGED, "3.jpg")),
        ("3.png", (STAGED, "3.jpg")),
        ("4.jpg", (ABSENT, "4.jpg")),
        ("5.jpg", (ABSENT, "5.jpg")),
    ],
)
def test_a_page_is_looked_for_by_name_and_by_stem(book, name, expected):
    """Only whole pages count, and only pictures are compared by stem."""
    assert found(book, name) == expected


@pytest.mark.parametrize("name", ["1.png", "3.png"])
def test_a_page_that_the_run_has_named_is_nobody_elses(book, name):
    """A guess by stem is not made upon a page that the site named itself."""
    own = name.replace("png", "jpg")
    book.claims[own] = URL + own
    assert found(book, name) == (ABSENT, name)
    assert found(book, own) == (PUBLISHED if own == "1.jpg" else STAGED, own)


def test_a_page_must_be_in_every_archive_that_wants_it(tmp_path):
    """One of two archives does not make it published."""
    forms = [Format(tmp_path / "a.cbz"), Format(tmp_path / "a.zip")]
    archive(forms[0].target, {"1.jpg": PAGE, "2.jpg": PAGE})
    archive(forms[1].target, {"1.jpg": PAGE})
    book = opened(tmp_path / "a", *forms)
    assert [found(book, name)[0] for name in ("1.jpg", "2.jpg")] == [PUBLISHED, ABSENT]
    assert book.find("2.jpg", frozenset([forms[0].target]))[0] is PUBLISHED
    assert book.source_damaged("1.jpg") is None


def test_of_a_page_and_a_newer_copy_the_copy_counts(book, target):
    """A sound copy of other bytes is to be published; one of the same bytes is left over."""
    path = target.with_name("a") / "1.jpg"
    path.write_bytes(PAGE)
    assert (found(book, "1.jpg")[0], list(book.leftovers)) == (PUBLISHED, ["1.jpg"])
    path.write_bytes(PAGE[:1500])
    assert found(book, "1.jpg")[0] is PUBLISHED
    path.write_bytes(PAGES["4.jpg"])
    assert found(book, "1.jpg")[0] is STAGED
    book.formats[0].keep_files = True
    assert found(book, "1.jpg")[0] is PUBLISHED


def test_a_page_that_is_damaged_at_its_source_is_asked_for_again(target):
    """It does not count as published; its print is known, so that the same bytes are seen."""
    archive(target, {"1.jpg": PAGE}, SOURCE_DAMAGED)
    book = opened(target.with_name("a"))
    assert found(book, "1.jpg")[0] is ABSENT
    assert book.source_damaged("1.jpg")[1] == len(PAGE)
    assert book.source_damaged("2.jpg") is None


def test_a_hole_is_feared_where_staged_pages_were_not_named_yet(book):
    """Once each staged page was named, or is published, there is no more reason."""
    assert book.may_have_hole
    for name in ("3.jpg", "4.jpg"):
        book.claims[name] = URL
    assert not book.may_have_hole
    (book.staging.folder / "1.jpg").write_bytes(PAGE)
    book.staging.look()
    assert not book.may_have_hole


def test_opening_a_book_touches_nothing(book, target):
    """No lock is taken until something is written."""
    assert not book.secured
    assert tree(target.parent) == ["a.cbz", "a/", "a/3.jpg", "a/4.jpg"]


def test_leftovers_of_a_killed_process_are_swept_when_its_lock_is_there(target):
    """They go under the lock; without a lock file the folder is left as it is."""
    left = target.parent / f"{prefix_for(target)}00000000.part"
    left.write_bytes(b"half")
    opened(target.with_name("a")).release()
    assert left.exists()
    (target.parent / f"{prefix_for(target)}lock").touch()
    book = opened(target.with_name("a"))
    assert book.secured
    assert not left.exists()
    book.release()
    assert tree(target.parent) == []


def test_nothing_is_swept_while_another_holds_the_lock(target):
    """A temporary is swept only by the one process that has the lock."""
    first, second = opened(target.with_name("a")), opened(target.with_name("a"))
    first.secure()
    left = target.parent / f"{prefix_for(target)}00000000.part"
    left.write_bytes(b"another's")
    with pytest.raises(BookUnavailable):
        second.secure()
    assert left.read_bytes() == b"another's"
    first.release()
    second.release()


def test_a_book_that_cannot_be_opened_lets_go_of_its_locks(target):
    """The lock that was taken to sweep is released."""
    target.mkdir()
    (target.parent / f"{prefix_for(target)}lock").touch()
    with pytest.raises(BookUnavailable, match="not a regular file"):
        opened(target.with_name("a"))
    assert tree(target.parent) == ["a.cbz/"]


def test_a_link_to_nothing_is_told(target):
    """A symbolic link whose file is gone is not taken for a free name."""
    target.symlink_to("none")
    with pytest.raises(BookUnavailable, match="symbolic link to nothing"):
        opened(target.with_name("a"))


def test_a_link_to_a_folder_is_told(target):
    """What cannot be opened as a file ends the work on its book."""
    target.with_name("folder").mkdir()
    target.symlink_to("folder")
    with pytest.raises(BookUnavailable, match=r"^/.*a\.cbz cannot be read .*: move it away"):
        opened(target.with_name("a"))


def test_what_is_odd_about_a_sound_archive_is_known(target):
    """Its size and its findings go into the report of its book."""
    archive(target, PAGES)
    target.write_bytes(target.read_bytes() + b"behind the end")
    book = opened(target.with_name("a"))
    assert (book.damaged, [str(one.code) for one in book.findings]) == (False, ["dead-bytes"])
    assert book.formats[0].published.size == target.stat().st_size


def test_what_is_no_archive_is_left_alone(target):
    """A file of another kind at the target ends the work on its book."""
    target.write_bytes(b"Rar!\x1a\x07\0" + bytes(100))
    with pytest.raises(BookUnavailable, match="move it away"):
        opened(target.with_name("a"))
    assert target.exists()


def test_a_page_that_rotted_is_found_when_the_book_is_examined(book, target):
    """Opening a book does not read its pages; examining it does, and names what is damaged."""
    data = bytearray(target.read_bytes())
    data[data.index(PAGE) + 1500] ^= 1
    target.write_bytes(data)
    book.open()
    assert (found(book, "1.jpg")[0], book.damaged, book.findings) == (PUBLISHED, False, ())
    assert book.examine() == ["1.jpg"]
    assert (found(book, "1.jpg")[0], book.damaged) == (ABSENT, True)
    assert [finding.page for finding in book.findings] == ["1.jpg"]
    book.claims |= dict.fromkeys(("3.jpg", "4.jpg"), URL)
    assert book.may_have_hole


def test_a_name_belongs_to_the_first_url(book):
    """Another URL finds it taken, even where its page did not come."""
    take(book, "5.jpg", PAGE)
    assert not book.belongs_to_another("5.jpg", URL + "5.jpg")
    assert book.belongs_to_another("5.jpg", URL + "other")
    assert not book.belongs_to_another("6.jpg", URL)
    book.fail("6.jpg", Failed("why", SimpleNamespace(url=URL + "6.jpg")))
    assert book.belongs_to_another("6.jpg", URL)
    assert not book.belongs_to_another("6.jpg", URL + "6.jpg")


def test_a_page_of_two_names_is_marked_once(book):
    """The mark is added to the comment that is there, and a page not staged has none."""
    take(book, "5.jpg", PAGE, comment=SOURCE_DAMAGED)
    for name in ("5.jpg", "5.jpg", "6.jpg"):
        book.note_twin(name)
    assert book.staged["5.jpg"].comment == f"{SOURCE_DAMAGED} {NAMED_TWICE}"
    assert list(book.staged) == ["5.jpg"]


@pytest.mark.parametrize(("comment", "expected"), [("", False), (NAMED_TWICE, True)])
def test_a_twin_is_known_from_the_published_page(target, comment, expected):
    """The comment of its entry tells the next run."""
    archive(target, {"1.jpg": PAGE}, comment)
    book = opened(target.with_name("a"))
    assert (book.has_twin("1.jpg"), book.has_twin("2.jpg")) == (expected, False)


def test_a_page_that_failed_and_came_after_all_is_not_missed(book):
    """Each page is either staged or failed, and a failed one has no key that waits."""
    history = History()
    book.pending.add("5.jpg", history, "5")
    take(book, "5.jpg", PAGE)
    book.fail("5.jpg", Failed("why"))
    assert (list(book.staged), list(book.failed), history.forgotten) == ([], ["5.jpg"], ["5"])
    take(book, "5.jpg", PAGE)
    assert (list(book.staged), list(book.failed)) == (["5.jpg"], [])
    book.commit()
    assert history.written == []


def test_a_page_of_which_nothing_is_known_stays_and_holds_the_book(book):
    """It is neither thrown away nor published."""
    take(book, "5.jpg", PAGE)
    for _ in range(2):
        book.fail("5.jpg", Failed(Undecided("no memory")))
    assert (list(book.staged), list(book.failed), book.hold_reasons) == (
        ["5.jpg"],
        [],
        ["no memory"],
    )


def test_a_warning_is_given_once(book):
    """The same words about another page are another warning."""
    for page in (None, None, "1.jpg"):
        book.warn("odd", page)
    assert [(problem.text, problem.page) for problem in book.problems] == [
        ("odd", None),
        ("odd", "1.jpg"),
    ]


def test_keys_go_to_their_own_history_and_only_once(book):
    """Named pages first, then the rest; what is released unwritten is forgotten."""
    one, other = History(), History()
    for name, history in [("1", one), ("2", other), ("3", one), ("4", one)]:
        book.pending.add(name, history, f"key {name}")
    book.commit({"1", "2"})
    assert (one.written, other.written) == (["key 1"], ["key 2"])
    book.pending.rename("3", "5")
    book.commit({"5"})
    assert one.written == ["key 1", "key 3"]
    book.release()
    assert (one.written, one.forgotten) == (["key 1", "key 3"], ["key 4"])


def test_a_picture_is_told_from_a_page_of_text(book, target):
    """A published text of the stem does not stand for a picture."""
    archive(target, {"7.txt": b"text", "8.png": pictures.png(8, 900)})
    book.open()
    assert found(book, "7.jpg") == (ABSENT, "7.jpg")
    assert found(book, "8.jpg") == (PUBLISHED, "8.png")
    assert book.formats[0].published.page_count == 1
