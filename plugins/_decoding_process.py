"""One decoding process as its parent has it: started, asked, ended."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import plugins
from plugins import _decoder
from plugins.framed import receive, send
from plugins.pictures import PictureNotThere, UnreadablePicture

START_S = 60.0  # a decoder is ready in 0.3 s; a machine that starts up takes longer
BUFFER_BYTES = 4 << 20  # a picture of working size: its decoder goes on before we have read it; Linux gives what it may
KEPT_ENVIRONMENT = (
    "PATH",
    "LANG",
    "LC_ALL",
    "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
    "SYSTEMROOT",
    "TMPDIR",
    "TZ",
    "PYTHONTZPATH",
)
"""What decoders are told of the environment: no key of a gallery is in reach of a file that takes one over."""


class DecoderCannotStart(RuntimeError):
    """No process can be started to decode pictures: mend what the text says; no picture is to blame."""


class Process:
    """One decoding process, and our end of the socket to it.

    Args:
        memory_bytes: how much memory one file may take.

    Raises:
        DecoderCannotStart: with what it said last.
    """

    def __init__(self, memory_bytes: int) -> None:
        self._loaded: set[str] = set()
        try:
            self._channel, theirs = socket.socketpair()
            with theirs:
                self._process = _started(theirs, memory_bytes)
        except OSError as error:
            raise DecoderCannotStart(f"no decoder can be started: {error}") from error
        self._await_ready()

    @property
    def is_gone(self) -> bool:
        """Say whether it has ended."""
        return self._process.poll() is not None

    def load(self, module: str) -> None:
        """Load a module, once.

        Raises:
            DecoderCannotStart: it cannot be loaded, or not in the time that a start may take.
        """
        if not module or module in self._loaded:
            return
        try:
            header, _ = self._exchange({"load": module}, b"", START_S)
            reason = header.get("cannot_load")
        except (EOFError, OSError) as error:
            reason = str(error)
        if reason is not None:
            raise DecoderCannotStart(f"no decoder can load {module}: {reason}")
        self._loaded.add(module)

    def do(
        self, request: dict[str, Any], body: bytes, seconds: float
    ) -> tuple[dict[str, Any], bytearray] | UnreadablePicture | OSError:
        """Return the answer to a request, or what the decoder says that the file is.

        Raises:
            TimeoutError: it takes longer than that.
            Exception: it died, or what it says makes no sense.
        """
        header, data = self._exchange(request, body, seconds)
        if "unreadable" in header:
            return UnreadablePicture(header["unreadable"])
        if "not_there" in header:
            return PictureNotThere(header["not_there"])
        if "os_error" in header:
            return OSError(*header["os_error"])
        return header, data

    def _exchange(self, request: dict[str, Any], body: bytes, seconds: float) -> tuple[dict[str, Any], bytearray]:
        end = time.monotonic() + seconds
        self._channel.settimeout(seconds)
        send(self._channel, {**request, "seconds": seconds}, body)
        self._channel.settimeout(max(0.1, end - time.monotonic()))
        return receive(self._channel)

    def kill(self) -> None:
        """End it at once, whatever it does."""
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
            receive(self._channel)
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
