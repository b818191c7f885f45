"""What a library's names teach is kept where it helps people that it was not learned from, and nowhere else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from plugins.people import Context, affinity_gcn
from plugins.people._synthetic import Traits, simulate
from plugins.people.fine_tuning import ALBUMENS, Lesson, fine_tune
from plugins.people.library_heads import unpacked
from plugins.scores import bcubed

LOOK_ALIKE = simulate(3, replace(Traits(), faces=640, people=24, zipf=0.5, kin=0.5, families=0.9, children=0.6))
"""Relatives more alike than any that the shipped weights have seen: these mix them up."""
FEW = {"edge_z": (8.0,), "merge": (0.9,)}


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


def named(people: int, share: float = 1.0) -> Context:
    """Return what is known of the look-alikes, with a share of the faces of the first people named."""
    rng = np.random.default_rng(0)
    known = (LOOK_ALIKE.labels < people) & (rng.random(len(LOOK_ALIKE.labels)) < share)
    return replace(LOOK_ALIKE.context(), person=np.where(known, LOOK_ALIKE.labels, -1))


def learned(context: Context, **more: object) -> Lesson:
    return fine_tune(LOOK_ALIKE.vectors, context, "facenet 1", **{"steps": 25, "tries": FEW, **more})  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def lesson() -> Lesson:
    return learned(named(24))


def test_enough_names_teach_thresholds_and_heads(lesson):
    assert [part.name for part in lesson.parts] == ["thresholds", "affinity_gcn", "confidence_gcn"]
    assert lesson.heads is not None
    for part in lesson.parts:
        assert part.before is not None
        assert part.after is not None
        better = part.after.f >= part.before.f + 0.005 and part.after.pairwise.p >= part.before.pairwise.p
        assert (part.accepted, bool(part.reason)) == (better, not better)
    assert {part.name for part in lesson.parts if part.accepted} >= {"thresholds", "affinity_gcn"}


def test_what_was_learned_groups_the_library_better(lesson):
    """As the people step uses it, once it has been to the store and back."""
    kept = unpacked(lesson.heads.packed(), "facenet 1")
    own = {**kept.settings["affinity_gcn"], "weights": kept.heads["affinity_gcn"]}
    hidden, truth = LOOK_ALIKE.context(), LOOK_ALIKE.labels
    before, after = (
        bcubed(truth, affinity_gcn.Plugin(**how).cluster(LOOK_ALIKE.vectors, hidden).cluster) for how in ({}, own)
    )
    assert after.f_beta(0.5) > before.f_beta(0.5)
    assert affinity_gcn.Plugin(**own).cluster(LOOK_ALIKE.vectors[:5], Context.of(5)).note == ""


def test_names_at_random_teach_nothing():
    context = named(24)
    wrong = np.random.default_rng(0).permutation(context.person)
    lesson = learned(replace(context, person=wrong), steps=5)
    assert lesson.heads is None
    assert all(part.reason for part in lesson.parts)


@pytest.mark.parametrize(
    ("people", "share", "parts"),
    [
        pytest.param(7, 1.0, ["thresholds"], id="too few people to leave any out"),
        pytest.param(19, 1.0, ["thresholds"], id="too few people for heads"),
        pytest.param(24, 0.5, ["thresholds"], id="too few faces for heads"),
    ],
)
def test_few_names_unlock_less(people, share, parts):
    lesson = learned(named(people, share))
    assert [part.name for part in lesson.parts] == parts
    assert (lesson.people, lesson.confirmed) == (people, int((named(people, share).person >= 0).sum()))
    if people < 8:
        assert lesson.heads is None
        assert "7 people have names on two faces or more" in lesson.parts[0].reason


def test_weights_of_another_schema_are_not_learned_from(tmp_path: Path):
    """They are swapped: neither fits the other's net. Thresholds of the untrained method are learned all the same."""
    swapped = {"affinity_gcn": ALBUMENS["confidence_gcn"], "confidence_gcn": ALBUMENS["affinity_gcn"]}
    lesson = learned(named(24), shipped=swapped)
    assert not any(part.accepted for part in lesson.parts[1:])
    assert all("no shipped weights to begin with" in part.reason for part in lesson.parts[1:])


def test_bad_vectors_and_nobody():
    vectors = LOOK_ALIKE.vectors.copy()
    vectors[:40] = np.nan
    assert fine_tune(vectors, named(12), "x", tries=FEW).confirmed == (named(12).person[40:] >= 0).sum()
    assert fine_tune(np.zeros((0, 4), np.float32), Context.of(0), "x").heads is None
