"""The argument list before anybody has parsed it."""

from __future__ import annotations

from dataclasses import fields

from hypothesis import given
from hypothesis import strategies as st

from cbzsafe import invocation
from cbzsafe.settings import Settings

words = st.lists(st.sampled_from(["--", "-q", "--cbz", "explain", "http://a/", ""]))


@given(words)
def test_the_two_parts_at_the_dashes_are_the_whole(argv):
    """Splitting at the dashes loses and moves nothing."""
    before, rest = invocation.at_dashes(argv)
    assert before + rest == argv
    assert "--" not in before
    assert rest[:1] in ([], ["--"])


def test_only_the_first_word_is_a_command():
    """A command's name anywhere but in front is a word like any other."""
    assert invocation.command(["explain", "-q"], {"explain"}) == ("explain", ["-q"])
    assert invocation.command(["-q", "explain"], {"explain"}) == (None, ["-q", "explain"])
    assert invocation.command([], {"explain"}) == (None, [])


def test_one_name_gives_the_option_the_variable_and_the_key():
    """A setting is spelled the same way in all three places, each with its own convention."""
    assert invocation.option("page-retries") == "--page-retries"
    assert invocation.variable("page-retries") == "CBZSAFE_PAGE_RETRIES"
    assert invocation.key("page-retries") == "cbzsafe.page-retries"


def test_every_field_of_the_settings_has_a_name():
    """No setting can be added without a name for users."""
    assert len(invocation.names()) == len(fields(Settings))
    assert "page-retries" in invocation.names()


def test_verbose_behind_the_dashes_asks_for_nothing():
    """A URL that looks like -v does not turn tracebacks on."""
    assert invocation.wants_traceback(["-v", "u"])
    assert invocation.wants_traceback(["--verbose"])
    assert not invocation.wants_traceback(["--", "-v"])
