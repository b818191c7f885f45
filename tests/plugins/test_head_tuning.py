"""The head moves towards what is wanted, held to where it was; the rest of the net stays as it is."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from plugins.head_tuning import tune_heads


@pytest.fixture
def net() -> nn.Sequential:
    torch.set_num_threads(1)
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 1))


def state(net: nn.Module) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in net.state_dict().items()}


def wrong(net: nn.Module) -> torch.Tensor:
    return (net(torch.eye(3)) - 5).square().mean()


def test_only_the_head_moves_and_the_loss_falls(net):
    before, at_first = state(net), float(wrong(net).detach())
    tune_heads(net, ["2."], lambda: wrong(net), steps=50, hold=0.0)
    after = state(net)
    assert all(torch.equal(before[name], after[name]) for name in ("0.weight", "0.bias"))
    assert not torch.equal(before["2.weight"], after["2.weight"])
    assert float(wrong(net)) < at_first
    assert not any(p.requires_grad for p in net.parameters())


def test_the_firmer_it_is_held_the_less_it_moves(net):
    shipped, moved = state(net), []
    for hold in (0.0, 1.0, 100.0):
        net.load_state_dict(shipped)
        tune_heads(net, ["2."], lambda: wrong(net), steps=50, hold=hold)
        moved.append(float((net[2].bias - shipped["2.bias"]).detach().norm()))
    assert moved[0] > moved[1] > moved[2]


def test_the_same_training_gives_the_same_net(net):
    shipped, found = state(net), []
    for _ in range(2):
        net.load_state_dict(shipped)
        tune_heads(net, ["2."], lambda: wrong(net), steps=10)
        found.append(state(net)["2.weight"])
    assert torch.equal(*found)
