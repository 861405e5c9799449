"""Break the package one line at a time, and see which faults no test notices.

    python tests/mutation [MODULE ...] [--share 0.1] [--seed 1] [--jobs 2] [--again] [--show]

Each line of the results is one mutant; those that are there are not tried anew, so that a run may
be stopped at any time. A module is named as in `concerns.py`: `cbz/publish`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import sys
import tempfile
import time
from pathlib import Path

from concerns import CONCERNS
from copies import ROOT, STEP, copied, warm_up
from operators import mutants
from outcome_table import table
from trial_bench import Bench

RESULTS = ROOT / "build" / "mutants.jsonl"


def main():
    """Read the command line, try what is to be tried, and print the figures."""
    asked = _arguments()
    known = _known(asked)
    if not asked.show:
        todo = [one for module in asked.modules for one in _chosen(module, asked, known)]
        _say(f"{len(todo)} mutants are tried; results go to {asked.results}")
        with tempfile.TemporaryDirectory(prefix="mutants-") as place:
            _try_all(todo, asked, Path(place))
    _print(asked, _known(asked))


def _say(text):
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _arguments():
    parser = argparse.ArgumentParser(prog="tests/mutation", description=__doc__.partition("\n")[0])
    parser.add_argument("modules", nargs="*", metavar="MODULE", help="all, if none is named")
    parser.add_argument("--share", type=float, default=1.0, help="the part of the mutants to try")
    parser.add_argument("--seed", type=int, default=1, help="which part that is")
    parser.add_argument("--jobs", type=int, default=2, help="how many are tried at a time")
    parser.add_argument("--again", action="store_true", help="try those anew that survived")
    parser.add_argument("--show", action="store_true", help="only print what is known")
    parser.add_argument("--results", type=Path, default=RESULTS, help="default: %(default)s")
    asked = parser.parse_args()
    asked.modules = asked.modules or list(CONCERNS)
    unknown = set(asked.modules) - set(CONCERNS)
    if unknown:
        parser.error(f"not in concerns.py: {', '.join(sorted(unknown))}")
    return asked


def _known(asked):
    """Give the results that are there, by mutant; the last word on each counts."""
    if not asked.results.exists():
        return {}
    lines = asked.results.read_text("utf-8").splitlines()
    return {one["id"]: one for one in map(json.loads, lines)}


def _of(module):
    """Give a module's mutants by what names them in the results: they and no others have it."""
    source = (ROOT / "cbzsafe" / f"{module}.py").read_text("utf-8")
    for mutant in mutants(source):
        yield hashlib.sha256(f"{module}\n{mutant.source}".encode()).hexdigest()[:16], mutant


def _chosen(module, asked, known):
    chance = random.Random(f"{asked.seed} {module}")
    for name, mutant in _of(module):
        tried = name in known and not (asked.again and known[name]["outcome"] == "survived")
        if chance.random() < asked.share and not tried:
            yield module, name, mutant


def _try_all(todo, asked, place):
    warm_up()
    asked.results.parent.mkdir(exist_ok=True)
    free = [Bench(copied(place / str(number)), asked.results) for number in range(asked.jobs)]
    todo, running = todo[::-1], []
    while todo or running:
        while todo and free:
            bench = free.pop()
            bench.begin(*todo.pop())
            running.append(bench)
        for bench in [one for one in running if one.is_done()]:
            running.remove(bench)
            free.append(bench)
        time.sleep(STEP)
    for bench in free:
        bench.vouch()


def _print(asked, known):
    """Print the figures of the modules as they are now, and each mutant that survived."""
    here = {module: [(n, m) for n, m in _of(module) if n in known] for module in asked.modules}
    for module, tried in here.items():
        for name, mutant in tried:
            if known[name]["outcome"] == "survived":
                _say(f"{module}:{mutant.line}: {mutant.before}  ->  {mutant.after}")
    outcomes = {m: [known[name]["outcome"] for name, _ in tried] for m, tried in here.items()}
    _say(table({m: (sum(1 for _ in _of(m)), found) for m, found in outcomes.items() if found}))


if __name__ == "__main__":
    main()
