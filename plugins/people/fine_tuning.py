"""What a library's own names teach the people methods: thresholds, and from enough names on the heads of their nets.

Nothing that is learned here ever leaves the store: it is made of people's faces.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

import plugins
from plugins.people import Context, Floats, IntArray, PeopleMethod
from plugins.people._calibration import Settings, calibrate
from plugins.people._held_out import Judged, nameless
from plugins.people.library_heads import LibraryHeads

METHOD: Final = "affinity_gcn"
FEWEST_PEOPLE: Final = 8
"""Named people with two faces or more, below which nothing can be said of people who are left out: two a fold."""
PEOPLE_FOR_HEADS: Final = 20
FACES_FOR_HEADS: Final = 500
"""Named people and confirmed faces from which heads are trained; below, thresholds are all that so few can teach."""
TRIES: Final[Mapping[str, Sequence[float]]] = {}


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that was to be learned: whether it is used, else why not, and how people left out were grouped."""

    name: str
    accepted: bool
    reason: str = ""
    before: Judged | None = None
    after: Judged | None = None

    def told(self) -> dict[str, object]:
        """Return it as plain data."""
        scores = {"before": _scores(self.before), "after": _scores(self.after)}
        return {"name": self.name, "accepted": self.accepted, "reason": self.reason, **scores}


def _scores(judged: Judged | None) -> dict[str, float] | None:
    if judged is None:
        return None
    bcubed, pairs = judged.bcubed, judged.pairwise
    scores = {"bcubed_p": bcubed.p, "bcubed_r": bcubed.r, "bcubed_f": bcubed.f, "bcubed_f05": judged.f}
    return {name: round(value, 4) for name, value in {**scores, "pairwise_p": pairs.p, "pairwise_r": pairs.r}.items()}


@dataclass(frozen=True, slots=True)
class Lesson:
    """What a library's names have taught; `heads` is None where nothing is better than what is shipped."""

    faces: int
    confirmed: int
    people: int
    parts: tuple[Part, ...]
    heads: LibraryHeads | None

    def told(self) -> dict[str, object]:
        """Return it as plain data, without the heads."""
        parts = [part.told() for part in self.parts]
        return {"faces": self.faces, "confirmed": self.confirmed, "people": self.people, "parts": parts}


def fine_tune(vectors: Floats, context: Context, embedder: str, seed: int = 0) -> Lesson:
    """Learn from the names that a user has given, and keep only what helps people that it was not learned from.

    Args:
        vectors: face features of one embedder, shape (n, d).
        context: what is known of the same faces; `person` and `never` are what is learned from.
        embedder: name and version of what made the vectors.
        seed: of the dealing into folds and of the training.

    Source: methods 8.6.
    """
    named = context.person[context.person >= 0]
    people = int((np.unique(named, return_counts=True)[1] > 1).sum())
    if people < FEWEST_PEOPLE:
        reason = (
            f"{people} people have names on two faces or more, and from {FEWEST_PEOPLE} on there is enough to learn"
        )
        return Lesson(len(context.person), len(named), people, (Part("thresholds", False, reason),), None)
    part, settings = _thresholds(vectors, context, seed)
    heads = LibraryHeads(embedder, settings) if part.accepted else None
    return Lesson(len(context.person), len(named), people, (part,), heads)


def _thresholds(vectors: Floats, context: Context, seed: int) -> tuple[Part, Mapping[str, Settings]]:
    """Set the thresholds of the grouping by the names."""
    hidden = nameless(context)

    def found(settings: Settings) -> IntArray:
        method: PeopleMethod = plugins.load("people", METHOD)(**settings)
        return method.cluster(vectors, hidden).cluster

    start = {name: getattr(plugins.load("people", METHOD)(), name) for name in TRIES}
    chosen = calibrate(found, context.person, start, TRIES, seed)
    part = Part("thresholds", not chosen.refused, chosen.refused, chosen.before, chosen.after)
    return part, {METHOD: chosen.settings}
