"""What the machine can do: the rate of matrix products, and VGG16 alone against it."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable
from typing import Final

import numpy as np
import torch
from PIL import Image

from benchmarks._given_weights import GivenWeights, loaded, vgg16_features
from benchmarks._sides import Row
from plugins.features import vgg16

FORMATS: Final = {"float32": torch.float32, "bfloat16": torch.bfloat16}
SIDE_PX: Final = 224
PICTURES_AT_ONCE: Final = 16


def machine() -> str:
    """Say in one line what this runs on."""
    return (
        f"{platform.machine()}, {os.cpu_count()} cores, {processor()}, Python {platform.python_version()}, "
        f"torch {torch.__version__}, {torch.get_num_threads()} threads, numpy {np.__version__}"
    )


def processor() -> str:
    """Return the processor's name as Linux has it, elsewhere what Python knows."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:  # noqa: PTH123 - not a file that a user has
            names = [line.partition(":")[2].strip() for line in file if line.startswith("model name")]
    except OSError:
        names = []
    return names[0] if names else platform.processor()


def machine_rows(
    given: GivenWeights, matrix_side: int, repeats: int, threads: int | None, at_once: int = PICTURES_AT_ONCE
) -> list[Row]:
    """Measure matrix products and VGG16 alone in each number format, and VGG16 as our extractor runs it.

    `gflop_per_s` is the fastest of the repeats, and counts a multiplication and an addition as two operations;
    `share_of_matrix_product` is against the product in the same format, for ours against the faster one.
    """
    if threads:
        torch.set_num_threads(threads)
    given.make_known()
    with torch.inference_mode():
        products = {name: product_rate(dtype, matrix_side, repeats) for name, dtype in FORMATS.items()}
        alone = {name: vgg16_rate(given, dtype, repeats, at_once) for name, dtype in FORMATS.items()}
        alone["ours"] = our_vgg16_rate(given, repeats, at_once)
    rows: list[Row] = [
        {"method": name, "variant": f"matrix_product_{matrix_side}", "gflop_per_s": rate}
        for name, rate in products.items()
    ]
    for name, rate in alone.items():
        peak = products.get(name, max(products.values()))
        row = {"method": name, "variant": "vgg16_alone", "gflop_per_s": rate, "share_of_matrix_product": rate / peak}
        rows.append(row | {"photos_per_s": rate / vgg16_gflop()})
    return rows


def product_rate(dtype: torch.dtype, side: int, repeats: int) -> float:
    """Return GFLOP/s of the product of two square matrices."""
    a, b = torch.randn((2, side, side)).to(dtype)
    return 2 * side**3 / 1e9 / _fastest_s(lambda: a @ b, repeats)


def vgg16_rate(given: GivenWeights, dtype: torch.dtype, repeats: int, at_once: int) -> float:
    """Return GFLOP/s of VGG16's convolutions on a batch, channels last."""
    layout = torch.channels_last
    network = vgg16_features()
    network.load_state_dict(loaded(given.files["vgg16"]))
    network = network.eval().to(dtype).to(memory_format=layout)
    batch = torch.ones((at_once, 3, SIDE_PX, SIDE_PX), dtype=dtype).contiguous(memory_format=layout)
    return at_once * vgg16_gflop() / _fastest_s(lambda: network(batch), repeats)


def our_vgg16_rate(given: GivenWeights, repeats: int, at_once: int) -> float:
    """Return GFLOP/s of our extractor on pictures that have VGG16's size already, its own work around it included."""
    extractor = vgg16.Plugin(weights_dir=given.folder)
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 256, (at_once, SIDE_PX, SIDE_PX, 3), dtype=np.uint8)
    pictures = [Image.fromarray(one) for one in noise]
    for _ in range(2):  # the first 32 pictures run in both formats
        extractor.extract(pictures)
    return at_once * vgg16_gflop() / _fastest_s(lambda: extractor.extract(pictures), repeats)


def vgg16_gflop() -> float:
    """Return the work of one picture, from the layers: 30.7 GFLOP up to block5_conv3."""
    flop, side = 0, SIDE_PX
    with torch.device("meta"):
        layers = vgg16_features()
    for layer in layers:
        if isinstance(layer, torch.nn.Conv2d):
            flop += 2 * layer.weight.numel() * side * side
        elif isinstance(layer, torch.nn.MaxPool2d):
            side //= 2
    return flop / 1e9


def _fastest_s(work: Callable[[], object], repeats: int) -> float:
    work()  # the first one plans
    return min(_seconds(work) for _ in range(repeats))


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
