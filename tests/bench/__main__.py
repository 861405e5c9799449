"""`python tests/bench`: see `command`."""

import sys
from pathlib import Path


def main() -> None:
    """Let the tests' modules be found, the site among them, and measure."""
    sys.path[0] = str(Path(__file__).resolve().parents[1])
    from bench import command

    command.main()


if __name__ == "__main__":
    main()
