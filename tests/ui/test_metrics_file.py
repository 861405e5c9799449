"""The file of metrics as a file: what is kept of the old one, odd names, other programs."""

import builtins
import os
import subprocess
import sys

import pytest
from metric_files import families, values

from cbzsafe.errors import StorageError, UsageError
from cbzsafe.model import RunReport
from cbzsafe.ui import metrics

NOW = 1_700_000_000.0
SUCCESS = "cbzsafe_last_success_timestamp_seconds"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "nightly.prom"


def test_a_success_is_remembered_over_failures(path):
    """The time of the last run with status 0 stays in the file until there is a later one."""
    metrics.write_run(RunReport(started=NOW, seconds=10), path, {})
    metrics.write_run(RunReport(started=NOW + 100, seconds=1, status=1), path, {})
    metrics.write_run(RunReport(started=NOW + 200, seconds=1, status=143), path, {})
    assert values(path, SUCCESS) == NOW + 10
    metrics.write_run(RunReport(started=NOW + 300, seconds=1), path, {})
    assert values(path, SUCCESS) == NOW + 301


def ours(value, command="run"):
    return f'{SUCCESS}{{command="{command}",task="nightly"}} {value}\n'.encode()


@pytest.mark.parametrize(
    "old",
    [
        b"",
        b"\xff\xfe\x00",
        b"\x00" * 100,
        b'{"schema": "cbzsafe.run/1"}\n',
        b"<html><body>502 Bad Gateway</body></html>\n",
        ours(NOW)[:-20],
        ours("much"),
        ours("NaN"),
        ours("+Inf"),
        ours(-NOW),
        ours(NOW + 1e6),
        ours(NOW, "check"),
        b'backup_last_success_timestamp_seconds{command="run"} 1.6e+09\n',
        f"{SUCCESS} {NOW}\n".encode(),
        ours(NOW) * 20_000,
    ],
)
def test_a_file_that_holds_no_success_counts_as_none(path, old):
    """Whatever lies at the name is replaced, and no time is made up."""
    path.write_bytes(old)
    metrics.write_run(RunReport(started=NOW, status=1), path, {})
    assert values(path, SUCCESS) == 0


def test_a_pipe_is_written_to_and_not_read(tmp_path):
    """Nobody waits for an old file to come out of it."""
    pipe = tmp_path / "pipe.prom"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        metrics.write_run(RunReport(status=1), pipe, {})
        assert os.read(reader, 1 << 16).startswith(b"# HELP cbzsafe_build_info ")
    finally:
        os.close(reader)


def test_a_failed_write_names_the_metrics_file(tmp_path):
    """The error says what could not be written and where to."""
    path = tmp_path / "none/nightly.prom"
    with pytest.raises(StorageError, match=f"^The metrics file cannot be written to {path}: "):
        metrics.write_run(RunReport(), path, {})


def test_names_that_are_not_utf8_become_labels(tmp_path):
    """A file that is named so, and folders with anything in their names, can be read back."""
    path = tmp_path / os.fsdecode(b"caf\xe9.prom")
    folder = os.fsdecode(b'/li\xffb\r\n"\\x')
    metrics.write_run(RunReport(started=NOW), path, {folder: 3})
    metrics.write_run(RunReport(started=NOW + 9, status=1), path, {folder: 3})
    assert values(path, "cbzsafe_folder_free_bytes") == {'/li\\xffb\r\n"\\x': 3}
    sample = families(path)[SUCCESS].samples[0]
    assert (sample.labels["task"], sample.value) == ("caf\\xe9", NOW)


def test_a_folder_for_multiprocess_metrics_stays_empty(tmp_path, path):
    """What another program of the same pod sets for prometheus_client is not obeyed."""
    folder = tmp_path / "multi"
    folder.mkdir()
    code = (
        "from pathlib import Path; from cbzsafe.model import RunReport; import sys;"
        "from cbzsafe.ui.metrics import write_run; write_run(RunReport(), Path(sys.argv[1]), {})"
    )
    environment = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": os.fspath(folder)}
    command = [sys.executable, "-c", code, path]
    subprocess.run(command, env=environment, check=True, timeout=60)
    assert values(path, "cbzsafe_last_run_exit_status") == 0
    assert list(folder.iterdir()) == []


def test_without_prometheus_client_a_sentence_says_what_to_install(monkeypatch):
    """The error comes before the run, and is one of usage."""
    metrics.require()
    real = builtins.__import__

    def absent(name, *args, **rest):
        if name.startswith("prometheus_client"):
            raise ImportError(name)
        return real(name, *args, **rest)

    monkeypatch.setattr(builtins, "__import__", absent)
    with pytest.raises(UsageError, match=r"pip install 'cbzsafe\[container\]'\.$"):
        metrics.require()
