"""From photos to features with every core busy: fetching, decoding, detection, embedding and VGG16 overlap."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final

from plugins.decoding import Decoders
from plugins.features import FaceExtractor, PictureExtractor
from plugins.features._photo_work import NOT_FINITE, PIXEL_BYTES, Made, Read, Wanted, Work
from plugins.features.meter import Meter
from plugins.heap import keep_few_programs, share_one_heap
from plugins.pictures import WORKING_PIXELS

__all__ = ["NOT_FINITE", "Made", "Wanted", "extract"]

FETCHES: Final = 6
"""Photos that are fetched and decoded at a time; a gallery on a small server bears that."""

CHUNK: Final = 4
"""Photos that a network thread takes at a time: their faces share a batch."""

CHUNKS_EACH: Final = 2
"""Chunks that a network thread has: one at work, and one at hand while the caller writes results and nobody reads."""

LARGEST_BYTES: Final = WORKING_PIXELS * PIXEL_BYTES
"""What a photo that is being read may turn out to be; most are a third of it."""

MOST_WORKERS: Final = 8
"""Network threads on the processor; with more cores each has several, as each needs up to 300 MB."""


def most_in_hand(workers: int) -> int:
    """Return how many photos are in memory at the most: being read, read, or at work."""
    return FETCHES + workers * CHUNKS_EACH * CHUNK


def most_bytes(workers: int) -> int:
    """Return how many bytes of pictures are in memory at the most, but for videos with unusually large frames.

    Photos of usual sizes stay below it in any number that may be in hand.
    """
    return (FETCHES + workers * CHUNK // 2) * LARGEST_BYTES


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
    share_one_heap()  # before there are threads
    keep_few_programs()
    with (
        ThreadPoolExecutor(FETCHES, "fetch") as fetchers,
        ThreadPoolExecutor(workers, "networks", _use_threads, (threads,)) as networks,
    ):
        run = _Run(Work(decoders, faces, pictures, meter, tuple(further)), fetchers, networks, workers)
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


@dataclass(frozen=True, eq=False)
class _Chunk:
    """Photos that a network thread works on, or is about to."""

    made: Future[list[Made]]
    photos: int
    n_bytes: int


@dataclass
class _Run:
    """Keeps fetchers and networks busy and hands on what is ready."""

    work: Work
    fetchers: ThreadPoolExecutor
    networks: ThreadPoolExecutor
    workers: int
    reading: set[Future[Read | Made]] = field(default_factory=set)
    working: list[_Chunk] = field(default_factory=list)
    read: deque[Read] = field(default_factory=deque)

    def results(self, wanted: Iterator[Wanted]) -> Iterator[Made]:
        """Yield the results until everything is done."""
        while True:
            self._fetch(wanted)
            self._start()
            if not (self.reading or self.working):
                return
            pending: set[Future[Any]] = {*self.reading, *(chunk.made for chunk in self.working)}
            wait(pending, return_when=FIRST_COMPLETED)
            yield from self._done()

    def _fetch(self, wanted: Iterator[Wanted]) -> None:
        self.reading |= {self.fetchers.submit(self.work.read, one) for one in islice(wanted, self._room())}

    def _room(self) -> int:
        """Return how many more photos may be read: as their number and their bytes allow."""
        n_read = len(self.read) + sum(chunk.photos for chunk in self.working)
        n_bytes = sum(photo.n_bytes for photo in self.read) + sum(chunk.n_bytes for chunk in self.working)
        most = min(most_in_hand(self.workers) - n_read, (most_bytes(self.workers) - n_bytes) // LARGEST_BYTES)
        return max(0, most - len(self.reading))

    def _start(self) -> None:
        """Give the networks their next photos: whole chunks, and what is left when nothing more is being read."""
        while self.read and len(self.working) < self.workers * CHUNKS_EACH and (n := self._chunk()):
            photos = [self.read.popleft() for _ in range(n)]
            made = self.networks.submit(self.work.make, photos)
            self.working.append(_Chunk(made, n, sum(photo.n_bytes for photo in photos)))

    def _chunk(self) -> int:
        """Return how many photos the next chunk has; the last ones are shared out, so that all end together."""
        if len(self.read) >= CHUNK and self.reading:
            return CHUNK
        return 0 if self.reading else min(CHUNK, -(-len(self.read) // self.workers))

    def _done(self) -> Iterator[Made]:
        for future in [future for future in self.reading if future.done()]:
            self.reading.remove(future)
            result = future.result()
            if isinstance(result, Made):
                yield result
            else:
                self.read.append(result)
        for chunk in [chunk for chunk in self.working if chunk.made.done()]:
            self.working.remove(chunk)
            yield from chunk.made.result()
