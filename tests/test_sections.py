"""Figures between the marks of a document."""

from __future__ import annotations

import pytest
import sections


def test_figures_replace_those_of_the_last_run(tmp_path):
    """What is around the marks stays, and so do other sections."""
    page = tmp_path / "page.md"
    page.write_text("a\n<!-- x -->\nold\n<!-- end of x -->\nb\n<!-- y -->\n<!-- end of y -->\n")
    sections.put(page, "x", "new\n")
    sections.put(page, "x", "newer\n")
    assert page.read_text() == (
        "a\n<!-- x -->\n\nnewer\n\n<!-- end of x -->\nb\n<!-- y -->\n<!-- end of y -->\n"
    )


def test_a_document_without_marks_is_left_alone(tmp_path):
    """That is an error, for the figures would be lost in silence."""
    page = tmp_path / "page.md"
    page.write_text("a\n<!-- x -->\n")
    with pytest.raises(ValueError, match="no marks for x"):
        sections.put(page, "x", "new")
    assert page.read_text() == "a\n<!-- x -->\n"
