"""A coverage-guided fuzzer of the archive engine.

    python tests/fuzz/fuzz.py records|scan [FOLDER] [-max_total_time=60] [-seed=1]

FOLDER is where inputs that reached new code are kept. What breaks a promise is written beside the
working folder as `crash-...`; it belongs into `tests/fuzz/cases` once it is understood.
"""

from __future__ import annotations

import random
import sys
import tempfile
from pathlib import Path

import atheris

TESTS = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS), str(TESTS / "cbz"), str(TESTS.parent)]

with atheris.instrument_imports(include=["cbzsafe"]):
    import invariants
    from mutation import mutated
    from seeds import seeds

MEMORY = Path("/dev/shm")  # noqa: S108 - a folder that is made in it has a name of its own
LIMITS = ("-timeout=10", "-rss_limit_mb=1024", "-max_len=4096")


def scan_target(folder):
    """Make the target that lays each input into a file."""
    path = Path(folder, "book.cbz")

    def target(data):
        path.write_bytes(data)
        invariants.archive_holds(path)

    return target


def mutator(data, max_size, seed):
    """Keep the structure in three of four cases."""
    chance = random.Random(seed)
    if chance.random() < 0.25:
        return atheris.Mutate(data, max_size)
    return mutated(data, chance)[:max_size]


def main():
    """Read the command line, and fuzz until the time is over or something breaks."""
    program, which, *options = sys.argv
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as name:
        start = Path(name, "seeds")
        start.mkdir()
        for kind, data in seeds().items():
            (start / kind).write_bytes(data)
        target = invariants.records_hold if which == "records" else scan_target(name)
        arguments = [program, *LIMITS, *options, str(start)]
        atheris.Setup(arguments, target, custom_mutator=mutator)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
