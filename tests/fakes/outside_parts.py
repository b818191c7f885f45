"""Parts of somebody else's package: extractors that know drawn faces, and galleries and covers that fail to order."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from fakes.snaps import LEFT, N_HUES, RIGHT
from PIL import Image

from plugins.changes import Change, Outcome, TagChange
from plugins.covers import Album, CoverMethod, Pictures, Ranking
from plugins.features import FaceExtractor, FoundFace, PictureExtractor, Vectors, note_failure
from plugins.galleries import GalleryRefused, GalleryUnreachable
from plugins.galleries.folder import Plugin as Folder
from plugins.records import Photo, Region

NAME = "outside"
PARTS = {
    "features": {"squares": "Squares", "other_squares": "OtherSquares", "tints": "Tints", "other_tints": "OtherTints"}
    | {"weightless": "Weightless", "painted": "Painted", "mapped_tints": "MappedTints", "scenes": "Scenes"},
    "galleries": {"flaky": "Flaky", "busy": "Busy"},
    "covers": {"never": "Never", "first_by_much": "FirstByMuch"},
}
SEEN: Counter[str] = Counter()
"""How many pictures each extractor was given in this process."""


def install(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Install the package into a folder, and let this process find it there."""
    unpack(folder)
    monkeypatch.syspath_prepend(folder)


