"""What is learned from a library's names is judged on people that it was not learned from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from plugins.people import DROPPED, Context, IntArray
from plugins.scores import Score, bcubed, pairwise

BoolArray: TypeAlias = NDArray[np.bool_]
FOLDS: Final = 4
BETA: Final = 0.5
"""A wrong merge costs a user more work than a missed one: precision counts twice as much."""
LEAST_GAIN: Final = 0.005
"""Half a point of BCubed F, below which the difference of two galleries is larger than the gain."""


@dataclass(frozen=True, slots=True)
class Judged:
    """How well the faces of some people were grouped: BCubed and pairwise, and the first as F with beta of .5."""

    bcubed: Score
    pairwise: Score

    @property
    def f(self) -> float:
        """Return BCubed F with beta of .5."""
        return self.bcubed.f_beta(BETA)


def nameless(context: Context) -> Context:
    """Return the context as if the user had named nobody, so that a method cannot know what it is judged by."""
    return replace(context, person=np.full(len(context.person), -1), never=())


def without(context: Context, people: IntArray) -> Context:
    """Return the context as if the user had not named these people."""
    hidden = np.isin(context.person, people)
    never = tuple((face, person) for face, person in context.never if person not in set(people.tolist()))
    return replace(context, person=np.where(hidden, -1, context.person), never=never)


def folds(person: IntArray, seed: int, n: int = FOLDS) -> list[IntArray]:
    """Deal the named people out to n groups of nearly as many faces, by chance among those of one size.

    Args:
        person: whom the user named on each face, -1 for nobody, shape (n_faces,).
        seed: of the chance.
    """
    people, faces = np.unique(person[person >= 0], return_counts=True)
    chance = np.random.default_rng(seed).permutation(len(people))
    dealt: list[list[int]] = [[] for _ in range(n)]
    held = np.zeros(n)
    for number in np.lexsort((chance, -faces)):  # the largest first, each to where the fewest faces are
        fold = int(np.argmin(held))
        dealt[fold].append(int(people[number]))
        held[fold] += faces[number]
    return [np.array(sorted(group), dtype=np.int64) for group in dealt]


def judge(cluster: IntArray, person: IntArray, people: IntArray) -> Judged:
    """Score the faces of `people` in clusters that were found without any name.

    Args:
        cluster: as in `Grouping`, shape (n,).
        person: whom the user named on each face, -1 for nobody, shape (n,): those faces count nowhere.
        people: whose faces are scored; those of the other named people count in the clusters beside them.
    """
    named = person >= 0
    alone = np.where(cluster == DROPPED, -1 - np.arange(len(cluster)), cluster)  # no two of them are together
    truth, found, scored = person[named], alone[named], np.isin(person[named], people)
    return Judged(bcubed(truth, found, scored), pairwise(truth, found, scored))


def pooled(judged: Sequence[Judged], faces: Sequence[int]) -> Judged:
    """Return the mean over folds, each with the weight of its faces."""
    weight = np.array(faces, dtype=np.float64) / max(sum(faces), 1)

    def mean(scores: Sequence[Score]) -> Score:
        p, r = (float(weight @ [score[side] for score in scores]) for side in (0, 1))
        return Score(p, r, 2 * p * r / (p + r) if p + r else 0.0)

    return Judged(mean([each.bcubed for each in judged]), mean([each.pairwise for each in judged]))


def cross_validated(
    context: Context, dealt: Sequence[IntArray], before: IntArray, taught: Callable[[Context], IntArray]
) -> tuple[Judged, Judged]:
    """Judge clusters found before and after something was learned, on people that it was not learned from.

    Args:
        context: of n faces, with the names.
        dealt: the people of each fold.
        before: clusters without what is learned, shape (n,).
        taught: returns the clusters with what is learned from the names of a context.
    """
    person = context.person
    faces = [int(np.isin(person, people).sum()) for people in dealt]
    first = [judge(before, person, people) for people in dealt]
    then = [judge(taught(without(context, people)), person, people) for people in dealt]
    return pooled(first, faces), pooled(then, faces)


def refusal(before: Judged, after: Judged) -> str:
    """Say why what was learned must not be used, judged on people that it was not learned from; empty if it may."""
    if after.f < before.f + LEAST_GAIN:
        return (
            f"people left out of the training are grouped no better by half a point (BCubed F.5 {before.f:.4f} before, "
            f"{after.f:.4f} after)"
        )
    if after.pairwise.p < before.pairwise.p - np.finfo(np.float32).eps:
        return (
            "of people left out of the training, more are mixed up "
            f"(pairwise precision {before.pairwise.p:.4f} before, {after.pairwise.p:.4f} after)"
        )
    return ""
