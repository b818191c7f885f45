"""How surely a face is a known person's: a probability that holds for people whom the gallery has not named.

Three cosines say it: to the mean of the person's faces, to the nearest three of them, and to the mean of whoever else
comes nearest, named or not. They count in standard deviations of strangers, so that the same weights fit any embedder.
A library with enough named people tries the weights on its own names, each face judged without itself, and moves them
where they are not right.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from plugins.half_vectors import parts
from plugins.people import IntArray, Vectors

Doubles = NDArray[np.float64]

NEAREST: Final = 3
MOST_FACES: Final = 256  # of one person that a face is compared with one by one; the mean is of all
AT_ONCE: Final = 2_048  # faces compared with all means together
PAIRS: Final = 20_000
FEWEST: Final = 20
"""Of fewer faces nothing can be estimated: strangers' cosines are then taken to lie around 0."""
ONE_IN_1000: Final = 3.09
"""The normal distribution's upper thousandth, in standard deviations."""
SHIPPED: Final = (-7.65, 2.23, -0.09, 0.62, -0.17)
"""Weights of the measures, fitted on 172,281 faces of simulated galleries: seeds 21 to 24 of the settings moderate,
hard and very-hard, with half, a quarter or a tenth of the faces of each known person named."""
ENOUGH_PEOPLE: Final = 20
"""Named people, of two faces or more, from which a library's own names move the weights."""
SURE: Final = 0.99
"""The probability at which the shipped weights must be right on a library's own names."""
SMALLEST: Final = 1e-6
"""A step that changes no weight more than this is the last one."""
FIRMNESS: Final = 10.0
"""Faces that the shipped weights count for beside a library's own."""


def stretched(cosine: NDArray[Any]) -> Doubles:
    """Return Fisher's transform of cosines: some networks put all faces close together, where small steps say much."""
    found: Doubles = np.arctanh(np.clip(cosine, -0.999, 0.999).astype(np.float64))
    return found


@dataclass(frozen=True, slots=True)
class Scale:
    """What strangers' cosines are: their middle, and their standard deviation as the upper tail shows it."""

    middle: float
    spread: float


def scale_of(units: Vectors, group: IntArray, photo: IntArray, threshold: float) -> Scale:
    """Estimate the cosines of strangers from faces of different groups in different photos.

    Where that says nothing (few faces, or one person in nearly all) they lie around 0, which is careful: other people
    look the more alike then.

    Args:
        units: vectors of length 1, shape (n, d).
        group: faces of one number may be one person, shape (n,).
        photo: which photo each face is in, shape (n,).
        threshold: cosine that one pair of strangers in 1,000 reaches; NaN if nobody knows.
    """
    known, reached = not np.isnan(threshold), float(stretched(np.array(threshold)))
    cosine = _strangers(units, group, photo)
    middle = float(np.median(cosine)) if len(cosine) else np.inf
    if not np.isfinite(middle) or (known and middle >= reached):
        return Scale(0.0, (reached if known else 0.5) / ONE_IN_1000)
    spread = 1.4826 * float(np.median(np.abs(cosine - middle)))
    return Scale(middle, max((reached - middle) / ONE_IN_1000 if known else spread, 1e-3))


def _strangers(units: Vectors, group: IntArray, photo: IntArray) -> Doubles:
    """Return the stretched cosines of random pairs of different groups and photos, none where there are few faces."""
    if len(units) < FEWEST:
        return np.zeros(0)
    one, other = np.random.default_rng(0).integers(len(units), size=(2, PAIRS))
    apart = (group[one] != group[other]) & (photo[one] != photo[other])
    return stretched(np.einsum("nd,nd->n", units[one[apart]], units[other[apart]]))


@dataclass(frozen=True, slots=True, eq=False)
class Likeness:
    """What speaks for the likeliest person of each face: `person` int (m,), -1 for nobody, and `measures` (m, 5).

    The measures: 1, cosine to the mean of the person's faces, to the nearest three, lead over whoever comes next, and
    the logarithm of how many faces the person has.
    """

    person: IntArray
    measures: Doubles


