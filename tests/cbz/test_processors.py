"""How many processors are counted, from what kernels tell in and out of containers."""

from __future__ import annotations

import math
import os

import pytest

from cbzsafe.cbz import processors
from cbzsafe.cbz.scan import workers

POD = "/kubepods.slice/kubepods-pod1.slice/cri-containerd-2.scope"
VERSION_1 = f"9:name=systemd:{POD}\n4:cpuset:/\n3:cpu,cpuacct:{POD}\n1:memory:{POD}\n0::/\n"
"""As a node of version 1 tells it inside a container, whose own group is mounted at the top."""


def machine(root, groups, files):
    """Lay down what the kernel shows: groups of the process, and limits by folder."""
    told = root / "proc" / "self" / "cgroup"
    told.parent.mkdir(parents=True)
    told.write_text(groups)
    for name, text in files.items():
        path = root / "sys" / "fs" / "cgroup" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("max 100000\n", math.inf),
        ("100000 100000\n", 1),
        ("50000 100000\n", 0.5),
        ("150000 100000\n", 1.5),
        ("6400000 100000\n", 64),
        ("-1\n 100000\n", math.inf),
        ("400000\n 100000\n", 4),
        ("25000\n 50000\n", 0.5),
    ],
)
def test_a_limit_is_read_as_a_number_of_processors(text, expected):
    """Both versions name the time that may be used in a stretch of time."""
    assert processors.share(text) == expected


@pytest.mark.parametrize("text", ["", "max", "100000", "much 100000", "1 2 3"])
def test_what_is_no_limit_is_refused(text):
    """A text of another form is no number of processors."""
    with pytest.raises(ValueError, match=r"unpack|invalid literal"):
        processors.share(text)


def test_the_groups_of_a_process_are_named_up_to_the_top():
    """Each group above a process may limit it, and only the controller of processors counts."""
    assert list(processors.folders("0::/a/b\n")) == [
        "sys/fs/cgroup/a/b",
        "sys/fs/cgroup/a",
        "sys/fs/cgroup",
    ]
    assert list(processors.folders("5:memory:/a\n3:cpu,cpuacct:/c:d\n2:cpuset:/\n")) == [
        "sys/fs/cgroup/cpu/c:d",
        "sys/fs/cgroup/cpu",
    ]
    assert list(processors.folders("0::/../x\n")) == ["sys/fs/cgroup/x", "sys/fs/cgroup"]


@pytest.mark.parametrize(
    ("groups", "files", "expected"),
    [
        ("0::/\n", {"cpu.max": "100000 100000\n"}, 1),
        ("0::/\n", {"cpu.max": "max 100000\n"}, math.inf),
        ("0::/\n", {}, math.inf),
        ("0::/a/b\n", {"a/b/cpu.max": "max 100000\n", "a/cpu.max": "200000 100000\n"}, 2),
        ("0::/a/b\n", {"a/b/cpu.max": "50000 100000\n", "a/cpu.max": "200000 100000\n"}, 0.5),
        (
            VERSION_1,
            {"cpu/cpu.cfs_quota_us": "150000\n", "cpu/cpu.cfs_period_us": "100000\n"},
            1.5,
        ),
        (
            VERSION_1,
            {
                f"cpu{POD}/cpu.cfs_quota_us": "-1\n",
                f"cpu{POD}/cpu.cfs_period_us": "100000\n",
            },
            math.inf,
        ),
        ("0::/\n", {"cpu.max": "nonsense\n"}, math.inf),
        ("nonsense", {}, math.inf),
    ],
)
def test_the_least_limit_of_all_groups_counts(tmp_path, groups, files, expected):
    """What is not there or cannot be understood limits nothing."""
    assert processors.limit(machine(tmp_path, groups, files)) == expected


def test_a_system_without_groups_has_no_limit(tmp_path):
    """Where the kernel does not tell of groups, the processors alone count."""
    assert processors.limit(tmp_path) == math.inf


def test_at_least_one_and_at_most_those_there_are_are_counted(monkeypatch):
    """A limit is rounded up, and one beyond the processors that there are changes nothing."""
    there = len(os.sched_getaffinity(0))
    for share, expected in [(0.1, 1), (1.0, 1), (1.5, min(2, there)), (math.inf, there)]:
        monkeypatch.setattr(processors, "limit", lambda share=share: share)
        assert processors.available() == expected
        assert workers() == min(4, expected)
