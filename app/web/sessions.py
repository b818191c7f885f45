"""Sessions of the review page: a signed cookie that a new token, a logout or a month ends."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from itsdangerous import BadData, URLSafeTimedSerializer
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from plugins.atomic import private_folder, write_atomically
from plugins.own_secrets import own_secret

COOKIE: Final = "albumen_session"
SESSION_S: Final = 30 * 86_400
SAID: Final = "albumen_said"
SAID_S: Final = 60
WRONG: Final = RateLimitItemPerMinute(5)
"""How many wrong tokens one address may send."""
_SALT: Final = "albumen.review"


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who has logged in, until `ends` (seconds since 1970); `csrf` goes with each of their forms."""

    id: str
    ends: float
    csrf: str


class TooOften(Exception):
    """Too many wrong tokens came from one address: wait."""


class Sessions:
    """Who is logged in; kept in cookies, but for those who have logged out, who are kept in the data folder."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._ended_file = data_dir / "review" / "ended.json"
        self._lock = threading.Lock()
        self._ended = _read(self._ended_file)
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    @property
    def token(self) -> str:
        """Return what has to be typed to log in: read anew each time, so that another one counts at once."""
        return own_secret(self._data_dir, "review")

    def is_token(self, given: str, address: str) -> bool:
        """Say whether somebody knows the token, in a time that tells nothing of it; count it where they do not.

        Raises:
            TooOften: this address has sent too many wrong ones in the last minute.
        """
        if not self._limiter.test(WRONG, address):
            raise TooOften(f"{address} has sent too many wrong tokens: wait a minute")
        right = hmac.compare_digest(given.strip().encode("utf-8", "replace"), self.token.encode())
        if not right:
            self._limiter.hit(WRONG, address)
        return right

    def opened(self) -> str:
        """Return the cookie of a new session."""
        return self._signer().dumps({"id": secrets.token_urlsafe(16), "of": self._mark()})

    def read(self, cookie: str) -> Session | None:
        """Return the session that a cookie stands for, None where it is not one of ours, or has ended."""
        try:
            said, made = self._signer().loads(cookie, max_age=SESSION_S, return_timestamp=True)
        except BadData:
            return None
        if not isinstance(said, dict) or said.get("of") != self._mark() or said.get("id") in self._ended:
            return None
        return Session(str(said["id"]), made.timestamp() + SESSION_S, self._csrf(str(said["id"])))

    def end(self, session: Session) -> None:
        """End a session: its cookie counts no more, wherever a copy of it may be."""
        with self._lock:
            now = time.time()
            self._ended = {id_: ends for id_, ends in self._ended.items() if ends > now} | {session.id: session.ends}
            private_folder(self._ended_file.parent)
            write_atomically(self._ended_file, json.dumps(self._ended).encode())

    def signed(self, text: str) -> str:
        """Return a message of ours for the next page, as a cookie that nobody else can write."""
        return self._signer("said").dumps(text)

    def said(self, cookie: str) -> str:
        """Return what `signed` was given, empty where the cookie is not ours or older than a minute."""
        try:
            return str(self._signer("said").loads(cookie, max_age=SAID_S))
        except BadData:
            return ""

    def _signer(self, what: str = "session") -> URLSafeTimedSerializer:
        digest = {"digest_method": hashlib.sha256}
        return URLSafeTimedSerializer(self._key(), salt=f"{_SALT}.{what}", signer_kwargs=digest)

    def _key(self) -> str:
        return own_secret(self._data_dir, "session")

    def _mark(self) -> str:
        """Return what changes when the token does; it tells nothing of the token."""
        return hmac.new(self._key().encode(), self.token.encode(), hashlib.sha256).hexdigest()[:16]

    def _csrf(self, session: str) -> str:
        return hmac.new(self._key().encode(), f"csrf {session}".encode(), hashlib.sha256).hexdigest()


def _read(file: Path) -> dict[str, float]:
    try:
        found = json.loads(file.read_bytes())
        return {str(id_): float(ends) for id_, ends in found.items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}
