"""Baseline: the earliest photo is the cover."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from plugins.covers import Candidate, CoverMethod, eligible


class Plugin(CoverMethod):
    """The earliest still, or the earliest video where there is no still. Source: what galleries do by default."""

    name: ClassVar[str] = "first_photo"
    version: ClassVar[str] = "1"

    def choose(self, candidates: Sequence[Candidate]) -> int:
        """Return the index of the cover; see `CoverMethod.choose`."""
        return eligible(candidates)[0]
