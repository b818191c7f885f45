"""A video's frames give one answer: each person once, and one vector."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from plugins.decoding import Frame
from plugins.features import FoundFace, Vectors
from plugins.features._faces import unit


def faces_of_frames(frames: Sequence[tuple[Frame, tuple[FoundFace, ...]]], same_person: float) -> tuple[FoundFace, ...]:
    """Return the faces of a photo or video, largest first; a person seen in several frames counts once, at their best.

    Two faces of one frame are two people; a face of another frame is the same person from a cosine of `same_person` on.

    Args:
        frames: each with its faces; one for a still picture.
        same_person: cosine; the looser threshold inside an event, for the seconds of a video.
    """
    if len(frames) == 1:
        return frames[0][1]
    timed = [(number, replace(face, at_s=frame.at_s)) for number, (frame, found) in enumerate(frames) for face in found]
    kept: list[tuple[int, FoundFace]] = []
    for number, face in sorted(timed, key=lambda one: -one[1].quality):
        if not any(n != number and float(face.vector @ other.vector) >= same_person for n, other in kept):
            kept.append((number, face))
    return tuple(face for _, face in sorted(kept, key=lambda one: -one[1].area))


def vector_of_frames(vectors: Sequence[Vectors]) -> Vectors:
    """Return the mean direction of the frames' unit vectors, each of shape (dim,); that of one frame is itself."""
    if len(vectors) == 1:
        return vectors[0]
    mean: Vectors = unit(np.mean(vectors, axis=0, keepdims=True, dtype=np.float32))[0]
    return mean
