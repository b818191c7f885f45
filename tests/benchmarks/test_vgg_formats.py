"""Ways to run VGG16: each answers as float32 does, and what is not installed is said."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from benchmarks import _vgg_bursts as bursts
from benchmarks import vgg_formats
from benchmarks._given_weights import GivenWeights
from benchmarks._vgg_networks import MAKERS, Setting, largest_values, needs


def picture(seed: int) -> Image.Image:
    """Draw a picture of coloured blobs."""
    noise = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), dtype=np.uint8)
    return Image.fromarray(noise).resize((320, 240), Image.Resampling.BICUBIC)


def test_what_is_not_installed_is_a_row(tmp_path, monkeypatch):
    def missing(_: Setting) -> None:
        needs(("no_such_package",), "pip install it")

    monkeypatch.setitem(MAKERS, "openvino_int8", missing)
    setting = Setting(GivenWeights({}, frozenset()), tmp_path, (), 1)
    networks, rows = vgg_formats.made(["openvino_int8"], setting)
    assert not networks
    reason = "no_such_package: pip install it"
    assert rows == [{"method": "openvino_int8", "variant": "speed", "skipped": reason}]


def test_rates_are_of_the_same_repeat():
    row = vgg_formats.columns([(2.0, 1.0), (2.0, 2.0), (8.0, 4.0)], [(0.0, 3.0), (0.0, 4.0), (0.0, 16.0)])
    assert (row["ms"], row["ms_min"], row["ms_max"], row["cpu_ms"]) == (2000, 2000, 8000, 2000)
    assert (row["to_bfloat16"], row["to_bfloat16_min"], row["to_bfloat16_max"]) == (3, 2, 4)


def test_ranges_leave_out_the_last_layer_and_a_share_of_the_numbers():
    chain = torch.nn.Sequential(torch.nn.Conv2d(1, 1, 1, bias=False), torch.nn.ReLU(), *([torch.nn.ReLU()] * 2))
    torch.nn.init.ones_(chain[0].weight)
    pixels = torch.arange(100.0).view(1, 1, 10, 10)
    with torch.inference_mode():
        assert largest_values(chain, pixels, 0.01) == [99.0, 99.0]
        assert largest_values(chain, pixels, 0.05) == [95.0, 95.0]


@pytest.mark.parametrize(
    ("shift", "noticed"),
    [pytest.param(0.0, False, id="only noise and light"), pytest.param(0.03, True, id="a moved camera")],
)
def test_thumbnails_tell_a_moved_camera_from_noise(shift: float, noticed: bool):
    rng = np.random.default_rng(4)
    first = picture(1)
    following = bursts.next_shot(first, shift, rng)
    assert (bursts.difference(first, following) > 3) == noticed
    assert bursts.difference(first, first) == 0


def test_answers_are_compared_with_float32():
    def exact(batch: torch.Tensor) -> torch.Tensor:
        return batch.abs()

    def other(batch: torch.Tensor) -> torch.Tensor:
        return batch.abs() * torch.tensor([1.0, 1.0, 0.0]).view(1, 3, 1, 1)

    pictures = [torch.full((1, 3, 4, 4), value) for value in (-1.0, 2.0, 3.0)]
    networks = {"float32": exact, "onnxruntime_int8": other, "int8": exact}
    rows = vgg_formats.answer_rows(networks, pictures, 0)
    assert [(row["method"], row["variant"]) for row in rows] == [
        *[("onnxruntime_int8", "answers"), ("int8", "answers")],
        *[("int8", "nearest_centre")] * 2,
    ]
    assert rows[0]["cosine_min"] == pytest.approx((2 / 3) ** 0.5)
    assert rows[0]["map_cosine"] == pytest.approx((2 / 3) ** 0.5)
    assert rows[1]["cosine_min"] == pytest.approx(1)
    assert rows[2]["new_min"] == 1


@pytest.mark.parametrize(
    "options",
    [
        pytest.param([], id="no pictures"),
        pytest.param(["--methods", "int8"], id="nothing to compare with"),
        pytest.param(["--repeats", "0"], id="no repeats"),
    ],
)
def test_wrong_use_is_told(tmp_path: Path, options: list[str]):
    for n in range(0 if not options else 12):
        picture(n).save(tmp_path / f"{n:02}.png")
    with pytest.raises(SystemExit):
        vgg_formats.parsed(["--pictures", str(tmp_path), *options])
