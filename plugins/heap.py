"""What keeps the memory of a process with networks small: one heap for all threads, and few programs of oneDNN."""

from __future__ import annotations

import ctypes
import os
import sys
from functools import cache
from typing import Final

PROGRAMS: Final = 256
"""oneDNN makes a program for each layer and size of its input, and keeps 1,024 of them: with pictures of many sizes 70
MB more after 80 pictures, and growing. Measured, keeping this many costs no time."""

_M_ARENA_MAX: Final = -8  # <malloc.h>


@cache
def share_one_heap() -> None:
    """Let threads that begin from now on share glibc's first heap; other C libraries are left alone.

    By default each thread has one of its own, and none gives back what it does not use just now: 220 MB with two
    network threads. Those ask for few and large buffers and hardly wait for each other: measured, it costs no time.
    """
    if sys.platform.startswith("linux") and (mallopt := getattr(ctypes.CDLL(None), "mallopt", None)) is not None:
        mallopt(_M_ARENA_MAX, 1)


def keep_few_programs() -> None:
    """Let oneDNN keep `PROGRAMS` programs, unless the environment says how many; before its first use in a process."""
    os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", str(PROGRAMS))
