"""The most alike of many vectors, by products of whole matrices."""

from __future__ import annotations

from typing import Final

import numpy as np

from plugins.half_vectors import parts
from plugins.people import Floats, IntArray

AT_ONCE: Final = 512
"""Vectors compared at a time: with 30,000 others 60 MB."""


def most_alike(some: Floats, others: Floats, k: int) -> tuple[Floats, IntArray]:
    """Return the k largest inner products of each vector with the others, largest first, and with which they are.

    For tens of the nearest among thousands this is three times as fast as `faiss.knn`, which compares while it sorts.

    Args:
        some: shape (n, d).
        others: shape (m, d), m at least k.
        k: how many of each.

    Returns:
        Products float32 (n, k), and rows of `others` int64 (n, k).
    """
    import torch  # noqa: PLC0415  commands that compare no faces begin without it

    product, row = np.empty((len(some), k), np.float32), np.empty((len(some), k), np.int64)
    for now in parts(len(some), AT_ONCE):
        # NumPy multiplies in two thirds of torch's time on AMD; torch picks the largest in a third of NumPy's.
        found = torch.topk(torch.from_numpy(some[now] @ others.T), k, dim=1)
        product[now], row[now] = found.values.numpy(), found.indices.numpy()
    return product, row
