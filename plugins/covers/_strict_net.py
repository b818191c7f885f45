"""Patent 004 to the letter: two convolution units that see pictures, two bi-GRUs, a full connection, a softmax."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn

from plugins.covers import CATEGORIES, Album, Floats, IntArray, Pictures, Ranking, stills_first
from plugins.features.thumbnail import PIXELS, pixels_of
from plugins.trained_heads import Head, WeightsRefused, load_head

KIND: Final = "interest_gru_strict"
SCHEMA: Final = "1"
WIDTHS: Final = (3, 8, 12, 16, 20)  # channels of the picture and behind each convolution, which halves the sides
FEATURES: Final = 24
HIDDEN: Final = 8  # of each direction of a GRU
FC: Final = 16
CHANNELS: Final = (f"rgb{PIXELS}", f"conv{'-'.join(map(str, WIDTHS))}", f"d{FEATURES}", f"gru{HIDDEN}", f"fc{FC}")
SHIPPED: Final = Path(__file__).parent / "weights" / f"{KIND}.safetensors"
AT_ONCE: Final = 512  # pictures
MOST_MATCHES: Final = 4


class Convolutions(nn.Module):
    """A convolution unit: four layers, the mean and the maximum over the picture of what they find, a projection."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList([nn.Conv2d(a, b, 3, stride=2, padding=1) for a, b in pairwise(WIDTHS)])
        self.project = nn.Linear(2 * WIDTHS[-1], FEATURES)

    def forward(self, pixels: Tensor) -> Tensor:
        """Return features, shape (n, d), of pictures of 0 to 1, shape (n, 3, 64, 64)."""
        found: Tensor = self.project(self.pooled(pixels))
        return found

    def pooled(self, pixels: Tensor) -> Tensor:
        """Return what is projected, shape (n, 2 c)."""
        maps = 4 * (pixels - 0.5)
        for layer in self.layers:
            maps = torch.relu(layer(maps))
        return torch.cat([maps.mean(dim=(2, 3)), maps.amax(dim=(2, 3))], dim=1)

    @torch.no_grad()
    def begin(self, pixels: Tensor) -> None:
        """Set the projection, before training, so that features of such pictures are centred and of unit variance.

        Overlaps are then neither all 0 nor all 1. The first feature begins as a constant 1: through it the fully
        connected layer sees the interest weight itself.
        """
        pooled = self.pooled(pixels).double()
        _, lengths, axes = torch.linalg.svd(pooled - pooled.mean(dim=0), full_matrices=False)
        widths = (lengths[: FEATURES - 1] / len(pixels) ** 0.5).clamp(min=0.02 * float(lengths[0]) / len(pixels) ** 0.5)
        self.project.weight[1:] = (axes[: FEATURES - 1] / widths[:, None]).float()
        self.project.bias[1:] = -(self.project.weight[1:] @ pooled.mean(dim=0).float())
        self.project.weight[0], self.project.bias[0] = 0.0, 1.0


class BiGru(nn.Module):
    """A bidirectional GRU whose output is added to its input, so that untrained it passes its input on."""

    def __init__(self) -> None:
        super().__init__()
        self.gru = nn.GRU(FEATURES, HIDDEN, batch_first=True, bidirectional=True)
        self.out = nn.Linear(2 * HIDDEN, FEATURES, bias=False)
        nn.init.zeros_(self.out.weight)

    def forward(self, steps: Tensor) -> Tensor:
        """Return the output at each step, shape (n, m, d), of n sequences of m steps, shape (n, m, d)."""
        states, _ = self.gru(steps)
        found: Tensor = steps + self.out(states)
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """What the network says of an album of k candidates.

    `z` (k,) are the numbers that the softmax takes, `interest` (k,) the interest weights, 0 to 1, `category`
    (7,) scores.
    """

    z: Tensor
    interest: Tensor
    category: Tensor


class StrictNet(nn.Module):
    """The network of the claims and nothing beside it.

    It reads pixels only: no embedding that another network has made, no measure, no mark of the user's on a candidate.

    Source: patent 004 claims 2 (first bi-GRU, overlap), 3 and 4 (weighting, formula 1, softmax), 5 (first convolution
    unit, second bi-GRU), 6 (second convolution unit), 8 (categories of samples); readings E1 to E3 and E7 of methods
    1.5.
    """

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.conv2 = Convolutions(), Convolutions()
        self.gru1, self.gru2 = BiGru(), BiGru()
        self.nothing = nn.Parameter(torch.zeros(FEATURES))
        self.fc, self.out = nn.Linear(FEATURES, FC), nn.Linear(FC, 1)
        self.tells = nn.Linear(FC, len(CATEGORIES))

    def begin(self, pixels: Tensor) -> None:
        """Begin, before training, with features in which what is alike overlaps.

        Args:
            pixels: some pictures of many users, shape (n, 3, 64, 64), n at least 100.
        """
        self.conv2.begin(pixels)
        self.conv1.load_state_dict(self.conv2.state_dict())
        with torch.no_grad():
            self.fc.weight[0, 0], self.fc.bias[0], self.out.weight[0, 0] = 2.0, 0.0, 2.0  # the more interest the better

    def forward(self, x: Tensor, e: Tensor) -> Judged:
        """Judge an album.

        Args:
            x: features of its candidates by `conv2`, shape (k, d).
            e: features of what the user liked by `conv1`, oldest first, shape (m, d); m = 0 for no history.
        """
        description = self.gru2(e[None])[0] if len(e) else self.nothing[None]
        weight = self.overlap(x, description)
        hidden = torch.relu(self.fc(weight[:, None] * x))
        return Judged(self.out(hidden)[:, 0], weight, self.tells(hidden.mean(dim=0)))

    def overlap(self, x: Tensor, description: Tensor) -> Tensor:
        """Return the interest weight of each candidate, 0 to 1, shape (k,).

        The first bi-GRU runs over [candidate; description]; u is its output at the candidate, v the mean of the others.

        Args:
            x: features, shape (k, d).
            description: of the interest, shape (m, d), m at least 1.
        """
        found = self.gru1(torch.cat([x[:, None], description.expand(len(x), -1, -1)], dim=1))
        u, v = found[:, 0], found[:, 1:].mean(dim=1)
        return torch.sigmoid((u * v).sum(dim=1) / FEATURES**0.5)


