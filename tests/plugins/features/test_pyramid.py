"""Pieces of a picture at the size that a network wants: the right place, the right scale, no aliasing."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw

from plugins.features._pyramid import Pyramid

CPU = torch.device("cpu")


def pyramid(image: Image.Image) -> Pyramid:
    """Make the pyramid that the detector makes."""
    return Pyramid(image, window_px=12, smallest_px=20, device=CPU)


def grey(value: float) -> float:
    """Return a grey level as the networks get it."""
    return (value - 127.5) / 128


@pytest.mark.parametrize(
    ("size", "levels"),
    [
        pytest.param((19, 400), 0, id="narrower than the smallest face"),
        pytest.param((20, 400), 1, id="as wide as the smallest face"),
        pytest.param((1280, 960), 12, id="working size"),
    ],
)
def test_levels_end_where_the_window_is_as_large_as_the_picture(size: tuple[int, int], levels: int) -> None:
    made = pyramid(Image.new("RGB", size)).levels
    assert len(made) == levels
    for level in made:
        height, width = level.pixels.shape[2:]
        assert height % 2 == width % 2 == 0
        assert min(height, width) >= 12
        assert (level.across * size[0], level.down * size[1]) == (width, height)


@pytest.mark.parametrize("size", [24, 48])
@pytest.mark.parametrize(
    "box",
    [
        pytest.param((100, 60, 120, 80), id="small: enlarged from the picture itself"),
        pytest.param((40, 40, 120, 120), id="middle"),
        pytest.param((10, 20, 390, 280), id="large: from a small level"),
        pytest.param((0, 0, 400, 300), id="all of it, not square"),
    ],
)
def test_a_piece_shows_its_box(box: tuple[int, int, int, int], size: int) -> None:
    image = Image.new("RGB", (400, 300), (40, 40, 40))
    left, top, right, bottom = box
    middle = ((left + right) // 2, (top + bottom) // 2)
    ImageDraw.Draw(image).rectangle((left, top, middle[0] - 1, middle[1] - 1), fill=(200, 100, 0))
    (piece,) = pyramid(image).cut(torch.tensor([box], dtype=torch.float32), size)[0].numpy()
    assert piece.shape == (3, size, size)
    quarter = size // 2
    inner = piece[:, 3 : quarter - 3, 3 : quarter - 3]
    assert inner == pytest.approx(
        np.broadcast_to(np.array([grey(200), grey(100), grey(0)])[:, None, None], inner.shape), abs=0.02
    )
    assert piece[:, quarter + 3 :, quarter + 3 :] == pytest.approx(grey(40), abs=0.02)


def test_fine_patterns_become_grey_in_large_pieces() -> None:
    stripes = np.zeros((300, 400, 3), np.uint8)
    stripes[:, ::2] = 255
    (piece,), _ = pyramid(Image.fromarray(stripes)).cut(torch.tensor([[0.0, 0.0, 300.0, 300.0]]), 24)
    assert piece.abs().max() < 0.1


def test_each_piece_knows_its_box() -> None:
    image = Image.new("RGB", (640, 480))
    draw = ImageDraw.Draw(image)
    boxes = [(0, 0, 30, 30), (100, 100, 400, 400), (600, 440, 640, 480), (30, 0, 60, 30)]
    for number, (left, top, right, bottom) in enumerate(boxes):
        draw.rectangle((left, top, right - 1, bottom - 1), fill=(60 * number, 0, 0))
    pieces, order = pyramid(image).cut(torch.tensor(boxes, dtype=torch.float32), 24)
    assert sorted(order.tolist()) == [0, 1, 2, 3]
    for piece, number in zip(pieces, order.tolist(), strict=True):
        assert float(piece[0, 12, 12]) == pytest.approx(grey(60 * number), abs=0.01)


def test_nothing_to_cut() -> None:
    pieces, order = pyramid(Image.new("RGB", (640, 480))).cut(torch.zeros((0, 4)), 24)
    assert (pieces.shape, len(order)) == ((0, 3, 24, 24), 0)
