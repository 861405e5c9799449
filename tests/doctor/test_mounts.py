"""Mounts as the kernel lists them, recorded and real."""

from __future__ import annotations

import subprocess
from contextlib import contextmanager
from dataclasses import replace

import pytest
from disks import disk

from cbzsafe.doctor import mounts
from cbzsafe.model import Keeps

POD = "/var/lib/kubelet/pods/0f3cf6a8-5a52-4c0e-9d54-0c8a3f2c61d1/volumes"

LINES = {
    "ext4": (
        "27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw,discard",
        Keeps.DISK,
    ),
    "overlay": (
        (
            "742 611 0:66 / / rw,relatime master:212 - overlay overlay "
            "rw,lowerdir=/var/lib/containerd/61/fs,upperdir=/var/lib/containerd/62/fs,workdir=/w"
        ),
        Keeps.CONTAINER,
    ),
    "tmpfs": (
        "25 24 0:23 / /dev/shm rw,nosuid,nodev shared:4 - tmpfs tmpfs rw,inode64",
        Keeps.MEMORY,
    ),
    "emptyDir on disk": (
        (
            f"760 742 259:1 {POD}/kubernetes.io~empty-dir/scratch /scratch rw,relatime - ext4 "
            "/dev/nvme0n1p1 rw,discard"
        ),
        Keeps.EMPTY_DIR,
    ),
    "emptyDir in memory": (
        "761 742 0:58 / /scratch rw,relatime - tmpfs tmpfs rw,size=8145056k,inode64",
        Keeps.MEMORY,
    ),
    "hostPath": (
        "765 742 259:1 /srv/books /library rw,relatime - xfs /dev/nvme0n1p1 rw,attr2",
        Keeps.DISK,
    ),
    "nfs4": (
        (
            "762 742 0:61 / /library rw,relatime - nfs4 10.0.0.7:/export/books "
            "rw,vers=4.2,rsize=1048576,hard,proto=tcp,addr=10.0.0.7"
        ),
        Keeps.NETWORK,
    ),
    "cifs": (
        r"763 742 0:62 / /library rw,relatime - cifs //nas/Comics\040and\040more rw,vers=3.1.1",
        Keeps.NETWORK,
    ),
    "s3fs": (
        "764 742 0:63 / /library rw,nosuid,nodev,relatime - fuse.s3fs s3fs rw,user_id=0,group_id=0",
        Keeps.OBJECT_STORE,
    ),
    "mountpoint-s3": (
        "766 742 0:64 / /library rw,nosuid,nodev,noatime - fuse mountpoint-s3 rw,user_id=0",
        Keeps.OBJECT_STORE,
    ),
    "mergerfs": (
        "767 742 0:65 / /library rw,relatime - fuse.mergerfs a:b rw,user_id=0,allow_other",
        Keeps.FUSE,
    ),
    "sshfs": (
        "768 742 0:67 / /library rw,relatime - fuse.sshfs me@host: rw,user_id=1000",
        Keeps.NETWORK,
    ),
    "btrfs subvolume": (
        (
            "36 1 0:32 /@home /home rw,relatime shared:1 - btrfs /dev/sda2 "
            "rw,ssd,space_cache=v2,subvolid=257,subvol=/@home"
        ),
        Keeps.DISK,
    ),
    "no source": ("40 1 0:40 / /odd rw shared:1 master:2 propagate_from:3 - tmpfs  rw", "memory"),
}


@contextmanager
def mounted(place, *options):
    place.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", *options, place], check=True)
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", place], check=True)


@pytest.mark.parametrize("name", LINES)
def test_a_file_system_is_told_by_its_line(name):
    """What a mount keeps follows from its type, its root and its source."""
    line, expected = LINES[name]
    (mount,) = mounts.parse([line])
    assert mounts.keeps(mount) == expected


def test_a_line_is_parsed_field_by_field():
    """Octal escapes are undone, and optional fields are passed over."""
    line = r"9 1 0:7 /a\134b /my\040books\011\012 rw,noatime x:1 y:2 - cifs //n/a\040b rw,vers=3"
    (mount,) = mounts.parse([line])
    assert (mount.root, mount.point, mount.source) == ("/a\\b", "/my books\t\n", "//n/a b")
    assert (mount.options, mount.super_options) == (("rw", "noatime"), ("rw", "vers=3"))
    assert (mount.type, mount.device) == ("cifs", "0:7")


@pytest.mark.parametrize("line", ["", "9 1 0:7 / /", "9 1 0:7 / / rw x:1", "9 1 0:7 / / rw - a"])
def test_what_is_no_line_is_passed_over(line):
    """A line that is cut short is no mount."""
    assert list(mounts.parse([line])) == []


def test_without_a_list_nothing_is_known(tmp_path):
    """Where there is no /proc there are no mounts, and what a folder keeps is unknown."""
    assert mounts.read(tmp_path / "none") is None
    assert mounts.keeps(None) is Keeps.UNKNOWN


def test_a_folder_is_in_the_nearest_mount_above_it(tmp_path):
    """A mount below another wins, also one whose name has spaces, and links are followed."""
    with disk(tmp_path / "a") as outer, disk(outer / "my books") as inner:
        (inner / "deep").mkdir()
        (tmp_path / "link").symlink_to(inner / "deep")
        listed = mounts.read()
        assert mounts.of(outer, listed).point == str(outer)
        assert mounts.of(inner / "deep", listed).point == str(inner)
        assert mounts.of(tmp_path / "link", listed).point == str(inner)


def test_a_mount_that_another_one_hides_is_not_taken(tmp_path):
    """Of two mounts at one place the later one is seen, and one below it that is hidden is not."""
    place = tmp_path / "a"
    with disk(place) as lower, disk(lower / "b"), mounted(place, "-t", "ramfs", "ramfs"):
        (place / "b").mkdir()
        assert mounts.of(place, mounts.read()).type == "ramfs"
        assert mounts.of(place / "b", mounts.read()).type == "ramfs"


def test_a_subvolume_is_found_though_its_files_have_another_device(tmp_path):
    """Where no device agrees, as in btrfs, the place of the mount decides."""
    lines = ["27 1 0:998 / / rw - ext4 /dev/a rw", f"36 27 0:999 /@ {tmp_path} rw - btrfs b rw"]
    assert mounts.of(tmp_path, tuple(mounts.parse(lines))).type == "btrfs"


def test_a_real_overlay_is_a_containers_layer(tmp_path):
    """The kernel's own overlay is told as such."""
    with disk(tmp_path / "layers") as layers:
        for name in ("lower", "upper", "work"):
            (layers / name).mkdir()
        options = f"lowerdir={layers}/lower,upperdir={layers}/upper,workdir={layers}/work"
        with mounted(tmp_path / "root", "-t", "overlay", "-o", options, "overlay") as root:
            assert mounts.keeps(mounts.of(root, mounts.read())) is Keeps.CONTAINER


def test_a_bind_mount_shows_the_folder_that_it_shows(tmp_path):
    """A folder of a disk that is mounted elsewhere keeps its path as the mount's root."""
    empty = tmp_path / "pods/1/volumes/kubernetes.io~empty-dir/scratch"
    empty.mkdir(parents=True)
    with mounted(tmp_path / "scratch", "--bind", empty) as place:
        mount = mounts.of(place, mounts.read())
        assert mount.root.endswith("/volumes/kubernetes.io~empty-dir/scratch")
        assert mounts.keeps(replace(mount, type="ext4")) is Keeps.EMPTY_DIR
