"""The figures as a Markdown table."""

from __future__ import annotations

HEAD = "| Module | Mutants | Tried | Killed | Survived |\n| --- | ---: | ---: | ---: | ---: |"


def table(outcomes):
    """Give a table of modules.

    Args:
        outcomes: by module: how many mutants there are, and what became of those that were tried.
    """
    rows = {f"`{name}.py`": _row(count, found) for name, (count, found) in outcomes.items()}
    rows["all"] = [sum(column) for column in zip(*rows.values(), strict=True)] or [0] * 4
    return "\n".join([HEAD, *(f"| {n} | {' | '.join(map(str, row))} |" for n, row in rows.items())])


def _row(count, found):
    survived = found.count("survived")
    return [count, len(found), len(found) - survived, survived]
