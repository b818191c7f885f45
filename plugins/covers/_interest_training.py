"""Training of the interest network: on simulated users before it is shipped, on one user's own covers afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy, log_softmax

from plugins.covers import Chosen, Floats, Pictures
from plugins.covers._interest_head import SHIPPED, head_of, loaded, net_of
from plugins.covers._interest_inputs import AXES, Batch, batch_of, looks_of
from plugins.covers._interest_net import ALL, InterestNet, Judged, Options
from plugins.covers._synthetic import TRAINING, simulate
from plugins.head_tuning import tune_heads
from plugins.trained_heads import Head, save_head

USERS: Final = 700
STEPS: Final = 1_600
GRU_SHARE: Final = 10
AT_ONCE: Final = 4  # users a step
RATE: Final = 3e-3
GRU_RATE: Final = 1e-3
WEIGHING: Final = ("match", "near", "lean", "bias")
WEIGHING_RATE: Final = 1e-2
DECAYING: Final = ("fc.", "gru", "tells.")
DECAY: Final = 1e-2
SMOOTHING: Final = 0.1
AUXILIARY: Final = 0.2  # weight of the category's loss
HISTORY: Final = 64
HALF_SIGNALS: Final = 50  # as `acceptance` shrinks
SIGNALS: Final = (None, None, None, 100, 100, 200, 60, 30, 0)
BLIND: Final = 0.25  # of the users: how favourites are foretold where they are what is learned
GENERIC: Final = 0.3  # of the albums: judged without their history

TUNED: Final = ("fc.", "fc_category.", "out.", "match", "near", "lean", "bias")
TUNING_STEPS: Final = 150
TUNING_RATE: Final = 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class Lesson:
    """Albums of one user: what the network is given, and what it should say.

    Args:
        batch: a albums.
        wanted: how probably each candidate is the cover, rows sum to 1, shape (a, k).
        category: number of what each album is of, shape (a,).
        weight: how much each album counts, shape (a,).
    """

    batch: Batch
    wanted: Tensor
    category: Tensor
    weight: Tensor


def train_interest(seed: int, users: int = USERS, steps: int = STEPS, options: Options = ALL) -> Head:
    """Train the network on simulated users; return the weights and facts, the same for the same seed.

    What is learned is with which probability a user takes each candidate; the categories are told beside it. Axes are
    mirrored at random, as principal axes of another user may be. Part of the albums is judged without their history,
    so that the same network is the generic ranker too.

    Args:
        seed: of users and network; of users never those that are measured on.
        users: how many are learned from.
        steps: of descent, each on four users.
        options: parts that the network is to lack, for ablations.

    Source: patent 004 claim 8; methods 8.8.
    """
    torch.manual_seed(seed)
    rng = np.random.default_rng([seed, 7])
    lessons = [_simulated(int(number), rng) for number in rng.choice(TRAINING, users, replace=False)]
    net = InterestNet(replace(options, grus=False))
    _descend(net, lessons, steps, RATE, rng)
    net.options = options
    if options.grus:  # they are slow, and add to what is there: last, in a small share of the steps
        _descend(net, lessons, max(steps // GRU_SHARE, 1), GRU_RATE, rng)
    return head_of(net, seed=str(seed), users=str(users), steps=str(steps))


def _simulated(number: int, rng: np.random.Generator) -> Lesson:
    user = simulate(number, n_signals=SIGNALS[rng.integers(len(SIGNALS))], later=bool(rng.random() < 0.5))
    blind = bool(rng.random() < BLIND)
    albums = [replace(one.album, blind=blind) for one in user.chosen]
    batch = batch_of(user.pictures, looks_of(user.pictures), albums, HISTORY)
    return lesson_of(batch, [np.exp(odds) for odds in user.odds])


def lesson_of(batch: Batch, chances: Sequence[Floats], weight: Sequence[float] | None = None) -> Lesson:
    """Return what the network should say of albums, with labels smoothed by a tenth.

    Args:
        batch: a albums.
        chances: how probably each candidate is the cover, for each album of shape (k,).
        weight: how much each album counts; None for all alike.
    """
    wanted = torch.zeros(batch.eligible.shape)
    for n, each in enumerate(chances):
        wanted[n, : len(each)] = torch.from_numpy(np.asarray(each, np.float32))
    smooth = batch.eligible / batch.eligible.sum(dim=1, keepdim=True)
    wanted = (1 - SMOOTHING) * wanted + SMOOTHING * smooth
    return Lesson(batch, wanted, batch.category, torch.tensor([1.0] * len(chances) if weight is None else list(weight)))


def _descend(net: InterestNet, lessons: Sequence[Lesson], steps: int, rate: float, rng: np.random.Generator) -> None:
    adam = torch.optim.AdamW(_groups(net), rate)
    rates = [group["lr"] for group in adam.param_groups]
    turns = torch.optim.lr_scheduler.OneCycleLR(adam, rates, total_steps=steps)
    net.train()
    for _ in range(steps):
        adam.zero_grad()
        chosen = [lessons[n] for n in rng.choice(len(lessons), min(AT_ONCE, len(lessons)), replace=False)]
        for one in chosen:
            given = _mirrored(one, rng)
            loss = interest_loss(net, given, net(given.batch, _personal(given.batch, rng)))
            (loss / len(chosen)).backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        adam.step()
        turns.step()
    net.eval()


def _groups(net: InterestNet) -> list[dict[str, Any]]:
    """Return the parameters with their rates and decay; the few that weigh the overlap are moved faster."""
    named = dict(net.named_parameters())
    weighing = [named.pop(name) for name in WEIGHING]
    layers = [named.pop(name) for name in list(named) if name.startswith(DECAYING)]
    return [
        {"params": layers, "weight_decay": DECAY},
        {"params": [*named.values()], "weight_decay": 0.0},
        {"params": weighing, "weight_decay": 0.0, "lr": WEIGHING_RATE},
    ]


def _mirrored(given: Lesson, rng: np.random.Generator) -> Lesson:
    signs = torch.ones(given.batch.candidates.shape[2])
    signs[: 2 * AXES] = torch.from_numpy(rng.choice([-1.0, 1.0], 2 * AXES).astype(np.float32))
    batch = given.batch
    return replace(given, batch=replace(batch, candidates=batch.candidates * signs, history=batch.history * signs))


def _personal(batch: Batch, rng: np.random.Generator) -> Tensor:
    """Draw how much the history of each album counts: not at all, as `acceptance` shrinks it, or wholly."""
    n = batch.liked.sum(dim=1).numpy()
    kind = rng.random(len(n))
    share = np.where(kind < GENERIC, 0.0, np.where(kind < (1 + GENERIC) / 2, n / (n + HALF_SIGNALS), 1.0))
    return torch.from_numpy(share.astype(np.float32))


def interest_loss(net: InterestNet, given: Lesson, judged: Judged) -> Tensor:
    """Return the mean cross-entropy of the covers, and of the categories where the network has them."""
    there = given.batch.eligible
    if net.options.per_image:
        z = judged.z.masked_fill(~there, 0.0)
        each = binary_cross_entropy_with_logits(z, given.wanted, reduction="none") * there
    else:
        each = -given.wanted * log_softmax(judged.z, dim=1).masked_fill(~there, 0.0)
    loss = (each.sum(dim=1) * given.weight).sum() / given.weight.sum()
    if not net.options.category:
        return loss
    return loss + AUXILIARY * cross_entropy(judged.category, given.category)


def fitted(head: bytes | None, pictures: Pictures, samples: Sequence[Chosen], *, steps: int = TUNING_STEPS) -> bytes:
    """Return a head whose last layers were moved by the covers of one user, and held to where they were.

    What weighs the overlap and the fully connected layer move; convolutions and GRUs stay as they are. Each album is
    learned twice, with its history and without, so that both answers stay good.

    Args:
        head: a file's bytes; None takes the shipped head.
        pictures: all of the user.
        samples: albums whose covers are known, with what was liked before them; at least one.
        steps: how often the layers are moved.

    Raises:
        WeightsRefused: the head does not fit.

    Source: methods 8.6 and 8.8.
    """
    given = loaded(SHIPPED if head is None else head)
    net = net_of(given)
    batch = batch_of(pictures, looks_of(pictures), [one.album for one in samples], HISTORY)
    chances = [np.eye(len(one.album.candidates), dtype=np.float32)[one.cover] for one in samples]
    lesson = lesson_of(batch, chances, [one.weight for one in samples])
    n = batch.liked.sum(dim=1)
    shares = (torch.zeros(len(n)), n / (n + HALF_SIGNALS))

    def loss() -> Tensor:
        return torch.stack([interest_loss(net, lesson, net(batch, share)) for share in shares]).mean()

    tune_heads(net, TUNED, loss, steps=steps, rate=TUNING_RATE)
    return save_head(None, head_of(net).tensors, {**given.facts, "tuned": str(len(samples))})
