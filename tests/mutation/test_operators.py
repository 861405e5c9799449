"""The faults that the mutation run builds in, and the table of the tests that should see them."""

from __future__ import annotations

from pathlib import Path

import pytest
from concerns import CONCERNS
from operators import mutants
from programs import ROOT


def faults(source):
    """Give what stands where, instead of what, in each mutant."""
    return {(one.line, one.before, one.after) for one in mutants(source)}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a < b", {("a < b", "a <= b")}),
        ("f()", {("f()", "pass")}),
        ("f(a, b)", {("f(a, b)", "pass"), ("f(a, b)", "f(b, a)")}),
        ("f(k=a)", {("f(k=a)", "pass"), ("f(k=a)", "f()")}),
        ("a.b = c", {("a.b = c", "pass")}),
        ("x = 1", {("1", "2")}),
        ("x = True", {("True", "False")}),
        ("x = a | b", {("a | b", "a")}),
        ("x = a + b", {("a + b", "a - b")}),
        ("x = not a", {("not a", "a")}),
        ("x = a and b", {("a and b", "a or b"), ("a and b", "a"), ("a and b", "b")}),
        ("if a: x = b", {("a", "not a")}),
        ("raise a", {("raise a", "pass")}),
        ("with a:\n    x = b", {("with a:", "if True:")}),
        ("def f():\n    return a", {("return a", "return None")}),
        ("x = 'a'", set()),
        ("x: f(a, b) = 'a'", set()),
        ("if TYPE_CHECKING:\n    f()", set()),
    ],
)
def test_each_fault_is_built_in_alone(source, expected):
    """A mutant differs in one place, and text and types are left as they are."""
    assert {(before, after) for _, before, after in faults(source)} == expected


def test_a_mutant_is_the_whole_module_with_its_line():
    """The rest of the module stays, and the place of the fault is told."""
    source = "x = a\nif b:\n    f()\n"
    assert [(one.line, one.source) for one in mutants(source)] == [
        (2, "x = a\nif not b:\n    f()"),
        (3, "x = a\nif b:\n    pass"),
    ]


@pytest.mark.parametrize("module", CONCERNS)
def test_the_tests_that_concern_a_module_are_there(module):
    """Modules and tests that were renamed are renamed in the table too."""
    assert (ROOT / "cbzsafe" / f"{module}.py").is_file()
    paths = [Path(one.removeprefix("--deselect=").partition("::")[0]) for one in CONCERNS[module]]
    assert [path for path in paths if not (ROOT / path).is_file()] == []
