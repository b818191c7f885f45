"""Third piles on face vectors made for the purpose: in a plane, a face is an angle."""

from __future__ import annotations

import numpy as np
import pytest

from plugins.events import FacePile, Faces
from plugins.events._piles import BLOCK, linked, people_of, third_piles

NOBODY = ()


def at(*degrees):
    """Return unit vectors at these angles: two faces are 20 degrees apart at a cosine of 0.94."""
    angle = np.radians(degrees)
    return np.column_stack([np.cos(angle), np.sin(angle)]).astype(np.float32)


COS_21 = float(np.cos(np.radians(21)))


@pytest.mark.parametrize(
    ("degrees", "components"),
    [
        pytest.param([], [], id="no face"),
        pytest.param([0, 90], [0, 1], id="two strangers"),
        pytest.param([0, 90, 20], [0, 1, 0], id="linked"),
        pytest.param([0, 22], [0, 1], id="just too different"),
        pytest.param([0, 40, 20], [0, 0, 0], id="linked by a third"),
        pytest.param([60, 0, 80, 20, 40], [0, 0, 0, 0, 0], id="a chain in any order"),
    ],
)
def test_linked(degrees, components):
    assert linked(at(*degrees).reshape(-1, 2), COS_21).tolist() == components


def test_links_reach_over_blocks():
    n = 2 * BLOCK + 10
    vectors = np.zeros((n, 3), dtype=np.float32)
    vectors[np.arange(n), np.arange(n) % 3] = 1
    assert linked(vectors, 0.5).tolist() == (np.arange(n) % 3).tolist()


def test_linked_is_what_pairs_one_by_one_say():
    rng = np.random.default_rng(5)
    vectors = rng.normal(size=(BLOCK + 200, 4)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    close = vectors @ vectors.T >= 0.98
    expected = np.arange(len(vectors))
    for _ in range(len(vectors)):
        lower = np.where(close, expected, len(vectors)).min(axis=1)
        if (lower == expected).all():
            break
        expected = lower
    assert len(np.unique(expected)) > 3
    assert linked(vectors, 0.98).tolist() == expected.tolist()


@pytest.mark.parametrize(
    ("degrees", "known", "who"),
    [
        pytest.param([0, 20, 90], [-1, -1, -1], [-1, -1, -2], id="two unknown people"),
        pytest.param([0, 20, 90], [-1, 7, -1], [7, 7, -1], id="a link gives the name on"),
        pytest.param([0, 90], [7, 7], [7, 7], id="one person with two looks"),
        pytest.param([0, 10], [7, 8], [7, 8], id="two known people are never linked"),
        pytest.param([0, 11, 20], [7, -1, 8], [7, 8, 8], id="between two known people: to the more similar one"),
        pytest.param([0, 19, 38, 57, 76], [7, -1, -1, -1, 8], [7, 7, -1, 8, 8], id="linked to neither: unknown"),
        pytest.param([], [], [], id="no face"),
    ],
)  # fmt: skip
def test_people_of(degrees, known, who):
    assert people_of(at(*degrees).reshape(-1, 2), np.array(known, dtype=np.int64), COS_21).tolist() == who


ANNA, BEN, CLEO = 0, 90, 180


def piles(shown, membership, event=None, known=None, weight=None, group_min_photos=2):
    """Make the piles of photos given as lists of angles, a face each."""
    photo = [i for i, faces in enumerate(shown) for _ in faces]
    degrees = [d for faces in shown for d in faces]
    faces = Faces(
        np.array(photo, dtype=np.int64),
        at(*degrees).reshape(-1, 2),
        np.array(weight if weight is not None else [1.0] * len(photo)),
        COS_21 + 0.05,
        None if known is None else np.array(known),
    )
    events = np.zeros(len(shown), dtype=np.int64) if event is None else np.array(event)
    return third_piles(events, faces, 0.05, membership, group_min_photos)


def test_main_face_makes_a_partition():
    found, who = piles([[ANNA, BEN], [BEN], [], [CLEO], [ANNA]], "main", weight=[2, 1, 1, 1, 1])
    assert found == ((FacePile((-1,), (0, 4)), FacePile((-2,), (1,)), FacePile((-3,), (3,)), FacePile(NOBODY, (2,))),)
    assert who.tolist() == [-1, -2, -2, -3, -1]


def test_largest_sharpest_face_is_the_main_one():
    assert piles([[ANNA, BEN]], "main", known=[7, 8], weight=[1, 2])[0] == ((FacePile((8,), (0,)),),)
    assert piles([[ANNA, BEN]], "main", known=[7, 8], weight=[1, 1])[0] == ((FacePile((7,), (0,)),),)


def test_everybody_has_a_pile_and_so_have_frequent_groups():
    found, _ = piles([[ANNA, BEN], [ANNA], [BEN, ANNA], [ANNA, CLEO], []], "overlap", known=[1, 2, 1, 2, 1, 1, 3])
    assert found[0] == (
        FacePile((1,), (0, 1, 2, 3)),
        FacePile((2,), (0, 2)),
        FacePile((3,), (3,)),
        FacePile((1, 2), (0, 2)),
        FacePile(NOBODY, (4,)),
    )


def test_groups_can_be_rarer_or_not_asked_for():
    shown, known = [[ANNA, CLEO]], [1, 3]
    assert [p.people for p in piles(shown, "overlap", known=known)[0][0]] == [(1,), (3,)]
    assert [p.people for p in piles(shown, "overlap", known=known, group_min_photos=1)[0][0]] == [(1,), (3,), (1, 3)]


@pytest.mark.parametrize("membership", ["main", "overlap"])
def test_events_do_not_share_unknown_people(membership):
    found, who = piles([[ANNA], [], [ANNA, 100], [ANNA]], membership, event=[0, 1, 2, 2])
    assert found[0] == (FacePile((-1,), (0,)),)
    assert found[1] == (FacePile(NOBODY, (1,)),)
    assert FacePile((-1,), (2, 3)) in found[2]
    assert who.tolist() == [-1, -1, -2, -1]


@pytest.mark.parametrize("membership", ["main", "overlap"])
def test_every_photo_is_on_a_pile(membership):
    rng = np.random.default_rng(1)
    shown = [list(rng.uniform(0, 360, rng.integers(0, 4))) for _ in range(60)]
    event = np.sort(rng.integers(0, 5, 60))
    event = np.unique(event, return_inverse=True)[1]
    found, _ = piles(shown, membership, event=event)
    for number, of_event in enumerate(found):
        on_piles = [photo for pile in of_event for photo in pile.photos]
        assert set(on_piles) == set(np.flatnonzero(event == number).tolist())
        assert membership == "overlap" or len(on_piles) == len(set(on_piles))
