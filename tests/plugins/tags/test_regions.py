"""Regions: the box of the cells that speak for a cluster, on maps made by hand and on pictures of VGG16's kinds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from plugins.features import PictureExtractor, Vectors, vgg16, vgg16_map
from plugins.tags.regions import map_of, region_of

DOG, SKY = np.eye(2, dtype=np.float32)


EACH = 5
"""Cells a side to a digit: smaller things are evened out."""


def picture(*rows: str) -> np.ndarray:
    """Make a map with two channels: digits say how much dog is at a place, the rest of 9 is sky."""
    dog = np.kron([[int(cell) for cell in row] for row in rows], np.ones((EACH, EACH)))
    return np.stack([dog, 9 - dog], axis=2).astype(np.float32)


@pytest.mark.parametrize(
    ("rows", "box"),
    [
        pytest.param(("0000", "0880", "0880", "0000"), (0.25, 0.25, 0.75, 0.75), id="in the middle"),
        pytest.param(("8800", "8800", "0000", "0000"), (0, 0, 0.5, 0.5), id="in a corner"),
        pytest.param(("0000", "0000", "0000", "0009"), (0.75, 0.75, 1, 1), id="small"),
        pytest.param(("9999", "9999", "9999", "9999"), (0, 0, 1, 1), id="everywhere"),
        pytest.param(("9000", "0000", "0088", "0088"), (0.5, 0.5, 1, 1), id="the larger of two, not the best cell"),
        pytest.param(
            ("5555", "5955", "5555", "5555"), (0.25, 0.25, 0.5, 0.5), id="not what is barely more dog than sky"
        ),
        pytest.param(("00000000", "00880000"), (0.25, 0.5, 0.5, 1), id="any shape of map"),
    ],
)
def test_the_box_of_what_speaks_for_the_cluster(rows, box):
    found = region_of(picture(*rows), DOG - SKY)
    assert found == pytest.approx(box, abs=1.01 / (len(rows) * EACH))  # a cell more or less
    assert region_of(picture(*rows) * np.float32(0.25), (DOG - SKY) * 8) == found  # of any length


def test_what_is_nowhere_has_no_box():
    assert region_of(picture("0000", "0400"), DOG - SKY) is None


def test_a_direction_of_whole_maps_has_its_own_say_at_each_place():
    found = picture("8008", "0000", "0000", "0000")
    direction = np.zeros(found.shape, np.float32)
    direction[:, 2 * EACH :] = DOG - SKY
    assert region_of(found, direction.ravel()) == pytest.approx((0.75, 0, 1, 0.25), abs=0.051)


@pytest.mark.parametrize("size", [3, 801])
def test_a_direction_of_another_extractor_is_refused(size):
    with pytest.raises(ValueError, match=f"no direction of {size} numbers"):
        region_of(picture("9000", "0000", "0000", "0000"), np.ones(size, np.float32))


def test_numbers_that_are_none_give_no_box():
    assert region_of(np.full((4, 4, 2), np.nan, np.float32), DOG - SKY) is None


class Plain(PictureExtractor):
    """Has no maps."""

    name = "plain"
    needs = ()
    version = "1"
    dim = 3

    def extract(self, images, failures=None) -> Vectors:
        return np.ones((len(images), 3), np.float32)


def test_an_extractor_without_maps_has_no_map():
    assert map_of(Plain(), Image.new("RGB", (9, 9))) is None


def test_the_map_of_a_picture(shared: Path):
    torch.set_num_threads(1)
    extractor = vgg16_map.Plugin("cpu", shared / "weights")
    image = Image.new("RGB", (64, 48), "red")
    image.paste("white", (0, 0, 20, 20))
    found = map_of(extractor, image)
    assert found is not None
    assert found.shape == vgg16.MAP
    flat = found.ravel() / np.linalg.norm(found)
    assert flat @ extractor.extract([image])[0] == pytest.approx(1, abs=1e-3)
