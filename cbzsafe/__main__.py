"""`python -m cbzsafe`, and the program `cbzsafe`."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the program and end the process with its exit status."""
    from cbzsafe.cli.main import main as run

    sys.exit(run())


if __name__ == "__main__":
    main()
