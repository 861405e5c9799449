"""`python tests/bench`: see `command`."""

import compileall
import sys
from pathlib import Path


def main() -> None:
    """Let the tests' modules be found, the site among them, and measure.

    The package is compiled first, as pip compiles what it installs: an environment that forbids
    writing bytecode would have it compiled anew at each start.
    """
    tests = Path(__file__).resolve().parents[1]
    sys.path[0] = str(tests)
    compileall.compile_dir(tests.parent / "cbzsafe", quiet=1)
    from bench import command

    command.main()


if __name__ == "__main__":
    main()
