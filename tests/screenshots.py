"""Draws the pictures of docs/images, from what the program itself shows: `make pictures`.

The figures are made up and fixed, so that the same code draws the same pictures.
"""

from __future__ import annotations

import io
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from cbzsafe.model import (
    ArchiveReport,
    BookReport,
    CheckReport,
    Code,
    Condition,
    Finding,
    Outcome,
    Problem,
    RunReport,
)
from cbzsafe.ui import check, lines, live_look, table

if TYPE_CHECKING:
    from collections.abc import Iterator

IMAGES = Path(__file__).resolve().parent.parent / "docs" / "images"
"""Where the pictures are."""

WIDTH = 92
"""Cells of a line."""

THEME = TerminalTheme(
    (22, 27, 34),
    (201, 209, 217),
    [
        *((72, 79, 88), (255, 123, 114), (63, 185, 80), (210, 153, 34)),
        *((88, 166, 255), (188, 140, 255), (57, 197, 207), (177, 186, 196)),
    ],
    [
        *((110, 118, 129), (255, 161, 152), (86, 211, 100), (227, 179, 65)),
        *((121, 192, 255), (210, 168, 255), (86, 212, 221), (240, 246, 252)),
    ],
)
"""Colours that can be read on a dark ground."""

SVG = """\
<svg viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
  <style>
    .{unique_id}-matrix {{
      font-family: ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace;
      font-size: {char_height}px;
      line-height: {line_height}px;
    }}
    {styles}
  </style>
  <defs>
    <clipPath id="{unique_id}-clip-terminal">
      <rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/>
    </clipPath>
    {lines}
  </defs>
  {chrome}
  <g transform="translate({terminal_x}, {terminal_y})"
     clip-path="url(#{unique_id}-clip-terminal)">
    {backgrounds}
    <g class="{unique_id}-matrix" xml:space="preserve">
    {matrix}
    </g>
  </g>
</svg>
"""
"""rich's frame, without its fonts, which come from another host."""

_FOLDER = "gallery-dl/site/Title"


def pictures() -> dict[str, str]:
    """Draw all pictures; gives each one's SVG by its file name."""
    return {"run.svg": _svg("run", _run()), "check.svg": _svg("check", _check())}


def _svg(name: str, shown: Iterator[Text]) -> str:
    console = _console(record=True)
    for text in shown:
        console.print(text, soft_wrap=True)
    drawn = console.export_svg(title="", theme=THEME, code_format=SVG, unique_id=f"cbzsafe-{name}")
    return "".join(f"{line.rstrip()}\n" for line in drawn.splitlines() if line.strip())


def _console(*, record: bool = False) -> Console:
    return Console(
        file=io.StringIO(),
        record=record,
        width=WIDTH,
        force_terminal=True,
        color_system="truecolor",
        no_color=False,
        legacy_windows=False,
        _environ={},
    )


def _typed(command: str) -> Text:
    return Text.assemble(("$ ", "green"), (command, "bold"))


def _run() -> Iterator[Text]:
    """A run in its midst, and its report."""
    yield _typed("cbzsafe https://example.org/manga/title/")
    for number in range(9, 13):
        yield Text(f"./{_FOLDER}/c003/{number:03}.jpg", style="bold green")
    yield Text()
    glance = live_look.Glance(
        book="c003.cbz",
        done=12,
        total=24,
        again=1,
        outcomes=Counter({Outcome.UNCHANGED: 1, Outcome.PUBLISHED: 1}),
        received=39_700_000,
        seconds=41.0,
    )
    yield from map(Text.from_ansi, live_look.lines(_console(), glance))
    yield Text()
    yield Text("# and at the end of the run, in place of the last two lines:", style="dim")
    yield Text.from_ansi(table.render(_console(), lines.laid_out(_books(), verbose=False)))


def _books() -> RunReport:
    gone = Problem(
        "017.jpg is missing: '404 Not Found' for 'https://example.org/img/4/17.jpg'.", "017.jpg"
    )
    return RunReport(
        books=(
            BookReport(f"{_FOLDER}/c001.cbz", Outcome.UNCHANGED, pages=21, size=22_400_000),
            BookReport(f"{_FOLDER}/c002.cbz", Outcome.PUBLISHED, pages=24, new=24, size=26_100_000),
            BookReport(
                f"{_FOLDER}/c003.cbz",
                Outcome.PUBLISHED,
                pages=24,
                new=24,
                refetched=1,
                size=27_300_000,
            ),
            BookReport(
                f"{_FOLDER}/c004.cbz",
                Outcome.HELD,
                staging=f"{_FOLDER}/c004",
                missing=("017.jpg",),
                staged=19,
                whole=False,
                problems=(gone,),
            ),
        ),
        status=5,
        seconds=97.0,
    )


def _check() -> Iterator[Text]:
    """A check of a library in which something is damaged."""
    yield _typed("cbzsafe check Comics")
    sheet = check.laid_out(_library(), quiet=False, verbose=False)
    yield Text.from_ansi(table.render(_console(), sheet))


def _library() -> CheckReport:
    def archive(name: str, pages: int, size: int, *findings: Finding) -> ArchiveReport:
        path, condition = f"Comics/{name}.cbz", Condition.DAMAGED if pages else Condition.UNREADABLE
        return ArchiveReport(path, condition, pages, size, findings)

    torn = "The file has no index at its end: it was not written to its end, or was cut."
    return CheckReport(
        archives=(
            archive("Title/c002", 24, 16_400_000, Finding(Code.NO_INDEX, torn)),
            archive(
                "Title/c007",
                21,
                23_100_000,
                Finding(
                    Code.NOT_AN_IMAGE, "The page is no picture: it is an HTML page.", "005.jpg"
                ),
                Finding(Code.TRUNCATED_IMAGE, "The JPEG ends without an end marker.", "009.jpg"),
            ),
            archive(
                "Another/v01",
                196,
                212_000_000,
                Finding(
                    Code.BAD_CRC, "The page's bytes are not those that were packed.", "114.png"
                ),
            ),
            archive(
                "Another/v02",
                0,
                180_000_000,
                Finding(Code.NOT_A_ZIP, "The file is no ZIP file but a RAR file."),
            ),
        ),
        sound=1_204,
        damaged=3,
        unreadable=1,
        pages=40_913,
        size=38_600_000_000,
        status=2,
        seconds=83.0,
    )


def main() -> None:
    """Write the pictures."""
    IMAGES.mkdir(exist_ok=True)
    for name, svg in pictures().items():
        (IMAGES / name).write_text(svg, encoding="utf-8")


if __name__ == "__main__":
    main()
