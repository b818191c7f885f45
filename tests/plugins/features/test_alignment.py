"""The transform that turns a face upright, and the crop that it cuts."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw

from plugins.features._alignment import ARCFACE_112, FACENET_160, aligned, similarity
from plugins.features.facenet import crop_matrix


def turned(points: np.ndarray, degrees: float, scale: float, shift: tuple[float, float]) -> np.ndarray:
    """Move points by a known similarity."""
    a = np.deg2rad(degrees)
    return scale * points @ np.array([[np.cos(a), np.sin(a)], [-np.sin(a), np.cos(a)]]) + shift


@pytest.mark.parametrize(
    ("degrees", "scale", "shift"),
    [
        pytest.param(0, 1, (0, 0), id="nothing moves"),
        pytest.param(0, 1, (500, -20), id="shift, beyond the picture too"),
        pytest.param(90, 3, (10, 10), id="a quarter turn and larger"),
        pytest.param(180, 0.01, (0, 0), id="upside down and tiny"),
        pytest.param(-37.5, 12.5, (1e4, 1e4), id="all at once"),
    ],
)
def test_similarity_undoes_a_known_move(degrees: float, scale: float, shift: tuple[float, float]) -> None:
    seen = turned(ARCFACE_112, degrees, scale, shift)
    matrix = similarity(seen, ARCFACE_112)
    assert np.column_stack([seen, np.ones(5)]) @ matrix.T == pytest.approx(ARCFACE_112, abs=1e-6)
    assert np.sqrt(np.linalg.det(matrix[:, :2])) == pytest.approx(1 / scale)


def test_similarity_never_mirrors() -> None:
    assert np.linalg.det(similarity(ARCFACE_112 * [-1, 1], ARCFACE_112)[:, :2]) > 0


def test_one_point_five_times_is_named() -> None:
    with pytest.raises(ValueError, match="same point"):
        similarity(np.ones((5, 2)), ARCFACE_112)


@pytest.mark.parametrize(
    ("degrees", "scale"),
    [
        pytest.param(0, 1, id="as large as the crop"),
        pytest.param(25, 1.7, id="rolled"),
        pytest.param(-160, 8, id="large and upside down"),
        pytest.param(10, 0.4, id="smaller than the crop"),
    ],
)
def test_landmarks_come_to_lie_on_the_template(degrees: float, scale: float) -> None:
    points = turned(ARCFACE_112 - 56, degrees, scale, (600, 500))
    image = Image.new("RGB", (1200, 1000))
    draw, r = ImageDraw.Draw(image), 5 * scale
    for x, y in points:
        draw.ellipse([x - r, y - r, x + r, y + r], fill="white")
    crop = np.asarray(aligned(image, points, ARCFACE_112, 112).convert("L"))
    for x, y in ARCFACE_112.round().astype(int):
        assert crop[y - 1 : y + 2, x - 1 : x + 2].min() > 200
    assert crop[:20].max() < 30


def test_a_face_beyond_the_picture_is_black_not_an_error() -> None:
    crop = aligned(Image.new("RGB", (50, 40), "white"), ARCFACE_112 + 5_000, ARCFACE_112, 112)
    assert np.asarray(crop)[5:-5, 5:-5].max() == 0


def test_a_large_face_is_averaged_not_sampled() -> None:
    lines = np.zeros((1120, 1120, 3), dtype=np.uint8)
    lines[:, ::2] = 255
    crop = np.asarray(aligned(Image.fromarray(lines), ARCFACE_112 * 10, ARCFACE_112, 112))
    assert crop.mean() == pytest.approx(127.5, abs=2)
    assert crop.std() < 5


def test_facenet_crop_is_stretched_as_its_training_crops_were() -> None:
    points = turned(ARCFACE_112, 15, 2.5, (80, 40))
    matrix = crop_matrix(points)
    wide, high = np.linalg.norm(matrix[0, :2]), np.linalg.norm(matrix[1, :2])
    assert wide / high == pytest.approx(1 / 0.7494)
    eyes = np.column_stack([points[:2], np.ones(2)]) @ matrix.T
    assert eyes == pytest.approx(FACENET_160[:2], abs=6)
