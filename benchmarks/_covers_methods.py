"""The methods of the covers benchmark by the names of their rows, and what each says of one user's albums."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Final, TypeAlias, cast

import numpy as np
import torch
from numpy.typing import NDArray

import plugins
from benchmarks._covers_data import User
from plugins.covers import Album, Chosen, CoverMethod, Floats, IntArray, Pictures, Ranking, stills_first
from plugins.covers._interest_training import TUNING_STEPS, fitted
from plugins.covers.acceptance import FEWEST_SIGNALS, better_elsewhere, share_of, too_few
from plugins.covers.fine_tuning import FEWEST_SAMPLES, left_out
from plugins.features.thumbnail import PIXELS, vectors_of

Settings: TypeAlias = Mapping[str, Any]
Ranker: TypeAlias = Callable[[User, Settings], list[Ranking]]
"""Ranks the albums of a user; the settings are those of patent 004 that the command line gives."""

METHOD: Final = "interest_gru"
STEP: Final = 10
"""Signals are counted in tens, so that not every album has a network run of its own."""


def rule(name: str, **own: Any) -> Ranker:
    """Return what a plain rule says."""
    return lambda user, _: made(name, **own).rank(user.pictures, _albums(user))


def network(**own: Any) -> Ranker:
    """Return what patent 004 says if every history counts alike."""
    return lambda user, settings: made(METHOD, **settings, **own).rank(user.pictures, _albums(user))


def made(name: str, **settings: Any) -> CoverMethod:
    """Return a cover plugin; weights that it draws are the same each time."""
    torch.manual_seed(0)
    method: CoverMethod = plugins.load("covers", name)(**settings)
    return method


def _albums(user: User) -> list[Album]:
    return [one.album for one in user.chosen]


def personal(**own: Any) -> Ranker:
    """Return what patent 004 says if each album's history counts by its length alone, from 30 pictures on."""
    return lambda user, settings: _by_history(user, {**settings, **own})