def unpack(folder: Path) -> None:
    """Leave the package in a folder as pip would."""
    info = folder / f"{NAME}-1.0.dist-info"
    info.mkdir(parents=True, exist_ok=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {NAME}\nVersion: 1.0\n")
    groups = (
        f"[albumen.{kind}]\n" + "".join(f"{name} = fakes.outside_parts:{part}\n" for name, part in parts.items())
        for kind, parts in PARTS.items()
    )
    (info / "entry_points.txt").write_text("\n".join(groups))


class Squares(FaceExtractor):
    """Finds squares of the three pure colours; the colour is whose face it is."""

    name: ClassVar[str] = "squares"
    needs: ClassVar[tuple[str, ...]] = ()
    threshold: ClassVar[float] = 0.8
    event_threshold: ClassVar[float] = 0.7
    calibrated: ClassVar[bool] = True
    dim = 3

    def __init__(self, device: str = "auto", weights_dir: Path | None = None) -> None:
        self.version = "1"

    def extract(
        self, images: Sequence[Image.Image], failures: dict[int, str] | None = None
    ) -> list[tuple[FoundFace, ...]]:
        found: list[tuple[FoundFace, ...]] = []
        for n, image in enumerate(images):
            SEEN[self.name] += 1
            if image.width == 1:  # nothing that it could look at
                note_failure(failures, n, ValueError("too narrow"))
            found.append(tuple(_faces(np.asarray(image, dtype=np.int64))))
        return found


def _faces(pixels: np.ndarray[Any, Any]) -> Iterator[FoundFace]:
    height, width = pixels.shape[:2]
    for channel in range(3):
        pure = 2 * pixels[..., channel] - pixels.sum(axis=2) > 100
        rows, columns = np.flatnonzero(pure.any(axis=1)), np.flatnonzero(pure.any(axis=0))
        if len(rows) and len(columns):
            box = (columns[0] / width, rows[0] / height, (columns[-1] + 1) / width, (rows[-1] + 1) / height)
            vector = np.eye(3, dtype=np.float32)[channel]
            size_px = float(np.sqrt((columns[-1] + 1 - columns[0]) * (rows[-1] + 1 - rows[0])))
            landmarks = ((0.5, 0.5),) * 5
            yield FoundFace(box, landmarks, 1.0, size_px, 1.0, 1.0, vector)  # type: ignore[arg-type]


class Painted(FaceExtractor):
    """Finds faces that are painted where `fakes.snaps` puts them; the hue says whose, the picture how they look in it.

    Vectors are as those of a good network: two of one person have a cosine of about .7, those of strangers about 0.
    """

    name: ClassVar[str] = "painted"
    needs: ClassVar[tuple[str, ...]] = ()
    threshold: ClassVar[float] = 0.35
    event_threshold: ClassVar[float] = 0.3
    calibrated: ClassVar[bool] = True

    def __init__(self, device: str = "auto", weights_dir: Path | None = None) -> None:
        self.version, self.dim = "1", 128

    def extract(
        self, images: Sequence[Image.Image], failures: dict[int, str] | None = None
    ) -> list[tuple[FoundFace, ...]]:
        return [tuple(self._faces(image)) for image in images]

    def _faces(self, image: Image.Image) -> Iterator[FoundFace]:
        hues = image.convert("HSV")
        for box in (LEFT, RIGHT):
            middle = (round((box[0] + box[2]) / 2 * image.width), round((box[1] + box[3]) / 2 * image.height))
            hue, saturation, _ = np.asarray(hues.getpixel(middle)).tolist()
            if saturation > 128:
                vector = self._look(round(hue * N_HUES / 256) % N_HUES, zlib.crc32(image.tobytes()))
                yield FoundFace(box, ((0.5, 0.5),) * 5, 1.0, 150.0, 1.0, 1.0, vector)  # type: ignore[arg-type]

    def _look(self, who: int, picture: int) -> np.ndarray[Any, Any]:
        person, today = (np.random.default_rng(seed).normal(size=self.dim) for seed in (who, N_HUES + picture))
        vector = (person + 0.65 * today).astype(np.float32)
        return np.asarray(vector / np.linalg.norm(vector))


class OtherSquares(Squares):
    """The same, as another extractor whose vectors cannot be compared with those."""

    name = "other_squares"


class Tints(PictureExtractor):
    """The mean colour of a picture."""

    name: ClassVar[str] = "tints"
    needs: ClassVar[tuple[str, ...]] = ()

    def __init__(self, device: str = "auto", weights_dir: Path | None = None) -> None:
        self.version, self.dim = "1", 3

    def extract(self, images: Sequence[Image.Image], failures: dict[int, str] | None = None) -> Vectors:
        SEEN[self.name] += len(images)
        tints = np.array([np.asarray(image, dtype=np.float32).mean(axis=(0, 1)) for image in images], dtype=np.float32)
        return tints / np.linalg.norm(tints, axis=1, keepdims=True)


class OtherTints(Tints):
    """The same, as another extractor."""

    name = "other_tints"


class Scenes(Tints):
    """Its vectors are those that a test has put into the store."""

    name = "scenes"

    def __init__(self, device: str = "auto", weights_dir: Path | None = None) -> None:
        super().__init__(device, weights_dir)
        self.dim = 8


class MappedTints(Tints):
    """Also knows the colour of each place of a picture."""

    name = "mapped_tints"

    def maps(self, images: Sequence[Image.Image]) -> Vectors:
        """Return colours from 0 to 1, shape (n, 8, 8, 3)."""
        small = [np.asarray(image.resize((8, 8), Image.Resampling.BOX), dtype=np.float32) for image in images]
        return np.array(small) / 255


class Weightless(Squares):
    """Needs weights that no test has."""

    name = "weightless"
    needs = ("facenet",)


class Never:
    """Chooses no cover: it breaks on the first event."""

    name = "never"
    version = "1"

    def rank(self, pictures: Pictures, albums: Sequence[Album]) -> list[Ranking]:
        raise RuntimeError("no cover is good enough")


class FirstByMuch(CoverMethod):
    """Knows how probably the first candidate is the cover; the others are so with equal probabilities."""

    name: ClassVar[str] = "first_by_much"

    def __init__(self, much: float = 1.0) -> None:
        self.much, self.version = much, "1"

    def rank(self, pictures: Pictures, albums: Sequence[Album]) -> list[Ranking]:
        sizes = [len(album.candidates) for album in albums]
        return [Ranking(np.array([1.0] if n == 1 else [self.much, *self._rest(n)], np.float32)) for n in sizes]

    def _rest(self, n: int) -> list[float]:
        return [(1 - self.much) / (n - 1)] * (n - 1)


class Flaky(Folder):
    """A folder that does not answer, or says no, as often as the file `fails` in it says, one call a line."""

    def photos(self, changed_since: datetime | None = None) -> Iterator[Photo]:
        self._fail("photos")
        return super().photos(changed_since)

    def regions_of_people(self, photos: Iterable[Photo]) -> Iterator[tuple[Photo, Sequence[Region]]]:
        """Yield photos with the faces that `all_regions` gives."""
        return self.all_regions(photos)

    def all_regions(self, photos: Iterable[Photo]) -> Iterator[tuple[Photo, Sequence[Region]]]:
        self._fail("regions")
        return super().all_regions(photos)

    def apply(self, change: Change) -> Outcome:
        self._fail(type(change).__name__)
        return super().apply(change)

    def _fail(self, what: str) -> None:
        file = self.root / "fails"
        lines = file.read_text().split() if file.exists() else []
        with (self.root / "calls").open("a") as calls:
            calls.write(f"{what}\n")
        for error in (GalleryUnreachable, GalleryRefused):
            if (line := f"{what}:{error.__name__}") in lines:
                lines.remove(line)
                file.write_text("\n".join(lines))
                raise error(f"{what}: as ordered")


class Busy(Flaky):
    """The same, and one that only takes changes to tags: it loses them until it is asked what became of them."""

    def apply(self, change: Change) -> Outcome:
        outcome = super().apply(change)
        if not isinstance(change, TagChange):
            return outcome
        Folder.apply(self, change.inverse())
        return Outcome("taken")

    def digested(self, changes: Sequence[Change]) -> Sequence[Outcome]:
        self._fail("digested")
        return [Folder.apply(self, change) for change in changes]

    def warnings(self) -> Sequence[str]:
        return ("It works on tags at night.",)
