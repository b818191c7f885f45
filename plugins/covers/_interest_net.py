"""The network of patent 004: two bi-GRUs weigh candidates by interest, a fully connected layer ranks them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn.functional import linear

from plugins.covers import CATEGORIES
from plugins.covers._interest_inputs import AXES, PARTS, SIDE, WIDTH, Batch

HIDDEN: Final = 16  # of each direction of a GRU
FC: Final = 32
RULE: Final = {"sharpness": 0.5, "portrait": 0.3, "stars": 0.5, "favourite": 3.0}
"""What the network goes by until it is trained, beside the interest weights."""


@dataclass(frozen=True, slots=True)
class Options:
    """Which parts the network has; all of them but in ablations.

    Args:
        grus: the two GRUs; without them the description is the history itself, and the overlap a whitened cosine.
        side: side channels.
        category: the category, as an input and as what the network tells while it is trained.
        per_image: the softmax runs over "cover" and "no cover" of each image instead of over the candidates (E1).
    """

    grus: bool = True
    side: bool = True
    category: bool = True
    per_image: bool = False


ALL: Final = Options()


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """What the network says of albums.

    Args:
        z: the sub-features that the softmax takes, minus infinity where there is no candidate, shape (a, k).
        interest: interest weights of each part, 0 to 1, shape (a, k, p).
        category: scores of the categories, shape (a, 7).
    """

    z: Tensor
    interest: Tensor
    category: Tensor


class BiGru(nn.Module):
    """A bidirectional GRU whose output is added to its input: with small weights it passes the input on."""

    def __init__(self) -> None:
        super().__init__()
        self.forth, self.back = nn.GRUCell(WIDTH, HIDDEN), nn.GRUCell(WIDTH, HIDDEN)
        self.out_forth, self.out_back = nn.Linear(HIDDEN, WIDTH, bias=False), nn.Linear(HIDDEN, WIDTH, bias=False)
        nn.init.zeros_(self.out_forth.weight)
        nn.init.zeros_(self.out_back.weight)

    def forward(self, steps: Tensor, there: Tensor) -> Tensor:
        """Return the output at each step, shape (a, m, d), of sequences (a, m, d); `there` (a, m) tells padding."""
        forth = self._states(self.forth, steps, there, None, range(steps.shape[1]))
        found: Tensor = self._back(steps, there)[0] + self.out_forth(forth[:, 0])
        return found

    def pair(self, first: Tensor, steps: Tensor, there: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return the outputs of the sequences [first; steps], one for each of the k firsts.

        What runs back over the steps is the same for all firsts, and runs once.

        Args:
            first: shape (a, k, d).
            steps: shape (a, m, d).
            there: which steps there are, shape (a, m).
        Returns:
            the output at the first, shape (a, k, d); at the steps, what all firsts share, shape (a, m, d), and what
            `out_forth` adds to it when it is given these states, shape (a, k, m, hidden).
        """
        shared, back = self._back(steps, there)
        a, k, d = first.shape
        rows = first.reshape(a * k, d)
        start = self.forth(rows)
        last = self.back(rows, back.repeat_interleave(k, dim=0))
        u = first + (self.out_forth(start) + self.out_back(last)).reshape(a, k, d)
        forth = self._states(self.forth, steps, there, start.reshape(a, k, HIDDEN), range(steps.shape[1]))
        return u, shared, forth

    def _back(self, steps: Tensor, there: Tensor) -> tuple[Tensor, Tensor]:
        """Return the steps with what runs back over them, shape (a, m, d), and where it ends, shape (a, hidden)."""
        back = self._states(self.back, steps, there, None, range(steps.shape[1] - 1, -1, -1))[:, 0]
        return steps + self.out_back(back), back[:, 0]

    @staticmethod
    def _states(cell: nn.GRUCell, steps: Tensor, there: Tensor, start: Tensor | None, order: range) -> Tensor:
        """Return the states (a, k, m, hidden) of a GRU that begins at `start` (a, k, hidden), or once at zeros."""
        gates = linear(steps, cell.weight_ih, cell.bias_ih)[:, :, None]  # (a, m, 1, 3 hidden)
        state = steps.new_zeros(len(steps), 1, HIDDEN) if start is None else start
        found, whole = [state] * steps.shape[1], bool(there.all())
        for step in order:
            given, own = gates[:, step], linear(state, cell.weight_hh, cell.bias_hh)
            opened = torch.sigmoid(given[..., : 2 * HIDDEN] + own[..., : 2 * HIDDEN])
            new = torch.tanh(given[..., 2 * HIDDEN :] + opened[..., :HIDDEN] * own[..., 2 * HIDDEN :])
            after = torch.lerp(new, state, opened[..., HIDDEN:])
            state = after if whole else torch.where(there[:, step, None, None], after, state)
            found[step] = state
        return torch.stack(found, dim=2)


