"""The process, its limits, the clock and the decoders."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import asdict, replace

import pytest

from cbzsafe.cbz import crc
from cbzsafe.doctor import clock, decoders, memory, process
from cbzsafe.images import weaker
from cbzsafe.model import Clock, Decoders, Weight

MIB = 1 << 20


def weights(said):
    return {one.subject: one.weight.value for one in said}


def seen(*before, env=None):
    """Look at a process that was started behind these words."""
    code = (
        "import json; from dataclasses import asdict; from cbzsafe.doctor import process\n"
        "print(json.dumps(asdict(process.look())))"
    )
    words = [*before, sys.executable, "-c", code]
    done = subprocess.run(words, env=env, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def test_the_process_is_what_the_system_says():
    """Its number, users and temporary folder are the real ones."""
    found = process.look({}, process.TERMINATION_LOG)
    assert (found.pid, found.user, found.group) == (os.getpid(), os.geteuid(), os.getegid())
    assert (found.blocked, found.completion_index, found.pod) == ((), "", False)
    assert os.access(found.temporary, os.W_OK)


def test_a_first_process_of_its_own_namespace_is_told():
    """As in a container whose entrypoint is the program, the number is 1."""
    found = seen("unshare", "--pid", "--fork", "--mount-proc")
    assert found["pid"] == 1


def test_umask_and_limits_are_those_of_the_process():
    """What a shell sets before it starts the program is seen."""
    found = seen("sh", "-c", 'umask 077; ulimit -v 4000000; exec "$@"', "sh")
    assert (found["umask"], found["address_limit"]) == (0o077, 4000000 * 1024)


def test_a_blocked_signal_is_an_error():
    """A run that cannot hear SIGTERM is killed in the midst of its work."""
    code = (
        "import signal, sys, os\n"
        "signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])\n"
        "os.execv(sys.argv[1], sys.argv[1:])"
    )
    found = seen(sys.executable, "-c", code)
    assert found["blocked"] == ["SIGTERM"]
    blocked = replace(process.look({}), blocked=("SIGTERM",))
    assert weights(process.diagnose(blocked))["SIGTERM"] == "error"


@pytest.mark.parametrize(
    ("umask", "weight"), [(0o022, "ok"), (0o027, "ok"), (0o077, "warning"), (0o177, "warning")]
)
def test_a_umask_that_shuts_readers_out_is_a_warning(umask, weight):
    """A reader under another user needs at least the group's right."""
    found = replace(process.look({}), umask=umask)
    assert weights(process.diagnose(found))["umask"] == weight


@pytest.mark.parametrize(
    ("limit", "weight"), [(None, "ok"), (64 * MIB, "warning"), (512 * MIB, "info")]
)
def test_a_small_limit_of_memory_is_a_warning(limit, weight):
    """Both kinds of limits are judged alike."""
    found = replace(process.look({}), memory_limit=limit, address_limit=limit)
    said = weights(process.diagnose(found))
    assert (said["memory limit"], said["RLIMIT_AS"]) == (weight, weight)


def test_what_is_only_mapped_counts_against_a_limit_of_addresses():
    """What is enough for a container may be too little for RLIMIT_AS, and the advice says so."""
    found = replace(process.look({}), memory_limit=300 * MIB, address_limit=300 * MIB)
    said = {one.subject: one for one in process.diagnose(found)}
    assert said["memory limit"].weight is Weight.INFO
    assert said["RLIMIT_AS"].weight is Weight.WARNING
    assert said["RLIMIT_AS"].advice == "Give it 512 MiB or more."


def test_the_termination_log_is_tried_where_it_is_named(tmp_path):
    """In a pod it is told whether the file can be written to, and elsewhere its lack is not."""
    log = tmp_path / "log"
    pod = {"KUBERNETES_SERVICE_HOST": "10.0.0.1", "JOB_COMPLETION_INDEX": "3"}
    found = process.look(pod, log)
    assert (found.termination_writable, found.pod, found.completion_index) == (False, True, "3")
    said = weights(process.diagnose(found))
    assert (said[str(log)], said["JOB_COMPLETION_INDEX"]) == ("info", "info")
    assert str(log) not in weights(process.diagnose(process.look({}, log)))
    log.touch()
    assert weights(process.diagnose(process.look(pod, log)))[str(log)] == "ok"


