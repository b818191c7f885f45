"""Decoding in processes of its own: a file that hangs, dies or eats memory takes no run with it."""

from __future__ import annotations

import atexit
import os
import queue
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import CancelledError, Future
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from PIL import Image

import plugins
from plugins import _decoder
from plugins.pictures import PictureNotThere, UnreadablePicture
from plugins.videos import Frame

SECONDS = 10.0  # the longest that one file may take
MEMORY_BYTES = 2_000_000_000
"""What one decoder may have for one picture: the largest PNG needs 0.8 GB, JPEGs of any size a tenth of that."""
START_S = 60.0  # a decoder is ready in 0.3 s; a machine that starts up takes longer
CLOSE_S = 3.0  # the longest that a thread is waited for whose decoder hangs in the system
BUFFER_BYTES = 4 << 20  # a picture of working size: its decoder goes on before we have read it; Linux gives what it may
TRIES = 2  # a decoder that died may have been ended for others' hunger for memory
KEPT_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT", "TMPDIR")
"""What decoders are told of the environment: no key of a gallery is in reach of a file that takes one over."""

__all__ = ["DecoderCannotStart", "Decoders", "Frame", "decoders"]


class DecoderCannotStart(RuntimeError):
    """No process can be started to decode pictures: mend what the text says; no picture is to blame."""


class Decoders:
    """A few processes that decode pictures and videos, started when they are needed; a context manager.

    Args:
        workers: how many files are decoded at a time.
        seconds: the longest that one file may take.
        memory_bytes: how much memory one file may take.

    May be used by many threads. Futures of files that nobody has begun when it is closed are cancelled.
    """

    def __init__(self, workers: int = 2, seconds: float = SECONDS, memory_bytes: int = MEMORY_BYTES) -> None:
        self.seconds = seconds
        self.memory_bytes = memory_bytes
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._closing = threading.Lock()
        self._closed = False
        self._processes: list[_Process | None] = [None] * workers
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
        job = _Job(source, frames, Future())
        with self._closing:
            if self._closed:
                raise RuntimeError("these decoders are closed")
            self._jobs.put(job)
        return job.future

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

    def _work(self, number: int) -> None:
        """Do jobs until the end, each in this thread's process."""
        while (job := self._jobs.get()) is not None:
            if self._closed:
                job.future.cancel()
            if not job.future.set_running_or_notify_cancel():
                continue
            try:
                job.future.set_result(self._decoded(number, job))
            except BaseException as error:  # whatever it is, it is the business of who waits for the future
                job.future.set_exception(error)
        self._end(number)

    def _decoded(self, number: int, job: _Job) -> tuple[Frame, ...]:
        left_s, died = self.seconds, ""
        for _ in range(TRIES):
            process = self._ready(number)
            began = time.monotonic()
            try:
                return process.decode(job, left_s)
            except (UnreadablePicture, PictureNotThere):
                raise
            except TimeoutError as error:
                self._end(number)
                raise UnreadablePicture(f"it takes more than {self.seconds:g} s to decode") from error
            except Exception as error:  # it is gone, or says what makes no sense
                died = self._end(number)
                if self._closed:
                    raise CancelledError from error
            left_s = max(0.1, left_s - (time.monotonic() - began))
        raise UnreadablePicture(f"the decoder died on it ({died})")

    def _ready(self, number: int) -> _Process:
        """Return this thread's process; a new one if it has none, or the old one has died since."""
        process = self._processes[number]
        if process is None or process.is_gone:
            self._end(number)
            process = self._processes[number] = _Process(self.memory_bytes)
            if self._closed:  # close() may not have seen it
                process.kill()
        return process

    def _end(self, number: int) -> str:
        process, self._processes[number] = self._processes[number], None
        return process.end() if process is not None else ""


@dataclass(frozen=True, slots=True)
class _Job:
    source: bytes | Path
    frames: int
    future: Future[tuple[Frame, ...]]


