"""What it would cost to give the next picture of a burst the VGG16 vector of the one before."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from benchmarks._sides import Row, Vectors
from plugins.features import vgg16
from plugins.features._faces import unit

SHIFTS: Final = (0.0, 0.002, 0.005, 0.01, 0.03)
"""How far the camera moves between two pictures, as shares of their width."""

LIGHT: Final = 0.02
NOISE: Final = 2.0
THUMBNAIL_PX: Final = 32


def burst_rows(
    networks: Mapping[str, Callable[[Tensor], Tensor]], pictures: Sequence[Image.Image], seed: int
) -> list[Row]:
    """Return a row for each shift: how far the thumbnails differ, and the cosine of both pictures' own vectors."""
    network = networks.get("int8", networks["float32"])
    firsts = np.concatenate([_vector(network, picture) for picture in pictures])
    rows: list[Row] = []
    for shift in SHIFTS:
        rng = np.random.default_rng(seed)
        nexts = [next_shot(picture, shift, rng) for picture in pictures]
        differences = [difference(a, b) for a, b in zip(pictures, nexts, strict=True)]
        cosines = np.sum(firsts * np.concatenate([_vector(network, one) for one in nexts]), axis=1)
        row: Row = {"method": "next_of_burst", "variant": "bursts", "shift": shift, "photos": len(pictures)}
        row |= {"difference": float(np.median(differences)), "difference_max": max(differences)}
        rows.append(row | {"cosine": float(np.median(cosines)), "cosine_min": float(cosines.min())})
    return rows


def next_shot(picture: Image.Image, shift: float, rng: np.random.Generator) -> Image.Image:
    """Simulate the next picture of a burst: moved in a direction drawn by lot, a little brighter, with other noise."""
    angle = rng.uniform(0, 2 * np.pi)
    dx, dy = shift * picture.width * np.cos(angle), shift * picture.width * np.sin(angle)
    moved = picture.convert("RGB").transform(
        picture.size, Image.Transform.AFFINE, (1, 0, dx, 0, 1, dy), Image.Resampling.BILINEAR
    )
    inner = moved.crop((abs(dx) + 1, abs(dy) + 1, moved.width - abs(dx) - 1, moved.height - abs(dy) - 1))
    pixels = np.asarray(inner, dtype=np.float64) * (1 + rng.uniform(-LIGHT, LIGHT))
    return Image.fromarray(np.clip(pixels + rng.normal(0, NOISE, pixels.shape), 0, 255).astype(np.uint8))


def difference(a: Image.Image, b: Image.Image) -> float:
    """Return the mean difference of two pictures' thumbnails, in grey levels of 0 to 255."""
    one, other = (
        np.asarray(image.convert("L").resize((THUMBNAIL_PX, THUMBNAIL_PX), Image.Resampling.BOX), dtype=np.float64)
        for image in (a, b)
    )
    return float(np.abs(one - other).mean())


def _vector(network: Callable[[Tensor], Tensor], picture: Image.Image) -> Vectors:
    with torch.inference_mode():
        return unit(network(vgg16.prepared(picture)).mean((2, 3)).numpy())
