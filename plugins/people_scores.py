"""How well faces are grouped by person, on faces whose names the method was not given: by face, and by pairs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final, TypeAlias

import numpy as np

from plugins.evaluation import Figure, dealt, figures_of
from plugins.intervals import BoolArray, IntArray, Numbers
from plugins.people import DROPPED, Context, Floats, Grouping
from plugins.scores import group_figures, group_sums

FIGURES: Final = ("bcubed_p", "bcubed_r", "bcubed_f", "pairwise_p", "pairwise_r", "pairwise_f")
FOLDS: Final = 4
FEWEST_FACES: Final = 2
"""Somebody with fewer faces is in no pair: there is nothing to group."""
Cluster: TypeAlias = Callable[[Floats, Context], Grouping]


def scorable(person: IntArray) -> IntArray:
    """Return whom the user named on each face, -1 for nobody and for people with a single such face, shape (n,)."""
    counts = np.bincount(person[person >= 0], minlength=1)
    return np.where((person >= 0) & (counts[np.maximum(person, 0)] >= FEWEST_FACES), person, -1)


def held_out(
    cluster: Cluster, vectors: Floats, context: Context, truth: IntArray, seed: int = 0
) -> tuple[Numbers, IntArray]:
    """Group the faces once a fold, each time without the names in a part of the photos, and score the faces there.

    In all folds the photos that keep their names tell the method who is who, as in a library in which not all is named;
    groups that these names call one person are one, as they are for the user.

    Args:
        cluster: groups faces.
        vectors: face features, shape (n, d).
        context: of the same faces, with the names.
        truth: whom the user named on each face that is to be scored, -1 for the others, shape (n,).
        seed: of the dealing of photos into folds.

    Returns:
        What each scored face adds, shape (m, 6), see `scores.group_sums`, and whose it is, shape (m,).
    """
    fold = dealt(context.photo, FOLDS, seed)
    added: list[Numbers] = [np.zeros((0, len(FIGURES)))]
    whose: list[IntArray] = [np.zeros(0, dtype=np.int64)]
    named = truth >= 0
    for number in range(FOLDS):
        asked = fold == number
        if (asked & named).any():
            shown = _without_names(context, asked)
            found = _called(cluster(vectors, shown).cluster, shown.person)
            alone = np.where(found == DROPPED, -1 - np.arange(len(found)), found)  # no two of them are together
            added.append(group_sums(truth[named], alone[named])[asked[named]])
            whose.append(truth[named & asked])
    return np.concatenate(added), np.concatenate(whose)


def people_figures(added: Numbers, whose: IntArray, seed: int = 0) -> dict[str, Figure]:
    """Return the figures of what faces add, with intervals in which faces are drawn, and whole people."""
    return figures_of(FIGURES, added, group_figures, whose, seed)


def _called(cluster: IntArray, person: IntArray) -> IntArray:
    """Join the clusters that are one person by the most of the names in them, as `identity.identify` does.

    Args:
        cluster: as in `Grouping`, shape (n,).
        person: who is known of each face, -1 for nobody, shape (n,).
    """
    known, joined = (person >= 0) & (cluster != DROPPED), cluster.copy()
    first: dict[int, int] = {}
    for number in np.unique(cluster[known]).tolist():
        who = int(np.bincount(person[known & (cluster == number)]).argmax())
        joined[cluster == number] = first.setdefault(who, number)
    return joined


def _without_names(context: Context, hidden: BoolArray) -> Context:
    """Return the context as if nobody had said anything of these faces."""
    never = tuple((face, person) for face, person in context.never if not hidden[face])
    return replace(context, person=np.where(hidden, -1, context.person), never=never)
