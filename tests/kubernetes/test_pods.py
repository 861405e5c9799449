"""What the manifests ask of Kubernetes: when to try again, what a pod may do, what it needs."""

from __future__ import annotations

import re

import pytest
from manifests import in_file, work, works

from cbzsafe.cli.command import COMMANDS
from cbzsafe.errors import StorageError, UsageError

KNOWN_BITS = (1, 4, 8, 16, 32, 64, 128)
"""The bits of a run's exit status; 2 is no bit, but a usage error by itself."""

USELESS_BITS = 16 | 32 | 64
"""Login, input and unsupported URL: the same command ends the same way."""

ENDED = {130, 137, 143}
"""Ended by a signal, which another try may not be: SIGINT, SIGKILL, SIGTERM."""


def run_statuses():
    """Every exit status that bits can make."""
    return {sum(bit for at, bit in enumerate(KNOWN_BITS) if n >> at & 1) for n in range(1, 128)}


every = pytest.mark.parametrize("one", works(), ids=in_file)


def mebibytes(size):
    number, unit = re.fullmatch(r"(\d+)([MG])i", size).groups()
    return int(number) * {"M": 1, "G": 1024}[unit]


@pytest.mark.parametrize("name", ["cronjob.yaml", "cronjob-scratch.yaml"])
def test_a_download_fails_at_once_where_trying_again_is_useless(name):
    """The policy names each status that says usage, login, input or unsupported, and no other."""
    useless = {status for status in run_statuses() if status & USELESS_BITS}
    assert work(name).statuses("FailJob") == useless | {UsageError.exit_code}
    assert not work(name).statuses("FailJob") & ENDED


def test_one_bad_url_does_not_end_the_pods_of_the_other_shards():
    """Only a usage error, which all pods share, fails the whole Indexed Job."""
    one = work("indexed-job.yaml")
    assert one.statuses("FailJob") == {UsageError.exit_code}
    assert one.statuses("FailIndex") == {s for s in run_statuses() if s & USELESS_BITS}


def test_a_check_that_found_something_is_not_repeated():
    """A check's own statuses fail its Job, damage that could not be told too; a signal does not."""
    own = {int(text) for text, _ in COMMANDS["check"].load().statuses if text.isdigit()} - {0}
    statuses = work("check-cronjob.yaml").statuses("FailJob")
    assert statuses == own | {1 | StorageError.exit_code}
    assert not statuses & ENDED


@pytest.mark.parametrize("one", [w for w in works() if "podFailurePolicy" in w.job], ids=in_file)
def test_a_failure_policy_is_one_that_kubernetes_takes(one):
    """Disruptions come first, values ascend without repetition, and pods do not restart."""
    rules = one.job["podFailurePolicy"]["rules"]
    assert rules[0]["onPodConditions"] == [{"type": "DisruptionTarget", "status": "True"}]
    assert one.pod["restartPolicy"] == "Never"
    for rule in rules[1:]:
        values = rule["onExitCodes"]["values"]
        assert values == sorted(set(values))
        assert 0 not in values
        assert len(values) <= 255


@every
def test_a_pod_may_do_no_more_than_it_needs(one):
    """No root, no privileges, no service account, and nothing written but to volumes."""
    assert one.pod["automountServiceAccountToken"] is False
    pod, container = one.pod["securityContext"], one.container["securityContext"]
    assert pod["runAsNonRoot"]
    assert pod["runAsUser"] == pod["runAsGroup"] == pod["fsGroup"] == 65532
    assert pod["fsGroupChangePolicy"] == "OnRootMismatch"
    assert pod["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["capabilities"] == {"drop": ["ALL"]}
    assert container["readOnlyRootFilesystem"]
    assert not container["allowPrivilegeEscalation"]
    assert one.is_writable("/tmp")  # noqa: S108 - the image's home directory


@every
def test_a_pod_says_what_it_needs_and_how_long_it_may_take(one):
    """Memory, disk, time and tries are all bounded, and no shell stands before the program."""
    resources = one.container["resources"]
    assert {*resources["requests"]} == {"cpu", "memory", "ephemeral-storage"}
    assert {"memory", "ephemeral-storage"} <= {*resources["limits"]}
    assert one.job["activeDeadlineSeconds"] > one.pod["terminationGracePeriodSeconds"]
    assert {"backoffLimit", "backoffLimitPerIndex"} & {*one.job}
    assert "command" not in one.container
    assert one.container["terminationMessagePath"] == "/dev/termination-log"


@every
def test_disk_that_is_asked_for_holds_what_is_written_there(one):
    """The folders on the node's disk together are no larger than the disk that is asked for."""
    sizes = [mebibytes(v["emptyDir"]["sizeLimit"]) for v in one.pod["volumes"] if "emptyDir" in v]
    assert sum(sizes) <= mebibytes(one.container["resources"]["limits"]["ephemeral-storage"])


@pytest.mark.parametrize("one", [one for one in works() if one.cron], ids=in_file)
def test_one_pod_at_a_time_by_a_clock_that_is_named(one):
    """A schedule has a time zone, a bound for late starts, and no second run beside the first."""
    assert one.cron["concurrencyPolicy"] == "Forbid"
    assert one.cron["timeZone"] == "Etc/UTC"
    assert one.cron["startingDeadlineSeconds"] >= 600
    assert {"successfulJobsHistoryLimit", "failedJobsHistoryLimit"} <= {*one.cron}


def test_a_check_has_no_more_processes_than_the_limit_allows():
    """On a large node the check's processor limit keeps its memory within its memory limit."""
    limits = work("check-cronjob.yaml").container["resources"]["limits"]
    assert int(limits["cpu"]) * 17 < mebibytes(limits["memory"])
