"""Targets that fail in every way there is, at inputs that are known: what the fuzz script must survive and name."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

from fuzz.targets import Input, Target

NTH = 7
"""The input, counted from 0 in each process, at which some of them fail."""
_seen: list[bytes] = []


def is_marked(given: Input) -> bool:
    """Say whether the others fail at this input, whatever came before it."""
    return sum(given.data) % 8 == 3


def _if_marked(fail: Callable[[], object]) -> Callable[[Input], bool]:
    def read(given: Input) -> bool:
        if is_marked(given):
            fail()
        return True

    return read


def _at_nth(fail: Callable[[], object]) -> Callable[[Input], bool]:
    def read(given: Input) -> bool:
        _seen.append(given.data)
        if len(_seen) > NTH:
            fail()
        return True

    return read


TARGETS = {
    "dies": Target(("people",), _if_marked(os.abort)),
    "hangs": Target(("people",), _if_marked(lambda: time.sleep(1_000))),
    "eats": Target(("people",), _if_marked(lambda: bytes(10**10))),
    "raises": Target(("people",), _if_marked(lambda: {}["no"])),
    "raises_what_it_names": Target(("people",), _if_marked(lambda: {}["no"]), (KeyError,)),
    "dies_later": Target(("people",), _at_nth(os.abort)),
}