def _by_history(user: User, settings: Settings) -> list[Ranking]:
    n_signals = [len(album.history) for album in _albums(user)]
    share = [share_of(n // STEP * STEP) if n >= FEWEST_SIGNALS else 0.0 for n in n_signals]
    found: dict[int, Ranking] = {}
    for one in sorted(set(share)):
        at = [n for n, its in enumerate(share) if its == one]
        ranked = made(METHOD, personal=one, **settings).rank(user.pictures, [user.chosen[n].album for n in at])
        found |= zip(at, ranked, strict=True)
    return [found[n] for n in range(len(share))]


def accepted(user: User, settings: Settings) -> list[Ranking]:
    """Return what patent 004 says if its personal part counts only where the user's other albums speak for it."""
    generic = network(personal=0.0)(user, settings)
    if too_few(sum(one.cover >= 0 for one in user.chosen) - 1, user.n_liked):
        return generic
    return better_elsewhere(user.chosen, generic, network(personal=share_of(user.n_liked))(user, settings))


def own_head(user: User, settings: Settings, steps: int = TUNING_STEPS) -> list[Ranking]:
    """Return what heads say that were trained on the user's other albums: each album by one that has not seen it.

    As many folds as training itself uses; the history counts where the other albums speak for it.
    """
    known = [n for n, one in enumerate(user.chosen) if one.cover >= 0]
    if too_few(len(known), user.n_liked) or len(known) < FEWEST_SAMPLES:
        return network(personal=0.0)(user, settings)
    generic, own = left_out(
        lambda head, personal: made(METHOD, **{**settings, "head": head}, personal=personal),
        partial(fitted, settings.get("head"), steps=steps),
        user.pictures,
        user.chosen,
        share_of(user.n_liked),
    )
    return better_elsewhere(user.chosen, generic, own)


class Small:
    """Thumbnails in the place of `Pictures.scenes`: strict mode asks for the shape, and for some rows at a time."""

    def __init__(self, thumbnails: NDArray[np.uint8]) -> None:
        self._thumbnails = thumbnails

    @property
    def shape(self) -> tuple[int, int]:
        """Return (n, d)."""
        return len(self._thumbnails), PIXELS + 1

    def __getitem__(self, rows: IntArray, /) -> Floats:
        """Return these pictures as the extractor `thumbnail` gives them, shape (len(rows), d)."""
        return vectors_of(self._thumbnails[rows].astype(np.float32) / 255)


def strict(**own: Any) -> Ranker:
    """Return what strict mode says of the pictures themselves."""
    return lambda user, _: made(METHOD, mode="strict", **own).rank(_as_seen(user), _albums(user))


def _as_seen(user: User) -> Pictures:
    if user.thumbnails is None:
        raise ValueError("strict mode needs thumbnails of the pictures")
    return replace(user.pictures, scenes=cast("Floats", Small(user.thumbnails)))


def untrained(user: User, settings: Settings) -> list[Ranking]:
    """Return what the personal part says as the network begins, which is a plain rule."""
    return _by_history(user, {**settings, "head": None, "trained": False})


def random_history(user: User, settings: Settings) -> list[Ranking]:
    """Return what the personal part says if the history are as many pictures of the user's, drawn by lot."""
    draw = np.random.default_rng(0)
    drawn = tuple(_with_random_history(user, one, draw) for one in user.chosen)
    return _by_history(replace(user, chosen=drawn), settings)


def _with_random_history(user: User, chosen: Chosen, draw: np.random.Generator) -> Chosen:
    album = chosen.album
    others = np.setdiff1d(np.arange(len(user.pictures)), album.candidates)
    drawn = np.sort(draw.choice(others, min(len(album.history), len(others)), replace=False))
    return replace(chosen, album=replace(album, history=drawn))


def at_random(user: User, _: Settings) -> list[Ranking]:
    """Return equal chances for all that can be the cover: stills, or videos where there is no still."""
    first = [np.isfinite(stills_first(user.pictures, one.album)) for one in user.chosen]
    return [Ranking((may / may.sum()).astype(np.float32)) for may in first]


RANDOM: Final = "random"
RULES: Final[Mapping[str, Ranker]] = {
    RANDOM: at_random,
    "first": rule("first_photo"),
    "last": rule("last_photo"),
    "sharpest_face": rule("sharpest_face"),
    "medoid": rule("medoid"),
    "history_cosine": rule("history_cosine"),
}
LEARNED: Final[Mapping[str, Ranker]] = {
    "generic": network(personal=0.0),
    "personal": personal(),
    "accepted": accepted,
}
STRICT: Final[Mapping[str, Ranker]] = {
    "strict_generic": strict(personal=0.0),
    "strict": strict(),
}
"""Rows that are of thumbnails."""
TRAINED: Final[Mapping[str, Ranker]] = {"own_head": own_head}
"""Rows for which something is trained: that takes seconds for each user."""
ABLATIONS: Final[Mapping[str, Ranker]] = {
    "history_cosine_plain": rule("history_cosine", centred=False),
    "untrained": untrained,
    "personal_whole": network(personal=1.0),
    "personal_history_10": personal(history=10),
    "personal_random_history": random_history,
}
ALL: Final[Mapping[str, Ranker]] = {**RULES, **LEARNED, **STRICT, **TRAINED, **ABLATIONS}
AGAINST: Final[Mapping[str, str]] = {
    **dict.fromkeys(("personal", "accepted", *(name for name in ABLATIONS if name.startswith("personal"))), "generic"),
    "strict": "strict_generic",
    "own_head": "accepted",
}
"""What rows are compared with beside all rules."""


def chosen(wanted: Sequence[str], *groups: Mapping[str, Ranker]) -> tuple[str, ...]:
    """Return the methods to run: those named, else the rules, what is learned, and groups that are asked for."""
    return tuple(wanted) or (*RULES, *LEARNED, *(name for group in groups for name in group))


def rivals(name: str) -> tuple[str, ...]:
    """Return the rows that a row is compared with, album by album."""
    return () if name in RULES else (*RULES, *((AGAINST[name],) if name in AGAINST else ()))
