"""The manifests: valid for Kubernetes, and their arguments for cbzsafe and gallery-dl."""

from __future__ import annotations

import json
import re
from pathlib import Path

import kubernetes_validate
import pytest
import yaml
from manifests import FOLDER, as_work, files, in_file, load, work, works
from sampling import grid

from cbzsafe import __version__, invocation
from cbzsafe.cli.command import COMMANDS, RUN
from cbzsafe.cli.main import main
from cbzsafe.errors import UsageError
from cbzsafe.gallerydl import parser

OLDEST = (1, 29)
"""The first Kubernetes that has `backoffLimitPerIndex` without a feature gate."""

VERSIONS = [
    version.rpartition(".")[0]
    for version in kubernetes_validate.utils.all_versions()
    if tuple(map(int, version.split(".")[:2])) >= OLDEST
]


def named(value):
    return value.name if isinstance(value, Path) else value


def parsed(words):
    """Parse a container's arguments as the program does; gives the command and its context."""
    name, rest = invocation.command(words, COMMANDS)
    command = (RUN if name is None else COMMANDS[name]).load()
    return name, command.make_context(name or "cbzsafe", rest)


def line_of_a_run(words):
    """Give the arguments that a run gets, and for a doctor what stands behind its `--`."""
    return words[words.index("--") + 1 :] if words[0] == "doctor" else words


@pytest.fixture
def index(monkeypatch):
    """Be in the pod of an Indexed Job."""
    monkeypatch.setenv("JOB_COMPLETION_INDEX", "3")


downloads = pytest.mark.parametrize(
    "one", [one for one in works() if one.container["args"][0] != "check"], ids=in_file
)
every = pytest.mark.parametrize("one", works(), ids=in_file)


@pytest.mark.parametrize(("path", "version"), grid(files(), VERSIONS), ids=named)
def test_a_manifest_is_valid_for_each_version_of_kubernetes(path, version):
    """The schema takes every field, and no field is unknown to it."""
    kubernetes_validate.validate(load(path), version, strict=True)


@pytest.mark.parametrize("within", ["cron", "job", "pod", "container"])
def test_a_field_that_kubernetes_does_not_know_is_seen(within):
    """The validation is strict at every depth: a misspelt field is an error."""
    manifest = load(FOLDER / "cronjob.yaml")
    getattr(as_work(FOLDER, manifest), within)["workingDirectory"] = "/data"
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(manifest, VERSIONS[-1], strict=True)


def test_kustomize_finds_what_it_is_to_bring():
    """Each resource is there, and the image that is renamed is one that they use."""
    kustomization = yaml.safe_load((FOLDER / "kustomization.yaml").read_text("utf-8"))
    assert {*kustomization["resources"]} <= {path.name for path in files()}
    (image,) = kustomization["images"]
    assert {one.container["image"] for one in works()} == {f"{image['name']}:{image['newTag']}"}
    assert image["newTag"] == __version__


@every
def test_the_program_takes_the_arguments(one, index):
    """The command's own parsing takes all words, and what is left is gallery-dl's."""
    _, context = parsed(one.args())
    context.close()


@downloads
def test_gallery_dl_takes_what_is_left_of_the_arguments(one, index):
    """Gallery-dl's parser understands the rest, as a line that downloads from the list."""
    name, context = parsed(line_of_a_run(one.args()))
    assert name is None
    understood = parser.understand(context.args)
    assert understood is not None
    assert understood.downloads
    assert [file for file, _ in understood.namespace.input_files] == ["/urls/urls.txt"]


@downloads
def test_explain_shows_what_a_container_would_do(one, index, capsys):
    """`cbzsafe explain` of the same arguments says what is injected, and finds no conflict."""
    words = line_of_a_run(one.args())
    there = [word for word in words if word not in {"--config", "/config/gallery-dl.conf"}]
    assert main(["explain", "--config-ignore", *there]) == 0
    told = capsys.readouterr().out
    assert '"extension": "cbz"' in told
    assert told.endswith("Conflicts:\n  none\n")


@every
def test_an_argument_that_is_wrong_is_seen(one, index):
    """A misspelt option is taken by neither parser."""
    words = [*one.args(), "--shart", "1/2"]
    try:
        _, context = parsed(words)
    except Exception as error:  # noqa: BLE001 - whichever the command raises
        assert "--shart" in str(error)  # noqa: PT017 - or it goes to gallery-dl
    else:
        assert parser.understand(context.args) is None or words[0] == "doctor"


