"""Thresholds set by a library's own names: each choice is judged on people that it was not made by."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np

from plugins.people import Context, IntArray
from plugins.people._held_out import Judged, cross_validated, judge, refusal

Settings: TypeAlias = Mapping[str, float]
"""Keywords of a people method by name."""
Found: TypeAlias = Callable[[Settings], IntArray]
"""Groups all faces with these settings and without any name: clusters as in `Grouping`."""
ROUNDS: Final = 2
WORTH_A_MOVE: Final = 1e-3
"""What a threshold must gain on the people that it is set by; else it stays, and chance moves nothing."""


@dataclass(frozen=True, slots=True)
class Calibrated:
    """Settings chosen by all named people, and how settings chosen in this way did on people left out of the choice."""

    settings: Settings
    before: Judged
    after: Judged

    @property
    def refused(self) -> str:
        """Say why the settings must not be used; empty if they may."""
        return refusal(self.before, self.after)


def calibrate(
    found: Found, context: Context, start: Settings, tries: Mapping[str, Sequence[float]], dealt: Sequence[IntArray]
) -> Calibrated:
    """Choose the settings that group the named people best, by BCubed F with beta of .5, cross-validated by person.

    One setting is moved at a time, in the order of `tries`; none that mixes up more of the people that it is chosen by.

    Args:
        found: groups the faces; asked once for each setting.
        context: of the n faces, with the names.
        start: the settings as they are.
        tries: values to try for each setting.
        dealt: the people of each fold.

    Source: methods 8.6; patent 003 leaves its thresholds to experience.
    """
    memory: dict[tuple[tuple[str, float], ...], IntArray] = {}

    def once(settings: Settings) -> IntArray:
        key = tuple(sorted(settings.items()))
        if key not in memory:
            memory[key] = found(settings)
        return memory[key]

    def best(named: Context) -> Settings:
        return _best(once, named.person, start, tries)

    before, after = cross_validated(context, dealt, once(start), lambda named: once(best(named)))
    return Calibrated(best(context), before, after)


def _best(found: Found, person: IntArray, start: Settings, tries: Mapping[str, Sequence[float]]) -> Settings:
    """Move one setting at a time to where it groups the named people best."""
    people = np.unique(person[person >= 0])
    best, most = dict(start), judge(found(start), person, people)
    precise = most.pairwise.p
    for _ in range(ROUNDS):
        for name, values in tries.items():
            for value in values:
                tried = {**best, name: value}
                judged = judge(found(tried), person, people)
                if judged.f >= most.f + WORTH_A_MOVE and judged.pairwise.p >= precise:
                    best, most = tried, judged
    return best
