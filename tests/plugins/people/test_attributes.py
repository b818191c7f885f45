"""Attribute features of faces: what is known counts, what is not does not."""

from __future__ import annotations

import numpy as np
import pytest

from plugins.people import Context
from plugins.people._attributes import (
    CELLS,
    WEIGHTS,
    attributes,
    company_block,
    place_block,
    pose,
    pose_block,
    time_block,
)
from plugins.people._synthetic import drawn

ALL = np.arange(3)
DAY_S = 86_400.0
FRONTAL = np.array([[0.32, 0.38], [0.68, 0.38], [0.5, 0.58], [0.36, 0.78], [0.64, 0.78]], np.float32)


def units(n, seed=0):
    vectors = np.random.default_rng(seed).standard_normal((n, 16)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.mark.parametrize(
    ("known", "alike", "unlike"),
    [
        pytest.param({"taken_s": DAY_S * np.array([0, 3, 3_000])}, (0, 1), (0, 2), id="time"),
        pytest.param(
            {"lat": np.array([48.1, 48.2, 40], np.float32), "lon": np.array([11.6, 11.7, 9], np.float32)},
            (0, 1),
            (0, 2),
            id="place",
        ),
        pytest.param({"quality": np.array([0.9, 0.85, 0.2], np.float32)}, (0, 1), (0, 2), id="quality"),
        pytest.param({"size_px": np.array([40, 44, 400], np.float32)}, (0, 1), (0, 2), id="size"),
    ],
)
def test_what_is_near_is_alike(known, alike, unlike):
    found = attributes(units(3), Context.of(3, **known)).cosines(ALL, ALL)
    assert found[alike] > 0.95
    assert found[unlike] < 0.5
    assert np.allclose(np.diag(found), 1)


def test_where_nothing_is_known_there_is_no_likeness():
    found = attributes(units(3), Context.of(3))
    assert not found.values.any()
    assert np.isnan(found.cosines(ALL, ALL)).all()


def test_only_blocks_that_both_have_are_compared():
    quality = np.array([0.9, 0.9, np.nan], np.float32)
    context = Context.of(3, quality=quality, taken_s=np.array([0.0, 4e8, 0.0]))
    found = attributes(units(3), context).cosines(ALL, ALL)
    assert found[0, 2] == pytest.approx(1)  # of one time, and of the third's quality nothing is known
    assert found[0, 1] < 0.9


def test_each_block_has_the_length_of_its_weight():
    made = drawn(3, least=200, most=220)
    found = attributes(made.vectors, made.context())
    for number, weight in enumerate(WEIGHTS.values()):
        assert set(np.unique(found.known[:, number].round(5))) <= {0.0, np.float32(round(weight, 5))}
    assert np.allclose(np.linalg.norm(found.values, axis=1), np.linalg.norm(found.known, axis=1), atol=1e-5)


@pytest.mark.parametrize(
    ("turn", "yaw", "pitch"),
    [
        pytest.param(FRONTAL, 0, 0, id="from the front"),
        pytest.param(FRONTAL + np.array([[0, 0], [0, 0], [0.28, 0], [0, 0], [0, 0]]), 45, 0, id="nose to the right"),
        pytest.param(FRONTAL - np.array([[0, 0], [0, 0], [0.1, 0], [0, 0], [0, 0]]), -20, 0, id="nose to the left"),
        pytest.param(FRONTAL - np.array([[0, 0], [0, 0], [0, 0.1], [0, 0], [0, 0]]), 0, 21, id="nose up"),
        pytest.param(np.full((5, 2), np.nan), np.nan, np.nan, id="not known"),
    ],
)
def test_pose_is_read_from_landmarks(turn, yaw, pitch):
    found = pose(turn[None].astype(np.float32))
    assert [float(angle[0]) for angle in found] == pytest.approx([yaw, pitch], abs=1, nan_ok=True)


def test_the_pose_block_keeps_the_front_apart_from_the_unknown():
    block = pose_block(np.stack([FRONTAL, np.full((5, 2), np.nan, np.float32)]))
    assert block[0].tolist() == pytest.approx([1, 0, 0], abs=1e-5)
    assert np.isnan(block[1]).any()


def test_landmarks_on_one_spot_are_no_pose():
    assert not attributes(units(1), Context.of(1, landmarks=np.zeros((1, 5, 2), np.float32))).values.any()


def test_the_company_is_who_else_is_in_the_photo():
    # Anna with Ben twice, Anna with Carl, and Ben alone.
    anna, ben, carl = units(3)
    faces = np.stack([anna, ben, anna, ben, anna, carl, ben])
    block = company_block(faces, np.array([0, 0, 1, 1, 2, 2, 3]))
    length = np.linalg.norm(block, axis=1)
    cosine = block[[0, 2, 4]] @ block[0] / length[[0, 2, 4]] / length[0]
    assert cosine[1] == pytest.approx(1)
    assert cosine[2] < 0.5
    assert length[6] == 0


def test_rare_places_are_not_told_apart():
    lat = np.concatenate([np.full(5, 48.0), np.arange(30.0)]).astype(np.float32)
    block = place_block(lat, np.zeros(35, np.float32))
    assert block.shape == (35, CELLS)
    assert (block[:5] == block[0]).all()
    assert block.sum(axis=1).min() == 0
    assert block.sum() == 5 + CELLS - 1


@pytest.mark.parametrize("n", [0, 1])
def test_hardly_any_faces(n):
    assert attributes(units(n), Context.of(n)).values.shape[0] == n
    assert time_block(np.zeros(n)).shape == (n, 8)
