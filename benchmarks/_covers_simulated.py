"""Simulated users for the covers benchmark, one by one; and one large library, for the seconds that methods take."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import numpy as np
import torch

from benchmarks._covers_data import User, small_pictures
from benchmarks._covers_methods import ALL, Settings
from benchmarks._means import Row
from benchmarks._processes import peak_mb
from plugins.covers import Album, Chosen, Pictures
from plugins.covers._strict_pictures import drawn_user
from plugins.covers._synthetic import SimulatedUser, simulate
from plugins.features.thumbnail import SIDE_PX, pixels_of

ALBUMS: Final = 1_000
CANDIDATES: Final = 32
HISTORY: Final = 64
SCENE_DIM, FACE_DIM = 512, 128
SQUARES: Final = 8
PX: Final = SIDE_PX // SQUARES


def users(
    first: int, n: int, albums: int, signals: int | None, all_history: bool, blind: bool, drawn: bool = False
) -> Iterator[User]:
    """Yield simulated users of the seeds from `first` on.

    Args:
        first: seed of the first user; those below 10,000 have been learned from.
        n: users.
        albums: of each, with a chosen cover.
        signals: covers and likes of each; None for as many as the user has.
        all_history: whether what was liked later is history too.
        blind: whether favourites and ratings of an album's own photos are hidden.
        drawn: whether they are users of whom there are pictures, drawn ones: others, with less.
    """
    before, simulated = 0, drawn_user if drawn else simulate
    for seed in range(first, first + n):
        found = simulated(seed, n_albums=albums, n_signals=signals, later=all_history)
        user = _user(str(seed), _without_pictures(found) if drawn else found, before, blind)
        before += sum(map(len, user.places))
        yield replace(user, thumbnails=small_pictures(found.pictures.scenes)) if drawn else user


def _without_pictures(found: SimulatedUser) -> SimulatedUser:
    """Return a user of drawn pictures with their colours in 64 squares for what they show."""
    squares = pixels_of(found.pictures.scenes).reshape(-1, SQUARES, PX, SQUARES, PX, 3).mean(axis=(2, 4))
    vectors = squares.reshape(len(squares), -1) - 0.5
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return replace(found, pictures=replace(found.pictures, scenes=vectors / np.maximum(length, 1e-6)))


def _user(name: str, found: SimulatedUser, before: int, blind: bool) -> User:
    chosen = tuple(replace(one, album=replace(one.album, blind=blind)) for one in found.chosen)
    ends = before + np.cumsum([len(one.album.candidates) for one in chosen])
    places = tuple(
        np.arange(end - len(one.album.candidates), end) for end, one in zip(ends.tolist(), chosen, strict=True)
    )
    return User(name, found.pictures, chosen, found.n_signals, places)


def timed(name: str, settings: Settings, threads: int, albums: int = ALBUMS) -> Row:
    """Measure in this process how long a method takes for many full albums of one user, all of different pictures."""
    torch.set_num_threads(threads)
    user = large(albums)
    began, began_cpu = time.perf_counter(), time.process_time()
    ALL[name](user, settings)
    took = {"seconds": time.perf_counter() - began, "cpu_seconds": time.process_time() - began_cpu}
    return {"method": name, "variant": f"{albums}_albums", "threads": threads, **took, "peak_mb": peak_mb()}


def large(albums: int) -> User:
    """Return a user with full albums and a full history, of noise: each with a scene, a face and measures."""
    draw = np.random.default_rng(0)
    n = albums * CANDIDATES + HISTORY
    shares = ("sharpness", "exposure", "face_share", "face_quality", "smile")
    pictures = Pictures.of(
        [f"{row:06d}" for row in range(n)],
        np.arange(n, dtype=np.float64),
        scenes=_unit(draw, n, SCENE_DIM),
        faces=_unit(draw, n, FACE_DIM),
        face_of=np.arange(n),
        n_faces=np.ones(n, np.float32),
        **{name: draw.random(n, np.float32) for name in shares},
    )
    history = np.arange(HISTORY)
    rows = [np.arange(first, first + CANDIDATES) for first in range(HISTORY, n, CANDIDATES)]
    chosen = tuple(Chosen(Album(candidates, history), 0) for candidates in rows)
    return User("large", pictures, chosen, HISTORY, tuple(candidates - HISTORY for candidates in rows))


def _unit(draw: np.random.Generator, n: int, d: int) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    found = draw.standard_normal((n, d), np.float32)
    found /= np.linalg.norm(found, axis=1, keepdims=True)
    return found
