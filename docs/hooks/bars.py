"""Bars in the code of a table: GitHub wants a backslash before them, Python-Markdown none."""  # noqa: INP001

from __future__ import annotations

import re
from typing import Any

_CODE = re.compile(r"<code>.*?</code>", re.DOTALL)


def on_page_content(html: str, **_: Any) -> str:
    """Take the backslashes out; called by MkDocs for each page.

    Args:
        html: the page's content.
    """
    return _CODE.sub(lambda code: code[0].replace(r"\|", "|"), html)
