"""Why a figure is not reached, by figure and rival as the table names them."""

REASONS: dict[tuple[str, str], str] = {}
"""`(what, against)` of a line to one sentence; it is shown only where the goal is missed."""
