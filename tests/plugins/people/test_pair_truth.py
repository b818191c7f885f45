"""What names, photos and bursts say of pairs; of pairs with a face that nobody confirmed, names say nothing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.people import Context
from plugins.people._pair_truth import OTHER, SAME, UNKNOWN, persons_of, verdict

ANNA, BEN, NOBODY = 0, 1, -1


def said(cosine: float = 0.5, **known: object) -> int:
    """Return what is known of the pair of face 0 and face 1."""
    context = Context.of(3, threshold=0.5, **known)  # type: ignore[arg-type]
    there, back = (verdict(context, np.array([a]), np.array([b]), np.array([cosine])) for a, b in ((0, 1), (1, 0)))
    assert there == back
    return int(there[0])


@pytest.mark.parametrize(
    ("known", "cosine", "what"),
    [
        pytest.param({"person": [ANNA, ANNA, ANNA]}, 0.1, SAME, id="one name, however unlike"),
        pytest.param({"person": [ANNA, BEN, ANNA]}, 0.9, OTHER, id="two names, however alike"),
        pytest.param({"person": [ANNA, NOBODY, ANNA]}, 0.9, UNKNOWN, id="a face that nobody confirmed"),
        pytest.param({"photo": [7, 7, 8]}, 0.9, OTHER, id="two faces of one photo"),
        pytest.param({"photo": [7, 7, 8], "person": [ANNA] * 3}, 0.9, SAME, id="twice in a collage, and named so"),
        pytest.param({"person": [NOBODY, ANNA, ANNA], "never": ((0, ANNA),)}, 0.9, OTHER, id="not Anna"),
        pytest.param({"person": [NOBODY, BEN, ANNA], "never": ((0, ANNA),)}, 0.9, UNKNOWN, id="not Anna, maybe Ben"),
        pytest.param({"person": [NOBODY] * 3, "never": ((0, ANNA),)}, 0.9, UNKNOWN, id="not Anna, and who is that"),
        pytest.param({"taken_s": [0, 2, 99]}, 0.8, SAME, id="a burst"),
        pytest.param({"taken_s": [0, 2, 99]}, 0.7, UNKNOWN, id="two who are in a burst"),
        pytest.param({"taken_s": [0, 9, 99]}, 0.8, UNKNOWN, id="alike, but later"),
        pytest.param({"taken_s": [0, np.nan, 99]}, 0.8, UNKNOWN, id="alike, at an unknown time"),
        pytest.param({"taken_s": [0, 0, 99], "photo": [7, 7, 8]}, 0.8, OTHER, id="a mirror is no burst"),
        pytest.param({}, 0.99, UNKNOWN, id="nothing known"),
    ],
)
def test_what_is_known_of_a_pair(known, cosine, what):
    arrays = {name: value if name == "never" else np.array(value) for name, value in known.items()}
    assert said(cosine, **arrays) == what


def test_without_a_threshold_nothing_is_a_burst():
    context = Context.of(2, taken_s=np.array([0.0, 1.0]))
    assert verdict(context, np.array([0]), np.array([1]), np.array([0.99])).tolist() == [UNKNOWN]


@given(st.lists(st.integers(-1, 3), min_size=1, max_size=20), st.data())
def test_whose_a_group_is(person, data):
    drawn = data.draw(st.lists(st.integers(0, 4), min_size=len(person), max_size=len(person)))
    group = np.unique(drawn, return_inverse=True)[1]
    named = np.array(person)
    for number, found in enumerate(persons_of(named, group)):
        inside = named[(group == number) & (named >= 0)]
        assert found == -1 if not len(inside) else np.bincount(inside)[found] == np.bincount(inside).max()
