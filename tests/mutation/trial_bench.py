"""A copy in which one mutant after the other is tried, and shown to be in order in between.

A mutant may leave something behind that lets every later test fail, so that all others would seem
to be killed. What was found is written down only once the unchanged module has passed again.
"""

from __future__ import annotations

import json
import sys
import time

from concerns import CONCERNS
from copies import STEP, Trial

PATIENCE = 5.0
"""Seconds on top of three times what the tests take upon the module as it is."""
UNPROVED = 25
"""How many results wait until the copy is looked at again."""


class Bench:
    """One copy and its results.

    Args:
        copy: the folder.
        results: the file that results are added to.
    """

    def __init__(self, copy, results):
        self._copy, self._results = copy, results
        self._found, self._module, self._limit = [], "", 0.0
        self._name = self._mutant = self._trial = None

    def begin(self, module, name, mutant):
        """Begin to try a mutant."""
        if module != self._module:
            self.vouch()
            self._module = module
            self._limit = PATIENCE + 3 * self._prove()
        self._name, self._mutant = name, mutant
        path = f"cbzsafe/{module}.py"
        self._trial = Trial(self._copy, path, mutant.source, CONCERNS[module], self._limit)

    def is_done(self):
        """Tell whether the mutant that was begun last has an outcome."""
        outcome = self._trial.outcome()
        if outcome is None:
            return False
        self._found.append(self._result(outcome))
        if outcome == "timeout" or len(self._found) >= UNPROVED:
            self.vouch()
        return True

    def vouch(self):
        """Write down what was found, if the copy is still in order."""
        if self._found:
            self._prove()
        with self._results.open("a", encoding="utf-8") as file:
            file.writelines(f"{json.dumps(result)}\n" for result in self._found)
        self._found = []

    def _prove(self):
        """Run the tests upon the unchanged module; they must pass. Give the seconds they take."""
        trial = Trial(self._copy, None, "", CONCERNS[self._module], 600)
        while (outcome := trial.outcome()) is None:
            time.sleep(STEP)
        if outcome != "survived":
            output = (self._copy / "output.txt").read_text("utf-8", "replace")
            sys.exit(f"The tests of {self._module} do not pass without a fault:\n{output[-3000:]}")
        return time.monotonic() - trial.began

    def _result(self, outcome):
        return {
            "id": self._name,
            "module": self._module,
            "line": self._mutant.line,
            "outcome": outcome,
            "seconds": round(time.monotonic() - self._trial.began, 1),
            "before": self._mutant.before,
            "after": self._mutant.after,
        }
