"""Decoders that are forked from the process that wants them: for tests that start hundreds, whose imports cost most."""

from __future__ import annotations

import os
import signal
import socket
import threading
from contextlib import suppress

import plugins.galleries.folder.files  # noqa: F401 - what the decoders of a scan load
from plugins import _decoder, _decoding_process

MOST_FILES = 256


class Forked:
    """As much of `subprocess.Popen` as a decoder's parent uses."""

    stderr = None

    def __init__(self, channel: socket.socket, memory_bytes: int) -> None:
        self.returncode: int | None = None
        parent = os.getpid()
        self._pid = os.fork()
        if self._pid == 0:
            try:
                _decode(channel.fileno(), parent, memory_bytes)
            finally:
                os._exit(0)

    def poll(self) -> int | None:
        if self.returncode is None:
            pid, status = os.waitpid(self._pid, os.WNOHANG)
            self.returncode = os.waitstatus_to_exitcode(status) if pid else None
        return self.returncode

    def kill(self) -> None:
        if self.returncode is None:
            with suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGKILL)

    def wait(self, timeout: float) -> None:
        if self.returncode is None:
            self.returncode = os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])


def _decode(number: int, parent: int, memory_bytes: int) -> None:
    """Do what `_decoder.main` does, without the parent's open files."""
    os.closerange(3, number)
    os.closerange(number + 1, MOST_FILES)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _decoder._limit_memory(memory_bytes)
    threading.Thread(target=_decoder._end_with, args=(parent,), daemon=True).start()
    with socket.socket(fileno=number) as channel:
        _decoder.serve(channel)


def fork_decoders() -> None:
    """Have all decoders of this process and of those forked from it be forked too; what they do stays the same."""

    def started(channel: socket.socket, memory_bytes: int) -> Forked:
        channel.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _decoding_process.BUFFER_BYTES)
        return Forked(channel, memory_bytes)

    _decoding_process._started = started  # type: ignore[assignment]
