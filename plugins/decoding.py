"""Decoding in processes of its own: a file that hangs, dies or eats memory takes no run with it."""

from __future__ import annotations

import atexit
import json
import os
import queue
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from PIL import Image

from plugins._decoding_process import DecoderCannotStart, Process
from plugins.pictures import UnreadablePicture
from plugins.videos import Frame

SECONDS = 10.0  # the longest that one file may take
SEEK_S = 30.0  # a moment of a video may be far from the key frame before it
MEMORY_BYTES = 2_000_000_000
"""What one decoder may have for one picture: the largest PNG needs 0.8 GB, JPEGs of any size a tenth of that."""
CLOSE_S = 3.0  # the longest that a thread is waited for whose decoder hangs in the system
IDLE_S = 60.0  # a decoder without work ends after so long: a service would keep its memory for ever
TRIES = 2  # a decoder that died may have been ended for others' hunger for memory

__all__ = ["DecoderCannotStart", "Decoders", "Frame", "decoders"]


class Decoders:
    """A few processes that read pictures and videos, started when they are needed; a context manager.

    Args:
        workers: how many files are decoded at a time.
        seconds: the longest that one file may take.
        memory_bytes: how much memory one file may take.
        idle_s: after so long without a file a process ends; the next file starts another.

    May be used by many threads. Futures of files that nobody has begun when it is closed are cancelled.
    """

    def __init__(
        self,
        workers: int = 2,
        seconds: float = SECONDS,
        memory_bytes: int = MEMORY_BYTES,
        idle_s: float = IDLE_S,
    ) -> None:
        self.seconds = seconds
        self.idle_s = idle_s
        self.memory_bytes = memory_bytes
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._closing = threading.Lock()
        self._closed = False
        self._processes: list[Process | None] = [None] * workers
        self._threads = [
            # Daemons: a program that ends does not wait for files that nobody wants any more.
            threading.Thread(target=self._work, args=(number,), name=f"decoding-{number}", daemon=True)
            for number in range(workers)
        ]
        for thread in self._threads:
            thread.start()

    def __enter__(self) -> Decoders:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def submit(self, source: bytes | Path, frames: int = 1) -> Future[tuple[Frame, ...]]:
        """Decode a picture, or up to so many frames of a video, upright, in RGB and at their working size.

        The future gives one frame at least, or raises:
            UnreadablePicture: with the reason; also for a file that takes too long, or that decoders die on.
            PictureNotThere: the file cannot be read now, which says nothing about the picture.
            DecoderCannotStart: no picture can be decoded.
        """
        is_path = isinstance(source, Path)
        body = os.fsencode(source) if isinstance(source, Path) else source
        return self._put(_Job({"frames": frames, "is_path": is_path}, body, _frames))

    def ask(self, function: str, *arguments: object, seconds: float | None = None) -> Future[Any]:
        """Run a function of ours that reads files, such as `plugins.galleries.folder.files:answer_batch`.

        Args:
            function: module and name; the module is loaded when it is first asked for, which is not the file's time.
            arguments: of JSON types; names of files that are no UTF-8 come over as they are.
            seconds: the longest that it may take, if not the usual.

        The future gives what the function returns, of JSON types, or raises what `submit` does, or:
            OSError: as the function did, with its number and text.
        """
        request, body = {"function": function}, json.dumps(arguments).encode()
        return self._put(_Job(request, body, _json, _module_of(function), seconds))

    def look(
        self, function: str, source: bytes | Path, *arguments: object, seconds: float | None = None
    ) -> Future[tuple[tuple[Frame, ...], Any]]:
        """Run a function of ours that gives frames of one file, such as `plugins.videos:look_at`.

        Args:
            function: module and name, as in `ask`; it takes a file or its bytes, the arguments, and last the seconds
                after which it gives what it has.
            source: the file, or its bytes.
            arguments: of JSON types.
            seconds: the longest that it may take, if not the usual.

        The future gives the frames, and what else the function said, of JSON types; or raises what `submit` does.
        """
        body = os.fsencode(source) if isinstance(source, Path) else source
        request = {"look": function, "arguments": arguments, "is_path": isinstance(source, Path)}
        return self._put(_Job(request, body, _looked, _module_of(function), seconds))

    def frame_at(self, source: bytes | Path, at_s: float) -> Image.Image:
        """Return the frame that a video shows at a moment; wait for it. See `plugins.videos.frame_at`."""
        frames, _ = self.look("plugins.videos:look_at", source, at_s, seconds=SEEK_S).result()
        return frames[0].picture

    def decode(self, source: bytes | Path, frames: int = 1) -> tuple[Frame, ...]:
        """Decode one file and wait for it; see `submit`."""
        return self.submit(source, frames).result()

    def close(self) -> None:
        """End all processes at once; what they decode just now is given up."""
        with self._closing:
            self._closed = True
            for _ in self._threads:
                self._jobs.put(None)
        for process in self._processes:
            if process is not None:
                process.kill()
        for thread in self._threads:
            thread.join(CLOSE_S)

    def _put(self, job: _Job) -> Future[Any]:
        with self._closing:
            if self._closed:
                raise RuntimeError("these decoders are closed")
            self._jobs.put(job)
        return job.future

    def _work(self, number: int) -> None:
        """Do jobs until the end, each in this thread's process."""
        while (job := self._next(number)) is not None:
            if self._closed:
                job.future.cancel()
            if not job.future.set_running_or_notify_cancel():
                continue
            try:
                job.future.set_result(self._done(number, job))
            except BaseException as error:  # whatever it is, it is the business of who waits for the future
                job.future.set_exception(error)
        self._end(number)

    def _next(self, number: int) -> _Job | None:
        """Wait for a job, or the end; a process that waits for long is ended meanwhile."""
        try:
            return self._jobs.get(timeout=self.idle_s)
        except queue.Empty:
            self._end(number)
            return self._jobs.get()

    def _done(self, number: int, job: _Job) -> object:
        seconds = self.seconds if job.seconds is None else job.seconds
        left_s, died = seconds, ""
        for _ in range(TRIES):
            process = self._ready(number, job.module)
            began = time.monotonic()
            try:
                answer = process.do(job.request, job.body, left_s)
                result = answer if isinstance(answer, Exception) else job.read(*answer)
            except TimeoutError as error:
                self._end(number)
                raise UnreadablePicture(f"it takes more than {seconds:g} s to decode") from error
            except Exception as error:  # it is gone, or says what makes no sense
                died = self._end(number)
                if self._closed:
                    raise CancelledError from error
            else:
                if isinstance(result, Exception):
                    raise result
                return result
            left_s = max(0.1, left_s - (time.monotonic() - began))
        raise UnreadablePicture(f"the decoder died on it ({died})")

    def _ready(self, number: int, module: str) -> Process:
        """Return this thread's process, with a module loaded; a new one if it has none, or the old one has died."""
        process = self._processes[number]
        if process is None or process.is_gone:
            self._end(number)
            process = self._processes[number] = Process(self.memory_bytes)
            if self._closed:  # close() may not have seen it
                process.kill()
        try:
            process.load(module)
        except DecoderCannotStart as error:
            self._end(number)
            if self._closed:
                raise CancelledError from error
            raise
        return process

    def _end(self, number: int) -> str:
        process, self._processes[number] = self._processes[number], None
        return process.end() if process is not None else ""


