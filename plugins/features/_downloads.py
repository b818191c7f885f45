"""Downloads of large files that are pinned by a checksum: resumed after a kill, and complete or not there."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

import httpx

from plugins.atomic import write_atomically
from plugins.features._ranges import (
    DownloadFailed,
    DownloadRefused,
    FetchFailed,
    FileChanged,
    Start,
    opened,
    validator,
    whole_size,
)

SLOWEST_BYTES: Final = 30_000
"""Fewer bytes in `Patience.slow_s` count as a server that has stopped."""

_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class DiskFull(FetchFailed):
    """There is no room: free as much as the text says, then the download goes on."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a download is; `total_bytes` is None where nobody knows, `came_bytes` is what came in `seconds`."""

    name: str
    done_bytes: int
    total_bytes: int | None
    came_bytes: int
    seconds: float

    @property
    def bytes_per_s(self) -> float:
        """Return the mean rate since the download began or went on."""
        return self.came_bytes / self.seconds if self.seconds > 0 else 0.0

    @property
    def left_s(self) -> float | None:
        """Return the seconds that remain at this rate, None where that cannot be said."""
        if self.total_bytes is None or not self.bytes_per_s:
            return None
        return (self.total_bytes - self.done_bytes) / self.bytes_per_s

    def __str__(self) -> str:
        total = "" if self.total_bytes is None else f" of {self.total_bytes / 1e6:,.1f}"
        left = "" if self.left_s is None else f", about {self.left_s:,.0f} s left"
        return f"{self.name}: {self.done_bytes / 1e6:,.1f}{total} MB, {self.bytes_per_s / 1e6:,.1f} MB/s{left}"


