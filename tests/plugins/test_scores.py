"""Scores against cases worked out by hand and against definitions written as loops."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.scores import Score, auc, bcubed, boundary, pairwise

labelings = st.integers(0, 30).flatmap(
    lambda n: st.tuples(*(st.lists(st.integers(-2, 4), min_size=n, max_size=n) for _ in range(2)))
)


@pytest.mark.parametrize(
    ("truth", "found", "p", "r"),
    [
        pytest.param([0, 0, 1], [5, 5, 7], 1, 1, id="other numbers, same groups"),
        pytest.param([0, 0, 1, 1], [0, 0, 0, 0], 1 / 2, 1, id="all in one"),
        pytest.param([0, 0, 1, 1], [0, 1, 2, 3], 1, 1 / 2, id="all alone"),
        # Items 1-3 sit in a pure group; item 4 shares one with two strangers; 5 and 6 are two of three there.
        pytest.param([0, 0, 0, 0, 1, 1], [0, 0, 0, 1, 1, 1], (3 + 1 / 3 + 4 / 3) / 6, (3 * 3 / 4 + 1 / 4 + 2) / 6,
                     id="one item strayed"),
        pytest.param([], [], 1, 1, id="nothing"),
    ],
)  # fmt: skip
def test_bcubed_by_hand(truth, found, p, r):
    score = bcubed(np.array(truth, dtype=int), np.array(found, dtype=int))
    assert score == pytest.approx((p, r, 2 * p * r / (p + r)))


@given(labelings)
def test_bcubed_is_its_definition(labels):
    truth, found = labels
    n = len(truth)
    group = [{j for j in range(n) if found[j] == found[i]} for i in range(n)]
    klass = [{j for j in range(n) if truth[j] == truth[i]} for i in range(n)]
    p = sum(len(group[i] & klass[i]) / len(group[i]) for i in range(n)) / n if n else 1
    r = sum(len(group[i] & klass[i]) / len(klass[i]) for i in range(n)) / n if n else 1
    assert bcubed(np.array(truth, dtype=int), np.array(found, dtype=int))[:2] == pytest.approx((p, r))


@given(labelings)
def test_pairwise_is_its_definition(labels):
    truth, found = labels
    pairs = list(combinations(range(len(truth)), 2))
    true_pairs = {(i, j) for i, j in pairs if truth[i] == truth[j]}
    found_pairs = {(i, j) for i, j in pairs if found[i] == found[j]}
    both = len(true_pairs & found_pairs)
    p = both / len(found_pairs) if found_pairs else 1
    r = both / len(true_pairs) if true_pairs else 1
    score = pairwise(np.array(truth, dtype=int), np.array(found, dtype=int))
    assert score == pytest.approx((p, r, 2 * p * r / (p + r) if p + r else 0))


@pytest.mark.parametrize(
    ("beta", "f"),
    [
        pytest.param(1, 2 / 3, id="1: the harmonic mean"),
        pytest.param(0.5, 5 / 9, id="below 1: precision counts more"),
        pytest.param(2, 5 / 6, id="above 1: recall counts more"),
        pytest.param(0, 1 / 2, id="0: precision alone"),
    ],
)
def test_f_beta_by_hand(beta, f):
    assert Score(1 / 2, 1.0, 2 / 3).f_beta(beta) == pytest.approx(f)


def test_f_beta_of_nothing_right_is_nothing():
    assert Score(0.0, 0.0, 0.0).f_beta(0.5) == 0


@given(labelings, st.integers(0, 2**30 - 1))
def test_scores_of_some_items_count_all_of_their_groups(labels, bits):
    truth, found = (np.array(side, dtype=int) for side in labels)
    of = np.array([bits >> i & 1 for i in range(len(truth))], dtype=bool)
    chosen = np.flatnonzero(of)
    p = [np.mean(truth[found == found[i]] == truth[i]) for i in chosen]
    assert bcubed(truth, found, of).p == pytest.approx(np.mean(p) if p else 1)
    pairs = {(i, j) for i, j in combinations(range(len(truth)), 2) if of[i] or of[j]}
    together = [truth[i] == truth[j] for i, j in pairs if found[i] == found[j]]
    assert pairwise(truth, found, of).p == pytest.approx(np.mean(together) if together else 1)
    everything = np.full(len(truth), True)
    assert (bcubed(truth, found, everything), pairwise(truth, found, everything)) == (
        bcubed(truth, found),
        pairwise(truth, found),
    )


@pytest.mark.parametrize(
    ("wanted", "score", "area"),
    [
        pytest.param([0, 0, 1, 1], [1, 2, 3, 4], 1, id="told apart"),
        pytest.param([1, 1, 0, 0], [1, 2, 3, 4], 0, id="the wrong way round"),
        pytest.param([0, 1, 0, 1], [1, 2, 3, 4], 3 / 4, id="one pair of four wrong"),
        pytest.param([0, 1, 1], [5, 5, 5], 1 / 2, id="ties count half"),
    ],
)
def test_auc_by_hand(wanted, score, area):
    assert auc(np.array(wanted, dtype=bool), np.array(score)) == area


@pytest.mark.parametrize("wanted", [[], [True, True], [False]])
def test_auc_of_one_kind_is_not_a_number(wanted):
    assert np.isnan(auc(np.array(wanted, dtype=bool), np.zeros(len(wanted))))


def test_pairs_of_a_million_items_do_not_overflow():
    assert pairwise(np.zeros(1_000_000, dtype=int), np.zeros(1_000_000, dtype=int)) == (1, 1, 1)


@pytest.mark.parametrize(
    ("truth", "found", "stream", "p", "r", "f"),
    [
        pytest.param([0, 0, 1, 1], [0, 0, 1, 1], None, 1, 1, 1, id="same"),
        pytest.param([0, 0, 1, 1], [3, 3, 3, 3], None, 1, 0, 0, id="none found: nothing wrong, nothing right"),
        pytest.param([0, 0, 1, 2], [0, 1, 1, 2], None, 1 / 2, 1 / 2, 1 / 2, id="one of two"),
        pytest.param([0, 1, 0], [0, 1, 2], None, 1, 1, 1, id="coming back to an event is a boundary too"),
        pytest.param([0, 0, 1, 1], [0, 1, 2, 2], [0, 0, 1, 1], 0, 1, 0, id="no boundary between streams"),
        pytest.param([0], [0], None, 1, 1, 1, id="a single photo has none"),
    ],
)
def test_boundary_by_hand(truth, found, stream, p, r, f):
    stream = None if stream is None else np.array(stream)
    assert boundary(np.array(truth), np.array(found), stream) == pytest.approx((p, r, f))


@pytest.mark.parametrize("score", [bcubed, pairwise, boundary])
def test_labels_of_different_items_are_refused(score):
    with pytest.raises(ValueError, match="same items"):
        score(np.zeros(2, dtype=int), np.zeros(3, dtype=int))
