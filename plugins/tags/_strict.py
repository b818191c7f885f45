"""Clusters as the patent's text has them, for vectors that do not fit into memory: read in chunks, never all at once.

Source: CN 110704657 A, ¶44-52 and ¶57; D. Sculley, Web-Scale K-Means Clustering (2010), algorithm 1, for the counts by
which a batch corrects the centres.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from plugins.tags import Floats, IntArray, Vectors

BoolArray: TypeAlias = NDArray[np.bool_]

CHUNK_BYTES: Final = 1 << 26
"""Bytes of vectors that are worked on at a time: 167 whole VGG16 maps; more are no faster."""

REMEMBERED: Final = 0.6
"""Share of what a centre was given before that counts beside a new batch. With all of it, as Sculley has it, the first
batches, which were assigned at random, hold the centres back: the error ended 1 to 2 % higher on Caltech-101."""

SAME_PLACE: Final = 1e-6
"""Squared distance up to which a picture is where its centre is, within what float32 can tell."""


def strict_centres(
    vectors: Vectors,
    rows: IntArray,
    k: int,
    batch: int = 10_000,
    seed: int = 0,
    *,
    start: Floats | None = None,
    tolerance: float = 1e-4,
    patience: int = 3,
    most: int = 100,
) -> Floats:
    """Find cluster centres by mini-batch k-means whose first centres have nothing to do with the pictures.

    The first centres are random directions, of unit length as the vectors are. Each iteration assigns a random batch to
    the nearest centres and moves each centre to the mean of what it was given, earlier batches counting less and less;
    where the batch is the whole stock, of what it was given now. A centre that was never given any moves onto one of
    the pictures farthest from theirs.

    Args:
        vectors: shape (n, d), unit length.
        rows: which of them are the stock, shape (m,), each once.
        k: number of centres.
        batch: most pictures of an iteration.
        seed: of the first centres and the batches.
        start: centres to begin from instead, shape (k, d): those saved before the stock changed (¶60).
        tolerance: the squared error has converged when it no longer falls by this share of its least value so far.
        patience: so many iterations in a row.
        most: iterations at the most.
    Returns:
        The centres, shape (at most k, d): those to which no picture of the stock is nearest at last are left out.
    Source: ¶44-52. The error D of ¶49 is taken to the nearest centre, r, of the corrected ones: it is what the next
    batch shows while it is assigned, so that each picture is read once an iteration.
    """
    if not len(rows):
        return np.zeros((0, vectors.shape[1]), np.float32)
    draw = np.random.default_rng(seed)
    centres = _random_directions(k, vectors.shape[1], draw) if start is None else start.astype(np.float32)
    given, is_whole = np.zeros(len(centres)), len(rows) <= batch
    least, quiet = np.inf, 0
    for _ in range(most):
        part = rows if is_whole else np.sort(draw.choice(rows, batch, replace=False))
        seen = _assigned(vectors, part, centres)
        given = seen.counts + (0 if is_whole else REMEMBERED) * given
        _correct(centres, seen, given)
        n_moved = _revive(centres, given == 0, seen, vectors, part)
        error = float(seen.squared.sum())
        quiet = 0 if n_moved or error < least * (1 - tolerance) else quiet + 1
        least = min(least, error)
        if quiet >= patience:
            break
    nearest, _ = nearest_streamed(vectors, rows, centres)
    return np.ascontiguousarray(centres[np.unique(nearest)])


def nearest_streamed(vectors: Vectors, rows: IntArray, centres: Floats) -> tuple[IntArray, Floats]:
    """Return each row's nearest centre and the squared distance to it, shapes (m,); of two as near, the first.

    Args:
        vectors: shape (n, d).
        rows: which of them, shape (m,); read in chunks.
        centres: shape (k, d), at least one.
    Source: ¶47, ¶57: similar is what is a small distance off.
    """
    lengths = _squared_lengths(centres)
    found = [_nearest(chunk, centres, lengths) for chunk in in_chunks(vectors, rows)]
    nearest = np.concatenate([np.zeros(0, np.int64), *(one for one, _ in found)])
    return nearest, np.concatenate([np.zeros(0, np.float32), *(squared for _, squared in found)])


@dataclass(frozen=True, slots=True, eq=False)
class _Assigned:
    """A batch with its centres: what each centre was given, shape (k,) and (k, d); how far off each picture was."""

    counts: IntArray
    sums: Floats
    squared: Floats


def _assigned(vectors: Vectors, rows: IntArray, centres: Floats) -> _Assigned:
    lengths, k = _squared_lengths(centres), len(centres)
    counts, sums = np.zeros(k, np.int64), np.zeros_like(centres)
    squared: list[Floats] = []
    for chunk in in_chunks(vectors, rows):
        nearest, off = _nearest(chunk, centres, lengths)
        counts += np.bincount(nearest, minlength=k)
        order = np.argsort(nearest, kind="stable")
        taken, first = np.unique(nearest[order], return_index=True)
        for centre, members in zip(taken.tolist(), np.split(order, first[1:]), strict=True):
            sums[centre] += chunk[members].sum(axis=0)
        squared.append(off)
    return _Assigned(counts, sums, np.concatenate(squared))


def _correct(centres: Floats, seen: _Assigned, given: NDArray[np.float64]) -> None:
    """Move each centre, in place, to the mean of the `given` pictures that count now, this batch's with them."""
    for centre in np.flatnonzero(seen.counts).tolist():
        centres[centre] *= np.float32(1 - seen.counts[centre] / given[centre])
        centres[centre] += seen.sums[centre] / np.float32(given[centre])


def _revive(centres: Floats, is_dead: BoolArray, seen: _Assigned, vectors: Vectors, rows: IntArray) -> int:
    """Move dead centres, in place, onto the pictures of the batch that are farthest from theirs; return how many."""
    dead = np.flatnonzero(is_dead)
    off = np.argsort(-seen.squared, kind="stable")[: len(dead)]
    farthest = np.sort(off[seen.squared[off] > SAME_PLACE])
    place = 0
    for chunk in in_chunks(vectors, rows[farthest]):
        centres[dead[place : place + len(chunk)]] = chunk
        place += len(chunk)
    return place


def _nearest(chunk: Floats, centres: Floats, lengths: Floats) -> tuple[IntArray, Floats]:
    offs = lengths - 2 * (chunk @ centres.T)  # less the squared length of the picture's own, the same for all centres
    nearest = offs.argmin(axis=1)
    squared = offs[np.arange(len(chunk)), nearest] + _squared_lengths(chunk)
    return nearest, np.maximum(squared, 0)


def _squared_lengths(vectors: Floats) -> Floats:
    found: Floats = np.einsum("ij,ij->i", vectors, vectors)
    return found


def in_chunks(vectors: Vectors, rows: IntArray) -> Iterator[Floats]:
    """Yield the vectors of these rows, in order, at most `CHUNK_BYTES` at a time."""
    size = max(1, CHUNK_BYTES // (4 * max(1, vectors.shape[1])))
    for start in range(0, len(rows), size):
        yield vectors[rows[start : start + size]]


def _random_directions(k: int, dim: int, draw: np.random.Generator) -> Floats:
    made = draw.standard_normal((k, dim), dtype=np.float32)
    made /= np.sqrt(_squared_lengths(made))[:, None]
    return made
