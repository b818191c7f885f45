"""Locks held by the operating system, one a library and one of the service: a dead holder's lock is free."""

from __future__ import annotations

import hashlib
import json
import os
import re
import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from filelock import FileLock, Timeout

from plugins.atomic import private_folder

LOOK_S: Final = 0.2
"""Somebody who only looks whether a lock is held holds it himself for much less."""


class LibraryBusy(Exception):
    """Another run works on this library: wait for it, or stop the process that the text names."""


class ServiceRunning(Exception):
    """`albumen serve` runs on this data folder already: use that one, or stop the process that the text names."""


class LockUnusable(Exception):
    """The lock's file cannot be made: give Albumen's user the data folder, as the text says."""


@contextmanager
def library_lock(data_dir: Path, library: str) -> Iterator[None]:
    """Hold the lock of a library, without waiting for it.

    Raises:
        LibraryBusy: somebody else holds it; the text says who and since when.
        LockUnusable: the data folder cannot be written.
    """
    with _held(lock_file(data_dir, library), LibraryBusy, f"library {library!r} is being worked on by"):
        yield


@contextmanager
def service_lock(data_dir: Path) -> Iterator[None]:
    """Hold the data folder for a service, without waiting for it; runs of libraries go on beside it.

    Raises:
        ServiceRunning: another one holds it; the text says who and since when.
        LockUnusable: the data folder cannot be written.
    """
    with _held(_service(data_dir), ServiceRunning, f"the data folder {data_dir} is served by"):
        yield


def service_runs(data_dir: Path) -> bool:
    """Say whether a service holds the data folder now."""
    return _is_held(_service(data_dir))


def library_busy(data_dir: Path, library: str) -> bool:
    """Say whether somebody works on a library now."""
    return _is_held(lock_file(data_dir, library))


def _is_held(path: Path) -> bool:
    if not path.exists():
        return False
    try:
        with _held(path, LibraryBusy, "", looks=True):
            return False
    except LibraryBusy:
        return True
    except LockUnusable:
        return False


@contextmanager
def _held(path: Path, busy: type[Exception], what: str, looks: bool = False) -> Iterator[None]:
    """Hold a lock to keep it, or for the instant of a look whether somebody else does."""
    try:
        private_folder(path.parent)
        # thread_local: a flow may give the lock back in another thread. No soft lock: a dead holder would keep it.
        lock = FileLock(path, mode=0o600, thread_local=False, fallback_to_soft=False)
        lock.acquire(timeout=0 if looks else LOOK_S, poll_interval=0.02)
    except Timeout:
        raise busy(f"{what} {_holder(path)}") from None
    except OSError as error:
        raise LockUnusable(
            f"the lock {path} cannot be made: {error.strerror}. Give Albumen's user the data folder, or set "
            "ALBUMEN_DATA_DIR to one that it may write"
        ) from error
    try:
        if not looks:
            _say_who(path)
        yield
    finally:
        lock.release()


def lock_file(data_dir: Path, library: str) -> Path:
    """Return the file of a library's lock: readable in part, and different for every name."""
    readable = re.sub(r"[^a-z0-9]+", "-", library.lower()).strip("-")[-40:]
    digest = hashlib.sha256(library.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    return data_dir / "locks" / f"{readable}-{digest}.lock"


def _service(data_dir: Path) -> Path:
    return data_dir / "locks" / "service.lock"  # a library's file ends in a digest: none has this name


def _say_who(path: Path) -> None:
    """Note beside the lock who holds it; whole or not at all, as others read it at any time."""
    part = path.with_suffix(f".{os.getpid()}.part")
    part.write_text(json.dumps(this_process()), encoding="utf-8")
    part.replace(path.with_suffix(".json"))


def _holder(path: Path) -> str:
    try:
        return said_of(json.loads(path.with_suffix(".json").read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError, KeyError):
        return "another process that has only just begun; try again"


def this_process() -> dict[str, str | int]:
    """Return who this process is, as those are told who would have what it holds."""
    return {
        "pid": os.getpid(),
        "host": socket.gethostname(),
        "since": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": " ".join([Path(sys.argv[0]).name, *sys.argv[1:]])[:200],
    }


def said_of(who: Mapping[str, Any]) -> str:
    """Return a holder as a text says it, with what to do."""
    return f"process {who['pid']} on {who['host']} since {who['since']} ({who['command']}); wait for it or stop it"
