"""Whole VGG16 maps: the numbers of `vgg16.maps` as one vector, of which that of `vgg16` can be made."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from plugins.features import vgg16, vgg16_map
from plugins.features.weights import WeightsMissing

SAME = 0.999
"""Cosine that two extractors reach of which one may have changed to bfloat16 already."""


def picture(seed: int) -> Image.Image:
    """Draw a picture of coloured blobs."""
    noise = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), dtype=np.uint8)
    return Image.fromarray(noise).resize((320, 200), Image.Resampling.BICUBIC)


@pytest.fixture(scope="module")
def maps(shared: Path) -> vgg16_map.Plugin:
    """Lend the extractor with the real weights, or skip."""
    return vgg16_map.Plugin("cpu", shared / "weights")


def test_without_weights_the_error_names_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALBUMEN_WEIGHTS", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(WeightsMissing, match=r"vgg16_features\.safetensors"):
        vgg16_map.Plugin()


def test_the_whole_map_is_one_unit_vector_and_another_version(maps: vgg16_map.Plugin, vgg: vgg16.Plugin) -> None:
    assert maps.version != vgg.version
    vectors = maps.extract([picture(n) for n in range(3)])
    assert vectors.shape == (3, maps.dim) == (3, 14 * 14 * 512)
    assert vectors.dtype == np.float32
    flat = vgg.maps([picture(2)]).ravel()
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(3), abs=1e-5)
    assert vectors[2] @ flat / np.linalg.norm(flat) > SAME
    assert vectors[1] @ flat / np.linalg.norm(flat) < 0.9
    assert maps.extract([]).shape == (0, maps.dim)


def test_the_pooled_vector_is_made_of_the_map(maps: vgg16_map.Plugin, vgg: vgg16.Plugin) -> None:
    images = [picture(1), picture(2)]
    made = maps.as_given_by(vgg, maps.extract(images))
    assert made is not None
    assert (made * vgg.extract(images)).sum(axis=1).min() > SAME
    assert np.linalg.norm(made, axis=1) == pytest.approx(np.ones(2), abs=1e-5)
    assert vgg.as_given_by(maps, made) is None


def test_no_vector_is_made_for_other_weights(maps: vgg16_map.Plugin, vgg: vgg16.Plugin) -> None:
    others = vgg16.Plugin.__new__(vgg16.Plugin)
    others.version = "of other weights"
    assert maps.as_given_by(others, np.ones((1, maps.dim), np.float32)) is None


def test_a_bad_picture_of_a_batch_stays_alone(maps: vgg16_map.Plugin, vgg: vgg16.Plugin) -> None:
    broken = Image.new("RGB", (9, 9))
    broken.close()
    failures: dict[int, str] = {}
    vectors = maps.extract([picture(1), broken, picture(2)], failures)
    assert list(failures) == [1]
    assert np.isnan(vectors[1]).all()
    pooled = maps.as_given_by(vgg, vectors)
    assert pooled is not None
    assert np.isfinite(pooled).all(axis=1).tolist() == [True, False, True]
