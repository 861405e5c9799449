"""A picture that could not be decoded for want of memory is never called broken."""

from __future__ import annotations

import errno
import io
import json
import os
import random
import subprocess
import sys

import programs
import pytest
from PIL import Image

from cbzsafe import images
from cbzsafe.errors import StorageError
from cbzsafe.images import lack, pillow

MIB = 1 << 20
SIDE = 700

KINDS = {
    "jpg": ("JPEG", {}),
    "progressive.jpg": ("JPEG", {"progressive": True}),
    "png": ("PNG", {"compress_level": 1}),
    "bmp": ("BMP", {}),
    "tiff": ("TIFF", {"compression": "tiff_lzw"}),
    "webp": ("WEBP", {"method": 0}),
    "lossless.webp": ("WEBP", {"lossless": True, "method": 0, "quality": 0}),
    "avif": ("AVIF", {"speed": 10}),
    "jp2": ("JPEG2000", {}),
}

SWEEP = """
import gc, json, resource, sys
from pathlib import Path
from cbzsafe import images

def used():
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()

def answer(path, extra):
    data = path.read_bytes()
    gc.collect()
    resource.setrlimit(resource.RLIMIT_AS, (used() + extra, resource.RLIM_INFINITY))
    try:
        finding = images.decode(path.name, data)
        return "whole" if finding is None else finding.detail
    except MemoryError:
        return "memory"
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))

path = Path(sys.argv[1])
warm = images.decode(path.name, path.read_bytes())  # the libraries are loaded then
heights = map(int, sys.argv[2:])
print(json.dumps([warm and warm.detail, *(answer(path, height) for height in heights)]))
"""
ALLOCATOR = {
    "MALLOC_MMAP_THRESHOLD_": "32768",
    "MALLOC_TRIM_THRESHOLD_": "65536",
    "MALLOC_ARENA_MAX": "1",
}
"""What makes the C library give back to the kernel what was freed, so that the limit counts."""


@pytest.fixture(scope="module")
def noise():
    data = random.Random(1).randbytes(SIDE * SIDE * 3)
    return Image.frombytes("RGB", (SIDE, SIDE), data)


def made(noise, kind, **options):
    file = io.BytesIO()
    noise.save(file, kind, **options)
    return file.getvalue()


def swept(path, heights):
    """What a process says of a picture that has so much address space left, height by height."""
    command = [sys.executable, "-c", SWEEP, str(path), *map(str, heights)]
    env = {**programs.environment(path.parent), **ALLOCATOR}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=env)
    return json.loads(done.stdout)


@pytest.mark.parametrize("name", KINDS)
def test_a_whole_picture_is_whole_or_memory_ran_out(noise, tmp_path, name):
    """Under no limit of the address space does any decoder's failure become damage."""
    kind, options = KINDS[name]
    path = tmp_path / f"page.{name}"
    path.write_bytes(made(noise, kind, **options))
    first, *others = swept(path, range(0, 30 * MIB, 5 * MIB))
    assert first is None
    assert set(others) <= {"whole", "memory"}
    assert name == "jpg" or "memory" in others


def test_a_broken_picture_is_broken_where_there_is_memory(noise):
    """What is decoded with memory to spare is believed."""
    data = bytearray(made(noise, "TIFF", compression="tiff_lzw"))
    data[SIDE : SIDE * SIDE] = b"\xff" * (SIDE * SIDE - SIDE)
    finding = images.decode("page.tiff", bytes(data))
    assert finding is not None
    assert finding.code == "undecodable-image"


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        OSError(errno.ENOMEM, "Cannot allocate memory"),
        OSError("out of memory error when reading image file"),
        ValueError("Insufficient memory (case 4)"),
        ImportError("libopenjp2.so.2: failed to map segment from shared object"),
        RuntimeError("can't start new thread"),
    ],
)
def test_the_words_of_libraries_for_a_lack_of_memory_are_known(error):
    """Each is raised again as the one exception that says so."""
    with pytest.raises(MemoryError):
        lack.refuse(error)


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOENT, os.strerror(errno.ENOENT), "Out of memory.jpg"),
        StorageError("Out of memory.cbz cannot be written to: the disk is full."),
        ValueError("Too much memory used in text chunks: 67108865>MAX_TEXT_MEMORY"),
        ModuleNotFoundError("No module named 'simplejpeg'"),
    ],
)
def test_a_name_that_speaks_of_memory_is_no_lack_of_it(error):
    """Chapters have such titles, and pictures have limits of their own."""
    lack.refuse(error)
    assert not lack.is_lack(error)


def test_a_wish_that_no_machine_can_meet_is_a_lack():
    """What is asked for once more and cannot be had leaves the picture undecided."""
    with pytest.raises(MemoryError, match="memory ran out"):
        lack.refuse(OSError("decoding failed"), pixels=1 << 56)


@pytest.mark.parametrize("options", [{}, {"lossless": True}, {"save_all": True, "duration": 9}])
def test_the_size_of_a_webp_is_read_from_its_header(options):
    """Its three forms say how many pixels there are before anything is decoded."""
    picture, other = (Image.new("RGB", (123, 45), colour) for colour in ("red", "blue"))
    more = {"append_images": [other]} if "save_all" in options else {}
    assert pillow._webp_sides(made(picture, "WEBP", **options, **more)) == (123, 45)
