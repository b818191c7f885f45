"""People are dealt into folds, and what is learned is judged on those left out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.people import DROPPED, Context
from plugins.people._held_out import Judged, cross_validated, folds, judge, nameless, pooled, refusal, without
from plugins.scores import Score, bcubed

persons = st.lists(st.integers(-1, 12), max_size=60).map(lambda found: np.array(found, dtype=np.int64))


def judged(p: float, r: float, pairs: float = 1.0) -> Judged:
    return Judged(Score(p, r, 0.0), Score(pairs, 1.0, 1.0))


@given(persons, st.integers(0, 5))
def test_each_named_person_is_in_one_fold(person, seed):
    dealt = np.concatenate(folds(person, seed))
    assert sorted(dealt.tolist()) == sorted(set(person[person >= 0].tolist()))


def test_folds_have_nearly_as_many_faces():
    person = np.repeat(np.arange(16), 100 // np.arange(1, 17))
    faces = [int(np.isin(person, people).sum()) for people in folds(person, 0)]
    assert sorted(faces) == [76, 76, 82, 100]  # the largest person alone has 100


def test_hidden_names_are_in_nothing_that_a_method_is_given():
    context = Context.of(4, person=np.array([0, 1, -1, 1]), never=((2, 0), (2, 1)))
    assert nameless(context).person.tolist() == [-1] * 4
    assert nameless(context).never == ()
    left = without(context, np.array([1]))
    assert left.person.tolist() == [0, -1, -1, -1]
    assert left.never == ((2, 0),)


@pytest.mark.parametrize(
    ("cluster", "p", "r"),
    [
        pytest.param([0, 0, 1, 1, 2], 1, 1, id="as named"),
        pytest.param([0, 0, 0, 1, 2], (2 / 3 + 2 / 3) / 2, 1, id="a face of somebody else among them counts"),
        pytest.param([0, 0, 1, 1, 0], 1, 1, id="one that nobody has named counts nothing"),
        pytest.param([0, DROPPED, 1, 1, DROPPED], 1, 1 / 2, id="dropped faces are together with nobody"),
    ],
)
def test_judge_by_hand(cluster, p, r):
    person = np.array([0, 0, 1, 1, -1])
    assert judge(np.array(cluster), person, np.array([0])).bcubed[:2] == pytest.approx((p, r))


@pytest.mark.parametrize("seed", range(3))
def test_what_is_judged_was_taught_without_the_names_that_it_is_judged_by(seed):
    context = Context.of(12, person=np.repeat(np.arange(6), 2), never=((0, 5),))
    dealt = folds(context.person, seed, 3)
    told: list[set[int]] = []

    def taught(known: Context) -> np.ndarray:
        told.append(set(known.person.tolist()) | {person for _, person in known.never})
        return known.person

    before, after = cross_validated(context, dealt, np.zeros(12, dtype=int), taught)
    assert all(names.isdisjoint(people.tolist()) for names, people in zip(told, dealt, strict=True))
    assert before.bcubed[:2] == pytest.approx((1 / 6, 1))
    assert after.pairwise.r == 0  # of those left out none has a name, so each answer has them as nobody: dropped


@given(persons.filter(lambda person: bool((person >= 0).any())), st.data())
def test_folds_pooled_are_the_whole(person, data):
    cluster = np.array(data.draw(st.lists(st.integers(0, 4), min_size=len(person), max_size=len(person))), dtype=int)
    dealt = folds(person, 0)
    whole = pooled(
        [judge(cluster, person, people) for people in dealt], [int(np.isin(person, people).sum()) for people in dealt]
    )
    named = person >= 0
    assert whole.bcubed == pytest.approx(bcubed(person[named], cluster[named]))


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        pytest.param(judged(0.9, 0.9), judged(0.91, 0.91), "", id="a point better"),
        pytest.param(judged(0.9, 0.9), judged(0.904, 0.904), "no better by half a point", id="too little"),
        pytest.param(judged(0.9, 0.9), judged(0.8, 0.9), "no better by half a point", id="worse"),
        pytest.param(judged(0.9, 0.5, 0.99), judged(0.9, 0.9, 0.98), "mixed up", id="at the price of wrong merges"),
        pytest.param(judged(0.9, 0.5, 0.99), judged(0.9, 0.9, 0.99), "", id="at no price"),
    ],
)
def test_refusal(before, after, reason):
    said = refusal(before, after)
    assert reason in said
    assert bool(said) == bool(reason)
