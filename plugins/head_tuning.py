"""The last layers of a net moved a little, by a loss on what a library knows, and held to where they were shipped."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import torch
from torch import Tensor, nn

STEPS: Final = 200
RATE: Final = 3e-3
HOLD: Final = 0.1
"""Weight of the squared distance from the shipped weights: a few names must not undo what many galleries taught."""


def tune_heads(
    model: nn.Module,
    heads: Sequence[str],
    loss: Callable[[], Tensor],
    *,
    steps: int = STEPS,
    rate: float = RATE,
    hold: float = HOLD,
) -> None:
    """Move the parameters whose names begin with one of `heads`, in place; all others, the convolutions', stay.

    Args:
        model: a net with shipped weights.
        heads: beginnings of parameter names.
        loss: the loss of the model as it is.
        steps: of Adam with a rate that falls as a cosine.
        rate: the first.
        hold: weight of the squared distance from the shipped weights.

    Source: methods 8.6.
    """
    moving = {name: p for name, p in model.named_parameters() if name.startswith(tuple(heads))}
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(name in moving)
    shipped = [p.detach().clone() for p in moving.values()]
    adam = torch.optim.Adam(moving.values(), lr=rate)
    falling = torch.optim.lr_scheduler.CosineAnnealingLR(adam, steps)
    for _ in range(steps):
        adam.zero_grad()
        far = torch.stack([(p - p0).square().sum() for p, p0 in zip(moving.values(), shipped, strict=True)]).sum()
        (loss() + hold * far).backward()  # type: ignore[no-untyped-call]
        adam.step()
        falling.step()
    for parameter in model.parameters():
        parameter.requires_grad_(False)
