"""The one log of a service: each line says when, and which part; bounded, for this user alone, and without secrets."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Final

MOST_BYTES: Final = 5_000_000
KEPT: Final = 3
"""Full logs that are kept beside the one that is written."""
MOST_LINE: Final = 4_000
"""Bytes of a line; a longer one goes on in the next."""


class OneLog:
    """Writes lines to a file and to standard output, from any thread; neither's failure stops the other.

    Args:
        file: where to; beyond `most_bytes` it becomes `NAME.1`, and so on up to `NAME.3`.
        secrets: asked now and then for what must never be in a line.
    """

    def __init__(self, file: Path, secrets: Callable[[], Iterable[str]], most_bytes: int = MOST_BYTES) -> None:
        self._file, self._most_bytes, self._ask = file, most_bytes, secrets
        self._writing = threading.Lock()
        self._out: BinaryIO | None = None
        self._secrets: tuple[str, ...] = ()
        self.learn()

    def learn(self) -> None:
        """Look again which secrets there are: the parts make some of them."""
        self._secrets = tuple(sorted(filter(None, self._ask()), key=len, reverse=True))

    def line(self, part: str, text: str) -> None:
        """Write one line of a part."""
        for secret in self._secrets:
            text = text.replace(secret, "***")
        shown = "".join(c if c.isprintable() or c == "\t" else "?" for c in text.rstrip())
        said = f"{datetime.now().astimezone().isoformat(sep=' ', timespec='seconds')} {part:<7} {shown}\n"
        data = said.encode("utf-8", "backslashreplace")
        with self._writing:
            with suppress(OSError):  # a full disk
                self._write(data)
            with suppress(OSError, ValueError):  # nobody reads any more
                sys.stdout.buffer.write(data)
                sys.stdout.buffer.flush()

    def _write(self, data: bytes) -> None:
        if self._out is None or self._out.tell() + len(data) > self._most_bytes:
            self._begin(len(data))
        assert self._out is not None  # noqa: S101
        self._out.write(data)
        self._out.flush()

    def _begin(self, more: int) -> None:
        if self._out is not None:
            self._out.close()
        if self._file.exists() and self._file.stat().st_size + more > self._most_bytes:
            for n in range(KEPT, 0, -1):
                older = self._numbered(n - 1)
                if older.exists():
                    older.replace(self._numbered(n))
        self._out = os.fdopen(os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab")

    def _numbered(self, n: int) -> Path:
        return self._file if n == 0 else self._file.with_name(f"{self._file.name}.{n}")

    def close(self) -> None:
        """Close the file."""
        with self._writing:
            if self._out is not None:
                self._out.close()
                self._out = None