Tell = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to come: its name, the checksums (or how they begin) of which it must have one, and how large it is."""

    name: str
    sha256: tuple[str, ...]
    size_bytes: int | None
    most_bytes: int


@dataclass(frozen=True, slots=True)
class Patience:
    """How often one address is tried, the wait before the second try, which doubles, and how long one may be slow."""

    tries: int = 4
    wait_s: float = 1.0
    slow_s: float = 60.0


def download(
    client: httpx.Client, urls: Sequence[str], wanted: Wanted, part: Path, tell: Tell, patience: Patience
) -> str:
    """Bring the file from the first address that has it to `part`, and return its SHA-256.

    Beside `part` lies `part`.json, which says what a later call needs to go on from there.

    Raises:
        DownloadFailed: no address answered to the end; `part` is kept.
        DownloadRefused: each address gives something else, or nothing; what came of that is deleted.
        DiskFull: `part` is kept.
    """
    failed: list[FetchFailed] = []
    for url in urls:
        try:
            _Transfer(client, url, wanted, part, tell, patience).run()
            return _verified(part, wanted, url)
        except (DownloadFailed, DownloadRefused) as error:
            failed.append(error)
    kind = DownloadFailed if any(isinstance(error, DownloadFailed) for error in failed) else DownloadRefused
    raise kind("; ".join(str(error) for error in failed)) from (failed[-1] if failed else None)


def discard(part: Path) -> None:
    """Delete what has come of a download."""
    part.unlink(missing_ok=True)
    _note(part).unlink(missing_ok=True)


def _note(part: Path) -> Path:
    return part.with_name(f"{part.name}.json")


def _verified(part: Path, wanted: Wanted, url: str) -> str:
    with part.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    if digest.startswith(wanted.sha256):
        return digest
    discard(part)
    right = " or ".join(known if len(known) == 64 else f"{known}…" for known in wanted.sha256)
    raise DownloadRefused(
        f"{url} gave a file with SHA-256 {digest}; that of {wanted.name} is {right}. It was deleted, and nothing was "
        "replaced"
    )


@dataclass(slots=True, eq=False)
class _Transfer:
    """One address, until all bytes are here."""

    client: httpx.Client
    url: str
    wanted: Wanted
    part: Path
    tell: Tell
    patience: Patience

    def run(self) -> None:
        for n in range(self.patience.tries):
            try:
                self._once()
                return
            except DownloadFailed:
                if n + 1 == self.patience.tries:
                    raise
                time.sleep(self.patience.wait_s * 2**n)

    def _once(self) -> None:
        start = _start(self.part, self.url, self.wanted)
        if start.offset and start.offset == start.total:
            return  # killed when all was here
        try:
            with opened(self.client, self.url, start) as response:
                self._take(response, start)
        except FileChanged:
            discard(self.part)
            raise

    def _take(self, response: httpx.Response, start: Start) -> None:
        is_rest = response.status_code == 206
        offset, total = (start.offset, whole_size(response, start)) if is_rest else (0, _length(response))
        self._check_size(total)
        with (
            _room(self.part, (total or self.wanted.most_bytes) - offset),
            self.part.open("r+b" if offset else "wb") as file,
        ):
            if not offset:
                self._write_note(response, total)
            self._store(response, file, offset, total or self.wanted.size_bytes)
            file.flush()
            os.fsync(file.fileno())

    def _check_size(self, total: int | None) -> None:
        size, most = self.wanted.size_bytes, self.wanted.most_bytes
        if total is not None and (total > most or (size is not None and total != size)):
            discard(self.part)
            wanted = f"{size}" if size is not None else f"at most {most}"
            raise DownloadRefused(f"{self.url} gives {total} bytes; {self.wanted.name} has {wanted}")

    def _write_note(self, response: httpx.Response, total: int | None) -> None:
        said = {"url": self.url, "wanted": list(self.wanted.sha256), "same": validator(response), "total": total}
        write_atomically(_note(self.part), json.dumps(said).encode())

    def _store(self, response: httpx.Response, file: IO[bytes], offset: int, total: int | None) -> None:
        file.seek(offset)
        file.truncate()
        done, began, pace = offset, time.monotonic(), _Pace(self.patience.slow_s)
        self.tell(Progress(self.wanted.name, done, total, 0, 0.0))
        for chunk in response.iter_raw():  # as it comes, so that nothing is lost with the connection
            done += len(chunk)
            self._check_size(done if done > self.wanted.most_bytes else None)
            file.write(chunk)
            self.tell(Progress(self.wanted.name, done, total, done - offset, time.monotonic() - began))
            if pace.is_too_slow(done):
                raise DownloadFailed(f"{self.url} sends almost nothing; {done} bytes have come")
        if total is not None and done < total:
            raise DownloadFailed(f"{self.url} stopped after {done} of {total} bytes")


class _Pace:
    """Notices a server that keeps a connection open and sends next to nothing."""

    def __init__(self, slow_s: float) -> None:
        self._slow_s, self._since, self._done = slow_s, time.monotonic(), 0

    def is_too_slow(self, done: int) -> bool:
        now = time.monotonic()
        if now - self._since < self._slow_s:
            return False
        slow = done - self._done < SLOWEST_BYTES
        self._since, self._done = now, done
        return slow


def _start(part: Path, url: str, wanted: Wanted) -> Start:
    """Return where to go on; at the beginning unless the same file of the same address can be asked for."""
    try:
        said = json.loads(_note(part).read_bytes())
        offset, same, total = part.stat().st_size, said["same"], said["total"]
        fits = said["url"] == url and said["wanted"] == list(wanted.sha256) and same and str(same).isprintable()
        bound = total if isinstance(total, int) else wanted.most_bytes
    except (OSError, ValueError, KeyError, TypeError):
        return Start()
    return Start(offset, str(same), total if isinstance(total, int) else None) if fits and offset <= bound else Start()


def _length(response: httpx.Response) -> int | None:
    said = response.headers.get("content-length", "")
    return int(said) if said.isdecimal() else None


@contextmanager
def _room(part: Path, needed_bytes: int) -> Iterator[None]:
    """Name a full disk, before the first byte where that can be known."""
    free = shutil.disk_usage(part.parent).free
    if free < needed_bytes:
        raise DiskFull(f"{part.parent} has {free / 1e6:,.0f} MB free; {needed_bytes / 1e6:,.0f} MB are to come")
    try:
        yield
    except OSError as error:
        if error.errno not in _FULL:
            raise
        raise DiskFull(
            f"{part.parent} is full ({error.strerror}): {needed_bytes / 1e6:,.0f} MB were to come"
        ) from error
