"""Which `zip` entries a configuration asks for, level by level."""

from __future__ import annotations

import pytest

from cbzsafe import zips

SITE = ("extractor", "site")


def extensions(merged, path=SITE):
    """The extensions of all entries that a job at `path` gets."""
    return [entry.extension for entry in zips.find(merged, path)]


def at_site(*entries, **root):
    """A configuration with these entries for one site."""
    return {"extractor": {"site": {"postprocessors": list(entries)}}, **root}


@pytest.mark.parametrize(
    "entry",
    [
        "zip",
        "zip/safe",
        "zip@after",
        "zip/safe@after",
        {"name": "zip"},
        {"type": "zip"},
        {"name": "zip@after", "mode": "safe"},
        "mine",
        {"type": "mine"},
    ],
)
def test_every_way_to_write_a_zip_is_found(entry):
    """Strings, names, types, modes, events and names of the section are all the same."""
    merged = at_site(entry, postprocessor={"mine": {"name": "zip"}})
    assert extensions(merged) == ["zip"]


@pytest.mark.parametrize("entry", ["mtime", {"name": "metadata"}, {}, 1, None, "zip2", "my/zip/x"])
def test_what_is_no_zip_is_passed_over(entry):
    """Other post-processors, and what is none at all, are no archives."""
    assert extensions(at_site(entry)) == []


def test_a_named_entry_brings_its_options():
    """An entry of the `postprocessor` section counts with its options, under its own ones."""
    section = {"postprocessor": {"mine": {"name": "zip", "extension": "cbz"}}}
    assert extensions(at_site("mine", **section)) == ["cbz"]
    assert extensions(at_site({"type": "mine"}, **section)) == ["cbz"]
    assert extensions(at_site({"type": "mine", "extension": "x"}, **section)) == ["x"]


def test_entries_accumulate_over_the_levels():
    """A job gets the entries of the root, of all extractors, of its site and its subcategory."""
    merged = {
        "postprocessors": "zip",
        "extractor": {
            "postprocessors": [{"name": "zip", "extension": "b"}],
            "site": {
                "postprocessors": {"name": "zip", "extension": "c"},
                "chapter": {"postprocessors": [{"name": "zip", "extension": "d"}]},
            },
        },
    }
    assert extensions(merged, ()) == ["zip"]
    assert extensions(merged, (*SITE, "chapter")) == ["zip", "b", "c", "d"]


def test_options_for_all_postprocessors_reach_each_zip():
    """`postprocessor-options` win over an entry's own, the root's over a site's."""
    merged = at_site({"name": "zip", "extension": "a"})
    merged["extractor"]["site"]["postprocessor-options"] = {"extension": "b"}
    assert extensions(merged) == ["b"]
    merged["postprocessor-options"] = {"extension": "c"}
    assert extensions(merged) == ["c"]


def _limited(**lists):
    (entry,) = zips.find(at_site({"name": "zip", **lists}), SITE)
    return entry


def test_entries_for_different_sites_do_not_meet():
    """Two entries that white- and blacklists keep apart write no common file."""
    first, second = _limited(whitelist=["a"]), _limited(whitelist="b,c")
    rest, everywhere = _limited(blacklist=["a"]), _limited()
    assert not first.may_meet(second)
    assert not first.may_meet(rest)
    assert not rest.may_meet(first)
    assert second.may_meet(rest)
    assert first.may_meet(everywhere)


def test_levels_go_down_to_the_subcategory():
    """Objects below that are options, not levels."""
    merged = {"extractor": {"site": {"sub": {"headers": {"a": 1}}}, "skip": True}, "output": {}}
    assert [path for path, _ in zips.levels(merged)] == [
        (),
        ("extractor",),
        SITE,
        (*SITE, "sub"),
    ]
    assert [path for path, _ in zips.levels({"extractor": None})] == [()]
