"""What people install to find faces in photos: the package face_recognition, with dlib's own detectors."""

from __future__ import annotations

import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

import numpy as np
import pillow_heif
from PIL import Image, ImageOps

from benchmarks._plain_loop import LONG_SIDE_PX, unit
from benchmarks._sides import Embedder, Run, Seen


class FaceRecognition:
    """The loop of the package's own examples: `face_locations`, then `face_encodings`, a picture at a time.

    Pictures are upright and shrunk to 1280 px as for the plain loop; the examples do neither, and would be slower on
    large pictures and find no face in turned ones. It has no vectors of pictures, and says so by failing.

    Args:
        model: hog, the package's default, or cnn.
    """

    def __init__(self, model: Literal["hog", "cnn"] = "hog") -> None:
        pillow_heif.register_heif_opener()
        self._model = model
        self._seconds: defaultdict[str, float] = defaultdict(float)

    def run(self, files: Sequence[Path], faces: Embedder | None, pictures: bool) -> Run:
        """Work through the files; see `Side.run`."""
        if faces != "dlib_face" or pictures:
            raise ValueError("face_recognition knows dlib's vectors of faces only")
        self._seconds.clear()
        began = time.perf_counter()
        seen = tuple(self._seen(path) for path in files)
        seconds = time.perf_counter() - began
        return Run(seen, seconds, dict(self._seconds), self._seconds["detect"] + self._seconds["embedder"], 1)

    def _seen(self, path: Path) -> Seen:
        try:
            with self._timed("decode"), Image.open(path) as file:
                image = ImageOps.exif_transpose(file).convert("RGB")
                image.thumbnail((LONG_SIDE_PX, LONG_SIDE_PX))
                pixels = np.asarray(image)
            with self._timed("detect"):
                places = self._package.face_locations(pixels, model=self._model)
            with self._timed("embedder"):
                vectors = self._package.face_encodings(pixels, places)
        except Exception as error:  # a user's loop goes on, too
            return Seen(failed=f"{type(error).__name__}: {error}")
        if not places:
            return Seen()
        boxes = np.array([[left, top, right, bottom] for top, right, bottom, left in places], dtype=np.float64)
        return Seen(boxes / np.tile(image.size, 2), unit(np.array(vectors, dtype=np.float32)))

    @contextmanager
    def _timed(self, stage: str) -> Iterator[None]:
        began = time.perf_counter()
        yield
        self._seconds[stage] += time.perf_counter() - began

    @cached_property
    def _package(self) -> Any:
        if find_spec("pkg_resources") is None:  # gone from setuptools 81 on; its models ask it for one thing
            sys.modules["pkg_resources"] = _old_resources()
        import face_recognition  # noqa: PLC0415 - a benchmark's only, and not always there

        return face_recognition


def _old_resources() -> ModuleType:
    module = ModuleType("pkg_resources")

    def resource_filename(package: str, name: str) -> str:
        spec = find_spec(package)
        if spec is None or spec.origin is None:
            raise ModuleNotFoundError(package)
        return str(Path(spec.origin).parent / name)

    module.resource_filename = resource_filename  # type: ignore[attr-defined]
    return module
