"""What can go wrong between client and server, drawn from a seed; before or after the request took effect."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field

KINDS = ("reset", "timeout", "500", "502", "429", "truncated", "html", "login")
_ONLY_BEFORE = {"429", "login"}
"""What a proxy answers by itself; the server has not seen the request."""
_ONLY_AFTER = {"truncated"}
BAD_GATEWAY = b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body><center>nginx</center></body></html>\r\n"
ERROR_PAGE = b"<!DOCTYPE html><html><body><h1>Something went wrong</h1></body></html>"


@dataclass(frozen=True)
class Fault:
    kind: str
    takes_effect: bool
    """Whether the server does what it was asked before its answer is lost."""
    share: float = 0.5
    """How much of a truncated answer is sent."""


@dataclass
class Faults:
    """Draw a fault for a share of the requests.

    The draw depends on the seed, the request and how often it came, not on the order in which threads send it.
    `in_a_row` bounds how often one request fails before it is let through; None is as luck has it.
    """

    seed: int
    rate: float
    kinds: tuple[str, ...] = KINDS
    in_a_row: int | None = None
    retry_after: str = "0"
    hold_s: float = 0.05
    """How long a request that times out is held before the connection is closed without an answer."""
    _seen: Counter[str] = field(default_factory=Counter)
    _failed: Counter[str] = field(default_factory=Counter)

    def draw(self, request: str) -> Fault | None:
        """Return what goes wrong with a request, named by its method, path and body."""
        self._seen[request] += 1
        rng = random.Random(f"{self.seed} {self._seen[request]} {request}")
        is_spared = self.in_a_row is not None and self._failed[request] >= self.in_a_row
        if rng.random() >= self.rate or is_spared:
            self._failed[request] = 0
            return None
        self._failed[request] += 1
        kind = rng.choice(self.kinds)
        after = kind in _ONLY_AFTER or (kind not in _ONLY_BEFORE and rng.random() < 0.5)
        return Fault(kind, after, rng.random())
