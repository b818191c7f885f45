"""How sure it is that a face is a named person's: right when it says so, on people whom it was not fitted to."""

from __future__ import annotations

import numpy as np
import pytest

from plugins.people import Context
from plugins.people._synthetic import gallery
from plugins.people.average_linkage import Plugin
from plugins.people.certainty import SHIPPED, Known, Scale, fitted, probability, scale_of, sigmoid, weights_by
from plugins.people.labelling import Said, label, likely_people

THRESHOLD = 0.25


def people(rng: np.random.Generator, *counts: int, dim: int = 64, spread: float = 0.5) -> tuple[np.ndarray, np.ndarray]:
    """Return unit vectors of as many people, and whose each is."""
    whose = np.repeat(np.arange(len(counts)), counts)
    centres = rng.normal(size=(len(counts), dim))
    vectors = centres[whose] / np.sqrt(dim) + spread * rng.normal(size=(len(whose), dim)) / np.sqrt(dim)
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32), whose


def test_the_scale_of_strangers():
    rng = np.random.default_rng(3)
    units, whose = people(rng, *[5] * 60)
    scale = scale_of(units, whose, np.arange(300), float("nan"))
    assert scale.middle == pytest.approx(0, abs=0.02)
    assert scale.spread == pytest.approx(1 / np.sqrt(64), rel=0.15)
    known = scale_of(units, whose, np.arange(300), THRESHOLD)
    assert known.middle + 3.09 * known.spread == pytest.approx(np.arctanh(THRESHOLD))


@pytest.mark.parametrize(
    ("n", "groups"),
    [
        pytest.param(0, 1, id="no faces"),
        pytest.param(5, 5, id="few faces"),
        pytest.param(200, 1, id="one group"),
        pytest.param(200, 200, id="one person who was taken for many"),
    ],
)
def test_where_strangers_are_not_known_the_scale_is_careful(n, groups):
    units = np.tile(np.eye(8, dtype=np.float32)[:1], (n, 1))
    scale = scale_of(units, np.arange(n) % max(groups, 1), np.arange(n), 0.7)
    assert scale == Scale(0.0, pytest.approx(np.arctanh(0.7) / 3.09))


def test_a_face_does_not_speak_for_itself():
    units = np.eye(3, dtype=np.float32)[[0, 0, 1]]
    known = Known(units, np.array([0, 0, 1]), np.array([0, 0, 1]), Scale(0.0, 0.1))
    seen = known.likeness(np.array([0, 2]))
    assert seen.person.tolist() == [0, 0]  # the only face of person 1 has nothing to be compared with but person 0
    alone = known.likeness(np.array([0]), without_own=True)
    assert (alone.person.tolist(), alone.measures[0, 1]) == ([1], 0.0)


def test_of_no_faces_nothing_is_said():
    known = Known(np.eye(3, dtype=np.float32), np.array([0, 0, 1]), np.array([0, 0, 1]), Scale(0.0, 0.1))
    seen = known.likeness(np.zeros(0, dtype=np.int64))
    assert (seen.person.shape, seen.measures.shape) == ((0,), (0, 5))


@pytest.mark.parametrize(
    "rival",
    [
        pytest.param(True, id="a group of unknown faces is nearer than anybody else known"),
        pytest.param(False, id="nobody else is near"),
    ],
)
def test_a_group_of_unknown_faces_is_a_rival(rival):
    between = np.array([0.8, 0.6, 0.0], dtype=np.float32)
    units = np.stack([np.eye(3)[0], np.eye(3)[0], between, *[np.eye(3)[1 if rival else 2]] * 3]).astype(np.float32)
    known = Known(units, np.array([0, 0, -1, -1, -1, -1]), np.array([0, 0, 1, 2, 2, 2]), Scale(0.0, 0.1))
    lead = known.likeness(np.array([2])).measures[0, 3]
    assert lead == pytest.approx(10 * (np.arctanh(0.8) - (np.arctanh(0.6) if rival else 0)), abs=1e-3)


def test_newtons_method_finds_the_weights_and_many_strangers_make_it_careful():
    rng = np.random.default_rng(5)
    measures = np.column_stack([np.ones(20_000), rng.normal(size=(20_000, 4))])
    true = np.array([-1.0, 2.0, 0.0, 1.0, -0.5])
    right = rng.random(20_000) < sigmoid(measures @ true)
    assert fitted(measures, right, np.zeros(5), 1e-3) == pytest.approx(true, abs=0.12)
    assert fitted(measures[:0], right[:0], true, 10.0) == pytest.approx(true)


