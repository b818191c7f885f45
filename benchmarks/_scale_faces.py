"""The faces of a simulated library, a few photos at a time: what a detector measures of them, and their vectors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks._scale_library import IntArray, Shots
from plugins.people import Floats
from plugins.people._synthetic import DEPTH, FRONTAL
from plugins.people._synthetic_faces import Space, Traits, unit
from plugins.records import FULL_FACE_PX, UNSURE_SCORE

LOOKED_AT_PX = 1_024.0
"""Longer side of the pictures that the detector looks at, which are four to three."""


@dataclass(frozen=True, slots=True, eq=False)
class Faces:
    """The faces of some photos, largest first in each; float32 (f,) but for `boxes` (f, 4) and `points` (f, 5, 2)."""

    boxes: Floats
    points: Floats
    score: Floats
    size_px: Floats
    sharpness: Floats
    frontal: Floats
    vectors: Floats


class Crowd:
    """The people of a library as an embedder sees them; strangers are made up when they come."""

    def __init__(self, seed: int, people: int, traits: Traits) -> None:
        self._draw = draw = np.random.default_rng([seed, 2])
        self._traits, self._space = traits, Space.of(draw, traits)
        self._mean = unit(self._space.draw(draw, people))
        self._look = self._space.draw(draw, 2 * people) * np.float32(traits.modes)
        self._drift = self._space.draw(draw, people) * np.float32(traits.ageing)
        self._weight = draw.normal(traits.weight, traits.spread, people).clip(0.2, 0.95)

    def threshold(self) -> float:
        """Return the cosine that one pair of strangers in 1,000 reaches."""
        return self._space.threshold(np.random.default_rng(0))

    def faces(self, shots: Shots, first: int, last: int) -> Faces:
        """Return the faces of the photos from `first` to before `last`."""
        draw, here = self._draw, slice(shots.faces[first], shots.faces[last])
        photo = np.repeat(np.arange(first, last), np.diff(shots.faces[first : last + 1]))
        person = shots.person[here]
        n = len(person)
        quality = np.where(draw.random(n) < self._traits.low, draw.uniform(0.1, 0.5, n), draw.uniform(0.6, 1, n))
        yaw = draw.normal(0, 25, n)
        size_px = _largest_first(photo, 30 * 2 ** (3 * quality + draw.normal(0, 0.4, n)))
        frontal = (1 - np.abs(yaw) / 90).clip(0.05, 1)
        score = UNSURE_SCORE + (1 - UNSURE_SCORE) * (quality + draw.normal(0.3, 0.1, n)).clip(0.05, 1)
        # what is left of the quality is sharpness
        rest = np.minimum(1, size_px / FULL_FACE_PX) * frontal * (score - UNSURE_SCORE) / (1 - UNSURE_SCORE)
        sharpness = (quality**4 / rest).clip(0.02, 1)
        boxes = _boxes(draw, photo, size_px)
        age = (shots.taken_s[photo] - shots.taken_s.mean()) / np.ptp(shots.taken_s)
        vectors = self._embedded(person, shots.people, age, quality)
        points = _points(draw, boxes, yaw)
        return Faces(boxes, points, _small(score), _small(size_px), _small(sharpness), _small(frontal), vectors)

    def _embedded(
        self, person: IntArray, people: int, age: NDArray[np.float64], quality: NDArray[np.float64]
    ) -> Floats:
        draw, known = self._draw, person < people
        one = np.where(known, person, 0)
        look = (draw.random(len(person)) ** 2 * 2).astype(np.int64)
        identity = self._mean[one] + self._look[2 * one + look] + self._drift[one] * age[:, None].astype(np.float32)
        identity[~known] = self._space.draw(draw, int((~known).sum()))
        weight = np.where(known, self._weight[one], self._traits.weight)[:, None].astype(np.float32)
        poor = (1 - quality)[:, None].astype(np.float32)
        noise = self._space.blurs(draw, len(person)) * (1 + self._traits.blur * poor)
        drawn = weight * unit(identity) + np.sqrt(1 - weight**2) * noise
        return unit(drawn + self._traits.pull * poor * self._space.bad + self._traits.common * self._space.common)


def _largest_first(photo: IntArray, size_px: NDArray[np.float64]) -> NDArray[np.float64]:
    return size_px[np.lexsort((-size_px, photo))]


def _boxes(draw: np.random.Generator, photo: IntArray, size_px: NDArray[np.float64]) -> Floats:
    """Put the faces of a photo beside one another, shape (f, 4)."""
    _, group, count = np.unique(photo, return_inverse=True, return_counts=True)
    place = np.arange(len(photo)) - (np.cumsum(count) - count)[group]
    slot = 1 / count[group]
    wide = np.minimum(size_px / LOOKED_AT_PX, 0.9 * slot)
    left = place * slot + draw.uniform(0, 1, len(photo)) * (slot - wide)
    high = np.minimum(wide * 4 / 3, 0.9)
    top = draw.uniform(0, 1, len(photo)) * (1 - high)
    return np.column_stack([left, top, left + wide, top + high]).astype(np.float32)


def _points(draw: np.random.Generator, boxes: Floats, yaw: NDArray[np.float64]) -> Floats:
    """Return eyes, nose and corners of the mouth in a picture, shape (f, 5, 2)."""
    turned = np.radians(yaw)[:, None]
    x = 0.5 + (FRONTAL[:, 0] - 0.5) * np.cos(turned) + DEPTH * np.sin(turned)
    y = np.broadcast_to(FRONTAL[:, 1], x.shape)
    in_box = np.stack([x, y], axis=2) + draw.normal(0, 0.015, (len(boxes), 5, 2))
    return (boxes[:, None, :2] + in_box * (boxes[:, 2:] - boxes[:, :2])[:, None]).astype(np.float32)


def _small(measured: NDArray[np.float64]) -> Floats:
    return measured.astype(np.float32)
