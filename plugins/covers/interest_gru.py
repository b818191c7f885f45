"""Patent 004: two bidirectional GRUs find the candidates that match what the user likes; the likeliest is the cover."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Final, Literal
from weakref import WeakKeyDictionary

import numpy as np
import torch

from plugins.covers import Album, CoverMethod, Floats, Pictures, Ranking
from plugins.covers._interest_head import SCHEMA, SHIPPED, loaded, net_of
from plugins.covers._interest_inputs import AXES, Looks, batch_of, looks_of
from plugins.covers._interest_net import ALL, InterestNet, Options, probabilities
from plugins.covers._strict_net import SHIPPED as STRICT
from plugins.covers._strict_net import strict_net, strict_rankings
from plugins.one_thread import one_thread
from plugins.trained_heads import WeightsRefused

ROOM: Final = 2_048  # candidates at once, padding counted, so that memory stays bounded
MOST_MATCHES: Final = 4
_LOOKS: Final = WeakKeyDictionary[Pictures, Looks]()


class Plugin(CoverMethod):
    """The candidate that is the cover most probably, by how it matches the history and by what was measured of it.

    Without a history, or with `personal` 0, it is the generic ranker: the same network, which then knows only what
    most people choose.

    Args:
        mode: "default" sees pictures by their vectors and measures; "strict" is the claims' network, which sees small
            pictures and nothing else: `Pictures.scenes` are those of extractor thumbnail then.
        personal: how much the history counts, 0 to 1: the rest of each interest weight is what it is without any. In
            strict mode it counts wholly, or with 0 not at all.
        head: a head that a library has trained, a file's bytes; None takes the shipped one.
        history: how many of the latest liked pictures the GRUs read; what is like a candidate is sought in all.
        trained: whether the default network has trained weights; without them it is a plain rule.
        options: parts that the network is to lack, for ablations; a head must have been trained with the same.

    Raises:
        WeightsRefused: the head does not fit.
        ValueError: a setting cannot be.

    Source: patent 004 (CN111191059) claims 1 to 6, with the readings E1 to E8 of methods 1.5.
    """

    name: ClassVar[str] = "interest_gru"
    version: str

    def __init__(
        self,
        mode: Literal["default", "strict"] = "default",
        personal: float = 1.0,
        head: bytes | None = None,
        history: int = 64,
        trained: bool = True,
        options: Options = ALL,
    ) -> None:
        if mode not in {"default", "strict"}:
            raise ValueError(f"mode {mode!r} must be default or strict")
        if not 0 <= personal <= 1:
            raise ValueError(f"personal {personal} must be 0 to 1")
        if history < 1:
            raise ValueError(f"history {history} must be at least 1")
        self.mode, self.personal, self.history = mode, personal, history
        strict = mode == "strict"
        if head is None and (trained or strict):
            head = _read(STRICT if strict else SHIPPED)
        self._strict = strict_net(head) if strict and head is not None else None
        self._net = _untrained(options) if head is None or strict else net_of(loaded(head), options)
        self.version = f"{SCHEMA}-{mode}-{'untrained' if head is None else hashlib.sha256(head).hexdigest()[:12]}"

    def rank(self, pictures: Pictures, albums: Sequence[Album]) -> list[Ranking]:
        """Return probabilities, interest weights and matches; see `CoverMethod.rank`."""
        if self._strict is not None:
            return strict_rankings(self._strict, pictures, albums, personal=self.personal > 0, history=self.history)
        looks = _looks(pictures)
        found: dict[int, Ranking] = {}
        with one_thread():
            for part in _parts(albums):
                some = [albums[n] for n in part]
                found |= zip(part, self._ranked(pictures, looks, some), strict=True)
        return [found[n] for n in range(len(albums))]

    def _ranked(self, pictures: Pictures, looks: Looks, albums: Sequence[Album]) -> list[Ranking]:
        with torch.inference_mode():
            batch = batch_of(pictures, looks, albums, self.history, self.personal > 0)
            judged = self._net(batch, self.personal)
            scores = probabilities(judged.z, self._net.options).numpy()
            interest = judged.interest.amax(dim=2).numpy()
        return [
            self._ranking(looks, album, scores[n, : len(album.candidates)], interest[n, : len(album.candidates)])
            for n, album in enumerate(albums)
        ]

    def _ranking(self, looks: Looks, album: Album, scores: Floats, interest: Floats) -> Ranking:
        if self.personal == 0 or len(album.history) == 0:
            return Ranking(scores)
        best = int(album.candidates[np.argmax(scores)])
        return Ranking(scores, interest, _matches(looks, best, album.history[-self.history :].tolist()))


def _looks(pictures: Pictures) -> Looks:
    """Return what the pictures look like, found once for as long as they are there: they are ranked part by part."""
    if pictures not in _LOOKS:
        _LOOKS[pictures] = looks_of(pictures)
    return _LOOKS[pictures]


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise WeightsRefused(f"{path.name} cannot be read: {error.strerror}") from error


def _untrained(options: Options) -> InterestNet:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return InterestNet(options).eval()


def _parts(albums: Sequence[Album]) -> list[list[int]]:
    """Part albums, by index, into those that are judged at once: alike in size, so that little is padding."""
    order = sorted(range(len(albums)), key=lambda n: len(albums[n].candidates))
    parts: list[list[int]] = []
    for n in order:
        if not parts or (len(parts[-1]) + 1) * len(albums[n].candidates) > ROOM:
            parts.append([])
        parts[-1].append(n)
    return parts


def _matches(looks: Looks, best: int, liked: Sequence[int]) -> tuple[int, ...]:
    """Return the liked pictures that a picture resembles, by scene or by faces, the most alike first."""
    shown = looks.features[[best, *liked], : 2 * AXES].reshape(len(liked) + 1, 2, AXES)
    alike = (shown[1:] * shown[0]).sum(axis=2).max(axis=1)
    order = np.argsort(-alike, kind="stable")[:MOST_MATCHES]
    return tuple(int(liked[n]) for n in order if alike[n] > 0)
