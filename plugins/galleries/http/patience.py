"""How often a request is sent, and how long is waited in between."""

from __future__ import annotations

from dataclasses import dataclass
from random import uniform
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from plugins.sections import Retry

WAITS: Final = 60
"""The longest wait before a repeat, whatever a server asks for, in units of `backoff_s`."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How often a request is sent at most, and the wait in between, which doubles; `jitter` is the share of chance."""

    attempts: int = 4
    backoff_s: float = 1.0
    jitter: float = 0.5

    @classmethod
    def of(cls, retry: Retry) -> Self:
        """Return what the settings of a library say."""
        return cls(retry.attempts, retry.backoff_s, retry.jitter)

    def wait_s(self, attempt: int, asked_s: float = 0.0) -> float:
        """Return how long to wait after the `attempt`-th failure, from 0; at least what the server asked for."""
        chance = uniform(1 - self.jitter, 1 + self.jitter)  # noqa: S311 (no secret hangs on it)
        return min(max(self.backoff_s * 2.0**attempt * chance, asked_s), WAITS * self.backoff_s)