def test_a_shell_in_front_is_warned_of(monkeypatch):
    """A shell that is number 1 and started the program does not pass SIGTERM on."""
    found = replace(process.look({}), pid=7, first="sh")
    monkeypatch.setattr(os, "getppid", lambda: 1)
    assert weights(process.diagnose(found))["PID 1"] == "warning"
    assert weights(process.diagnose(replace(found, first="pause")))["PID 1"] == "info"
    assert weights(process.diagnose(replace(found, pid=1)))["PID 1"] == "ok"


def test_a_read_only_root_and_no_temporary_folder_are_told():
    """The one is meant so, the other is not."""
    found = replace(process.look({}), read_only_root=True, temporary="")
    said = weights(process.diagnose(found))
    assert (said["root"], said["TMPDIR"]) == ("info", "warning")


@pytest.mark.parametrize(
    ("cgroup", "files", "expected"),
    [
        ("0::/\n", {"memory.max": "536870912\n"}, 512 * MIB),
        ("0::/\n", {"memory.max": "max\n"}, None),
        ("0::/\n", {}, None),
        ("0::/a/b\n", {"a/memory.max": "1048576\n", "a/b/memory.max": "max\n"}, MIB),
        ("4:memory:/a\n0::/\n", {"memory/a/memory.limit_in_bytes": "1048576\n"}, MIB),
        ("4:cpu,memory:/kubepods/x\n", {"memory/memory.limit_in_bytes": "1048576\n"}, MIB),
        ("4:memory:/\n", {"memory/memory.limit_in_bytes": "9223372036854771712\n"}, None),
        ("4:cpu:/\n", {"memory/memory.limit_in_bytes": "1048576\n"}, None),
        ("rubbish\n\n", {}, None),
    ],
)
def test_the_memory_limit_is_the_smallest_of_all_groups(cgroup, files, expected, tmp_path):
    """Both versions of control groups are read, with the groups above, as far as they show."""
    (tmp_path / "cgroup").write_text(cgroup)
    for name, text in files.items():
        (tmp_path / "fs" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "fs" / name).write_text(text)
    assert memory.limit(tmp_path / "cgroup", tmp_path / "fs") == expected


def test_a_clock_before_the_newest_file_is_wrong(tmp_path):
    """Nothing that is installed can be from the future."""
    (tmp_path / "a.py").touch()
    right = clock.look({}, (), tmp_path)
    assert abs(right.now - right.newest) < 60
    os.utime(tmp_path / "a.py", (time.time() + 3600,) * 2)
    wrong = clock.look({}, (), tmp_path)
    assert weights(clock.diagnose(right))["clock"] == "ok"
    assert weights(clock.diagnose(wrong))["clock"] == "warning"
    assert clock.newest(tmp_path / "none") is None


def test_a_year_before_cbzsafe_is_wrong():
    """A machine without a clock starts in 1970."""
    said = weights(clock.diagnose(Clock(now=86400.0, newest=None, zone="", zones=True)))
    assert said["clock"] == "warning"


@pytest.mark.parametrize(
    ("zone", "weight"),
    [
        ("", "ok"),
        ("UTC", "ok"),
        ("Europe/Rome", "ok"),
        ("CET-1CEST", "ok"),
        (":/etc/localtime", "ok"),
        ("Europe/Rom", "warning"),
    ],
)
def test_a_zone_that_there_is_not_is_a_warning(zone, weight):
    """Names, files and rules are zones, and a misspelt name is none."""
    found = clock.look({"TZ": zone})
    assert weights(clock.diagnose(replace(found, zones=True)))["time zone"] == weight


def test_time_zone_data_are_looked_for(tmp_path):
    """Where no folder has them it is told, as in an image without tzdata."""
    assert not clock.look({}, (str(tmp_path),)).zones
    (tmp_path / "Europe").mkdir()
    (tmp_path / "Europe" / "London").touch()
    assert clock.look({}, (str(tmp_path),)).zones
    said = weights(clock.diagnose(Clock(time.time(), None, "", zones=False)))
    assert said["time zone"] == "warning"


def test_the_decoders_are_those_that_are_installed():
    """Kinds, strictness and checksums are told as the engine has them."""
    found = decoders.look()
    assert {"jpeg", "png", "gif"} <= set(found.pictures)
    assert (found.crc, found.weaker) == (crc.implementation(), weaker())


def test_a_weaker_check_is_a_warning():
    """Each sentence is passed on as it is."""
    said = decoders.diagnose(Decoders((), strict=False, crc="zlib", weaker=("It is weaker.",)))
    assert [one.text for one in said if one.weight is Weight.WARNING] == ["It is weaker."]
    assert "not strictly" in said[0].text
    assert asdict(said[0])["section"] == "decoders"
