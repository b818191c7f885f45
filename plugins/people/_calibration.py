"""Thresholds set by a library's own names: each choice is judged on people that it was not made by."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np

from plugins.people import IntArray
from plugins.people._held_out import Judged, folds, judge, pooled, refusal

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
    found: Found, person: IntArray, start: Settings, tries: Mapping[str, Sequence[float]], seed: int = 0
) -> Calibrated:
    """Choose the settings that group the named people best, by BCubed F with beta of .5, cross-validated by person.

    One setting is moved at a time, in the order of `tries`; none that mixes up more of the people that it is chosen by.

    Args:
        found: groups the faces; asked once for each setting.
        person: whom the user named on each face, -1 for nobody, shape (n,).
        start: the settings as they are.
        tries: values to try for each setting.
        seed: of the dealing into folds.

    Source: methods of patent 003, thresholds 1 and 2 and that of the edge strength, which it leaves open.
    """
    memory: dict[tuple[tuple[str, float], ...], IntArray] = {}

    def once(settings: Settings) -> IntArray:
        key = tuple(sorted(settings.items()))
        if key not in memory:
            memory[key] = found(settings)
        return memory[key]

    people = np.unique(person[person >= 0])
    before, after, faces = [], [], []
    for left_out in folds(person, seed):
        chosen = _best(once, person, np.setdiff1d(people, left_out), start, tries)
        before.append(judge(once(start), person, left_out))
        after.append(judge(once(chosen), person, left_out))
        faces.append(int(np.isin(person, left_out).sum()))
    return Calibrated(_best(once, person, people, start, tries), pooled(before, faces), pooled(after, faces))


def _best(
    found: Found, person: IntArray, people: IntArray, start: Settings, tries: Mapping[str, Sequence[float]]
) -> Settings:
    """Move one setting at a time to where it groups these people best; the other named ones do not exist here."""
    best, most = dict(start), judge(found(start), person, people, seen=people)
    precise = most.pairwise.p
    for _ in range(ROUNDS):
        for name, values in tries.items():
            for value in values:
                tried = {**best, name: value}
                judged = judge(found(tried), person, people, seen=people)
                if judged.f >= most.f + WORTH_A_MOVE and judged.pairwise.p >= precise:
                    best, most = tried, judged
    return best
