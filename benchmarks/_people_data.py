"""Faces with known people for the people benchmark: of a file, or simulated."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from plugins.people import Context, IntArray, Vectors
from plugins.people._synthetic import SETTINGS, gallery

SETTING_NAMES: Final = tuple(SETTINGS)
OPTIONAL: Final = ("photo", "quality", "taken_at")


@dataclass(frozen=True, slots=True, eq=False)
class Faces:
    """n faces, or pictures in their place: what methods are given, and the truth, which they are not.

    `label` int (n,) says who a face is, below 0 where nobody knows: such faces are grouped and not scored.
    """

    vectors: Vectors
    context: Context
    label: IntArray

    @property
    def true_k(self) -> int:
        """Return how many people there are; each face that nobody knows counts as one more."""
        return len(np.unique(self.label[self.label >= 0])) + int((self.label < 0).sum())

    def pick(self, rows: NDArray[Any]) -> Faces:
        """Return some of the faces."""
        return Faces(self.vectors[rows], self.context.part(rows), self.label[rows])

    def at_threshold(self, threshold: float) -> Faces:
        """Return the same faces with another threshold."""
        return replace(self, context=replace(self.context, threshold=threshold))

    def of_people_with(self, fewest: int) -> Faces:
        """Return the faces of people with so many faces or more."""
        person, back, count = np.unique(self.label, return_inverse=True, return_counts=True)
        return self.pick(np.flatnonzero((count[back] >= fewest) & (person[back] >= 0)))


def read_npz(path: Path, threshold: float) -> Faces:
    """Read a file with `vectors` (n, d), `labels` int (n,), and perhaps `photo`, `quality` and `taken_at`, (n,) each.

    `photo` may be numbers or names, `taken_at` is seconds since 1970 UTC.

    Raises:
        ValueError: an array is missing, or the shapes do not fit.
    """
    with np.load(path, allow_pickle=False) as file:
        if missing := {"vectors", "labels"} - set(file):
            raise ValueError(f"no array {' or '.join(sorted(missing))} in it, but {', '.join(sorted(file)) or 'none'}")
        found = {name: file[name] for name in ("vectors", "labels", *OPTIONAL) if name in file}
    n = len(found["labels"])
    if found["vectors"].ndim != 2 or any(len(array) != n for array in found.values()):
        raise ValueError(f"shapes do not fit: {', '.join(f'{name} {a.shape}' for name, a in found.items())}")
    if found["labels"].dtype.kind not in "iu":
        raise ValueError(f"labels are {found['labels'].dtype}: they must be integers")
    known: dict[str, Any] = {}
    if "photo" in found:
        known["photo"] = np.unique(found["photo"], return_inverse=True)[1].astype(np.int64)
    if "quality" in found:
        known["quality"] = found["quality"].astype(np.float32)
    if "taken_at" in found:
        known["taken_s"] = found["taken_at"].astype(np.float64)
    context = Context.of(n, threshold=threshold, **known)
    return Faces(found["vectors"].astype(np.float32), context, found["labels"].astype(np.int64))


def simulated(seed: int, setting: str) -> Faces:
    """Return the faces of a simulated gallery; its threshold was measured on people who are not in it."""
    drawn = gallery(seed, setting)
    return Faces(drawn.vectors, drawn.context(), drawn.labels)
