"""Training of the strict network, pictures in and covers out, on drawn pictures of simulated users."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, log_softmax

from plugins.covers import CATEGORIES
from plugins.covers._strict_net import WIDTHS, Convolutions, StrictNet, head_of, strict_inputs
from plugins.covers._strict_pictures import drawn_user, what_is_drawn
from plugins.covers._synthetic import TRAINING, SimulatedUser
from plugins.trained_heads import Head

STEPS: Final = 1_000
RATE: Final = 3e-3
SMOOTHING: Final = 0.1
AUXILIARY: Final = 0.2  # weight of the category's loss
GENERIC: Final = 0.35  # of the albums: judged without their history
HISTORY: Final = 24  # of a sample, so that a step stays short
ALBUMS: Final = 6  # of a user a step
USERS: Final = 160
SEEING: Final = 500
SEEING_RATE: Final = 5e-3
SHOWN: Final = 24  # users by whose pictures seeing is learned
SHOWN_PHOTOS: Final = 60
PICTURES: Final = 96  # a step


def train_strict(
    seed: int, users: int = USERS, seeing: int = SEEING, steps: int = STEPS, learned: Sequence[int] = TRAINING
) -> Head:
    """Train the network on drawn pictures; the same for the same seed.

    The convolution units learn first to see what is drawn, then the whole network learns what is chosen.

    A sample is an album (or the frames of a video), its category, its cover and the history; a third of the albums
    are judged without their history, so that the same network is the generic ranker too.

    Args:
        seed: of the network, and of what is drawn beside the users.
        users: how many are learned from.
        seeing: steps in which the convolution units learn to see.
        steps: of descent of the whole network, each on one user.
        learned: seeds of users.

    Source: patent 004 claim 8; methods 8.8.
    """
    torch.manual_seed(seed)
    rng = np.random.default_rng([seed, 6])
    net = StrictNet().train()
    numbers = [learned[number] for number in rng.choice(len(learned), min(users, len(learned)), replace=False)]
    net.begin(_seeing(net.conv2, numbers[:SHOWN], seeing))
    lessons = [lessons_of(drawn_user(number, n_albums=ALBUMS, later=True)) for number in numbers]
    for descend in _descending(net, RATE, steps):
        descend(loss_of(net, lessons[rng.integers(len(lessons))], rng))
    return head_of(net.eval(), seed=str(seed), users=str(users), seeing=str(seeing), steps=str(steps))


def _seeing(conv: Convolutions, numbers: Sequence[int], steps: int) -> Tensor:
    """Let a convolution unit learn to see what is drawn: faces, colours, stripes, light, blur; return some pictures."""
    drawn = [what_is_drawn(number, SHOWN_PHOTOS) for number in numbers]
    pixels = torch.from_numpy(np.concatenate([each for each, _ in drawn])).permute(0, 3, 1, 2)
    shown = torch.from_numpy(np.concatenate([each for _, each in drawn]))
    shown = (shown - shown.mean(dim=0)) / shown.std(dim=0).clamp(min=1e-3)
    told = torch.nn.Linear(2 * WIDTHS[-1], shown.shape[1])
    both = torch.nn.ModuleList([conv, told])
    for descend in _descending(both, SEEING_RATE, steps):
        some = torch.randperm(len(pixels))[:PICTURES]
        descend(torch.nn.functional.mse_loss(told(conv.pooled(pixels[some])), shown[some]))
    return pixels[: 8 * PICTURES]


def _descending(net: torch.nn.Module, rate: float, steps: int) -> Iterator[Callable[[Tensor], None]]:
    """Yield, for each step, what is to be called with its loss."""
    adam = torch.optim.AdamW(net.parameters(), rate, weight_decay=1e-4)
    plan = torch.optim.lr_scheduler.OneCycleLR(adam, rate, total_steps=max(steps, 1))

    def descend(loss: Tensor) -> None:
        adam.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        adam.step()
        plan.step()

    for _ in range(steps):
        yield descend


def loss_of(net: StrictNet, samples: Sequence[Sample], rng: np.random.Generator) -> Tensor:
    """Return the mean cross-entropy of the covers of a user, and of the categories beside it."""
    sizes = [len(sample.candidates) for sample in samples]
    x = net.conv2(torch.cat([sample.candidates for sample in samples]).float() / 255).split(sizes)
    pasts = [sample.history[:0] if rng.random() < GENERIC else sample.history for sample in samples]
    e = net.conv1(torch.cat(pasts).float() / 255).split([len(past) for past in pasts])
    losses = []
    for sample, x_of_one, e_of_one in zip(samples, x, e, strict=True):
        judged = net(x_of_one, e_of_one)
        cover = -(sample.wanted * log_softmax(judged.z, dim=0)).sum()
        losses.append(cover + AUXILIARY * cross_entropy(judged.category, sample.category))
    return torch.stack(losses).mean()


def lessons_of(user: SimulatedUser) -> list[Sample]:
    """Return the albums of a user as samples."""
    return [Sample.of(user, number) for number in range(len(user.chosen))]


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """An album as the network takes it: pictures (k, 3, 64, 64) and (m, 3, 64, 64), how probable each cover is (k,).

    Pictures are bytes, so that many users have room.
    """

    candidates: Tensor
    history: Tensor
    wanted: Tensor
    category: Tensor

    @classmethod
    def of(cls, user: SimulatedUser, number: int) -> Sample:
        album = user.chosen[number].album
        liked = album.history[:: 1 + len(album.history) // HISTORY]
        wanted = (1 - SMOOTHING) * np.exp(user.odds[number]) + SMOOTHING / len(album.candidates)
        return cls(
            (255 * strict_inputs(user.pictures, album.candidates)).byte(),
            (255 * strict_inputs(user.pictures, liked)).byte(),
            torch.from_numpy(wanted.astype(np.float32)),
            torch.tensor(CATEGORIES.index(album.category)),
        )
