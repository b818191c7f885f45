"""The plain loop that our pipeline is measured against: what a user of facenet-pytorch, torchvision and dlib writes."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import dlib
import numpy as np
import pillow_heif
import torch
from facenet_pytorch import MTCNN, InceptionResnetV1
from PIL import Image, ImageOps
from torch.nn import Module

from benchmarks._given_weights import GivenWeights, loaded, vgg16_features
from benchmarks._sides import Embedder, FloatArray, Run, Seen, Vectors
from plugins.features import weights

LONG_SIDE_PX: Final = 1280
SIDE_PX: Final = 224
MEAN_RGB: Final = (123.68, 116.779, 103.939)
FORWARD: Final = ("pnet", "rnet", "onet", "embedder", "vgg16")
"""The stages that are forward passes of a network."""


class PlainLoop:
    """One picture after the other, batch 1, float32, torch's own number of threads; a file that fails is left out.

    Args:
        given: the weights.
        threads: torch's threads, None for its own choice.
    """

    def __init__(self, given: GivenWeights, threads: int | None = None) -> None:
        pillow_heif.register_heif_opener()
        if threads:
            torch.set_num_threads(threads)
        self._given = given
        self._seconds: defaultdict[str, float] = defaultdict(float)

    def run(self, files: Sequence[Path], faces: Embedder | None, pictures: bool) -> Run:
        """Work through the files; see `Side.run`."""
        self._seconds.clear()
        began = time.perf_counter()
        seen = tuple(self._seen(path, faces, pictures) for path in files)
        seconds = time.perf_counter() - began
        stages = dict(self._seconds)
        if "detect" in stages:  # what MTCNN does around its networks
            stages["cascade"] = stages.pop("detect") - sum(stages.get(name, 0.0) for name in ("pnet", "rnet", "onet"))
        forward_s = sum(stages.get(name, 0.0) for name in FORWARD)
        return Run(seen, seconds, stages, forward_s, 1, seconds - forward_s)

    def _seen(self, path: Path, faces: Embedder | None, pictures: bool) -> Seen:
        try:
            image = self._opened(path)
            boxes, vectors = self._faces(image, faces) if faces else (Seen().boxes, Seen().vectors)
            return Seen(boxes, vectors, self._picture(image) if pictures else None)
        except Exception as error:  # a user's loop goes on, too
            return Seen(failed=f"{type(error).__name__}: {error}")

    def _opened(self, path: Path) -> Image.Image:
        with self._timed("decode"), Image.open(path) as file:
            image = ImageOps.exif_transpose(file).convert("RGB")
        with self._timed("shrink"):
            image.thumbnail((LONG_SIDE_PX, LONG_SIDE_PX))
        return image

    def _faces(self, image: Image.Image, embedder: Embedder) -> tuple[FloatArray, Vectors]:
        with self._timed("detect"):
            boxes, _ = self._mtcnn.detect(image)
        if boxes is None:
            return Seen().boxes, Seen().vectors
        boxes = np.asarray(boxes, dtype=np.float64)
        vectors = self._facenet_vectors(image, boxes) if embedder == "facenet" else self._dlib_vectors(image, boxes)
        return boxes / np.tile(image.size, 2), unit(vectors)

    def _facenet_vectors(self, image: Image.Image, boxes: FloatArray) -> Vectors:
        with self._timed("crop"):
            crops = self._mtcnn.extract(image, boxes, None)
        with torch.no_grad():
            vectors: Vectors = self._facenet(crops).numpy()
        return vectors

    def _dlib_vectors(self, image: Image.Image, boxes: FloatArray) -> Vectors:
        pixels = np.asarray(image)
        with self._timed("crop"):
            points = [self._points(pixels, dlib.rectangle(*(round(v) for v in box))) for box in boxes.tolist()]
        with self._timed("embedder"):
            return np.array([self._dlib.compute_face_descriptor(pixels, p) for p in points], dtype=np.float32)

    def _picture(self, image: Image.Image) -> Vectors:
        with self._timed("resize"):
            small = image.resize((SIDE_PX, SIDE_PX), Image.Resampling.BILINEAR)
            pixels = torch.from_numpy(np.asarray(small, dtype=np.float32) - np.array(MEAN_RGB, dtype=np.float32))
        with torch.no_grad():
            maps = self._vgg16(pixels.permute(2, 0, 1)[None])
        vector: Vectors = unit(maps.mean(dim=(2, 3)).numpy())[0]
        return vector

    @contextmanager
    def _timed(self, stage: str) -> Iterator[None]:
        began = time.perf_counter()
        yield
        self._seconds[stage] += time.perf_counter() - began

    def _watched(self, network: Module, stage: str) -> Module:
        """Add the time of each forward pass to a stage."""
        began: list[float] = []
        network.register_forward_pre_hook(lambda *_: began.append(time.perf_counter()))
        network.register_forward_hook(lambda *_: self._add(stage, time.perf_counter() - began.pop()))
        return network.eval()

    def _add(self, stage: str, seconds: float) -> None:
        self._seconds[stage] += seconds

    @cached_property
    def _mtcnn(self) -> Any:
        mtcnn = MTCNN(keep_all=True, min_face_size=20)
        for name in ("pnet", "rnet", "onet"):
            self._watched(getattr(mtcnn, name), name)
        return mtcnn

    @cached_property
    def _facenet(self) -> Module:
        network = InceptionResnetV1(pretrained=None)
        network.load_state_dict(loaded(self._given.files["facenet"]))
        return self._watched(network, "embedder")

    @cached_property
    def _vgg16(self) -> Module:
        network = vgg16_features()
        network.load_state_dict(loaded(self._given.files["vgg16"]))
        return self._watched(network, "vgg16")

    @cached_property
    def _points(self) -> Any:
        return dlib.shape_predictor(str(weights.find("dlib_five_points")))

    @cached_property
    def _dlib(self) -> Any:
        return dlib.face_recognition_model_v1(str(weights.find("dlib_resnet")))


def unit(vectors: Vectors) -> Vectors:
    """Return the rows L2-normalised."""
    normalised: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return normalised
