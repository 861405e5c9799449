"""Options in groups, as `--help` shows them."""

from __future__ import annotations

import click


class Grouped(click.Option):
    """An option that knows its heading in `--help`."""

    def __init__(self, *args: object, group: str = "General", **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type] # Click's own, passed on
        self.group = group
