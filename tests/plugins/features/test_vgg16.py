"""VGG16 features: the right layer, the right input, and a batch that survives a bad picture."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from safetensors.torch import load_file
from torch.nn.functional import conv2d, max_pool2d, relu

from plugins.features import ExtractionFailed, vgg16
from plugins.features.weights import WeightsMissing


def picture(seed: int, size: tuple[int, int] = (320, 200)) -> Image.Image:
    """Draw a picture of coloured blobs."""
    noise = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), dtype=np.uint8)
    return Image.fromarray(noise).resize(size, Image.Resampling.BICUBIC)


class Unreadable(Image.Image):
    """A picture whose pixels cannot be read any more."""

    def convert(self, *args: object, **settings: object) -> Image.Image:
        raise OSError("image file is truncated")


def test_input_is_rgb_minus_the_mean_and_not_cropped() -> None:
    image = Image.new("RGB", (400, 100), (10, 20, 30))
    image.paste((200, 100, 50), (0, 0, 200, 100))
    pixels = vgg16.prepared(image)[0].permute(1, 2, 0).numpy()
    assert pixels.shape == (224, 224, 3)
    assert pixels[100, 0] == pytest.approx(np.array([200 - 123.68, 100 - 116.779, 50 - 103.939]), abs=1e-4)
    assert pixels[100, 223] == pytest.approx(np.array([10 - 123.68, 20 - 116.779, 30 - 103.939]), abs=1e-4)


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "CMYK", "1"])
def test_other_modes_are_read_as_rgb(mode: str) -> None:
    assert vgg16.prepared(Image.new("RGB", (9, 9), "white").convert(mode)).numpy().max() == pytest.approx(255 - 103.939)


def test_without_weights_the_error_names_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALBUMEN_WEIGHTS", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(WeightsMissing, match=r"vgg16_features\.safetensors"):
        vgg16.Plugin()


def test_map_is_block5_conv3_after_its_relu(vgg: vgg16.Plugin, shared: Path) -> None:
    image = picture(1)
    state = load_file(shared / "weights" / "vgg16_features.safetensors")
    x = vgg16.prepared(image)
    # Written out from Simonyan & Zisserman, table 1, column D.
    for block in ((0, 2), (5, 7), (10, 12, 14), (17, 19, 21), (24, 26, 28)):
        for layer in block:
            x = relu(conv2d(x, state[f"{layer}.weight"].float(), state[f"{layer}.bias"].float(), padding=1))
        x = x if block[0] == 24 else max_pool2d(x, 2)
    expected = x[0].permute(1, 2, 0).numpy()
    assert vgg.maps([image])[0] == pytest.approx(expected, rel=1e-3, abs=1e-2)
    mean = expected.mean(axis=(0, 1))
    assert vgg.extract([image])[0] == pytest.approx(mean / np.linalg.norm(mean), abs=1e-4)


def test_map_is_as_recorded(vgg: vgg16.Plugin) -> None:
    """Compare with numbers of a separate program: Pillow's bilinear resize, and convolutions in float64."""
    y, x = np.mgrid[0:300, 0:400]
    board = ((x // 25 + y // 25) % 2) * 200 + 20
    image = Image.fromarray(np.stack([x * 255 / 399, y * 255 / 299, board], axis=2).astype(np.uint8))
    (made,) = vgg.maps([image])
    assert made.shape == (14, 14, 512)
    # One grey level of the resized picture is worth up to 0.5 % of the map.
    strongest = {328: 7.965, 186: 6.937, 276: 6.171, 444: 5.662, 502: 4.542, 369: 4.480}
    means = made.mean(axis=(0, 1))
    assert {channel: means[channel] for channel in np.argsort(-means)[:6].tolist()} == pytest.approx(
        strongest, rel=0.02
    )
    recorded = [(0, 0, 444, 83.76), (3, 5, 229, 11.64), (7, 7, 369, 19.27), (9, 12, 369, 5.04), (13, 13, 502, 70.14)]
    for row, column, channel, value in recorded:
        assert made[row, column].argmax() == channel
        assert made[row, column, channel] == pytest.approx(value, rel=0.05)
    assert np.linalg.norm(made) == pytest.approx(763.88, rel=0.01)


def test_vectors_are_unit_and_do_not_depend_on_the_batch(vgg: vgg16.Plugin) -> None:
    images = [picture(seed) for seed in range(3)]
    together = vgg.extract(images)
    assert together.shape == (3, vgg.dim) == (3, 512)
    assert together.dtype == np.float32
    assert np.linalg.norm(together, axis=1) == pytest.approx(np.ones(3), abs=1e-5)
    assert vgg.extract(images[1:2])[0] == pytest.approx(together[1], abs=1e-5)
    assert vgg.extract([]).shape == (0, 512)


def test_a_bad_picture_of_a_batch_stays_alone(vgg: vgg16.Plugin) -> None:
    failures: dict[int, str] = {}
    images = [picture(1), Unreadable(), picture(2)]
    vectors = vgg.extract(images, failures)
    assert failures == {1: "OSError: image file is truncated"}
    assert np.isnan(vectors[1]).all()
    assert vectors[[0, 2]] == pytest.approx(vgg.extract([images[0], images[2]]), abs=1e-5)
    with pytest.raises(ExtractionFailed, match="picture 1 of the batch"):
        vgg.extract(images)


def test_pictures_of_one_kind_are_neighbours(shared: Path) -> None:
    folder = shared / "tags" / "caltech101_dev"
    if not folder.is_dir():
        pytest.skip("needs the shared pictures of caltech101_dev")
    kinds = sorted(p for p in folder.iterdir() if p.is_dir())[:6]
    files = [f for kind in kinds for f in sorted(kind.glob("*.jpg"))[:4]]
    vectors = vgg16.Plugin("cpu", shared / "weights").extract([Image.open(f) for f in files])
    near = vectors @ vectors.T - 2 * np.eye(len(files))
    right = [files[i].parent == files[j].parent for i, j in enumerate(near.argmax(axis=1))]
    assert np.mean(right) >= 0.6  # random weights give about 0.25
