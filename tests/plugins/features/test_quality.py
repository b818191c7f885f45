"""Quality of faces and sharpness of pictures: what must raise it, what must not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageFilter

from plugins.features import picture_exposure, picture_sharpness, smile
from plugins.features._alignment import ARCFACE_112
from plugins.features._quality import face_quality, frontal, laplacian_variance
from plugins.records import FoundFace

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


def found(**measured: Any) -> FoundFace:
    """Make a face that is perfect but for what is said."""
    best = {"box": (0.0, 0.0, 0.5, 0.5), "score": 1.0, "size_px": 112.0, "sharpness": 1.0, "frontal": 1.0}
    return FoundFace(**{**best, **measured}, landmarks=((0.5, 0.5),) * 5, vector=np.ones(1, np.float32))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("measured", "quality"),
    [
        pytest.param({}, 1.0, id="perfect"),
        pytest.param({"size_px": 300.0}, 1.0, id="larger than the crop is no better"),
        pytest.param({"size_px": 7.0}, 0.5, id="a sixteenth of the size"),
        pytest.param({"score": 0.8}, 0.5**0.25, id="between unsure and sure"),
        pytest.param({"score": 0.3}, 0.0, id="less than unsure"),
        pytest.param({"score": 1.1}, 1.0, id="rounded above 1"),
        pytest.param({"sharpness": 0.25, "frontal": 0.25}, 0.5, id="blurred and turned aside"),
        pytest.param({"sharpness": 0.0}, 0.0, id="one colour"),
        pytest.param({"at_s": 3.0, "box": (0.0, 0.0, 0.1, 0.1)}, 1.0, id="its share of the picture does not count"),
    ],
)
def test_quality_is_the_geometric_mean(measured: dict[str, Any], quality: float) -> None:
    assert found(**measured).quality == pytest.approx(quality)


@pytest.mark.parametrize(
    ("measured", "weight"),
    [
        pytest.param({"score": 0.7, "frontal": 0.1, "size_px": 9.0}, 0.25, id="pose, score and pixels do not count"),
        pytest.param({"sharpness": 0.5}, 0.125, id="area share times sharpness"),
        pytest.param({"box": (-0.5, -0.5, 1.5, 1.5)}, 1.0, id="a box beyond the picture"),
        pytest.param({"box": (0.5, 0.5, 0.25, 0.25)}, 0.0, id="a box inside out"),
    ],
)
def test_weight_is_area_share_times_sharpness(measured: dict[str, Any], weight: float) -> None:
    assert found(**measured).weight == pytest.approx(weight)


def test_size_is_in_pixels_of_the_picture(texture: Image.Image) -> None:
    assert face_quality(texture, [100, 100, 149, 116], POINTS).size_px == pytest.approx(28)
    assert face_quality(texture, [150, 100, 100, 150], POINTS).size_px == 0


@pytest.mark.parametrize(
    ("worse", "name"),
    [
        pytest.param({"box_px": [100, 100, 128, 128]}, "size_px", id="smaller"),
        pytest.param({"landmarks_px": POINTS + NOSE * [1, 0]}, "frontal", id="turned aside"),
        pytest.param({"image": True}, "sharpness", id="blurred"),
    ],
)
def test_each_fault_lowers_its_figure(texture: Image.Image, worse: dict[str, Any], name: str) -> None:
    good = {"image": texture, "box_px": BOX, "landmarks_px": POINTS}
    if "image" in worse:
        worse = {"image": texture.filter(ImageFilter.GaussianBlur(4))}
    assert 0 <= getattr(face_quality(**(good | worse)), name) < 0.8 * getattr(face_quality(**good), name)


def test_a_crop_that_is_there_already_is_used(texture: Image.Image) -> None:
    assert face_quality(texture, BOX, POINTS, Image.new("RGB", (112, 112))).sharpness == 0


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


@pytest.mark.parametrize(
    ("grey", "exposure"),
    [
        pytest.param(0, 0.0, id="black"),
        pytest.param(255, 0.0, id="white"),
        pytest.param(127.5, 1.0, id="middle grey"),
        pytest.param(77, 0.59, id="one spread too dark"),
    ],
)
def test_exposure_is_best_in_the_middle(grey: float, exposure: float) -> None:
    assert picture_exposure(Image.new("RGB", (300, 200), (round(grey),) * 3)) == pytest.approx(exposure, abs=0.01)


def test_exposure_is_the_mean_of_what_is_lit_well_and_what_is_not() -> None:
    half = Image.new("L", (256, 256), 128)
    half.paste(0, (0, 0, 128, 256))
    assert picture_exposure(half) == pytest.approx(0.5, abs=0.01)


MOUTH = np.array([[0.0], [0.0], [0.0], [-1.0], [1.0]]) * [1, 0]
EYES = float(np.linalg.norm(ARCFACE_112[1] - ARCFACE_112[0]))
WIDTH = float(np.linalg.norm(ARCFACE_112[4] - ARCFACE_112[3]))


@pytest.mark.parametrize(
    ("points", "smiles"),
    [
        pytest.param(ARCFACE_112 + MOUTH * (0.7 * EYES - WIDTH) / 2, 0.0, id="a narrow mouth"),
        pytest.param(ARCFACE_112 + MOUTH * (0.9 * EYES - WIDTH) / 2, 0.5, id="between"),
        pytest.param(ARCFACE_112 + MOUTH * (1.4 * EYES - WIDTH) / 2, 1.0, id="a broad smile, and no more than that"),
        pytest.param(ARCFACE_112 + 3 * NOSE, np.nan, id="seen from the side the mouth tells nothing"),
        pytest.param(np.zeros((5, 2)), np.nan, id="points that are no face"),
        pytest.param(np.full((5, 2), np.nan), np.nan, id="no numbers"),
    ],
)
def test_smile(points: np.ndarray, smiles: float) -> None:
    assert smile(points) == pytest.approx(smiles, abs=0.02, nan_ok=True)