class _Process:
    """One decoding process, and our end of the socket to it."""

    def __init__(self, memory_bytes: int) -> None:
        try:
            self._channel, theirs = socket.socketpair()
            with theirs:
                self._process = _started(theirs, memory_bytes)
        except OSError as error:
            raise DecoderCannotStart(f"no decoder can be started: {error}") from error
        self._await_ready()

    @property
    def is_gone(self) -> bool:
        return self._process.poll() is not None

    def decode(self, job: _Job, seconds: float) -> tuple[Frame, ...]:
        """Decode one file.

        Raises:
            TimeoutError: it takes longer than that.
            UnreadablePicture, PictureNotThere: as the decoder says.
            Exception: it died, or what it says makes no sense.
        """
        end = time.monotonic() + seconds
        is_path = isinstance(job.source, Path)
        body = os.fsencode(job.source) if isinstance(job.source, Path) else job.source
        request = {"is_path": is_path, "frames": job.frames, "seconds": seconds}
        self._channel.settimeout(seconds)
        _decoder.send(self._channel, request, body)
        self._channel.settimeout(max(0.1, end - time.monotonic()))
        header, pixels = _decoder.receive(self._channel)
        if "unreadable" in header:
            raise UnreadablePicture(header["unreadable"])
        if "not_there" in header:
            raise PictureNotThere(header["not_there"])
        return tuple(_frames(header["frames"], pixels))

    def kill(self) -> None:
        self._process.kill()

    def end(self) -> str:
        """Make sure that the process is gone; say how it ended."""
        self._process.kill()
        self._channel.close()
        with suppress(subprocess.TimeoutExpired):  # one that waits for a dead disk ends when that answers
            self._process.wait(1.0)
        status = self._process.returncode or 0
        return f"signal {-status}" if status < 0 else f"exit status {status}"

    def _await_ready(self) -> None:
        self._channel.settimeout(START_S)
        try:
            _decoder.receive(self._channel)
        except (EOFError, OSError) as error:
            self._process.kill()
            said = self._process.communicate()[1].decode(errors="replace").strip().splitlines()
            self._channel.close()
            raise DecoderCannotStart(f"no decoder can be started: {said[-1] if said else error}") from error
        if self._process.stderr:
            self._process.stderr.close()


def _started(channel: socket.socket, memory_bytes: int) -> subprocess.Popen[bytes]:
    """Start a decoder that talks on the other end of a socket.

    It is no process of `multiprocessing`, which would import the whole programme in it once more.
    """
    channel.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER_BYTES)
    arguments = [str(channel.fileno()), str(os.getpid()), str(memory_bytes)]
    return subprocess.Popen(  # noqa: S603 - our own module
        [sys.executable, "-m", _decoder.__name__, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        pass_fds=[channel.fileno()],
        env=_environment(),
    )


def _environment() -> dict[str, str]:
    """Return a decoder's environment, in which it finds the modules that we are made of."""
    kept = {name: os.environ[name] for name in KEPT_ENVIRONMENT if name in os.environ}
    root = str(Path(plugins.__file__).resolve().parents[1])
    return {**kept, "PYTHONPATH": os.pathsep.join([root, *filter(None, sys.path)]), "PYTHONSAFEPATH": "1"}


def _frames(sizes: list[Any], pixels: bytearray) -> Iterator[Frame]:
    at = 0
    for width, height, at_s in sizes:
        data: Any = memoryview(pixels)[at : at + width * height * 3]
        yield Frame(Image.frombuffer("RGB", (width, height), data, "raw", "RGB", 0, 1), at_s)
        at += len(data)


def decoders() -> Decoders:
    """Return the decoders that all of this process shares; they end with it."""
    return _shared(os.getpid())  # a forked process must not talk into its parent's sockets


@lru_cache(maxsize=1)
def _shared(process: int) -> Decoders:  # noqa: ARG001 (the key)
    made = Decoders()
    atexit.register(made.close)
    return made
