"""The manifests under `docs/kubernetes`, read as Kubernetes reads them."""

from __future__ import annotations

import copy
import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from programs import ROOT

FOLDER = ROOT / "docs" / "kubernetes"

NOT_KUBERNETES = {"alerts.yaml", "alerts_test.yaml", "kustomization.yaml"}
"""Files for Prometheus and for kustomize."""

PROGRAM = "cbzsafe"
"""The name of the containers that run our image."""


def files() -> list[Path]:
    """List the manifests."""
    return sorted(path for path in FOLDER.glob("*.yaml") if path.name not in NOT_KUBERNETES)


def load(path: Path) -> dict[str, Any]:
    """Read a manifest, of which each has one object."""
    return copy.deepcopy(_parsed(path))


@functools.cache
def _parsed(path: Path) -> dict[str, Any]:
    (document,) = yaml.safe_load_all(path.read_text("utf-8"))
    return document


@dataclass(frozen=True)
class Work:
    """A Job, or what a CronJob starts.

    Attributes:
        path: the manifest.
        job: the Job's `spec`.
        pod: its pods' `spec`.
        container: the container that runs our image.
        cron: the CronJob's `spec`, or None.
    """

    path: Path
    job: dict[str, Any]
    pod: dict[str, Any]
    container: dict[str, Any]
    cron: dict[str, Any] | None

    def args(self, index: int = 0) -> list[str]:
        """Give the arguments as the container gets them, in the pod of an index."""
        written = self.container["args"]
        return [word.replace("$(JOB_COMPLETION_INDEX)", str(index)) for word in written]

    def mount(self, path: str) -> dict[str, Any] | None:
        """Find the mount that a path lies in."""
        under = [
            mount
            for mount in self.container["volumeMounts"]
            if Path(path).is_relative_to(mount["mountPath"])
        ]
        return max(under, key=lambda mount: len(mount["mountPath"]), default=None)

    def volume(self, name: str) -> dict[str, Any]:
        """Find a volume."""
        (found,) = (volume for volume in self.pod["volumes"] if volume["name"] == name)
        return found

    def is_writable(self, path: str) -> bool:
        """Tell whether the container may write to a path."""
        mount = self.mount(path)
        if mount is None or mount.get("readOnly"):
            return False
        return not {"secret", "configMap"} & set(self.volume(mount["name"]))

    def statuses(self, action: str) -> set[int]:
        """Give the exit statuses for which the failure policy says so."""
        rules = self.job["podFailurePolicy"]["rules"]
        codes = (rule.get("onExitCodes") for rule in rules if rule["action"] == action)
        return {value for code in codes if code for value in code["values"]}


def works() -> list[Work]:
    """Give every Job and CronJob."""
    loaded = {path: load(path) for path in files()}
    return [as_work(*one) for one in loaded.items() if one[1]["kind"] in {"Job", "CronJob"}]


def work(name: str) -> Work:
    """Give one by its file."""
    return as_work(FOLDER / name, load(FOLDER / name))


def in_file(one: Work) -> str:
    """Name a test's case."""
    return one.path.name


def as_work(path: Path, manifest: dict[str, Any]) -> Work:
    """Take a manifest apart."""
    spec = manifest["spec"]
    cron = spec if "jobTemplate" in spec else None
    job = cron["jobTemplate"]["spec"] if cron else spec
    pod = job["template"]["spec"]
    (container,) = (one for one in pod["containers"] if one["name"] == PROGRAM)
    return Work(path, job, pod, container, cron)
