"""What is generated on the pages is what the program says now."""

from __future__ import annotations

import re

import generated
import option_tables


def test_the_generated_parts_are_up_to_date(tmp_path):
    """`make reference` would change nothing."""
    assert generated.stale(tmp_path / "docs") == []


def test_every_command_has_its_options_or_says_whose_it_takes():
    """Each option that `--help` shows is in the reference of its command."""
    sections = re.split(r"^## (.+)$", option_tables.options(), flags=re.MULTILINE)[1:]
    told = dict(zip(sections[::2], sections[1::2], strict=True))
    assert list(told) == list(option_tables.commands())
    for name, command in option_tables.commands().items():
        words = {word for param in command.params for word in param.opts if word.startswith("--")}
        missing = {word for word in words if f"`{word}`" not in told[name]}
        assert not missing or "the options of a run" in told[name]
