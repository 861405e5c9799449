"""The page on Kubernetes, compared with the manifests and with what it links to."""

from __future__ import annotations

import re

import pytest
import yaml
from manifests import FOLDER, files, in_file, load, work, works
from programs import ROOT

from cbzsafe import invocation

PAGE = (ROOT / "docs" / "kubernetes.md").read_text("utf-8")

PLAIN = {"apiVersion", "kind", "metadata", "name", "labels", "spec", "template", "jobTemplate"}
"""Keys of every manifest, of which there is nothing to say."""


def keys(value):
    """Give every key of a manifest, however deep."""
    if isinstance(value, dict):
        return {*value}.union(*map(keys, value.values()))
    return set().union(*map(keys, value)) if isinstance(value, list) else set()


def words():
    """Give what the page sets in the type of code, and the words of each."""
    spans = re.findall(r"`([^`\n]+)`", PAGE)
    return {*spans} | {word for span in spans for word in re.split(r"[ :=/.]+", span)}


@pytest.mark.parametrize("one", works(), ids=in_file)
def test_every_line_of_a_manifest_is_explained(one):
    """Each field of a Job, its pod and its container is named on the page."""
    job = {key: value for key, value in one.job.items() if key != "template"}
    pod = {key: value for key, value in one.pod.items() if key != "volumes"}
    named = keys(job) | keys(pod) | {key for key in one.cron or () if key != "jobTemplate"}
    known = {"image", "mountPath", "containers", "rules", "type"}  # in every pod
    assert named - words() - PLAIN - known - {"securityContext", "resources"} == set()


@pytest.mark.parametrize("one", works(), ids=in_file)
def test_every_option_of_a_manifest_is_explained_or_ours(one):
    """Gallery-dl's options are explained on the page, ours there or in their own help."""
    options = {word for word in one.args() if re.match(r"--\w", word)}
    ours = {invocation.option(name) for name in invocation.names()}
    of_a_check = {"--state", "--max-duration", "--quiet"}
    assert options - words() - ours - of_a_check == set()


def test_every_manifest_is_linked():
    """The page's first table leads to each file."""
    linked = set(re.findall(r"\(kubernetes/([\w.-]+)\)", PAGE))
    assert {path.name for path in files()} | {"kustomization.yaml"} <= linked


def test_every_link_leads_to_a_file():
    """No link of the page, nor a path in its commands, is dead."""
    links = re.findall(r"\]\(([^)#]+)(?:#[\w-]+)?\)", PAGE)
    paths = re.findall(r"docs/kubernetes/[\w.-]+\w", PAGE)
    wanted = [ROOT / "docs" / link for link in links] + [ROOT / path for path in paths]
    assert [path for path in wanted if not path.exists()] == []


def test_the_numbers_in_the_page_are_those_of_the_manifests():
    """Sizes, times and counts that the page names are the ones that are asked for."""
    one, shared = work("cronjob.yaml"), work("indexed-job.yaml")
    limits = one.container["resources"]
    memory = [limits[which]["memory"].removesuffix("Mi") for which in ("requests", "limits")]
    assert "{} MiB asked for, {} MiB at most".format(*memory) in PAGE
    grace = one.pod["terminationGracePeriodSeconds"]
    assert f"`terminationGracePeriodSeconds`: {grace} |" in PAGE
    assert f"`activeDeadlineSeconds`: {one.job['activeDeadlineSeconds']} |" in PAGE
    assert f"`startingDeadlineSeconds`: {one.cron['startingDeadlineSeconds']} |" in PAGE
    assert f"`backoffLimit`: {one.job['backoffLimit']} |" in PAGE
    assert f"`--shard index/{shared.job['completions']}`" in PAGE
    assert f"That makes 2 and {len(one.statuses('FailJob')) - 1} sums" in PAGE


def test_what_stands_beside_the_manifests_is_no_secret():
    """The only Secret is the example, its cookies are a comment, and kustomize leaves it out."""
    secrets = [path.name for path in files() if load(path)["kind"] == "Secret"]
    assert secrets == ["secret.example.yaml"]
    cookies = load(FOLDER / "secret.example.yaml")["stringData"]["cookies.txt"]
    assert all(line.startswith("#") for line in cookies.splitlines())
    kustomization = yaml.safe_load((FOLDER / "kustomization.yaml").read_text("utf-8"))
    assert not set(secrets) & set(kustomization["resources"])
