"""Quality of faces and sharpness of pictures: what must raise it, what must not."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageFilter

from plugins.features import picture_sharpness
from plugins.features._alignment import ARCFACE_112
from plugins.features._quality import face_quality, frontal, laplacian_variance

BOX = np.array([100.0, 100.0, 212.0, 212.0])
POINTS = ARCFACE_112 + 100
NOSE = np.array([[0.0], [0.0], [14.0], [0.0], [0.0]])


@pytest.fixture(scope="module")
def texture() -> Image.Image:
    """Lend a picture that is sharp everywhere."""
    noise = np.random.default_rng(5).integers(0, 256, (400, 400, 3), dtype=np.uint8)
    return Image.fromarray(noise)


@pytest.mark.parametrize(
    ("move", "same"),
    [
        pytest.param(lambda p: p, True, id="as it is"),
        pytest.param(lambda p: p * 40 + 3, True, id="size does not count"),
        pytest.param(lambda p: p @ np.array([[0.8, 0.6], [-0.6, 0.8]]), True, id="roll does not count"),
        pytest.param(lambda p: p + NOSE * [1, 0], False, id="turned aside"),
        pytest.param(lambda p: p + NOSE * [0, 1], False, id="looking down"),
    ],
)
def test_frontal(move, same: bool) -> None:
    straight, moved = frontal(ARCFACE_112), frontal(move(ARCFACE_112))
    assert straight > 0.95
    assert moved == pytest.approx(straight) if same else moved < 0.6 * straight


def test_landmarks_in_one_point_are_no_pose() -> None:
    assert frontal(np.zeros((5, 2))) == 0


@pytest.mark.parametrize(
    "worse",
    [
        pytest.param({"score": 0.75}, id="unsure detector"),
        pytest.param({"box_px": [100, 100, 128, 128]}, id="smaller"),
        pytest.param({"landmarks_px": POINTS + NOSE * [1, 0]}, id="turned aside"),
        pytest.param({"blur": True}, id="blurred"),
    ],
)
def test_each_fault_lowers_the_quality(texture: Image.Image, worse: dict) -> None:
    good = {"box_px": BOX, "landmarks_px": POINTS, "score": 1.0}
    image = texture.filter(ImageFilter.GaussianBlur(4)) if worse.pop("blur", False) else texture
    best = face_quality(texture, **good)
    bad = face_quality(image, **(good | worse))
    assert 0 <= bad.quality < 0.95 * best.quality < best.quality <= 1


def test_weight_is_area_share_times_sharpness(texture: Image.Image) -> None:
    found = face_quality(texture, BOX, POINTS, 0.8)
    assert found.weight == pytest.approx(112**2 / 400**2 * found.sharpness)


def test_weight_ignores_pose_and_score(texture: Image.Image) -> None:
    assert face_quality(texture, BOX, POINTS, 0.7).weight == face_quality(texture, BOX, POINTS, 1.0).weight


def test_sharpness_falls_with_each_blur_and_is_zero_for_one_colour(texture: Image.Image) -> None:
    blurred = [picture_sharpness(texture.filter(ImageFilter.GaussianBlur(r))) for r in (0, 1, 2, 4)]
    assert blurred == sorted(blurred, reverse=True)
    assert blurred[0] > 0.9 > blurred[-1]
    assert picture_sharpness(Image.new("RGB", (300, 200), (9, 80, 7))) == 0


def test_resolution_alone_does_not_make_a_picture_sharper(texture: Image.Image) -> None:
    small = texture.filter(ImageFilter.GaussianBlur(3))
    large = small.resize((1600, 1600), Image.Resampling.LANCZOS)
    assert picture_sharpness(large) <= picture_sharpness(small.resize((512, 512), Image.Resampling.LANCZOS)) * 1.1


@pytest.mark.parametrize("size", [(1, 1), (2, 500), (500, 2), (3, 3)])
def test_the_smallest_pictures_have_a_sharpness(size: tuple[int, int]) -> None:
    assert 0 <= picture_sharpness(Image.new("RGB", size, "white")) <= 1


def test_laplacian_of_one_white_pixel_is_known() -> None:
    image = np.zeros((5, 5), dtype=np.uint8)
    image[2, 2] = 10
    # The inner 3 × 3 pixels get -40 once, +10 four times and 0 four times: mean 0, variance (1600 + 4 · 100) / 9.
    assert laplacian_variance(Image.fromarray(image)) == pytest.approx(2000 / 9)
