"""Many vectors of unit length held once, in half precision: rows become single precision when they are indexed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float32]
IntArray: TypeAlias = NDArray[np.int64]
Rows: TypeAlias = IntArray | Sequence[int] | slice

AT_ONCE: Final = 16_384
"""Rows that are single precision together: 32 MB of 512 numbers."""


class HalfVectors:
    """n vectors of d numbers in half precision, of which only some rows at a time are single precision.

    Args:
        stored: the vectors, float16, shape (m, d); kept as it is and not copied.
        rows: which of them these are, in order, shape (n,); all by default.
        lengths: lengths of these as they are stored, float32 (n,), where they are known.

    A million faces of 512 numbers are 1 GB so, and 2 GB in single precision.
    """

    def __init__(
        self, stored: NDArray[np.float16], rows: IntArray | None = None, lengths: Floats | None = None
    ) -> None:
        self._stored, self._rows = stored, rows
        measured = (_lengths(part) for part in self._as_stored()) if lengths is None else (lengths,)
        self.lengths = np.concatenate([np.zeros(0, np.float32), *measured])
        """Lengths of the vectors as they are stored, float32 (n,); not finite where a number is not."""

    @property
    def shape(self) -> tuple[int, int]:
        """Return (n, d)."""
        return len(self), self._stored.shape[1]

    @property
    def ndim(self) -> int:
        """Return 2."""
        return 2

    def __len__(self) -> int:
        return len(self._stored if self._rows is None else self._rows)

    def __getitem__(self, rows: Rows, /) -> Floats:
        """Return these rows, float32, of length 1 or zero, shape (len(rows), d)."""
        lengths = self.lengths[rows][:, None]
        found = single(self._stored, rows if self._rows is None else self._rows[rows])
        found /= np.where(lengths > 0, lengths, 1)
        return found

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        """Return all of them: what methods for few faces ask for."""
        return self[:] if dtype is None else self[:].astype(dtype, copy=False)

    def part(self, rows: IntArray) -> HalfVectors:
        """Return some of the vectors, in the order of `rows`, without a copy; all in their order are these."""
        if len(rows) == len(self) and (rows == np.arange(len(rows))).all():
            return self
        return HalfVectors(self._stored, rows if self._rows is None else self._rows[rows], self.lengths[rows])

    def _as_stored(self) -> Iterator[NDArray[np.float16]]:
        return (self._stored[some if self._rows is None else self._rows[some]] for some in parts(len(self)))


def single(stored: NDArray[np.floating[Any]], rows: Rows) -> Floats:
    """Return rows in single precision, by torch: NumPy takes twenty times as long to make them of halves."""
    import torch  # noqa: PLC0415  the store's commands, which need no vectors, begin without it

    halves = torch.from_numpy(stored)
    if isinstance(rows, slice):
        return np.asarray(halves[rows].float().numpy())
    chosen = np.ascontiguousarray(rows)
    if chosen.dtype not in {np.dtype(np.int32), np.dtype(np.int64)} or chosen.min(initial=0) < 0:
        chosen = np.arange(len(stored))[rows]  # a mask, an empty list, or counted from the end
    return np.asarray(halves.index_select(0, torch.from_numpy(chosen)).float().numpy())


def one_after_the_other(first: Floats | HalfVectors, then: Floats | HalfVectors) -> Floats | HalfVectors:
    """Return the vectors of both, in half precision where the first are."""
    if not isinstance(first, HalfVectors):
        return np.concatenate([first, np.asarray(then, dtype=np.float32)])
    stored = np.empty((len(first) + len(then), first.shape[1]), dtype=np.float16)
    for vectors, start in ((first, 0), (then, len(first))):
        for some in parts(len(vectors)):
            stored[start + some.start : start + some.stop] = vectors[some]
    return HalfVectors(stored)


def parts(n: int, at_once: int = AT_ONCE) -> Iterator[slice]:
    """Yield the rows of n vectors in parts that are worked on together."""
    yield from (slice(start, min(start + at_once, n)) for start in range(0, n, at_once))


def _lengths(part: NDArray[np.float16]) -> Floats:
    with np.errstate(over="ignore", invalid="ignore"):
        return np.asarray(np.linalg.norm(part.astype(np.float32), axis=1), dtype=np.float32)
