"""What figures were measured on, in one line."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version


def line() -> str:
    """Processors, Python, gallery-dl and kernel."""
    kernel = platform.release().split("-")[0]
    return (
        f"{os.cpu_count()} processors, Python {platform.python_version()}, "
        f"gallery-dl {version('gallery-dl')}, Linux {kernel}"
    )
