"""Which candidates a network looks at: the surest about each place, and the others where that one leaves a doubt."""

from __future__ import annotations

import pytest
import torch
from PIL import Image
from torch import Tensor, nn

from plugins.features._mtcnn import _Look, _surest_first
from plugins.features._network import Network
from plugins.features._pyramid import Pyramid

CPU = torch.device("cpu")
DOUBT = (0.3, 0.7)

A, NEAR_A, B, NEAR_B = ((x, 10, x + 24, 34) for x in (10, 13, 90, 93))
"""Two places; about each two candidates that share 0.78."""


class Brightness(nn.Module):
    """Takes bright pieces for faces: probability 0 for black, 1 for white."""

    def forward(self, pieces: Tensor) -> tuple[Tensor, Tensor]:
        """Answer with a corner number that is the probability again, and the probabilities of no face and a face."""
        face = pieces.mean(dim=(1, 2, 3))[:, None] / 2 + 0.5
        return face, torch.cat([1 - face, face], dim=1)


def looked_at(boxes: list[tuple[tuple[int, ...], float]], left: int, right: int) -> list[tuple[int, float]]:
    """Return the left edge of each candidate looked at and its answer, on a picture whose halves have those greys."""
    picture = Image.new("RGB", (160, 60), (left, left, left))
    picture.paste((right, right, right), (80, 0, 160, 60))
    look = _Look(Network(Brightness(), CPU, "brightness", bfloat16=False), 24, (1, 2), 2, alike=0.4, doubt=DOUBT)
    candidates = torch.tensor([[*box, score] for box, score in boxes]).reshape(-1, 5)
    seen, corner, face = _surest_first(look, Pyramid(picture, 12, 20, CPU), candidates)
    assert len(seen) == len(corner) == len(face)
    assert torch.equal(corner[:, 0], face[:, 1])
    return sorted((int(box[0]), round(float(answer), 1)) for box, answer in zip(seen, face[:, 1], strict=True))


@pytest.mark.parametrize(
    ("boxes", "left", "right", "expected"),
    [
        pytest.param([(A, 0.9), (NEAR_A, 0.8)], 230, 0, [(10, 0.9)], id="a sure face: the surest alone"),
        pytest.param([(A, 0.8), (NEAR_A, 0.9)], 230, 0, [(13, 0.9)], id="the surest is not the first one"),
        pytest.param([(A, 0.9), (NEAR_A, 0.8)], 25, 0, [(10, 0.1)], id="surely no face: the surest alone"),
        pytest.param([(A, 0.9), (NEAR_A, 0.8)], 128, 0, [(10, 0.5), (13, 0.5)], id="a doubt: both"),
        pytest.param(
            [(A, 0.9), (NEAR_A, 0.8), (B, 0.9), (NEAR_B, 0.8)],
            230,
            128,
            [(10, 0.9), (90, 0.5), (93, 0.5)],
            id="a doubt at one place does not reach another",
        ),
        pytest.param(
            [(A, 0.9), ((25, 10, 49, 34), 0.8)], 230, 0, [(10, 0.9), (25, 0.9)], id="they share 0.23: two places"
        ),
        pytest.param(
            [((-60, 10, -36, 34), 0.9), (A, 0.8), (NEAR_A, 0.7)],
            128,
            0,
            [(10, 0.5), (13, 0.5)],
            id="the first lies beyond the picture",
        ),
        pytest.param([], 128, 128, [], id="no candidates"),
    ],
)
def test_others_about_a_place_are_looked_at_where_the_surest_leaves_a_doubt(
    boxes: list[tuple[tuple[int, ...], float]], left: int, right: int, expected: list[tuple[int, float]]
) -> None:
    assert looked_at(boxes, left, right) == expected
