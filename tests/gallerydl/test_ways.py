"""What tells chapters apart, and when a chapter would go another way than before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest
from gallery_dl import config, extractor
from gallery_dl.job import DownloadJob

from cbzsafe.gallerydl.ways import Ways, chapter_of
from cbzsafe.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

PIXIV = "https://www.pixiv.net/mypage.php#id="
FILE = "https://pixeldrain.com/l/abc#item="
THREAD = "https://boards.4chan.org/a/thread/1"


def key(url: str) -> str:
    return chapter_of(extractor.find(url))


@pytest.mark.parametrize("url", [PIXIV, FILE])
def test_a_fragment_that_the_site_needs_tells_chapters_apart(url):
    """A user or a file that is named by nothing else is a chapter of its own."""
    assert key(f"{url}1") != key(f"{url}2")


def test_a_fragment_that_says_nothing_is_none_of_the_chapter():
    """The same thread is known at its top, at a post, and with a slash at its end."""
    assert key(THREAD) == key(f"{THREAD}#p5") == key(f"{THREAD}/")


class Child(DownloadJob):  # type: ignore[misc]
    """A job that nothing is handed on to."""

    def inherited(self, *, always: bool) -> list[str]:
        """No URL; `always` has nothing to add."""
        return [] if not always else ["above"]


def way(options: Mapping[Any, Any], url: str = THREAD, ways: Ways | None = None) -> bytes:
    """The way of a chapter under a configuration, which is put back."""
    before = config._config.copy()
    try:
        config._config.update(cast("dict[str, Any]", options))
        return (ways or Ways(Settings(), cbz_asked=False)).of(Child(url))
    finally:
        config._config.clear()
        config._config.update(before)


def test_keys_of_any_type_count():
    """A configuration in YAML may have numbers for names."""
    assert way({"extractor": {1: {"a": 1}, "b": 2}}) != way({"extractor": {1: {"a": 2}, "b": 2}})


def test_what_a_list_says_for_one_url_alone_counts_for_that_alone():
    """The configuration is taken down anew when a job begins that has none above it."""
    ways = Ways(Settings(), cbz_asked=False)
    plain = way({}, ways=ways)
    ways.forget()
    assert way({"image-filter": "num < 2"}, ways=ways) != plain
    ways.forget()
    assert way({}, ways=ways) == plain


def test_names_of_ones_own_count_whatever_they_are():
    """In `keywords` a name may be that of an option that does not count elsewhere."""
    assert way({"keywords": {"part": 1}}) != way({"keywords": {"part": 2}})
    assert way({"extractor": {"part": 1}}) == way({"extractor": {"part": 2}})