class Known:
    """The people whose faces are known, and the groups of faces that may be somebody else's."""

    def __init__(self, units: Vectors, person: IntArray, cluster: IntArray, scale: Scale, min_faces: int = 3) -> None:
        """Take the faces of a library.

        Args:
            units: vectors of length 1, shape (n, d).
            person: whose each face is, numbered from 0, -1 if unknown, shape (n,).
            cluster: groups of faces, shape (n,); those of `min_faces` or more in which nobody is known are rivals.
            scale: of strangers.
            min_faces: see above.
        """
        self.units, self.person, self.scale = units, person, scale
        self.n_people = int(person.max(initial=-1)) + 1
        self.column = np.where(person >= 0, person, _rivals(person, cluster, min_faces, self.n_people))
        n_columns = max(int(self.column.max(initial=-1)) + 1, self.n_people)
        self.sums = np.zeros((n_columns, units.shape[1]), dtype=np.float32)
        held = np.flatnonzero(self.column >= 0)
        held = held[np.argsort(self.column[held], kind="stable")]
        for some in parts(len(held)):
            there, starts = np.unique(self.column[held[some]], return_index=True)
            self.sums[there] += np.add.reduceat(units[held[some]], starts, axis=0)
        self.counts = np.bincount(self.column[held], minlength=n_columns)
        self._squares = np.einsum("cd,cd->c", self.sums, self.sums, dtype=np.float64)
        order = np.argsort(person, kind="stable")
        ends = np.searchsorted(person[order], np.arange(self.n_people + 1))
        self.theirs = [_spread_out(order[ends[p] : ends[p + 1]]) for p in range(self.n_people)]

    def likeness(self, faces: IntArray, without_own: bool = False, to: IntArray | None = None) -> Likeness:
        """Return what speaks for the likeliest person of each of these faces (rows), the face itself not counted.

        `without_own` leaves out the face's own person, as if it were a stranger's; `to` (m,) says whom to compare with.
        """
        if not (self.n_people and len(faces)):
            return Likeness(np.full(len(faces), -1), np.zeros((len(faces), 5)))
        each = [
            self._of(faces[some], without_own, None if to is None else to[some]) for some in parts(len(faces), AT_ONCE)
        ]
        best, mean, rival = (np.concatenate(column) for column in zip(*each, strict=True))
        known = np.isfinite(mean)
        nearest = self._to_nearest(faces, np.where(known, best, -1))  # of all: whose faces are read once for each
        mean, nearest, rival = stretched(mean), stretched(nearest), stretched(rival)
        z = np.stack([mean - self.scale.middle, nearest - self.scale.middle, mean - rival], axis=1) / self.scale.spread
        counts = self.counts[best] - (self.column[faces] == best)
        measures = np.column_stack([np.ones(len(faces)), z, np.log(np.maximum(counts, 1))])
        measures[~known] = 0.0
        return Likeness(np.where(known, best, -1), measures)

    def _of(self, faces: IntArray, without_own: bool, to: IntArray | None) -> tuple[IntArray, Doubles, Doubles]:
        """Return the likeliest person of each face, the cosine to their mean, and the best to anybody else's."""
        cosine = self._to_means(faces)
        own, rows = self.column[faces], np.arange(len(faces))
        if without_own:
            cosine[rows[own >= 0], own[own >= 0]] = -np.inf
        best = np.argmax(cosine[:, : self.n_people], axis=1) if to is None else to
        mean = cosine[rows, best]
        cosine[rows, best] = -np.inf
        return best, mean, np.maximum(cosine.max(axis=1), np.tanh(self.scale.middle))

    def _to_means(self, faces: IntArray) -> Doubles:
        """Return the cosine of each face to the mean of each person and group, itself not counted; -inf for nobody."""
        dots = (self.units[faces] @ self.sums.T).astype(np.float64)
        squares = self._squares
        rows = np.flatnonzero(self.column[faces] >= 0)
        own = self.column[faces[rows]]
        own_dots = dots[rows, own] - 1
        left = np.sqrt(np.maximum(squares[own] - 2 * dots[rows, own] + 1, 1e-12))
        dots /= np.sqrt(np.maximum(squares, 1e-12))
        dots[:, self.counts == 0] = -np.inf
        dots[rows, own] = np.where(self.counts[own] > 1, own_dots / left, -np.inf)
        return dots

    def _to_nearest(self, faces: IntArray, best: IntArray) -> Doubles:
        """Return the mean cosine of each face to the nearest faces of a person; -1 of those of nobody."""
        found, order = np.full(len(faces), -1.0), np.argsort(best, kind="stable")
        people, starts = np.unique(best[order], return_index=True)
        for person, rows in zip(people, np.split(order, starts[1:]), strict=True):
            if person >= 0:
                found[rows] = self._near(faces[rows], self.theirs[person])
        return found

    def _near(self, faces: IntArray, theirs: IntArray) -> Doubles:
        vectors, k = self.units[theirs], min(NEAREST, len(theirs))
        found = np.empty(len(faces))
        for some in parts(len(faces), AT_ONCE):
            cosine = self.units[faces[some]] @ vectors.T
            cosine[faces[some][:, None] == theirs[None, :]] = -np.inf
            nearest = -np.partition(-cosine, k - 1, axis=1)[:, :k]
            finite = np.isfinite(nearest)
            found[some] = np.where(finite, nearest, 0).sum(axis=1) / np.maximum(finite.sum(axis=1), 1)
        return found


