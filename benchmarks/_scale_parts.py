"""The parts of a simulated library: extractors whose answers are in the store already, and how they are found."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Final

import numpy as np
from PIL import Image

from plugins.features import FaceExtractor, FoundFace, PictureExtractor, Vectors

LIBRARY: Final = "scale"
FACES: Final = ("simulated_faces", "1")
PICTURES: Final = ("simulated_pictures", "1")
PARTS: Final = {
    "galleries": {"counting": "benchmarks._scale_gallery:Plugin"},
    "features": {
        FACES[0]: "benchmarks._scale_parts:SimulatedFaces",
        PICTURES[0]: "benchmarks._scale_parts:SimulatedPictures",
    },
}
SETTINGS: Final = f"""\
data_dir = "."

[features]
embedder = "{FACES[0]}"
picture = "{PICTURES[0]}"

[libraries.{LIBRARY}]
gallery = "counting"
path = "."
time_zone = "Europe/Berlin"
"""


def install(folder: Path) -> None:
    """Leave settings and the parts' entry points in a folder, as pip would; it goes onto the path of a process."""
    info = folder / "scale-1.0.dist-info"
    info.mkdir(parents=True, exist_ok=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: scale\nVersion: 1.0\n", encoding="utf-8")
    groups = (
        f"[albumen.{kind}]\n" + "".join(f"{name} = {part}\n" for name, part in parts.items())
        for kind, parts in PARTS.items()
    )
    (info / "entry_points.txt").write_text("\n".join(groups), encoding="utf-8")
    (folder / "albumen.toml").write_text(SETTINGS, encoding="utf-8")


class SimulatedFaces(FaceExtractor):
    """Stands for an embedder of 512 numbers whose faces are in the store; in a new picture it finds none."""

    name: ClassVar[str] = FACES[0]
    needs: ClassVar[tuple[str, ...]] = ()
    threshold: ClassVar[float] = 0.20
    event_threshold: ClassVar[float] = 0.16
    calibrated: ClassVar[bool] = True

    def __init__(self, device: str = "auto", weights_dir: Path | None = None) -> None:  # noqa: ARG002 (the contract's)
        self.version, self.dim = FACES[1], 512

    def extract(
        self,
        images: Sequence[Image.Image],
        failures: dict[int, str] | None = None,  # noqa: ARG002 (none fails)
    ) -> list[tuple[FoundFace, ...]]:
        """Find no face."""
        return [() for _ in images]


class SimulatedPictures(PictureExtractor):
    """Stands for an extractor of 512 numbers whose vectors are in the store; new pictures are all alike."""

    name: ClassVar[str] = PICTURES[0]
    needs: ClassVar[tuple[str, ...]] = ()

    def __init__(self, device: str = "auto", weights_dir: Path | None = None) -> None:  # noqa: ARG002 (the contract's)
        self.version, self.dim = PICTURES[1], 512

    def extract(
        self,
        images: Sequence[Image.Image],
        failures: dict[int, str] | None = None,  # noqa: ARG002 (none fails)
    ) -> Vectors:
        """Return the same vector for each picture."""
        return np.full((len(images), self.dim), self.dim**-0.5, np.float32)
