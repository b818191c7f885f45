"""How much more often than usual a user likes what is like a candidate: pictures, faces, and ways of looking."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from plugins.covers import Album, Floats, IntArray, Pictures

STEEP: Final = 8.0
"""How much nearer pictures count more: at a cosine of 0.7 a tenth of those that are the same."""
PRIOR: Final = 0.7
"""Likes that are taken for chance, beside those that are there and beside those that would be usual."""
MOST_LIKED: Final = 1_024
MOST_OTHERS: Final = 2_048
"""Liked ones, the latest, and others that are compared with; more change nothing and cost time."""
FAR: Final = 4.0


class Shown:
    """What can be liked, scenes or faces of a user's n pictures; what an album asks takes no longer for a larger n.

    Args:
        unit: beside what is usual with the user, unit length, or 0 where nothing is known; shape (m, d).
        of: the picture of each, shape (m,).
        n: number of pictures.
    """

    def __init__(self, unit: Floats, of: IntArray, n: int) -> None:
        self.unit, self.of = unit, of
        self.known = np.flatnonzero(unit.any(axis=1))
        self._place = np.argsort(of[self.known], kind="stable")
        self._first = np.searchsorted(of[self.known[self._place]], np.arange(n + 1))

    def rows_of(self, pictures: IntArray) -> IntArray:
        """Return the rows of what is known of these pictures, each given once; ascending."""
        return self.known[self._places_of(pictures)]

    def _places_of(self, pictures: IntArray) -> IntArray:
        first, n_rows = self._first[pictures], self._first[pictures + 1] - self._first[pictures]
        within = np.arange(n_rows.sum()) - np.repeat(np.cumsum(n_rows) - n_rows, n_rows)
        return np.sort(self._place[np.repeat(first, n_rows) + within])

    def others(self, pictures: IntArray, most: int) -> tuple[IntArray, int]:
        """Return rows that are known of other pictures, ascending and at even steps; and how many there are in all."""
        gone = self._places_of(pictures)
        n_left = len(self.known) - len(gone)
        place = np.linspace(0, n_left - 1, min(n_left, most)).astype(np.int64)
        before = np.searchsorted(gone - np.arange(len(gone)), place, side="right")  # of those gone, before each place
        return self.known[place + before], n_left


def closeness(pictures: Pictures, album: Album, parts: tuple[Shown, ...]) -> Floats:
    """Return by how much the pictures like each candidate are liked more often than usual, shape (k, parts).

    It is the logarithm of how many of those like it are liked, over how many would be by the user's own share, both
    with `PRIOR` more; 0 where nothing is known. Of several faces in a candidate the one that is liked most counts. The
    album's own pictures are left out: what is liked of them is to be foretold, or is seen by itself.
    """
    found = np.zeros((len(album.candidates), len(parts)), np.float32)
    liked, latest = _each_once(album.history), _each_once(album.history[-MOST_LIKED:])
    usual = len(liked) / max(len(pictures) - len(album.candidates), 1)
    if not 0 < usual < 1:
        return found
    candidates = np.unique(album.candidates)
    of_album = np.concatenate([liked, candidates[~_among(candidates, liked)]])
    for number, part in enumerate(parts):
        asked, loved = part.rows_of(candidates), part.rows_of(latest)
        others, n_others = part.others(of_album, MOST_OTHERS)
        if len(asked) and len(loved) and n_others:
            each, unit = n_others / len(others), part.unit
            odds = _log_odds(unit[asked], unit[loved], unit[others], each, usual)
            found[:, number] = _best(odds, part.of[asked], album.candidates)
    return found


def leaning(album: Album, scenes: Floats) -> Floats:
    """Return how far each candidate goes the way in which liked pictures differ from others, shape (k,).

    It is in standard deviations of the user's other pictures, and counts as far as the liked ones agree on the way, as
    James and Stein shrink a mean; 0 where nothing is known.

    Args:
        album: whose candidates are asked for.
        scenes: along all axes, beside what is usual with the user; 0 where nothing is known; shape (n, d).
    """
    n, nothing = len(scenes), np.zeros(len(album.candidates), np.float32)
    other = np.ones(n, np.bool_)
    other[album.history] = False
    other[album.candidates] = False
    some = np.unique(np.linspace(0, n - 1, min(n, MOST_OTHERS)).astype(np.int64))
    usual, liked, asked = scenes[some[other[some]]], scenes[album.history[-MOST_LIKED:]], scenes[album.candidates]
    usual, liked = usual[usual.any(axis=1)], liked[liked.any(axis=1)]
    if len(liked) < 2 or len(usual) < 2:
        return nothing
    steps = liked - usual.mean(axis=0)
    way = steps.mean(axis=0)
    length, each = float(way @ way), float(np.square(steps).sum(axis=1).mean())
    agreed = (len(liked) * length - each) / max((len(liked) - 1) * length, 1e-9)
    spread = float((usual @ way).std())
    if agreed <= 0 or spread < 1e-6:
        return nothing
    far = agreed * ((asked - usual.mean(axis=0)) @ way) / spread
    return np.where(asked.any(axis=1), far, 0).clip(-FAR, FAR).astype(np.float32)


def _each_once(rows: IntArray) -> IntArray:
    """Return rows ascending, each once; they mostly are, and may be very many."""
    return rows if (rows[1:] > rows[:-1]).all() else np.unique(rows)


def _among(rows: IntArray, ascending: IntArray) -> NDArray[np.bool_]:
    """Say which rows are among others that are ascending, at least one."""
    found: NDArray[np.bool_] = ascending[np.searchsorted(ascending, rows).clip(max=len(ascending) - 1)] == rows
    return found


def _best(odds: Floats, of: IntArray, candidates: IntArray) -> Floats:
    """Return the best of what is known of each candidate, shape (k,); 0 where nothing is known."""
    order = np.argsort(candidates, kind="stable")
    best = np.full(len(candidates), -np.inf)
    np.maximum.at(best, order[np.searchsorted(candidates, of, sorter=order)], odds)
    return np.where(np.isfinite(best), best, 0).clip(-FAR, FAR).astype(np.float32)


def _log_odds(asked: Floats, liked: Floats, others: Floats, each: float, usual: float) -> Floats:
    """Return the logarithm of how many are liked among those like each asked one, over how many would be as usual."""
    near, apart = (np.exp(STEEP * (asked @ rows.T - 1)) for rows in (liked, others))
    mass = near.sum(axis=1) + each * apart.sum(axis=1)
    squares = np.square(near).sum(axis=1) + each * np.square(apart).sum(axis=1)
    alike = np.square(mass) / np.maximum(squares, 1e-12)  # how many pictures there are of which these are a mean
    share = near.sum(axis=1) / np.maximum(mass, 1e-12)
    odds: Floats = np.log((alike * share + PRIOR) / (alike * usual + PRIOR))
    return odds
