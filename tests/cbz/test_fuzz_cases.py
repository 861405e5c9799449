"""What the fuzzer found once stays found: its cases, and the archives that it starts from."""

from __future__ import annotations

import random
import sys
from pathlib import Path

import pytest
from invariants import archive_holds, records_hold

FUZZ = Path(__file__).parent.parent / "fuzz"
sys.path.insert(0, str(FUZZ))

from mutation import mutated  # noqa: E402 - they stand in the fuzzer's folder
from seeds import seeds  # noqa: E402 - likewise

CASES = sorted((FUZZ / "cases").iterdir())
SEEDS = seeds()


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.name)
def test_what_the_fuzzer_found_holds(tmp_path, case):
    """Bytes that broke a promise once break it no more, at whatever place in a file."""
    for data in (case.read_bytes(), b"x" + case.read_bytes(), SEEDS["torn"] + case.read_bytes()):
        path = tmp_path / "book.cbz"
        path.write_bytes(data)
        archive_holds(path)
        records_hold(data)


@pytest.mark.parametrize("seed", SEEDS)
def test_what_the_fuzzer_starts_from_holds(tmp_path, seed):
    """The fuzzer's own archives, and some that are made from them, break no promise."""
    chance = random.Random(seed)
    path = tmp_path / "book.cbz"
    for data in (SEEDS[seed], *(mutated(SEEDS[seed], chance) for _ in range(40))):
        path.write_bytes(data)
        archive_holds(path)
