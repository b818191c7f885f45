"""Our side of the extraction benchmark: the pipeline as a run of Albumen uses it, without gallery and store."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from benchmarks._given_weights import GivenWeights
from benchmarks._plain_loop import PlainLoop
from benchmarks._sides import Embedder, FloatArray, Run, Seen
from plugins.decoding import decoders
from plugins.features import FaceExtractor, Vectors, dlib_face, facenet, vgg16
from plugins.features.meter import FORWARD, Meter
from plugins.features.pipeline import Made, Wanted, extract


class ForwardTimes(Meter):
    """Also remembers when each forward pass began and ended."""

    def __init__(self) -> None:
        super().__init__()
        self.times: list[tuple[float, float]] = []

    def add(self, stage: str, seconds: float) -> None:
        """Add seconds to a stage that ends now; from any thread."""
        super().add(stage, seconds)
        if stage in FORWARD:
            now = time.perf_counter()
            self.times.append((now - seconds, now))


def covered(times: Sequence[tuple[float, float]]) -> float:
    """Return the seconds that lie within one or more of the times, which may overlap."""
    total, reached = 0.0, -np.inf
    for began, ended in sorted(times):
        total += max(0.0, ended - max(began, reached))
        reached = max(reached, ended)
    return total


class OurPipeline:
    """The extractors with their own choice of number format, device and workers.

    Args:
        given: the weights.
        threads: torch's threads, None for its own choice.
    """

    def __init__(self, given: GivenWeights, threads: int | None = None) -> None:
        if threads:
            torch.set_num_threads(threads)
        given.make_known()
        self._folder = given.folder

    def run(self, files: Sequence[Path], faces: Embedder | None, pictures: bool) -> Run:
        """Work through the files; see `Side.run`."""
        finder = None if faces is None else self._facenet if faces == "facenet" else self._dlib_face
        meter = ForwardTimes()
        wanted = [Wanted(str(i), path.absolute, bool(faces), pictures) for i, path in enumerate(files)]
        painter = self._vgg16 if pictures else None
        began = time.perf_counter()
        made = {one.key: one for one in extract(wanted, decoders(), finder, painter, meter)}
        seconds = time.perf_counter() - began
        seen = tuple(_seen(made[one.key]) for one in wanted)
        idle_s = seconds - covered(meter.times)
        return Run(seen, seconds, dict(meter.seconds), meter.forward_s, max(1, meter.workers), idle_s)

    @cached_property
    def _facenet(self) -> FaceExtractor:
        return facenet.Plugin(weights_dir=self._folder)

    @cached_property
    def _dlib_face(self) -> FaceExtractor:
        return dlib_face.Plugin(weights_dir=self._folder)

    @cached_property
    def _vgg16(self) -> vgg16.Plugin:
        return vgg16.Plugin(weights_dir=self._folder)


class OurNetworkOnPlainCrops(PlainLoop):
    """The plain loop with our InceptionResnetV1 in place of its own: what our number format alone changes."""

    def _facenet_vectors(self, image: Image.Image, boxes: FloatArray) -> Vectors:
        crops = self._mtcnn.extract(image, boxes, None) * 128 + 127.5
        return self._our_facenet.embed(crops.permute(0, 2, 3, 1).round().byte().numpy())

    @cached_property
    def _our_facenet(self) -> facenet.Plugin:
        self._given.make_known()
        return facenet.Plugin(weights_dir=self._given.folder)


def _seen(made: Made) -> Seen:
    if made.failed is not None:
        return Seen(failed=f"{type(made.failed).__name__}: {made.failed}")
    problems = "; ".join(f"{name}: {reason}" for name, reason in made.problems.items())
    if not made.faces:
        return Seen(picture=made.vector, failed=problems)
    boxes = np.array([face.box for face in made.faces], dtype=np.float64)
    return Seen(boxes, np.stack([face.vector for face in made.faces]), made.vector, problems)
