"""Who may call: a secret for each library, and how often somebody may try a wrong one."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import re
import secrets
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from plugins.own_secrets import own_secret, secret_file

HEADER: Final = "X-Albumen-Secret"
WRONG_A_MINUTE: Final = 10
"""Wrong secrets that one address may try in a minute; right ones are never limited."""
_PLAIN: Final = re.compile(r"[a-z0-9_-]{1,90}")


def secret_name(library: str) -> str:
    """Return the name of a library's secret: names that are no good file names are told apart by a hash."""
    if _PLAIN.fullmatch(library):
        return f"hook-{library}"
    return f"hook-{hashlib.sha256(library.encode()).hexdigest()[:32]}"


def hook_secret(data_dir: Path, library: str) -> str:
    """Return the secret of a library's webhook, made when it is first asked for.

    Raises:
        SecretUnusable: its file can be neither read nor made.
    """
    return own_secret(data_dir, secret_name(library))


def hook_secret_file(data_dir: Path, library: str) -> Path:
    """Return the file in which the secret of a library's webhook lies."""
    return secret_file(data_dir, secret_name(library))


class Secrets:
    """The secrets of all libraries, read again when their files change: a new one holds at once.

    Raises:
        SecretUnusable: a file can be neither read nor made.
    """

    def __init__(self, data_dir: Path, libraries: Iterable[str]) -> None:
        self._data_dir = data_dir
        self._files = {library: hook_secret_file(data_dir, library) for library in libraries}
        self._known: dict[str, tuple[tuple[int, int, int], bytes]] = {}
        self._nobodys = secrets.token_urlsafe(32).encode()
        for library in self._files:
            self._of(library)

    def open_to(self, library: str, headers: Mapping[str, str]) -> bool:
        """Say whether a request may tell us of a library; it takes as long for one that there is not."""
        known = library in self._files
        right = self._of(library) if known else self._nobodys
        return hmac.compare_digest(_offered(headers), right) and known

    def _of(self, library: str) -> bytes:
        stamp = _stamp(self._files[library])
        if stamp is None or self._known.get(library, (None, b""))[0] != stamp:
            secret = hook_secret(self._data_dir, library).encode()
            self._known[library] = (_stamp(self._files[library]) or (0, 0, 0), secret)
        return self._known[library][1]


def _stamp(file: Path) -> tuple[int, int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino, found.st_size


def _offered(headers: Mapping[str, str]) -> bytes:
    """Return the secret that a request shows: in our header, or as a bearer token."""
    if (said := headers.get(HEADER)) is None:
        kind, _, token = headers.get("authorization", "").partition(" ")
        said = token if kind.lower() == "bearer" else ""
    return said.strip().encode("utf-8", "surrogatepass")


class WrongTries:
    """Counts the wrong secrets of each address."""

    def __init__(self, a_minute: int = WRONG_A_MINUTE) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._limit = RateLimitItemPerMinute(a_minute)

    def another(self, address: str) -> int:
        """Count one more, and return how many seconds this address has to wait; 0 when it may go on."""
        where = _household(address)
        if self._limiter.hit(self._limit, where):
            return 0
        again_at = self._limiter.get_window_stats(self._limit, where).reset_time
        return max(1, round(again_at - time.time()))


def _household(address: str) -> str:
    """Return what one caller can have many addresses of: for IPv6 the first half."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return "unknown"
    return str(found if found.version == 4 else ipaddress.ip_network((found, 64), strict=False))