class InterestNet(nn.Module):
    """Convolved features, two bi-GRUs, interest weights, a fully connected layer.

    The features of a picture have parts, and each has a weight of its own: what a user likes may be a place, a person,
    or the way a picture was taken. Beside its features each part has a constant 1, so that the fully connected layer
    sees the weight itself.

    Source: patent 004 claims 1 to 6 with the readings E1 to E8 of methods 1.5.
    """

    def __init__(self, options: Options = ALL) -> None:
        super().__init__()
        self.options = options
        self.conv1, self.conv2 = nn.Linear(WIDTH, WIDTH, bias=False), nn.Linear(WIDTH, WIDTH, bias=False)
        self.gru1, self.gru2 = BiGru(), BiGru()
        self.nothing = nn.Parameter(torch.zeros(WIDTH))
        self.match = nn.Parameter(torch.ones(len(PARTS)))
        self.near = nn.Parameter(torch.ones(2))
        self.lean = nn.Parameter(torch.tensor(0.5))
        self.bias = nn.Parameter(torch.full((len(PARTS),), -1.0))
        self.fc = nn.Linear(WIDTH + len(PARTS) + len(SIDE), FC)
        self.fc_category = nn.Embedding(len(CATEGORIES), FC)
        self.out = nn.Linear(FC, 1)
        self.tells = nn.Linear(FC, len(CATEGORIES))
        self._begin()

    @torch.no_grad()
    def _begin(self) -> None:
        """Begin as a plain rule: the match with the history, and what most people go by."""
        for conv in (self.conv1, self.conv2):
            nn.init.eye_(conv.weight)
        nn.init.zeros_(self.fc_category.weight)
        self.fc.weight.mul_(0.3)
        self.fc.weight[:, : 2 * AXES] = 0  # axes of scenes and faces mean nothing by themselves
        self.out.weight.mul_(0.1)
        weights = torch.zeros(self.fc.in_features)
        weights[WIDTH : WIDTH + len(PARTS)] = torch.tensor([1.5, 2.0, 0.5])
        for name, value in RULE.items():
            weights[WIDTH + len(PARTS) + SIDE.index(name)] = value
        # max(x, 0) - max(-x, 0) = x: two units pass the rule on whatever its sign
        self.fc.weight[0], self.fc.weight[1] = weights, -weights
        self.fc.bias.zero_()
        self.out.weight[0, 0], self.out.weight[0, 1] = 1.0, -1.0

    def forward(self, batch: Batch, personal: Tensor | float = 1.0) -> Judged:
        """Judge albums; `personal` is how much the history counts, 0 to 1, alone or of each album, shape (a,)."""
        x, e = self.conv2(batch.candidates), self.conv1(batch.history)
        share = torch.as_tensor(personal, dtype=x.dtype).expand(len(x)) * batch.liked.any(dim=1)
        interest = self.interest(x, e, batch, share)
        hidden = self.hidden(x, interest, batch.side)
        there = batch.eligible[:, :, None]
        album = (torch.relu(hidden) * there).sum(dim=1) / there.sum(dim=1).clamp(min=1)
        if self.options.category:
            hidden = hidden + self.fc_category(batch.category)[:, None]
        z = self.out(torch.relu(hidden))[:, :, 0].masked_fill(~batch.eligible, -torch.inf)
        return Judged(z, interest, self.tells(album))

    def interest(self, x: Tensor, e: Tensor, batch: Batch, share: Tensor) -> Tensor:
        """Return the interest weight of each part of each candidate, 0 to 1, shape (a, k, p).

        Args:
            x: features of candidates, shape (a, k, d).
            e: features of what the user liked, shape (a, m, d).
            batch: the same albums.
            share: how much of the weight comes from the history; the rest is the weight without any; shape (a,).
        """
        nobody = torch.ones_like(batch.liked[:, :1])
        none = self.overlap(x, self.nothing.expand(len(x), 1, -1), nobody, torch.zeros_like(batch.close))
        if not bool(share.any()):
            return none
        liked = batch.liked.clone()
        liked[:, 0] |= share == 0  # a description of nothing is no number; it does not count there
        description = self.gru2(e, liked) if self.options.grus else e
        own = self.overlap(x, description, liked, batch.close)
        return torch.lerp(none, own, share[:, None, None])

    def overlap(self, x: Tensor, description: Tensor, there: Tensor, close: Tensor) -> Tensor:
        """Return how much candidates overlap with a description, in each part, 0 to 1, shape (a, k, p).

        It is what u has in common with v, the mean of the outputs over the description, which counts as far as its
        parts agree on it, as James and Stein shrink a mean; and how often what is most like a candidate is liked.

        Args:
            x: features, shape (a, k, d).
            description: shape (a, m, d).
            there: which steps of it there are, shape (a, m).
            close: how much more often than usual what is like the candidates is liked, shape (a, k, 3).
        """
        u, shared, forth = self.gru1.pair(x, description, there) if self.options.grus else (x, description, None)
        sizes = list(PARTS.values())
        weights = torch.split(self.gru1.out_forth.weight, sizes)
        n = there.sum(dim=1)[:, None]
        mean = None if forth is None else (forth * there[:, None, :, None]).sum(dim=2) / n[:, :, None]
        found = []
        for part, (u_p, shared_p) in enumerate(
            zip(torch.split(u, sizes, dim=2), torch.split(shared, sizes, dim=2), strict=True)
        ):
            v = (shared_p * there[:, :, None]).sum(dim=1)[:, None] / n[:, :, None]
            agreed = _agreement(shared_p, v[:, 0], there)
            v = v if mean is None else v + mean @ weights[part].T
            # features have a length of about 1: times their number, a product is log-odds
            odds = self.match[part] * sizes[part] * agreed * (u_p * v).sum(dim=2)
            if part < len(self.near):
                odds = odds + self.near[part] * close[:, :, part]
            if part == 0:
                odds = odds + self.lean * close[:, :, -1]
            found.append(odds + self.bias[part])
        return torch.sigmoid(torch.stack(found, dim=2))

    def hidden(self, x: Tensor, interest: Tensor, side: Tensor) -> Tensor:
        """Return the fully connected layer before its activation, shape (a, k, fc), of weighted features."""
        parts = zip(torch.split(x, list(PARTS.values()), dim=2), torch.split(interest, 1, dim=2), strict=True)
        weighted = [part * weight for part, weight in parts]
        side = side if self.options.side else torch.zeros_like(side)
        found: Tensor = self.fc(torch.cat([*weighted, interest, side], dim=2))
        return found


def _agreement(steps: Tensor, mean: Tensor, there: Tensor) -> Tensor:
    """Return which share of a mean's squared length is not chance, 0 to 1, shape (a, 1)."""
    n = there.sum(dim=1)
    length = mean.square().sum(dim=1)
    each = (steps.square().sum(dim=2) * there).sum(dim=1) / n
    beyond = (n * length - each) / (n - 1).clamp(min=1)
    return (beyond / length.clamp(min=1e-6)).clamp(0, 1)[:, None]


def probabilities(z: Tensor, options: Options) -> Tensor:
    """Return how probably each candidate is the cover, shape (a, k): claim 4's softmax over the candidates.

    Of the alternative, which judges each image alone, they need not sum to 1.
    """
    return torch.sigmoid(z) if options.per_image else torch.softmax(z, dim=1)
