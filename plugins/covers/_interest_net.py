"""The network of patent 004: two bidirectional GRUs weigh candidates by interest, a fully connected layer ranks them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor, nn

from plugins.covers import CATEGORIES
from plugins.covers._interest_inputs import LOOKS, PARTS, SIDE, Batch

HIDDEN: Final = 16  # of each direction of a GRU
WIDTH: Final = len(PARTS) * LOOKS
FC: Final = 32
NAMES: Final = 8  # numbers that stand for a category
RULE: Final = {"sharpness": 0.5, "portrait": 0.3, "stars": 0.5, "favourite": 3.0}
"""What the network goes by until it is trained, beside the interest weights."""


@dataclass(frozen=True, slots=True)
class Options:
    """Which parts the network has; all of them but in ablations.

    Args:
        grus: the two GRUs; without them the history is its mean, and the overlap a whitened cosine.
        side: side channels.
        category: the category as an input, and its head while training.
        per_image: the softmax runs over "cover" and "no cover" of each image instead of over the candidates (E1).
    """

    grus: bool = True
    side: bool = True
    category: bool = True
    per_image: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """What the network says of albums: `z`, the sub-features that the softmax takes, minus infinity where none may be.

    `interest` are the interest weights of scene and faces, shape (a, k, 2); `category` the scores of the categories.
    """

    z: Tensor
    interest: Tensor
    category: Tensor


class BiGru(nn.Module):
    """A bidirectional GRU whose output is added to its input: with small weights it passes the input on."""

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.forth = nn.GRUCell(width, hidden)
        self.back = nn.GRUCell(width, hidden)
        self.out = nn.Linear(2 * hidden, width, bias=False)
        nn.init.zeros_(self.out.weight)

    def sequence(self, steps: Tensor, there: Tensor) -> Tensor:
        """Return the output at each step, shape (a, m, d), of sequences (a, m, d) that end where `there` does."""
        forth = self._run(self.forth, steps, there, range(steps.shape[1]))
        back = self._run(self.back, steps, there, range(steps.shape[1] - 1, -1, -1))
        return steps + self.out(torch.cat([forth, back], dim=2))

    def pair(self, first: Tensor, steps: Tensor, there: Tensor) -> tuple[Tensor, Tensor]:
        """Return the outputs of sequences [first; steps], one for each of k firsts: at the first, and at the others.

        What runs back over the steps is the same for all firsts, and runs once.

        Args:
            first: shape (a, k, d).
            steps: shape (a, m, d).
            there: which steps there are, shape (a, m).
        Returns:
            shapes (a, k, d) and (a, k, m, d).
        """
        a, k, d = first.shape
        m, hidden = steps.shape[1], self.forth.hidden_size
        back = self._run(self.back, steps, there, range(m - 1, -1, -1))  # (a, m, hidden)
        rows = first.reshape(a * k, d)
        h0 = self.forth(rows)  # (a k, hidden)
        last = self.back(rows, back[:, 0].repeat_interleave(k, dim=0))
        u = first + self.out(torch.cat([h0, last], dim=1)).reshape(a, k, d)
        gates = self._inputs(self.forth, steps)
        forth, state = [], h0.reshape(a, k, hidden)
        for step in range(m):
            new = self._step(self.forth, gates[:, step, None], state)
            state = torch.where(there[:, step, None, None], new, state)
            forth.append(state)
        both = torch.cat([torch.stack(forth, dim=2), back[:, None].expand(a, k, m, hidden)], dim=3)
        return u, steps[:, None] + self.out(both)

    def _run(self, cell: nn.GRUCell, steps: Tensor, there: Tensor, order: range) -> Tensor:
        gates = self._inputs(cell, steps)
        state = steps.new_zeros(len(steps), cell.hidden_size)
        found = [state] * steps.shape[1]
        for step in order:
            state = torch.where(there[:, step, None], self._step(cell, gates[:, step], state), state)
            found[step] = state
        return torch.stack(found, dim=1)

    @staticmethod
    def _inputs(cell: nn.GRUCell, steps: Tensor) -> Tensor:
        return nn.functional.linear(steps, cell.weight_ih, cell.bias_ih)

    @staticmethod
    def _step(cell: nn.GRUCell, gates: Tensor, state: Tensor) -> Tensor:
        reset, keep, new = gates.chunk(3, dim=-1)
        r, z, n = nn.functional.linear(state, cell.weight_hh, cell.bias_hh).chunk(3, dim=-1)
        keep = torch.sigmoid(keep + z)
        return (1 - keep) * torch.tanh(new + torch.sigmoid(reset + r) * n) + keep * state


class InterestNet(nn.Module):
    """Convolved features, two bi-GRUs, interest weights, a fully connected layer.

    The features of a picture have two parts, what the scene is and whose faces are there, and each has a weight of its
    own: what a user likes may be a person or a place. Beside its features each part has a constant 1, so that the fully
    connected layer sees the weight itself.

    Source: patent 004 claims 1 to 6 with the readings E1 to E8 of methods 1.5.
    """

    def __init__(self, options: Options = Options()) -> None:
        super().__init__()
        self.options = options
        self.conv1, self.conv2 = nn.Linear(WIDTH, WIDTH, bias=False), nn.Linear(WIDTH, WIDTH, bias=False)
        self.gru1, self.gru2 = BiGru(WIDTH, HIDDEN), BiGru(WIDTH, HIDDEN)
        self.nothing = nn.Parameter(torch.zeros(WIDTH))
        self.overlap_scale = nn.Parameter(torch.full((len(PARTS),), 3.0))
        self.overlap_bias = nn.Parameter(torch.zeros(len(PARTS)))
        self.fc = nn.Linear(WIDTH + len(PARTS) + len(SIDE), FC)
        self.fc_category = nn.Embedding(len(CATEGORIES), FC)
        self.out = nn.Linear(FC, 1)
        self.tells = nn.Linear(FC, len(CATEGORIES))
        self._start()

    @torch.no_grad()
    def _start(self) -> None:
        """Begin as a plain rule: the match with the history, and what most people go by."""
        for conv in (self.conv1, self.conv2):
            nn.init.eye_(conv.weight)
        nn.init.zeros_(self.fc_category.weight)
        self.fc.weight.mul_(0.1)
        self.out.weight.mul_(0.1)
        weights = torch.zeros(self.fc.in_features)
        weights[WIDTH : WIDTH + len(PARTS)] = 2.0
        for name, value in RULE.items():
            weights[WIDTH + len(PARTS) + SIDE.index(name)] = value
        # max(x, 0) - max(-x, 0) = x: two units pass the rule on whatever its sign
        self.fc.weight[0], self.fc.weight[1] = weights, -weights
        self.fc.bias.zero_()
        self.out.weight[0, 0], self.out.weight[0, 1] = 1.0, -1.0

    def forward(self, batch: Batch, personal: Tensor | float = 1.0) -> Judged:
        """Judge albums; `personal` is how much the history counts, 0 to 1, alone or of each album, shape (a,)."""
        x, e = self.conv2(batch.candidates), self.conv1(batch.history)
        interest = self.interest(x, e, batch.liked, personal)  # (a, k, 2)
        hidden = self.hidden(x, interest, batch.side)  # (a, k, fc)
        known = batch.eligible[:, :, None]
        album = (torch.relu(hidden) * known).sum(dim=1) / known.sum(dim=1).clamp(min=1)
        if self.options.category:
            hidden = hidden + self.fc_category(batch.category)[:, None]
        z = self.out(torch.relu(hidden))[:, :, 0].masked_fill(~batch.eligible, -torch.inf)
        return Judged(z, interest, self.tells(album))

    def interest(self, x: Tensor, e: Tensor, liked: Tensor, personal: Tensor | float = 1.0) -> Tensor:
        """Return the interest weight of each part of each candidate, 0 to 1, shape (a, k, 2).

        Args:
            x: features of candidates, shape (a, k, d).
            e: features of what the user liked, shape (a, m, d).
            liked: which of these there are, shape (a, m).
            personal: share of the weight that comes from the history; the rest is the weight without any.
        """
        nobody = self.nothing.expand(len(x), 1, -1)
        none = self.overlap(x, nobody, torch.ones_like(liked[:, :1]))
        share = torch.as_tensor(personal, dtype=x.dtype).expand(len(x)) * liked.any(dim=1)
        if not bool(share.any()):
            return none
        described = self.gru2.sequence(e, liked) if self.options.grus else e
        own = self.overlap(x, described, liked)
        return torch.lerp(none, own, share[:, None, None])

    def overlap(self, x: Tensor, description: Tensor, there: Tensor) -> Tensor:
        """Return how much candidates (a, k, d) overlap with a description (a, m, d) in each part, shape (a, k, 2)."""
        n = there.sum(dim=1).clamp(min=1)
        if self.options.grus:
            u, steps = self.gru1.pair(x, description, there)
            v = (steps * there[:, None, :, None]).sum(dim=2) / n[:, None, None]
        else:
            u, v = x, ((description * there[:, :, None]).sum(dim=1) / n[:, None])[:, None].expand_as(x)
        parts = (u * v).unflatten(2, (len(PARTS), LOOKS)).sum(dim=3) / LOOKS**0.5
        return torch.sigmoid(self.overlap_scale * parts + self.overlap_bias)

    def hidden(self, x: Tensor, interest: Tensor, side: Tensor) -> Tensor:
        """Return the fully connected layer before its activation, shape (a, k, fc), of weighted features."""
        weighted = x.unflatten(2, (len(PARTS), LOOKS)) * interest[..., None]
        if not self.options.side:
            side = torch.zeros_like(side)
        found: Tensor = self.fc(torch.cat([weighted.flatten(2), interest, side], dim=2))
        return found


def probabilities(z: Tensor, options: Options) -> Tensor:
    """Return how probably each candidate is the cover, shape (a, k): claim 4's softmax over the candidates.

    Of the alternative, which judges each image alone, they need not sum to 1.
    """
    return torch.sigmoid(z) if options.per_image else torch.softmax(z, dim=1)
