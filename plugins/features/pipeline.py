"""From photos to features with every core busy: fetching, decoding, detection, embedding and VGG16 overlap."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Final, TypeAlias, TypeVar

import numpy as np

from plugins.decoding import Decoders, Frame
from plugins.features import FaceExtractor, FoundFace, PictureExtractor, Vectors, picture_exposure, picture_sharpness
from plugins.features._frames import faces_of_frames, vector_of_frames
from plugins.features.meter import Meter, measured_by, stage
from plugins.pictures import UnreadablePicture

FETCHES: Final = 6
"""Photos that are fetched and decoded at a time; a gallery on a small server bears that."""

AHEAD: Final = 24
"""Photos fetched or decoded before the networks are free: 4 to 12 MB each."""

CHUNK: Final = 4
"""Photos that a network thread takes at a time: their faces share a batch."""

VIDEO_FRAMES: Final = 4
"""Frames that a video contributes at the most."""

MOST_WORKERS: Final = 8
"""Network threads on the processor; with more cores each has several, as each needs up to 300 MB."""


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


def extract(
    wanted: Iterable[Wanted],
    decoders: Decoders,
    faces: FaceExtractor | None,
    pictures: PictureExtractor | None,
    meter: Meter | None = None,
    further: Sequence[PictureExtractor] = (),
) -> Iterator[Made]:
    """Make the features of photos, in the order in which they are ready; memory is bounded whatever their number.

    Args:
        wanted: the photos; read as they are needed, from the caller's thread.
        decoders: child processes that turn files into pictures.
        faces: finds and embeds faces; None for no faces.
        pictures: makes picture vectors; None for none.
        meter: takes the seconds by stage.
        further: make more vectors of each picture, such as those for tags; each has a name of its own.
    """
    workers, threads = _workers()
    if meter is not None:
        meter.workers = workers
    with (
        ThreadPoolExecutor(FETCHES, "fetch") as fetchers,
        ThreadPoolExecutor(workers, "networks", _use_threads, (threads,)) as networks,
    ):
        run = _Run(_Work(decoders, faces, pictures, meter, tuple(further)), fetchers, networks, workers)
        try:
            yield from run.results(iter(wanted))
        finally:  # also when the caller stops early
            fetchers.shutdown(wait=False, cancel_futures=True)
            networks.shutdown(wait=False, cancel_futures=True)


def _workers() -> tuple[int, int]:
    """Return how many network threads there are, and how many threads torch may use in each.

    Several pictures side by side on a thread each are faster than one picture on several threads.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    workers = min(cores, MOST_WORKERS)
    return workers, max(1, cores // workers)


def _use_threads(threads: int) -> None:
    import torch  # noqa: PLC0415 - takes seconds, and a library without anything to do never gets here

    torch.set_num_threads(threads)  # of this thread


@dataclass
class _Read:
    """A photo that was fetched and decoded."""

    wanted: Wanted
    frames: tuple[Frame, ...]


@dataclass
class _Run:
    """Keeps fetchers and networks busy and hands on what is ready."""

    work: _Work
    fetchers: ThreadPoolExecutor
    networks: ThreadPoolExecutor
    workers: int
    reading: set[Future[_Read | Made]] = field(default_factory=set)
    working: set[Future[list[Made]]] = field(default_factory=set)
    read: deque[_Read] = field(default_factory=deque)

    def results(self, wanted: Iterator[Wanted]) -> Iterator[Made]:
        """Yield the results until everything is done."""
        while True:
            self._fetch(wanted)
            self._start()
            if not (self.reading or self.working):
                return
            pending: set[Future[Any]] = {*self.reading, *self.working}
            wait(pending, return_when=FIRST_COMPLETED)
            yield from self._done()

    def _fetch(self, wanted: Iterator[Wanted]) -> None:
        room = AHEAD - len(self.reading) - len(self.read)
        self.reading |= {self.fetchers.submit(self.work.read, one) for one in islice(wanted, max(0, room))}

    def _start(self) -> None:
        """Give the networks their next photos: whole chunks, and what is left when nothing more is being read."""
        while self.read and len(self.working) < self.workers and (len(self.read) >= CHUNK or not self.reading):
            chunk = [self.read.popleft() for _ in range(min(CHUNK, len(self.read)))]
            self.working.add(self.networks.submit(self.work.make, chunk))

    def _done(self) -> Iterator[Made]:
        for future in [future for future in self.reading if future.done()]:
            self.reading.remove(future)
            result = future.result()
            if isinstance(result, Made):
                yield result
            else:
                self.read.append(result)
        for chunk in [future for future in self.working if future.done()]:
            self.working.remove(chunk)
            yield from chunk.result()


@dataclass(frozen=True)
class _Work:
    """What the threads do."""

    decoders: Decoders
    faces: FaceExtractor | None
    pictures: PictureExtractor | None
    meter: Meter | None
    further: tuple[PictureExtractor, ...]

    def read(self, wanted: Wanted) -> _Read | Made:
        """Fetch and decode a photo, or say why that could not be."""
        with measured_by(self.meter):
            try:
                with stage("fetch"):
                    source = wanted.source()
                if isinstance(source, Frame):
                    return _Read(wanted, (source,))
                with stage("decode"):
                    return _Read(wanted, self.decoders.decode(source, VIDEO_FRAMES))
            except UnreadablePicture as error:
                return Made(wanted.key, problems=self._of_all(wanted, str(error)))
            except Exception as error:  # of the gallery: the caller knows what to do
                return Made(wanted.key, failed=error)

    def make(self, photos: Sequence[_Read]) -> list[Made]:
        """Make the features of a few photos."""
        with measured_by(self.meter), stage("networks"):
            found, unseen = self._faces([photo for photo in photos if photo.wanted.faces])
            (vectors, unmade), further = self._vectors(photos)
            with stage("sharpness"):
                sharpness = {p.wanted.key: max(picture_sharpness(f.picture) for f in p.frames) for p in photos}
                exposure = {p.wanted.key: max(picture_exposure(f.picture) for f in p.frames) for p in photos}
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

    def _faces(self, photos: Sequence[_Read]) -> tuple[dict[str, tuple[FoundFace, ...]], Problems]:
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

    def _vectors(self, photos: Sequence[_Read]) -> tuple[_OfEach, dict[str, _OfEach]]:
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


def _asked(extractor: PictureExtractor | None, photos: Sequence[_Read]) -> _Answers | None:
    if extractor is None or not photos:
        return None
    failures = dict[int, str]()
    vectors = extractor.extract([frame.picture for photo in photos for frame in photo.frames], failures)
    return _Answers(extractor, vectors, failures)


def _of_each(answers: _Answers | None, photos: Sequence[_Read]) -> _OfEach:
    """Return one vector a photo, and the reasons of those without."""
    if answers is None:
        return {}, {}
    broken = np.flatnonzero(~np.isfinite(answers.vectors).all(axis=1)).tolist()
    failures = dict.fromkeys(broken, NOT_FINITE) | answers.failures
    of_each, failed = _by_photo(photos, list(answers.vectors), failures, answers.extractor.name)
    made = {key: vector_of_frames([v for _, v in rows]) for key, rows in of_each.items() if key not in failed}
    return made, failed


def _by_photo(
    photos: Sequence[_Read], answers: Sequence[Answer], failures: Mapping[int, str], extractor: str
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
