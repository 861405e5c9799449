"""The page on ComicInfo.xml, held against the table of the program."""

from __future__ import annotations

from pathlib import Path

from cbzsafe.comicinfo.mapping import DATES, RULES

PAGE = Path(__file__).parents[2] / "docs" / "comicinfo.md"


def table():
    """The mapping as the page shows it."""
    rows = [("Element", "Keywords", ""), ("---", "---", "---")]
    rows += [(f"`{r.element}`", ", ".join(f"`{key}`" for key in r.keys), r.note) for r in RULES]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def test_the_page_shows_the_table_of_the_program():
    """Between its marks the page has the mapping as it is."""
    _, _, rest = PAGE.read_text("utf-8").partition("<!-- the mapping -->\n")
    assert rest.partition("<!-- end of the mapping -->")[0].strip() == table().strip()


def test_the_page_names_the_keywords_of_the_date():
    """Where the date comes from is said in the order in which it is looked for."""
    assert ", ".join(f"`{key}`" for key in DATES) in " ".join(PAGE.read_text("utf-8").split())