@every
def test_paths_in_the_arguments_are_mounted(one):
    """Every path lies in a mount, and what is written to can be written to."""
    paths = [word for word in one.args() if word.startswith("/")]
    assert paths
    assert [path for path in paths if one.mount(path) is None] == []
    read = {"/config/gallery-dl.conf", "/urls/urls.txt"}
    assert [path for path in paths if not one.is_writable(path)] == [
        path for path in paths if path in read
    ]


@every
def test_what_is_mounted_is_there(one):
    """The configuration, the list and the claim have the names that their manifests give them."""
    names = {load(path)["kind"]: load(path)["metadata"]["name"] for path in files()}
    for volume in one.pod["volumes"]:
        given = (
            volume.get("secret", {}).get("secretName", names["Secret"]),
            volume.get("configMap", {}).get("name", names["ConfigMap"]),
            volume.get("persistentVolumeClaim", {}).get("claimName"),
        )
        wanted = names["Secret"], names["ConfigMap"], names["PersistentVolumeClaim"]
        assert given in {wanted, (*wanted[:2], None)}


@every
def test_environment_variables_of_ours_mean_something(one):
    """No CBZSAFE variable is set that no setting has."""
    known = {invocation.variable(name) for name in invocation.names()}
    given = {entry["name"] for entry in one.container.get("env", ())}
    assert {name for name in given if name.startswith("CBZSAFE_")} <= known


def test_no_shard_is_left_out():
    """The Indexed Job has as many pods as its shards are divided into, each with its own files."""
    one = work("indexed-job.yaml")
    number = one.args()[one.args().index("--shard") + 1]
    assert number == f"index/{one.job['completions']}"
    written = [
        {word for word in one.args(pod) if word.startswith("/data/") and "." in word}
        for pod in range(one.job["completions"])
    ]
    assert len(set.union(*written)) == sum(map(len, written)) == 3 * one.job["completions"]


def test_a_shard_whose_index_is_unknown_is_a_usage_error(monkeypatch):
    """Outside of an Indexed Job the same arguments are refused, not taken for the whole list."""
    monkeypatch.delenv("JOB_COMPLETION_INDEX", raising=False)
    _, context = parsed(work("indexed-job.yaml").args())
    from cbzsafe.cli import sources

    with pytest.raises(UsageError, match="JOB_COMPLETION_INDEX"):
        sources.resolve(context.params, {})


def test_the_example_secret_holds_a_configuration_without_a_conflict(tmp_path, capsys):
    """The example is read by gallery-dl and by us, and its paths are mounted."""
    given = load(FOLDER / "secret.example.yaml")["stringData"]
    config = json.loads(given["gallery-dl.conf"])
    path = tmp_path / "gallery-dl.conf"
    path.write_text(given["gallery-dl.conf"], "utf-8")
    assert main(["explain", "--config-ignore", "-c", str(path), "https://example.org/"]) == 0
    told = capsys.readouterr().out
    assert re.search(r"page-retries +2 +\(cbzsafe\.page-retries in ", told)
    assert told.endswith("Conflicts:\n  none\n")
    one = work("cronjob.yaml")
    assert one.mount(config["extractor"]["cookies"])["name"] == "config"
    assert one.is_writable(config["cache"]["file"])
    assert config["extractor"]["cookies-update"] is False


def test_the_doctor_looks_at_what_a_run_would_use():
    """The doctor's Job has the mounts, and behind `--` the arguments, of the CronJob."""
    doctor, download = work("doctor-job.yaml"), work("cronjob.yaml")
    assert line_of_a_run(doctor.args()) == download.args()
    assert doctor.container["volumeMounts"] == download.container["volumeMounts"]


def test_every_metrics_file_is_in_the_folder_that_is_served():
    """The exporter has the volume and the folder of each --metrics, and files that it reads."""
    (pod,) = (load(path)["spec"]["template"] for path in files() if "exporter" in path.name)
    (container,), (volume,) = pod["spec"]["containers"], pod["spec"]["volumes"]
    served = "--collector.textfile.directory=" + container["volumeMounts"][0]["mountPath"]
    assert served in container["args"]
    assert volume["persistentVolumeClaim"]["claimName"] == "cbzsafe"
    for one in works():
        words = one.args()
        path = Path(words[words.index("--metrics") + 1])
        assert (str(path.parent), path.suffix) == (served.partition("=")[2], ".prom")
