"""Training of the strict network, pictures in and covers out, on drawn pictures of simulated users."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, log_softmax

from plugins.covers import CATEGORIES
from plugins.covers._strict_net import StrictNet, head_of, strict_inputs
from plugins.covers._strict_pictures import drawn_user
from plugins.covers._synthetic import TRAINING, SimulatedUser
from plugins.people._heads import Head

STEPS: Final = 1_200
RATE: Final = 3e-3
SMOOTHING: Final = 0.1
AUXILIARY: Final = 0.2  # weight of the category's loss
GENERIC: Final = 0.25  # of the albums: judged without their history
HISTORY: Final = 24  # of a sample, so that a step stays short
ALBUMS: Final = 6  # of a user a step


def train_strict(seed: int, steps: int = STEPS, learned: Sequence[int] = TRAINING) -> Head:
    """Train the network on drawn pictures, each step on a user not seen before; the same for the same seed.

    A sample is an album (or the frames of a video), its category, its cover and the history; a quarter of the albums
    are judged without their history, so that the same network is the generic ranker too.

    Args:
        seed: of the network, and of what is drawn beside the users.
        steps: of descent, each on one user.
        learned: seeds of users.

    Source: patent 004 claim 8; methods 8.8.
    """
    torch.manual_seed(seed)
    rng = np.random.default_rng([seed, 6])
    net = StrictNet().train()
    adam = torch.optim.AdamW(net.parameters(), RATE, weight_decay=1e-4)
    rate = torch.optim.lr_scheduler.OneCycleLR(adam, RATE, total_steps=steps)
    for number in rng.choice(len(learned), steps, replace=steps > len(learned)).tolist():
        user = drawn_user(learned[number], n_albums=ALBUMS, later=True)
        adam.zero_grad()
        loss_of(net, user, rng).backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        adam.step()
        rate.step()
    return head_of(net.eval(), seed=str(seed), steps=str(steps))


def loss_of(net: StrictNet, user: SimulatedUser, rng: np.random.Generator) -> Tensor:
    """Return the mean cross-entropy of the covers of a user, and of the categories beside it."""
    samples = [_Sample.of(user, number, rng) for number in range(len(user.chosen))]
    candidates = net.conv2(torch.cat([sample.candidates for sample in samples]))
    history = net.conv1(torch.cat([sample.history for sample in samples]))
    x = candidates.split([len(sample.candidates) for sample in samples])
    e = history.split([len(sample.history) for sample in samples])
    losses = []
    for sample, x_of_one, e_of_one in zip(samples, x, e, strict=True):
        judged = net(x_of_one, e_of_one)
        cover = -(sample.wanted * log_softmax(judged.z, dim=0)).sum()
        losses.append(cover + AUXILIARY * cross_entropy(judged.category, sample.category))
    return torch.stack(losses).mean()


@dataclass(frozen=True, slots=True, eq=False)
class _Sample:
    """An album as the network takes it: pictures (k, 3, 64, 64) and (m, 3, 64, 64), how probable each cover is (k,)."""

    candidates: Tensor
    history: Tensor
    wanted: Tensor
    category: Tensor

    @classmethod
    def of(cls, user: SimulatedUser, number: int, rng: np.random.Generator) -> _Sample:
        album = user.chosen[number].album
        liked = album.history if rng.random() >= GENERIC else album.history[:0]
        if len(liked) > HISTORY:
            liked = np.sort(rng.choice(liked, HISTORY, replace=False))
        wanted = (1 - SMOOTHING) * np.exp(user.odds[number]) + SMOOTHING / len(album.candidates)
        return cls(
            strict_inputs(user.pictures, album.candidates),
            strict_inputs(user.pictures, liked),
            torch.from_numpy(wanted.astype(np.float32)),
            torch.tensor(CATEGORIES.index(album.category)),
        )