@dataclass(frozen=True, slots=True)
class _Job:
    """A request, what makes the result of its answer, and the module that has to be there for it."""

    request: dict[str, Any]
    body: bytes
    read: Callable[[dict[str, Any], bytearray], object]
    module: str = ""
    seconds: float | None = None
    future: Future[Any] = field(default_factory=Future)


def _module_of(function: str) -> str:
    module = function.partition(":")[0]
    if not module.startswith("plugins."):
        raise ValueError(f"{function!r} is no function of ours")
    return module


def _frames(header: dict[str, Any], pixels: bytearray) -> tuple[Frame, ...]:
    return tuple(_cut(header["frames"], pixels))


def _cut(sizes: list[Any], pixels: bytearray) -> Iterator[Frame]:
    at = 0
    for width, height, at_s in sizes:
        data: Any = memoryview(pixels)[at : at + width * height * 3]
        yield Frame(Image.frombuffer("RGB", (width, height), data, "raw", "RGB", 0, 1), at_s)
        at += len(data)


def _looked(header: dict[str, Any], pixels: bytearray) -> tuple[tuple[Frame, ...], Any]:
    return _frames(header, pixels), header["said"]


def _json(header: dict[str, Any], body: bytearray) -> object:
    if "answer" not in header:
        raise ValueError("that is no answer")
    return json.loads(body)


def decoders() -> Decoders:
    """Return the decoders that all of this process shares; they end with it."""
    return _shared(os.getpid())  # a forked process must not talk into its parent's sockets


@lru_cache(maxsize=1)
def _shared(process: int) -> Decoders:  # noqa: ARG001 (the key)
    made = Decoders()
    atexit.register(made.close)
    return made
