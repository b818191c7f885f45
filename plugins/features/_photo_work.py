"""What the threads of an extraction do with a photo: fetch and decode it, and make its features."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeAlias, TypeVar

import numpy as np

from plugins.decoding import Decoders, Frame
from plugins.features import FaceExtractor, FoundFace, PictureExtractor, Vectors, picture_exposure, picture_sharpness
from plugins.features._frames import faces_of_frames, vector_of_frames
from plugins.features.meter import Meter, measured_by, stage
from plugins.pictures import UnreadablePicture

VIDEO_FRAMES: Final = 4
"""Frames that a video contributes at the most."""

PIXEL_BYTES: Final = 4
"""Pillow keeps RGB in four bytes."""

NOT_FINITE: Final = "the network answered with numbers that are not finite"

Answer = TypeVar("Answer")
Problems: TypeAlias = dict[str, dict[str, str]]
"""Why a photo has no answer, by its key, then by the extractor's name."""

_OfEach: TypeAlias = tuple[dict[str, Vectors], Problems]


@dataclass(frozen=True)
class Wanted:
    """A photo whose features are wanted: `source` fetches it, from any thread, and may raise whatever it likes.

    What it gives may be decoded already: a frame of a video that stands for itself. `further` names the further
    extractors whose vectors are wanted; None is all of them.
    """

    key: str
    source: Callable[[], bytes | Path | Frame]
    faces: bool = True
    picture: bool = True
    further: frozenset[str] | None = None

    def wants(self, extractor: PictureExtractor) -> bool:
        """Say whether the vector of a further extractor is wanted."""
        return self.further is None or extractor.name in self.further


@dataclass(frozen=True)
class Made:
    """What came of one photo.

    `faces` and `vector` are None where they were not wanted or could not be made, and vectors of further extractors
    are not in `further`, by the extractor's name; `problems` says why not, by the same name. `failed` is what `source`
    or the reading raised: nothing is known of the photo's content then.
    """

    key: str
    faces: tuple[FoundFace, ...] | None = None
    vector: Vectors | None = None
    sharpness: float | None = None
    exposure: float | None = None
    problems: Mapping[str, str] = field(default_factory=dict)
    failed: Exception | None = None
    further: Mapping[str, Vectors] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Read:
    """A photo that was fetched and decoded."""

    wanted: Wanted
    frames: tuple[Frame, ...]

    @property
    def n_bytes(self) -> int:
        """Return what its pictures take in memory."""
        return sum(PIXEL_BYTES * frame.picture.width * frame.picture.height for frame in self.frames)


