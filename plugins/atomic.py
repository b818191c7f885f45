"""Files that are written whole or not at all: a killed process or a full disk leaves the old file as it was."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import secrets
import socket
import time
from pathlib import Path

MAX_AGE_S = 86_400.0
"""A temporary file of another machine counts as left behind after a day; no write of ours takes a minute."""
_HOST = hashlib.sha256(socket.gethostname().encode()).hexdigest()[:8]
_LEFTOVER = re.compile(r"\.albumen-([0-9a-f]{8})-(\d{1,10})-[0-9a-f]{8}\.tmp")


def write_atomically(path: Path, data: bytes) -> None:
    """Put `data` where `path` is, or leave what is there as it is; the old file's permissions stay.

    The bytes are on the disk before the name is. A symbolic link is followed: what it points to is replaced.

    Raises:
        OSError: the disk is full, the folder cannot be written, …; nothing has changed then.
    """
    target = Path(os.path.realpath(path))
    # The name is short and its own: beside a name of 255 bytes there is no room for a suffix.
    temporary = target.parent / f".albumen-{_HOST}-{os.getpid()}-{secrets.token_hex(4)}.tmp"
    try:
        _write_through(temporary, data, _mode_to_keep(target))
        temporary.replace(target)
    except BaseException as error:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        if isinstance(error, OSError):
            error.filename, error.filename2 = os.fspath(path), None  # the temporary name says nothing to anybody
        raise
    sync_folder(target.parent)


def delete_durably(path: Path) -> None:
    """Delete a file, and do not come back before the disk knows; a file that is not there is deleted already."""
    path.unlink(missing_ok=True)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder outlive a power cut, where the file system can do that."""
    # Some network file systems refuse fsync on folders; the file itself is safe already.
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def remove_leftovers(folder: Path) -> int:
    """Delete what killed writers left in a folder (not below it); return how many files that were.

    A file of a process that still runs on this machine stays, as does one of another machine for a day.
    """
    removed = 0
    with contextlib.suppress(OSError), os.scandir(folder) as found:
        for entry in found:
            if (match := _LEFTOVER.fullmatch(entry.name)) and _is_abandoned(entry, *match.groups()):
                with contextlib.suppress(OSError):
                    Path(entry.path).unlink()
                    removed += 1
    return removed


def may(path: Path, mode: int) -> bool:
    """Say whether this process, as whom it acts now, may use a file or folder in this mode (`os.W_OK`, …)."""
    return os.access(path, mode, effective_ids=os.access in os.supports_effective_ids)


def _write_through(path: Path, data: bytes, mode: int | None) -> None:
    with path.open("xb") as file:
        if mode is not None:
            path.chmod(mode)
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _mode_to_keep(target: Path) -> int | None:
    if not target.exists():
        return None
    if not may(target, os.W_OK):  # the folder would let us replace what its owner has write-protected
        raise PermissionError(errno.EACCES, "the file is write-protected", str(target))
    return target.stat().st_mode & 0o777


def _is_abandoned(entry: os.DirEntry[str], host: str, pid: str) -> bool:
    try:
        if not entry.is_file(follow_symlinks=False):
            return False
        age_s = time.time() - entry.stat(follow_symlinks=False).st_mtime
    except OSError:
        return False
    return age_s > MAX_AGE_S or (host == _HOST and not _is_running(int(pid)))


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True


def private_folder(path: Path) -> None:
    """Make a folder, and those above it that are missing, for this user alone; the modes of those that are there stay.

    Raises:
        OSError: it cannot be made.
    """
    for folder in reversed((path, *path.parents)):
        if not folder.is_dir():
            folder.mkdir(mode=0o700, exist_ok=True)