def _rivals(person: IntArray, cluster: IntArray, min_faces: int, first: int) -> IntArray:
    """Number the groups of `min_faces` or more unknown faces without a known one, from `first`; -1 elsewhere."""
    column = np.full(len(cluster), -1, dtype=np.int64)
    with_known = np.unique(cluster[person >= 0])
    free = (cluster >= 0) & ~np.isin(cluster, with_known)
    groups, back, counts = np.unique(cluster[free], return_inverse=True, return_counts=True)
    number = np.full(len(groups), -1, dtype=np.int64)
    number[counts >= min_faces] = first + np.arange((counts >= min_faces).sum())
    column[free] = number[back]
    return column


def _spread_out(faces: IntArray) -> IntArray:
    """Return at most `MOST_FACES` of these, evenly from all."""
    if len(faces) <= MOST_FACES:
        return faces
    return faces[np.linspace(0, len(faces) - 1, MOST_FACES).astype(np.int64)]


def weights_by(known: Known, seen: IntArray) -> Doubles:
    """Return the shipped weights where they prove right on known people (rows `seen`), else others fitted to these.

    Each face counts twice: with its person's other faces there, and as the stranger that it would be without them. The
    shipped weights are right when of those faces that reach the probability `SURE` so many are: moving them then only
    makes them more careful, as such a stranger has no group of its own.
    """
    with_own, without = known.likeness(seen), known.likeness(seen, without_own=True)
    measures = np.vstack([with_own.measures, without.measures])
    right = np.concatenate([with_own.person == known.person[seen], np.zeros(len(seen), dtype=bool)])
    usable = np.concatenate([with_own.person >= 0, without.person >= 0])
    shipped = np.array(SHIPPED)
    sure = usable & (sigmoid(measures @ shipped) >= SURE)
    if right[sure].sum() >= SURE * sure.sum():
        return shipped
    return fitted(measures[usable], right[usable], shipped, FIRMNESS)


def fitted(measures: Doubles, right: NDArray[np.bool_], start: Doubles, firmness: float) -> Doubles:
    """Fit a logistic regression that is drawn to the weights `start` as by `firmness` faces.

    Newton's method; a step that overshoots is halved, so that it ends at the one best fit.
    """

    def loss(weights: Doubles) -> float:
        logit = measures @ weights
        fit = np.logaddexp(0, np.where(right, -logit, logit)).sum()
        return float(fit + firmness / 2 * ((weights - start) ** 2).sum())

    weights, now = start.copy(), loss(start)
    for _ in range(50):
        p = sigmoid(measures @ weights)
        slope = measures.T @ (right - p) - firmness * (weights - start)
        curve = (measures * (p * (1 - p))[:, None]).T @ measures + firmness * np.eye(len(start))
        step = np.linalg.solve(curve, slope)
        while loss(weights + step) > now and np.abs(step).max() > SMALLEST:
            step = step / 2
        if np.abs(step).max() <= SMALLEST:
            break
        weights = weights + step
        now = loss(weights)
    return weights


def sigmoid(x: Doubles) -> Doubles:
    """Return 1 / (1 + exp(-x))."""
    return np.asarray(1 / (1 + np.exp(-np.clip(x, -50, 50))))


def probability(seen: Likeness, weights: Doubles) -> Doubles:
    """Return the probability, shape (m,), that each face is its likeliest person's.

    How many of the faces are anybody's known is estimated from them (Saerens, Latinne and Decaestecker, Adjusting the
    outputs of a classifier to new a priori probabilities, 2002): among many strangers the same likeness says less.
    """
    known = seen.person >= 0
    logit = seen.measures @ weights
    share = 0.5
    for _ in range(50):
        p = sigmoid(logit + np.log(share / (1 - share)))
        before, share = share, float(np.clip(p[known].mean() if known.any() else 0.5, 0.02, 0.98))
        if abs(share - before) < 1e-4:
            break
    return np.where(known, sigmoid(logit + np.log(share / (1 - share))), 0.0)
