"""Cutting the power at every moment of a scene's command, and holding what is left to its bar."""

from __future__ import annotations

import random
import traceback
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from disk_states import states
from laying_out import State, lay_out
from recording import Recording, record
from scenes import HISTORY, history

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from inodes import Operation
    from scenes import Scene, Trial


@dataclass
class Cuts:
    """A scene's command that was recorded in a trial, whose folders take the states.

    Attributes:
        scene: whose command.
        trial: where it ran.
        recording: what it did.
        seen: what is wrong with books and history at rest, for those that were looked at.
    """

    scene: Scene
    trial: Trial
    recording: Recording
    seen: dict[object, str] = field(default_factory=dict)

    def states(self, operations: Sequence[Operation] | None = None) -> Iterator[State]:
        """Give the states of the recording, or of other operations from the same start."""
        return states(self.recording.start, operations or self.recording.operations)

    def look(self, state: State) -> str:
        """Say what is wrong with a state at rest; nothing where all is as promised."""
        if self.scene.first and not self._has_originals(state):
            return "the original is gone, whose pages were not all saved"
        key = frozenset(item for item in state.files.items() if _concerns(item[0]))
        if key not in self.seen:
            lay_out(state, self.trial.roots)
            self.seen[key] = _said(lambda: self.scene.look(self.trial))
        return self.seen[key]

    def _has_originals(self, state: State) -> bool:
        """Whether each old book is there, be it under another name."""
        return set(self.scene.old.values()) <= set(state.files.values())

    def go_on(self, state: State) -> str:
        """Run the command again on a state, and say what is wrong then."""
        lay_out(state, self.trial.roots)
        return _said(self._go_on)

    def _go_on(self) -> None:
        """Hold the next run to `Scene.go_on`, but that folders may be gone in which nothing is."""
        scene, trial = self.scene, self.trial
        missing = scene.missing(trial)
        scene.site.clear()
        done = scene.run(trial)
        assert done.returncode in {scene.status, scene.first}, done.stderr
        fetched = scene.fetched()
        assert fetched == missing, f"{fetched} were fetched, {missing} were missing"
        self._compare(trial.result())
        assert set(history(trial)) == set(scene.keys)

    def _compare(self, result: dict[str, str]) -> None:
        goal = self.scene.goal
        left = result.keys() - goal.keys()
        assert not left, f"left behind: {sorted(left)}"
        wrong = [name for name in goal if not name.endswith("/") and result.get(name) != goal[name]]
        assert not wrong, f"not as undisturbed: {wrong}"

    def broken(self, operations: Sequence[Operation]) -> tuple[str, str] | None:
        """Give the first state of other operations that is wrong at rest, and what is wrong."""
        for state in self.states(operations):
            if wrong := self.look(state):
                return state.where, wrong
        return None


def _concerns(path: str) -> bool:
    """Whether a file is among those that `Scene.look` looks at."""
    return path.endswith(".cbz") or path.rpartition("/")[2].startswith(HISTORY)


def _said(attempt: Callable[[], None]) -> str:
    """Say in which way an attempt broke a promise, or broke down."""
    try:
        attempt()
    except AssertionError as error:
        return str(error) or str(traceback.extract_tb(error.__traceback__)[-1].line)
    except Exception as error:  # noqa: BLE001 - a database that is corrupt, an archive without index
        return repr(error)
    return ""


@contextmanager
def recorded(scene: Scene) -> Iterator[Cuts]:
    """Record a scene's command in a trial that stays until the end."""
    with scene.trial() as trial:
        recording = record(scene.command(trial), trial.work, trial.roots)
        assert recording.status == scene.first, recording.errors
        yield Cuts(scene, trial, recording)


def power_cuts(
    scene: Scene, share: float = 1.0, part: int = 0, parts: int = 1, seed: int = 1
) -> tuple[int, list[str]]:
    """Look at every state that a power cut may leave, and go on from some of them.

    Args:
        scene: whose command.
        share: of the states from which the command is run again, chosen by `seed`.
        part: which of `parts` workers this is, from 0; each takes its own states.
        parts: see there.
        seed: see there.

    Returns:
        How many states were looked at, and a sentence for each broken promise.
    """
    dice, count, failures = random.Random(f"{seed} {scene.name}"), 0, []
    with recorded(scene) as cuts:
        for number, state in enumerate(cuts.states()):
            runs_again = dice.random() < share
            if number % parts != part:
                continue
            count += 1
            if wrong := cuts.look(state) or (cuts.go_on(state) if runs_again else ""):
                failures.append(f"{scene.name}, power cut in {state.where}: {wrong}")
    return count, failures
