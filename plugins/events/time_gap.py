"""Baseline: a quiet spell starts a new event; places and faces are not looked at."""

from __future__ import annotations

import numpy as np

from plugins.events import Clustering, EventMethod, FacePile, Faces, FloatArray, IntArray, Places, require_fitting


def split_by_gap(taken_s: FloatArray, gap_s: float) -> IntArray:
    """Number photos by event: a quiet spell longer than `gap_s` starts a new one.

    Args:
        taken_s: capture times in seconds since 1970 UTC, ascending, shape (n,).
        gap_s: quiet spell in seconds.

    Returns:
        Event of each photo, counted from 0, shape (n,).

    Source: our baseline; LibrePhotos cuts its auto albums so, at 36 hours.
    """
    return np.cumsum(np.diff(taken_s, prepend=taken_s[:1]) > gap_s)


class Plugin(EventMethod):
    """Events by gaps of more than `gap_h` hours; it finds no trips, no piles, and nothing is away."""

    name = "time_gap"
    version = "1"

    def __init__(self, gap_h: float = 6.0) -> None:
        if not gap_h >= 0:
            raise ValueError(f"gap_h is {gap_h}: it must be a number of hours from 0")
        self.gap_h = gap_h

    def cluster(
        self, taken_s: FloatArray, places: Places, faces: Faces | None = None, utc_offset_s: FloatArray | None = None
    ) -> Clustering:
        """Group photos into events, as `EventMethod.cluster` says."""
        taken_s = np.asarray(taken_s, dtype=np.float64)
        require_fitting(taken_s, places, faces, utc_offset_s)
        order = np.argsort(taken_s, kind="stable")
        event = np.empty(len(order), dtype=np.int64)
        event[order] = split_by_gap(taken_s[order], self.gap_h * 3_600)
        n_events = int(event.max()) + 1 if len(event) else 0
        n_faces = 0 if faces is None else len(faces.photo)
        nobody = np.full(n_faces, -1) if faces is None or faces.person is None else np.asarray(faces.person)
        return Clustering(
            event, np.full(len(event), -1), np.zeros(len(event), dtype=np.bool_), ((),) * n_events, nobody
        )

    def piles(self, event: IntArray, faces: Faces) -> tuple[tuple[FacePile, ...], ...]:  # noqa: ARG002 (the contract's)
        """Return no piles, as many times as there are events."""
        return ((),) * (int(event.max(initial=-1)) + 1)
