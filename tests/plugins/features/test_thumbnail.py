"""Thumbnails: the picture itself as a unit vector, from which its pixels come back."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from plugins.features import ExtractionFailed, thumbnail

SMALL = thumbnail.Plugin()


@pytest.mark.parametrize(
    ("size", "mode"),
    [
        pytest.param((640, 480), "RGB", id="photo"),
        pytest.param((30, 2_000), "RGB", id="very high"),
        pytest.param((1, 1), "RGB", id="one pixel"),
        pytest.param((200, 100), "L", id="grey"),
        pytest.param((200, 100), "RGBA", id="see-through"),
    ],
)
def test_any_picture_is_one_unit_vector(size, mode):
    (vector,) = SMALL.extract([Image.new(mode, size, 90)])
    assert vector.shape == (SMALL.dim,) == (64 * 64 * 3 + 1,)
    assert vector.dtype == np.float32
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize(
    "level", [pytest.param(0, id="black"), pytest.param(60, id="dark"), pytest.param(255, id="white")]
)
def test_the_brightness_of_a_picture_comes_back(level):
    vectors = SMALL.extract([Image.new("RGB", (90, 70), (level, level // 2, 0))])
    pixels = thumbnail.pixels_of(vectors.astype(np.float16).astype(np.float32))  # as the store keeps them
    assert pixels.shape == (1, 64, 64, 3)
    assert pixels[0, 10, 20] == pytest.approx((level / 255, level // 2 / 255, 0), abs=0.003)


def test_pixels_come_back_where_they_were():
    image = Image.new("RGB", (64, 64))
    image.putpixel((5, 9), (255, 0, 51))  # column, row
    pixels = thumbnail.pixels_of(SMALL.extract([image]))
    assert pixels[0, 9, 5] == pytest.approx((1, 0, 0.2), abs=1e-3)
    assert pixels.sum() == pytest.approx(1.2, abs=1e-2)


def test_what_nobody_knows_is_grey():
    unknown = np.stack([np.zeros(SMALL.dim), np.full(SMALL.dim, np.nan)]).astype(np.float32)
    assert (thumbnail.pixels_of(unknown) == 0.5).all()
    assert SMALL.extract([]).shape == (0, SMALL.dim)


def test_a_bad_picture_of_a_batch_stays_alone():
    broken = Image.new("RGB", (9, 9))
    broken.close()
    failures: dict[int, str] = {}
    vectors = SMALL.extract([Image.new("RGB", (9, 9)), broken], failures)
    assert list(failures) == [1]
    assert np.isnan(vectors[1]).all()
    assert np.isfinite(vectors[0]).all()
    with pytest.raises(ExtractionFailed, match="picture 0 of the batch"):
        SMALL.extract([broken])