@dataclass(frozen=True)
class Work:
    """What the threads do."""

    decoders: Decoders
    faces: FaceExtractor | None
    pictures: PictureExtractor | None
    meter: Meter | None
    further: tuple[PictureExtractor, ...]

    def read(self, wanted: Wanted) -> Read | Made:
        """Fetch and decode a photo, or say why that could not be."""
        with measured_by(self.meter):
            try:
                with stage("fetch"):
                    source = wanted.source()
                if isinstance(source, Frame):
                    return Read(wanted, (source,))
                with stage("decode"):
                    return Read(wanted, self.decoders.decode(source, VIDEO_FRAMES))
            except UnreadablePicture as error:
                return Made(wanted.key, problems=self._of_all(wanted, str(error)))
            except Exception as error:  # of the gallery: the caller knows what to do
                return Made(wanted.key, failed=error)

    def make(self, photos: Sequence[Read]) -> list[Made]:
        """Make the features of a few photos."""
        with measured_by(self.meter), stage("networks"):
            found, unseen = self._faces([photo for photo in photos if photo.wanted.faces])
            (vectors, unmade), further = self._vectors(photos)
            with stage("sharpness"):
                greys = {photo.wanted.key: [f.picture.convert("L") for f in photo.frames] for photo in photos}
                sharpness = {key: max(map(picture_sharpness, of_one)) for key, of_one in greys.items()}
                exposure = {key: max(map(picture_exposure, of_one)) for key, of_one in greys.items()}
        return [
            Made(
                key=key,
                faces=found.get(key),
                vector=vectors.get(key),
                further={name: made[key] for name, (made, _) in further.items() if key in made},
                sharpness=sharpness[key],
                exposure=exposure[key],
                problems={
                    name: reason
                    for failed in (unseen, unmade, *(failed for _, failed in further.values()))
                    for name, reason in failed.get(key, {}).items()
                },
            )
            for key in (photo.wanted.key for photo in photos)
        ]

    def _of_all(self, wanted: Wanted, reason: str) -> dict[str, str]:
        asked = (
            (self.faces, wanted.faces),
            (self.pictures, wanted.picture),
            *((extractor, wanted.wants(extractor)) for extractor in self.further),
        )
        return {extractor.name: reason for extractor, is_wanted in asked if extractor is not None and is_wanted}

    def _faces(self, photos: Sequence[Read]) -> tuple[dict[str, tuple[FoundFace, ...]], Problems]:
        if self.faces is None or not photos:
            return {}, {}
        extractor, failures = self.faces, dict[int, str]()
        found = extractor.extract([frame.picture for photo in photos for frame in photo.frames], failures)
        broken = [n for n, of_one in enumerate(found) if not all(np.isfinite(face.vector).all() for face in of_one)]
        failures = dict.fromkeys(broken, NOT_FINITE) | failures
        of_each, failed = _by_photo(photos, found, failures, extractor.name)
        made = {
            key: faces_of_frames(of_frames, extractor.event_threshold)
            for key, of_frames in of_each.items()
            if key not in failed
        }
        return made, failed

    def _vectors(self, photos: Sequence[Read]) -> tuple[_OfEach, dict[str, _OfEach]]:
        """Make the usual vectors, and those of further extractors; with one pass of a network where that gives both."""
        plain = [photo for photo in photos if photo.wanted.picture]
        usual: _Answers | None = None
        further: dict[str, _OfEach] = {}
        for extractor in self.further:
            these = [photo for photo in photos if photo.wanted.wants(extractor)]
            answers = _asked(extractor, these)
            further[extractor.name] = _of_each(answers, these)
            if usual is None and answers is not None and list(map(id, these)) == list(map(id, plain)):
                usual = answers.as_given_by(self.pictures)
        return _of_each(usual or _asked(self.pictures, plain), plain), further


@dataclass(frozen=True, eq=False)
class _Answers:
    """An extractor's vectors of some photos' frames, shape (n, dim), and why some have none, by the frame's number."""

    extractor: PictureExtractor
    vectors: Vectors
    failures: dict[int, str]

    def as_given_by(self, other: PictureExtractor | None) -> _Answers | None:
        """Return another extractor's answers as far as they can be made of these."""
        vectors = None if other is None else self.extractor.as_given_by(other, self.vectors)
        return None if other is None or vectors is None else _Answers(other, vectors, self.failures)


def _asked(extractor: PictureExtractor | None, photos: Sequence[Read]) -> _Answers | None:
    if extractor is None or not photos:
        return None
    failures = dict[int, str]()
    vectors = extractor.extract([frame.picture for photo in photos for frame in photo.frames], failures)
    return _Answers(extractor, vectors, failures)


def _of_each(answers: _Answers | None, photos: Sequence[Read]) -> _OfEach:
    """Return one vector a photo, and the reasons of those without."""
    if answers is None:
        return {}, {}
    broken = np.flatnonzero(~np.isfinite(answers.vectors).all(axis=1)).tolist()
    failures = dict.fromkeys(broken, NOT_FINITE) | answers.failures
    of_each, failed = _by_photo(photos, list(answers.vectors), failures, answers.extractor.name)
    made = {key: vector_of_frames([v for _, v in rows]) for key, rows in of_each.items() if key not in failed}
    return made, failed


def _by_photo(
    photos: Sequence[Read], answers: Sequence[Answer], failures: Mapping[int, str], extractor: str
) -> tuple[dict[str, list[tuple[Frame, Answer]]], Problems]:
    """Sort the frames' answers by photo; a photo whose frames all failed is in the second dictionary, with why.

    A video loses the frames that failed only.
    """
    of_each: dict[str, list[tuple[Frame, Answer]]] = {}
    failed: Problems = {}
    index = 0
    for photo in photos:
        numbers = range(index, index + len(photo.frames))
        index += len(photo.frames)
        answered = zip(photo.frames, numbers, strict=True)
        of_each[photo.wanted.key] = [(frame, answers[n]) for frame, n in answered if n not in failures]
        if not of_each[photo.wanted.key]:
            failed[photo.wanted.key] = {extractor: failures[numbers[0]]}
    return of_each, failed
