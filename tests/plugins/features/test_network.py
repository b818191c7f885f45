"""The number format of networks: bfloat16 only after it gave the same answers on what the network really gets."""

from __future__ import annotations

import pytest
import torch
from facenet_pytorch import ONet, RNet
from torch import Tensor, nn

from plugins.features._mtcnn_nets import InBlocks, RowMaxPool, RowPReLU
from plugins.features._network import COMPARED, Network
from plugins.features.meter import Meter, measured_by

CPU = torch.device("cpu")


class Difference(nn.Module):
    """Tells apart what bfloat16 cannot: 256.5 and 256 are one number there."""

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([x - 256, 256.25 - x], dim=1)


class Scaled(nn.Module):
    """Answers twice, as a detector does."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Conv2d(3, 8, 3)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        y = self.layer(x)
        return y, y.mean((2, 3))


def batch(n: int, value: float | None = None) -> Tensor:
    """Make n pictures of noise, or of one value."""
    if value is not None:
        return torch.full((n, 3, 8, 8), value)
    return torch.rand((n, 3, 8, 8), generator=torch.Generator().manual_seed(n))


def is_rounded(answer: Tensor) -> bool:
    """Say whether all numbers are such as bfloat16 has."""
    return bool((answer == answer.bfloat16().float()).all())


def test_bfloat16_is_used_once_enough_answers_agree() -> None:
    network = Network(Scaled(), CPU, "face net", bfloat16=True)
    compared = network(batch(COMPARED))
    after = network(batch(COMPARED))
    assert not is_rounded(compared[0])  # float32 while it is compared
    assert is_rounded(after[0])
    for exact, quick in zip(compared, after, strict=True):
        assert quick.dtype == torch.float32
        assert torch.cosine_similarity(exact.flatten(1), quick.flatten(1)).min() > 0.999


def test_a_network_that_bfloat16_spoils_stays_in_float32() -> None:
    network = Network(Difference(), CPU, "face net", bfloat16=True)
    for _ in range(3):
        (answer,) = network(batch(COMPARED, 256.5))
        assert answer[0, :, 0, 0].tolist() == [0.5, 0.5, 0.5, -0.25, -0.25, -0.25]


def test_few_answers_are_not_enough() -> None:
    network = Network(Scaled(), CPU, "face net", bfloat16=True)
    for _ in range(COMPARED // 8):
        assert not is_rounded(network(batch(8))[0])
    assert is_rounded(network(batch(8))[0])


def test_coordinates_stay_in_float32() -> None:
    network = Network(Scaled(), CPU, "landmark net", bfloat16=False)
    network(batch(COMPARED))
    assert not is_rounded(network(batch(COMPARED))[0])


@pytest.mark.parametrize("format_tried", [pytest.param(True, id="bfloat16"), pytest.param(False, id="float32")])
def test_forward_passes_are_counted(format_tried: bool) -> None:
    meter = Meter()
    network = Network(Scaled(), CPU, "face net", bfloat16=format_tried)
    with measured_by(meter):
        network(batch(2))
    network(batch(2))  # nobody counts this one
    assert meter.forward_s == meter.seconds["face net"] > 0
    assert list(meter.seconds) == ["face net"]


@pytest.mark.parametrize(
    ("size", "side"),
    [(2, 8), (2, 22), (3, 5), (3, 8), (3, 9), (3, 22), (3, 46)],
)
def test_pooling_by_rows_is_pooling(size: int, side: int) -> None:
    maps = torch.randn((3, 5, side, side + 2), generator=torch.Generator().manual_seed(side))
    expected = torch.nn.functional.max_pool2d(maps, size, 2, ceil_mode=True)
    assert torch.equal(RowMaxPool(size)(maps.contiguous(memory_format=torch.channels_last)), expected)


@pytest.mark.parametrize("shape", [(4, 6), (2, 6, 3, 5)])
def test_prelu_by_rows_is_prelu(shape: tuple[int, ...]) -> None:
    layer = nn.PReLU(6)
    layer.weight.data = torch.linspace(-1.5, 1.5, 6)
    values = torch.randn(shape, generator=torch.Generator().manual_seed(1))
    assert torch.equal(RowPReLU(layer)(values), layer(values))


@pytest.mark.parametrize(("net", "size"), [(RNet, 24), (ONet, 48)])
@pytest.mark.parametrize("n", [pytest.param(1, id="filled up"), pytest.param(4, id="whole")])
def test_a_network_in_blocks_gives_the_same_answers(net: type[nn.Module], size: int, n: int) -> None:
    plain = net(pretrained=True).eval()
    pieces = torch.rand((n, 3, size, size), generator=torch.Generator().manual_seed(n)) * 2 - 1
    with torch.inference_mode():
        expected = plain(pieces)
        answers = InBlocks(plain, size, filled_to=4)(pieces.flatten(1)[:, :, None, None])
    for answer, same in zip(answers, expected, strict=True):
        assert answer.shape == same.shape
        assert answer.numpy() == pytest.approx(same.numpy(), abs=1e-4)
