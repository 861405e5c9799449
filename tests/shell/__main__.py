"""Writes the manual page anew: `make man`."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from man_page import PAGE, page

PAGE.write_text(page(), encoding="utf-8")
