"""Threads that begin after it share one heap, and oneDNN keeps as few programs as it is told to."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HEAPS = """
import sys, threading
from pathlib import Path
from plugins.heap import share_one_heap
if sys.argv[1] == "shared":
    share_one_heap()
held = []
def hold(): held.append([bytes(5_000) for _ in range(2_000)]); barrier.wait(); barrier.wait()
barrier = threading.Barrier(5)
threads = [threading.Thread(target=hold) for _ in range(4)]
for thread in threads: thread.start()
barrier.wait()
lines = [line.split() for line in Path("/proc/self/maps").read_text().splitlines()]
spans = [(int(line[0].split("-")[0], 16), line) for line in lines]
# A thread's own heap of glibc lies at a multiple of 64 MB.
print(sum(start % (64 << 20) == 0 and len(line) == 5 and line[1] == "rw-p" for start, line in spans))
barrier.wait()
"""
PROGRAMS = """
import os
from plugins.heap import keep_few_programs
keep_few_programs()
print(os.environ["ONEDNN_PRIMITIVE_CACHE_CAPACITY"])
"""


def said_by(code: str, *arguments: str, **environment: str) -> str:
    """Return what a process of its own prints."""
    root = str(Path(__file__).resolve().parents[2])
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, env={"PYTHONPATH": root, **environment}, cwd=root
    )
    return done.stdout.strip()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="glibc's heaps")
def test_threads_share_one_heap() -> None:
    if said_by(HEAPS, "each its own") == "0":
        pytest.skip("this C library has no heaps of threads")
    assert said_by(HEAPS, "shared") == "0"


@pytest.mark.parametrize(
    ("environment", "programs"),
    [pytest.param({}, "256", id="ours"), pytest.param({"ONEDNN_PRIMITIVE_CACHE_CAPACITY": "7"}, "7", id="the user's")],
)
def test_the_user_may_say_how_many_programs_onednn_keeps(environment: dict[str, str], programs: str) -> None:
    assert said_by(PROGRAMS, **environment) == programs