def strict_net(data: bytes | Path = SHIPPED) -> StrictNet:
    """Return the network of a head, of a file or its bytes.

    Raises:
        WeightsRefused: it is not whole, or made for another network; the text says which.
    """
    head, net = load_head(data, KIND, SCHEMA, CHANNELS), StrictNet()
    try:
        net.load_state_dict({name: torch.from_numpy(value.copy()) for name, value in head.tensors.items()})
    except RuntimeError as error:
        raise WeightsRefused(f"these weights do not have the layers that are needed ({error!s:.200})") from error
    return net.eval()


def head_of(net: StrictNet, **facts: str) -> Head:
    """Return a network as a head, for `save_head`; `facts` say how it was trained."""
    tensors = {name: value.detach().numpy() for name, value in net.state_dict().items()}
    needed = {"kind": KIND, "schema": SCHEMA, "channels": json.dumps(CHANNELS), "patent": "004"}
    return Head(tensors, {**facts, **needed})


def strict_inputs(pictures: Pictures, rows: IntArray) -> Tensor:
    """Return some pictures as the convolution units take them, 0 to 1, shape (n, 3, 64, 64); grey where unknown.

    Raises:
        ValueError: the picture vectors are not those of the extractor `thumbnail`.
    """
    dim = pictures.scenes.shape[1]
    if dim not in (0, PIXELS + 1):
        raise ValueError(f"strict covers need the vectors of extractor thumbnail, and not some of {dim} numbers")
    scenes = pictures.scenes[rows] if dim else np.zeros((len(rows), PIXELS + 1), np.float32)
    return torch.from_numpy(pixels_of(scenes)).permute(0, 3, 1, 2)


def strict_rankings(
    net: StrictNet, pictures: Pictures, albums: Sequence[Album], *, personal: bool, history: int
) -> list[Ranking]:
    """Rank as `CoverMethod.rank`.

    Args:
        net: the network.
        pictures: of one user; `scenes` are thumbnails.
        albums: of this user.
        personal: whether the history counts.
        history: how many of the latest liked pictures do.

    Raises:
        ValueError: the picture vectors are not those of the extractor `thumbnail`.
    """
    liked = [album.history[-history:] if personal else album.history[:0] for album in albums]
    with torch.inference_mode():
        x = _Seen.by(net.conv2, pictures, [album.candidates for album in albums])
        e = _Seen.by(net.conv1, pictures, liked)
        return [_ranking(net, pictures, album, x, e, rows) for album, rows in zip(albums, liked, strict=True)]


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """Features (n, d) of some pictures, and `place` (all pictures,) at which row those of each are."""

    features: Tensor
    place: IntArray

    @classmethod
    def by(cls, conv: nn.Module, pictures: Pictures, wanted: Sequence[IntArray]) -> _Seen:
        """Look at each picture once."""
        rows = np.unique(np.concatenate([np.zeros(0, np.int64), *wanted]))
        place = np.zeros(len(pictures), np.int64)
        place[rows] = np.arange(len(rows))
        starts = range(0, len(rows), AT_ONCE)
        parts = [conv(strict_inputs(pictures, rows[start : start + AT_ONCE])) for start in starts]
        return cls(torch.cat([torch.zeros(0, FEATURES), *parts]), place)

    def of(self, rows: IntArray) -> Tensor:
        return self.features[torch.from_numpy(self.place[rows])]


def _ranking(net: StrictNet, pictures: Pictures, album: Album, x: _Seen, e: _Seen, liked: IntArray) -> Ranking:
    candidates, history = x.of(album.candidates), e.of(liked)
    judged = net(candidates, history)
    hidden = torch.from_numpy(stills_first(pictures, album))
    scores: Floats = torch.softmax(judged.z + hidden, dim=0).numpy()
    if not len(liked):
        return Ranking(scores)
    alike = torch.nn.functional.cosine_similarity(history, candidates[int(scores.argmax())][None])
    nearest = torch.argsort(alike, descending=True, stable=True)[:MOST_MATCHES].tolist()
    return Ranking(scores, judged.interest.numpy(), tuple(int(liked[n]) for n in nearest if alike[n] > 0))
