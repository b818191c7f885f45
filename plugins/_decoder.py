"""What runs in a decoding process: files in, pixels or facts out, over a socket; started by `plugins.decoding`."""

from __future__ import annotations

import importlib
import json
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from plugins.framed import receive, send
from plugins.pictures import PictureNotThere, UnreadablePicture
from plugins.videos import Frame, open_frames

WATCH_S = 1.0  # how often a decoder looks whether the process that it works for is still there
GRACE_S = 3.0  # how long after its time a decoder may live that nobody ends
VIDEO_SHARE = 0.8  # of the time for a file, after which a video gives what it has


def serve(channel: socket.socket) -> None:
    """Answer requests, one after the other, until the other end is gone."""
    with suppress(EOFError, OSError):
        send(channel, {"ready": True})
        _be_silent()
        while True:
            request, body = receive(channel)
            # One that hangs is ended by the parent; if that is gone too, by the system.
            signal.setitimer(signal.ITIMER_REAL, request["seconds"] + GRACE_S)
            header, parts = _answer(request, bytes(body))
            signal.setitimer(signal.ITIMER_REAL, 0)
            send(channel, header, *parts)


def _answer(request: dict[str, Any], body: bytes) -> tuple[dict[str, Any], list[bytes]]:
    """Do what is asked; whatever it raises is an answer too."""
    try:
        return _done(request, body)
    except UnreadablePicture as error:
        return {"unreadable": str(error)}, []
    except PictureNotThere as error:
        return {"not_there": str(error)}, []
    except OSError as error:
        return {"os_error": [error.errno, error.strerror or str(error)]}, []
    except MemoryError:
        return {"unreadable": "there is not enough memory to decode it"}, []
    except Exception as error:  # a mistake of ours costs this file alone
        text = " ".join(str(error).split())[:200]
        return {"unreadable": f"it cannot be read ({type(error).__name__}: {text})"}, []


def _done(request: dict[str, Any], body: bytes) -> tuple[dict[str, Any], list[bytes]]:
    if "load" in request:
        return _loaded(request["load"])
    if "function" in request:
        return _called(request["function"], body)
    if "look" in request:
        return _looked(request, body)
    return _frames(request, body)


def _loaded(module: str) -> tuple[dict[str, Any], list[bytes]]:
    try:
        importlib.import_module(module)
    except Exception as error:  # whatever a module that is not whole raises
        return {"cannot_load": f"{type(error).__name__}: {error}"}, []
    return {"loaded": module}, []


def _called(function: str, arguments: bytes) -> tuple[dict[str, Any], list[bytes]]:
    module, _, name = function.partition(":")
    answer = getattr(sys.modules[module], name)(*json.loads(arguments))
    return {"answer": True}, [json.dumps(answer).encode()]


def _looked(request: dict[str, Any], body: bytes) -> tuple[dict[str, Any], list[bytes]]:
    module, _, name = request["look"].partition(":")
    source = Path(os.fsdecode(body)) if request["is_path"] else body
    frames, said = getattr(sys.modules[module], name)(source, *request["arguments"], request["seconds"] * VIDEO_SHARE)
    header, parts = _sent(frames)
    return {**header, "said": said}, parts


def _frames(request: dict[str, Any], body: bytes) -> tuple[dict[str, Any], list[bytes]]:
    source = Path(os.fsdecode(body)) if request["is_path"] else body
    frames = open_frames(source, request["frames"], request["seconds"] * VIDEO_SHARE)
    return _sent(frames)


def _sent(frames: Sequence[Frame]) -> tuple[dict[str, Any], list[bytes]]:
    header = {"frames": [(*frame.picture.size, frame.at_s) for frame in frames]}
    return header, [frame.picture.tobytes() for frame in frames]


def _end_with(parent: int) -> None:
    """End this process when its parent is gone, whatever it decodes; one that waits for a file ends by itself."""
    while os.getppid() == parent:
        time.sleep(WATCH_S)
    os._exit(0)


def _limit_memory(n_bytes: int) -> None:
    """Leave n bytes of memory for pictures, so that a file that wants more gets an error and not all the machine's."""
    with suppress(ImportError, ValueError, OSError):  # a system without such limits
        import resource  # noqa: PLC0415 - not on Windows

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        now = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[5]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_DATA, (now + n_bytes, now + n_bytes))


def _be_silent() -> None:
    """Drop what FFmpeg and libtiff print about broken files: it would stand amid the user's progress."""
    with open(os.devnull, "r+b", buffering=0) as nowhere:  # noqa: PTH123 a file descriptor is what is wanted
        for standard in range(3):
            os.dup2(nowhere.fileno(), standard)


def main() -> None:
    """Run a decoder: socket, parent's process id and bytes of memory are its arguments."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which then ends us
    number, parent, memory_bytes = map(int, sys.argv[1:])
    _limit_memory(memory_bytes)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    with socket.socket(fileno=number) as channel:
        serve(channel)


if __name__ == "__main__":
    main()
