"""`python tests/soak`: see `command`."""

import os
import signal
import sys
from pathlib import Path


def main() -> int:
    """Let the tests' modules be found, the site among them, give way to others, and run."""
    os.nice(10)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # what was started ends too
    sys.path[0] = str(Path(__file__).resolve().parents[1])
    from soak import command

    return command.main()


if __name__ == "__main__":
    sys.exit(main())
