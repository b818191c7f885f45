"""Eight bits: the same answers as float32 on real pictures, and left out on processors that get them wrong."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from plugins.features import vgg16
from plugins.features._network import lowest_cosine
from plugins.features._quantised import Quantised, drawn_pictures, pooled, quantised

MEAN = (120.0, 110.0, 100.0)
SIDE_PX = 16


def has_int8() -> bool:
    """Say whether this processor adds products of bytes in 32 bits."""
    flags = Path("/proc/cpuinfo").read_text() if sys.platform == "linux" else ""
    return any(name in flags for name in ("avx512_vnni", "avx_vnni"))


needs_int8 = pytest.mark.skipif(not has_int8(), reason="the processor adds products of bytes in 16 bits")


def chain() -> nn.Sequential:
    """Make a small network of the kind, the same one each time."""
    torch.manual_seed(5)
    layers = [nn.Conv2d(3, 32, 3, padding=1), nn.ReLU(), nn.Conv2d(32, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
    return nn.Sequential(*layers, nn.Conv2d(32, 64, 3, padding=1), nn.ReLU())


def largest(network: nn.Sequential, pictures: torch.Tensor) -> list[float]:
    """Return the largest value after each ReLU but the last."""
    found = []
    with torch.inference_mode():
        for layer in network:
            pictures = layer(pictures)
            if isinstance(layer, nn.ReLU):
                found.append(pictures.max().item())
    return found[:-1]


def pictures(n: int = 3) -> torch.Tensor:
    return drawn_pictures(n, SIDE_PX) - torch.tensor(MEAN).view(1, 3, 1, 1)


@needs_int8
def test_answers_are_those_of_float32() -> None:
    network, batch = chain(), pictures()
    quick = Quantised(network, largest(network, batch), MEAN)
    with torch.inference_mode():
        exact, found = network(batch), quick(batch)
        assert found.dtype == torch.float32
        assert lowest_cosine((exact,), (found,)) > 0.999
        edge = (..., slice(0, 1), slice(None))  # where the frame is
        assert lowest_cosine((exact[edge],), (found[edge],)) > 0.999
        assert torch.equal(quick(batch[1:2])[0], found[1])


@needs_int8
@pytest.mark.parametrize(
    ("share", "is_taken"),
    [
        pytest.param(1.0, True, id="the ranges hold what the layers give"),
        pytest.param(0.02, False, id="most values are cut off"),
        pytest.param(500.0, False, id="a step is larger than most values"),
    ],
)
def test_other_answers_than_those_of_float32_are_not_taken(share: float, is_taken: bool) -> None:
    network = chain()
    ranges = [value * share for value in largest(network, pictures())]
    assert (quantised(network, ranges, MEAN, SIDE_PX, forced=True) is not None) == is_taken


def test_pooling_bytes_is_pooling() -> None:
    maps = torch.randint(0, 256, (2, 5, 6, 8), generator=torch.Generator().manual_seed(1)).to(torch.uint8)
    expected = torch.nn.functional.max_pool2d(maps.float(), 2)
    assert torch.equal(pooled(maps.contiguous(memory_format=torch.channels_last)).float(), expected)


def real_pictures(shared: Path, n: int) -> list[Image.Image]:
    """Return pictures of different kinds that the ranges were not measured on, or skip."""
    kinds = sorted((shared / "tags" / "caltech101_dev").glob("*/"))
    if not kinds:
        pytest.skip("needs the shared pictures of caltech101_dev")
    return [Image.open(sorted(kind.glob("*.jpg"))[1]) for kind in kinds[:n]]


@needs_int8
def test_real_pictures_have_the_vectors_of_float32(shared: Path, vgg: vgg16.Plugin) -> None:
    quick = vgg16.Plugin("cpu", shared / "weights", number_format="int8")
    images = real_pictures(shared, 8)
    exact, found = vgg.maps(images), quick.maps(images)
    assert not np.array_equal(exact, found)
    assert np.sum(vgg16.pooled(exact) * vgg16.pooled(found), axis=1).min() > 0.995
    assert lowest_cosine((torch.from_numpy(exact),), (torch.from_numpy(found),)) > 0.99


SATURATING = """
import sys, numpy as np, torch
from PIL import Image
from plugins.features import vgg16
torch.set_num_threads(1)
image = Image.fromarray(np.random.default_rng(3).integers(0, 256, (6, 8, 3), dtype=np.uint8)).resize((64, 64))
maps = [vgg16.Plugin("cpu", number_format=name).maps([image]) for name in ("float32", "int8")]
print(np.array_equal(*maps))
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the variable is that of x86's kernels")
def test_a_processor_that_saturates_stays_with_the_other_formats(shared: Path) -> None:
    """With AVX2 alone bytes are multiplied and added in 16 bits: VGG16's map turns by 30 degrees and more."""
    variables = {"ONEDNN_MAX_CPU_ISA": "AVX2", "ALBUMEN_WEIGHTS": str(shared / "weights"), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", SATURATING], env=os.environ | variables, capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == "True", done.stderr
