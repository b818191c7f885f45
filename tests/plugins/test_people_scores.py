"""Grouping of faces whose names are held out: no method sees the name that it is scored by."""

from __future__ import annotations

import numpy as np
import pytest

from plugins.evaluation import Figure
from plugins.people import DROPPED, Context, Floats, Grouping
from plugins.people_scores import FOLDS, held_out, people_figures, scorable

PERSON = np.repeat(np.arange(4), 12)
N = len(PERSON)
VECTORS = np.eye(4, dtype=np.float32)[PERSON]
PHOTO = np.arange(N) % 24
CONTEXT = Context.of(N, photo=PHOTO, person=PERSON, never=tuple((row, (int(PERSON[row]) + 1) % 4) for row in range(N)))


def by_look(vectors: Floats, context: Context) -> Grouping:
    return Grouping(np.argmax(vectors, axis=1), np.ones(len(vectors), np.float32))


def by_name(vectors: Floats, context: Context) -> Grouping:
    """Group by the names that are known, and leave everybody else alone."""
    alone = 4 + np.arange(len(vectors))
    return Grouping(np.where(context.person >= 0, context.person, alone), np.ones(len(vectors), np.float32))


def in_halves(vectors: Floats, context: Context) -> Grouping:
    """Part each person's faces in two."""
    return Grouping(2 * np.argmax(vectors, axis=1) + np.arange(len(vectors)) % 2, np.ones(len(vectors), np.float32))


def together(vectors: Floats, context: Context) -> Grouping:
    return Grouping(np.zeros(len(vectors), np.int64), np.ones(len(vectors), np.float32))


def dropping(vectors: Floats, context: Context) -> Grouping:
    return Grouping(np.full(len(vectors), DROPPED), np.ones(len(vectors), np.float32))


def test_groups_that_are_the_people_are_perfect():
    added, whose = held_out(by_look, VECTORS, CONTEXT, PERSON)
    assert sorted(whose.tolist()) == PERSON.tolist()
    assert set(people_figures(added, whose).values()) == {Figure(1.0, 1.0, 1.0)}


def test_groups_that_names_call_one_person_are_one():
    assert set(people_figures(*held_out(in_halves, VECTORS, CONTEXT, PERSON)).values()) == {Figure(1.0, 1.0, 1.0)}


@pytest.mark.parametrize("method", [by_name, dropping])
def test_who_only_repeats_names_finds_nobody(method):
    """Alone, each face is precise, and of its person's twelve it has one."""
    figures = people_figures(*held_out(method, VECTORS, CONTEXT, PERSON))
    assert figures["bcubed_p"].value == 1.0
    assert figures["bcubed_r"].value == pytest.approx(1 / 12)
    assert figures["pairwise_r"].value == 0.0


def test_each_photo_is_asked_once_with_all_that_was_said_of_its_faces_hidden():
    asked: list[np.ndarray] = []

    def looking(vectors: Floats, context: Context) -> Grouping:
        hidden = context.person < 0
        assert not any(hidden[face] for face, _ in context.never)
        assert np.isin(PHOTO, PHOTO[hidden]).tolist() == hidden.tolist()  # photos are hidden whole
        asked.append(hidden)
        return by_look(vectors, context)

    held_out(looking, VECTORS, CONTEXT, PERSON)
    assert len(asked) == FOLDS
    assert np.sum(asked, axis=0).tolist() == [1] * N


def test_faces_that_are_not_scored_count_in_no_group():
    truth = np.where(np.arange(N) % 2 == 0, PERSON, -1)
    added, whose = held_out(together, VECTORS, CONTEXT, truth)
    assert len(whose) == N // 2
    assert added[:, 1].tolist() == [6 / 24] * (N // 2)


def test_somebody_with_one_face_is_not_scored():
    assert scorable(np.array([0, 0, 1, -1, 2, 2])).tolist() == [0, 0, -1, -1, 2, 2]
    assert scorable(np.array([], dtype=np.int64)).tolist() == []
