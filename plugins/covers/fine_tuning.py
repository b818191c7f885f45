"""What a library's own covers teach the network: a head of its own, kept only if it helps albums it has not seen.

Nothing that is learned here ever leaves the store: it is made of people's faces.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np

from plugins.covers import Chosen, CoverMethod, IntArray, Pictures, Ranking
from plugins.covers.acceptance import Judged, accepted, judged, of_rankings, refusal, share_of, too_few

FOLDS: Final = 5
FEWEST_SAMPLES: Final = 2 * FOLDS
"""Below, each fold would be judged by one album."""
HeadMethod: TypeAlias = Callable[[bytes | None, float], CoverMethod]
"""Makes the method with a head, None the shipped one, by how much the user's own taste counts, 0 to 1."""
Fit: TypeAlias = Callable[[Pictures, Sequence[Chosen]], bytes]
"""Trains the shipped head on samples of one user and returns the new one."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """What a library's covers have taught; `head` is None where nothing is better than what is shipped.

    Args:
        n_signals: how often the user has said what they like.
        n_chosen: albums whose cover they chose.
        n_hints: events with a favourite, which hint at a cover.
        reason: why nothing was learned, in words; empty where something was.
        before: how the shipped head foretells the covers; None where there was too little to ask.
        after: how heads do that were trained on the other albums.
        personal: whether the user's own taste helped there.
        head: the head trained on all of them.
    """

    n_signals: int
    n_chosen: int
    n_hints: int
    reason: str = ""
    before: Judged | None = None
    after: Judged | None = None
    personal: bool = False
    head: bytes | None = None

    @property
    def version(self) -> str:
        """Return 12 hexadecimal digits that change with what was learned."""
        return hashlib.sha256((self.head or b"") + bytes([self.personal])).hexdigest()[:12]

    def told(self) -> dict[str, object]:
        """Return it as plain data, without the head."""
        counts = {"signals": self.n_signals, "chosen": self.n_chosen, "hints": self.n_hints}
        scores = {"before": self.before and self.before.told(), "after": self.after and self.after.told()}
        return {**counts, "accepted": self.head is not None, "reason": self.reason, **scores, "personal": self.personal}


def fine_tune(
    method_of: HeadMethod, fit: Fit, pictures: Pictures, samples: Sequence[Chosen], n_signals: int, seed: int = 0
) -> Lesson:
    """Learn from the covers that a user chose, and keep it only if covers are foretold better that it did not see.

    Each album is foretold by a head trained on albums of other folds that share no photo with it. That is compared with
    the shipped head, as this library would use it; the user's own taste is used with either only where it helps.

    Args:
        method_of: see `HeadMethod`.
        fit: see `Fit`.
        pictures: all pictures of the user.
        samples: albums whose cover is known, with what was liked before them.
        n_signals: how often the user has said what they like.
        seed: of the dealing into folds.

    Source: methods 8.8; acceptance as of 8.6.
    """
    n_chosen = sum(sample.weight >= 1 for sample in samples)
    counts = n_signals, n_chosen, len(samples) - n_chosen
    if reason := too_few(len(samples), n_signals) or _too_few_for_a_head(len(samples)):
        return Lesson(*counts, reason)
    used = accepted(lambda personal: method_of(None, personal), pictures, samples, n_signals)
    before = judged(method_of(None, used.personal), pictures, samples)
    rankings = left_out(method_of, fit, pictures, samples, share_of(n_signals), seed)
    generic, own = (of_rankings(some, samples) for some in rankings)
    personal = not refusal(generic, own)
    after = own if personal else generic
    if reason := refusal(before, after):
        return Lesson(*counts, reason, before, after)
    return Lesson(*counts, "", before, after, personal, fit(pictures, samples))


def _too_few_for_a_head(n_samples: int) -> str:
    if n_samples >= FEWEST_SAMPLES:
        return ""
    return f"it takes {FEWEST_SAMPLES} albums or events of which you chose the cover or a favourite; so far {n_samples}"


def left_out(
    method_of: HeadMethod, fit: Fit, pictures: Pictures, samples: Sequence[Chosen], share: float, seed: int = 0
) -> tuple[list[Ranking], list[Ranking]]:
    """Rank albums by heads that were not trained on them: without the user's taste, and with it.

    Args:
        method_of: see `HeadMethod`.
        fit: see `Fit`.
        pictures: all pictures of the user.
        samples: the albums; from one whose cover is below 0, as nobody knows it, nothing is learned.
        share: how much the user's taste counts.
        seed: of the dealing into folds.
    """
    without: dict[int, Ranking] = {}
    own: dict[int, Ranking] = {}
    for fold in folds(len(samples), seed):
        asked = [samples[n] for n in fold]
        others = [one for one in _apart(samples, asked) if one.cover >= 0]
        head, albums = fit(pictures, others) if others else None, [one.album for one in asked]
        without |= zip(fold.tolist(), method_of(head, 0.0).rank(pictures, albums), strict=True)
        own |= zip(fold.tolist(), method_of(head, share).rank(pictures, albums), strict=True)
    return [without[n] for n in range(len(samples))], [own[n] for n in range(len(samples))]


def folds(n_samples: int, seed: int) -> list[IntArray]:
    """Deal samples, by number, into `FOLDS` folds of about one size."""
    shuffled = np.random.default_rng(seed).permutation(n_samples)
    return [shuffled[start::FOLDS] for start in range(FOLDS)]


def _apart(samples: Sequence[Chosen], asked: Sequence[Chosen]) -> list[Chosen]:
    """Return the samples that share no candidate with those asked: an album and its event tell of each other."""
    seen = np.unique(np.concatenate([one.album.candidates for one in asked]))
    return [one for one in samples if not np.isin(one.album.candidates, seen).any()]
