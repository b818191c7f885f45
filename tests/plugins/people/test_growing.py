"""New faces that fit nobody are grouped among the faces of nobody that are like them, and of these alone."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from plugins.half_vectors import HalfVectors
from plugins.people import Context, Grouping
from plugins.people.growing import grown

NEW = -2


def faces(n: int, d: int) -> np.ndarray:
    found = np.random.default_rng(0).normal(size=(n, d)).astype(np.float32)
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def looked_at(units, known: np.ndarray) -> np.ndarray:
    """Return the faces that are grouped anew, among which nobody is known."""
    asked = []

    def regroup(some, context: Context) -> Grouping:
        asked.append(context.quality)
        return Grouping(np.arange(len(some)), np.full(len(some), np.nan, np.float32))

    number = np.arange(len(known))
    context = Context.of(len(known), photo=number, quality=number.astype(np.float32))
    unsure = np.full(len(known), np.nan, np.float32)
    grown(units, context, known, unsure, np.zeros(len(known), np.bool_), regroup)
    return asked[0].astype(int)


@pytest.mark.parametrize("n", [pytest.param(9, id="fewer than are looked at"), pytest.param(40_000, id="very many")])
@pytest.mark.parametrize("half", [False, True])
def test_whole_groups_of_the_nearest_are_looked_at(n, half):
    units, known = faces(n + 3, 16), np.array([NEW, *(np.arange(n) // 2), NEW, NEW])
    new, others = np.flatnonzero(known == NEW), np.flatnonzero(known != NEW)
    nearest = others[np.argsort(-units[new] @ units[others].T, axis=1)[:, :10]]
    wanted = [*new, *others[np.isin(known[others], known[nearest])]]
    given = HalfVectors(units.astype(np.float16)) if half else units
    assert len(set(looked_at(given, known)) ^ set(wanted)) <= 2 * half  # the tenth is as near as the next


def test_memory_does_not_grow_with_the_product_of_new_and_known_faces():
    units, known = faces(41_000, 4), np.concatenate([np.arange(40_000), np.full(1_000, NEW)])
    tracemalloc.start()
    try:
        looked_at(units, known)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 64 << 20  # a likeness of each with each would be 160 MB