def half_named(seed: int, setting: str) -> tuple[np.ndarray, np.ndarray, Said, np.ndarray, float]:
    """Name half of the faces of half of the people with 4 faces or more; return also whose all are."""
    drawn = gallery(seed, setting)
    rng = np.random.default_rng(seed)
    ids, counts = np.unique(drawn.labels, return_counts=True)
    known = rng.permutation(ids[counts >= 4])[::2]
    held = [""] * len(drawn.labels)
    for person in known:
        theirs = rng.permutation(np.flatnonzero(drawn.labels == person))
        for row in theirs[: len(theirs) // 2]:
            held[row] = str(person)
    named = frozenset(map(str, known.tolist()))
    number = np.array([int(person) if person else -1 for person in held])
    context = Context.of(len(held), photo=drawn.photo, person=number, threshold=drawn.threshold)
    cluster = Plugin().cluster(drawn.vectors, context).cluster
    return drawn.vectors, drawn.labels, Said(held, [""] * len(held), named), cluster, drawn.threshold


@pytest.mark.parametrize(("setting", "recall"), [("moderate", 0.8), ("hard", 0.6)])
def test_of_a_hundred_faces_that_join_somebody_99_are_right(setting, recall):
    vectors, labels, said, cluster, threshold = half_named(41, setting)
    units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    photo = np.arange(len(units))
    likely = likely_people(units, photo, cluster, said, scale_of(units, cluster, photo, threshold), 3)
    made, asked = label(cluster, np.full(len(units), np.nan), {}, said, likely, 0.99)
    joined = [one for one in made if one.origin == "ours"]
    right = [str(labels[one.face]) == one.person for one in joined]
    theirs = sum(str(who) in said.named and not held for who, held in zip(labels, said.held, strict=True))
    assert np.mean(right) >= 0.99
    assert sum(right) >= recall * theirs
    assert np.mean([str(labels[one.face]) == one.person for one in asked]) >= 0.8


def test_twice_in_one_photo_is_asked():
    vectors, _, said, cluster, threshold = half_named(41, "moderate")
    units, photo = vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.arange(len(vectors))
    scale = scale_of(units, cluster, photo, threshold)
    apart = likely_people(units, photo, cluster, said, scale, 3)
    row = int(np.argmax(apart.probability))
    beside = next(n for n, held in enumerate(said.held) if held == apart.person[row])
    photo[row] = photo[beside]
    together = likely_people(units, photo, cluster, said, scale, 3)
    assert (apart.probability[row] > 0.99, together.probability[row]) == (True, 0.9)


def test_many_strangers_make_the_same_likeness_say_less():
    rng = np.random.default_rng(1)
    units, whose = people(rng, 20, *[1] * 400, spread=0.9)
    person = np.where((whose == 0) & (np.arange(len(units)) < 10), 0, -1)
    known = Known(units, person, np.arange(len(units)), Scale(0.0, 0.125))
    few, many = np.arange(10, 25), np.arange(10, len(units))
    among_few = probability(known.likeness(few), np.array(SHIPPED))[:10]
    among_many = probability(known.likeness(many), np.array(SHIPPED))[:10]
    assert (among_few >= among_many).all()
    assert among_few.sum() > among_many.sum() + 0.1


@pytest.mark.parametrize(
    ("alike", "moved"),
    [
        pytest.param(0.0, False, id="names agree with what is shipped"),
        pytest.param(0.97, True, id="people who look nearly the same: what is shipped is too sure"),
    ],
)
def test_names_move_the_weights_only_where_they_are_wrong(alike, moved):
    rng = np.random.default_rng(2)
    units, whose = people(rng, *[8] * 30, spread=0.4)
    centre = rng.normal(size=64) / 8
    units = (1 - alike) * units + alike * centre.astype(np.float32)
    units /= np.linalg.norm(units, axis=1, keepdims=True)
    known = Known(units, whose, whose, Scale(0.0, 0.125))
    weights = weights_by(known, np.arange(len(units)))
    assert (weights.tolist() != list(SHIPPED)) == moved
    strangers = known.likeness(np.arange(len(units)), without_own=True)
    assert (sigmoid(strangers.measures @ weights) >= 0.99).mean() < 0.02
