"""Who asks a PhotoPrism: an app password, a user with a session that is opened and closed, or anybody."""

from __future__ import annotations

import threading
from typing import ClassVar, Final

import httpx

from plugins.galleries import GalleryError, GalleryRefused, GalleryUnreachable
from plugins.galleries.http.answers import SHOWN, Answer, Asked, Failed, NoRoute
from plugins.galleries.http.patience import Patience
from plugins.galleries.http.sending import Requests
from plugins.galleries.photoprism.answers import LoggedOut, NotThere, drawing, message_of, refusal_of
from plugins.galleries.photoprism.parsing import SessionPart, read

API: Final = "/api/v1"
PUBLIC: Final = "public"
"""Token, and mode, of a server that asks nobody who they are."""
_LOGIN: Final = "POST /session"
_LOCKED: Final = "after too many wrong ones it refuses right ones too, for some minutes"


class Door(Requests):
    """PhotoPrism's API for somebody who has not logged in; `secrets` are what no text may hold, and may grow."""

    product: ClassVar[str] = "PhotoPrism"
    api: ClassVar[str] = API
    ping: ClassVar[str] = "/status"
    doubted: ClassVar[tuple[type[GalleryError], ...]] = (NoRoute, NotThere)

    def __init__(self, http: httpx.Client, patience: Patience | None, secrets: set[str]) -> None:
        super().__init__(http, patience)
        self._secrets = secrets
        self._worked = False

    def log_in(self, user: str, password: str) -> SessionPart:
        """Open a session.

        Raises:
            LoggedOut: the user or the password is wrong.
        """
        said = {"username": user, "password": password}
        answer = self._ask("POST", "/session", json=said)
        self._worked = True
        return read(SessionPart, answer.json, "POST /session")

    def log_out(self, token: str) -> None:
        """Close a session if that can be; one that stays open ends by itself."""
        self._once("DELETE", "/session", False, {"headers": bearer(token)})

    def _failure(self, answer: Answer, asked: Asked) -> Failed | None:
        if asked.file and 200 <= answer.status < 300 and (missing := drawing(answer, asked)):
            return missing
        return super()._failure(answer, asked)

    def _hide(self, text: str) -> str:
        for secret in sorted(self._secrets.copy(), key=len, reverse=True):
            text = text.replace(secret, "<key>")
        return text

    def _shown_of(self, answer: Answer, asked: Asked) -> str:
        """Return as much of an answer as texts may show: nothing where it may echo a password, however spelled."""
        return "(not shown)" if asked.what == _LOGIN else super()._shown_of(answer, asked)

    def _refusal(self, answer: Answer, asked: Asked, text: str) -> Failed:
        message = "" if asked.what == _LOGIN else self._hide(message_of(answer))[:SHOWN]
        return refusal_of(answer, asked, text, message)

    def _not_here(self) -> GalleryError | None:
        """Say what is wrong when something is not found: no PhotoPrism is there at all, or not now; None if one is."""
        ping = self._once("GET", self.ping, False, {})
        if isinstance(ping, Answer) and isinstance(ping.json, dict) and "status" in ping.json:
            return None
        if self._worked or (isinstance(ping, Failed) and ping.kind == "away"):
            return GalleryUnreachable(f"{self.server} is not there now: is it starting?")
        return GalleryRefused(f"there is no PhotoPrism at {self.server}: check the url")


class Login:
    """The token that requests carry. Usable by several threads.

    Args:
        door: opens and closes sessions.
        user: whose password `key` is; empty when it is an app password.
        key: empty where the server asks nobody who they are.
        secrets: what no text may hold; the key and each token are put there.
    """

    def __init__(self, door: Door, user: str, key: str, secrets: set[str]) -> None:
        self._door, self._user, self._key, self._secrets = door, user, key, secrets
        self._lock = threading.Lock()
        self._token = "" if user else key
        self._worked, self._refused = False, ""
        secrets.update({key} - {""})

    def __repr__(self) -> str:
        return f"Login({self._door.server}, {self._user!r})"

    def token(self) -> str:
        """Return what the next request carries, empty for nothing; a session is opened for the first.

        Raises:
            GalleryRefused: it was refused before, or user and password are.
        """
        with self._lock:
            if self._refused:
                raise GalleryRefused(self._refused)
            return self._token if self._token or not self._user else self._open()

    def held(self, token: str) -> None:
        """Note that a request with this token was answered."""
        self._worked = self._worked or token == self._token

    def renewed(self, token: str) -> str:
        """Return the token to ask once more with, after the server did not know this one.

        A session that has worked has expired, and is opened anew; anything else is refused from then on, unasked.

        Raises:
            GalleryRefused: nobody is known by this key; the text says what to do.
        """
        with self._lock:
            if self._refused:
                raise GalleryRefused(self._refused)
            if token != self._token and self._token:
                return self._token  # another thread has opened it
            if self._user and (self._worked or not self._token):
                return self._open()
            raise self._refuse()

    def refusal(self) -> GalleryRefused:
        """Return the error of a key that the server does not know, and let nothing be asked with it any more."""
        with self._lock:
            return self._refuse()

    def end(self) -> None:
        """Close the session that was opened, if one was; to close that of an app password would delete it."""
        with self._lock:
            if self._user and self._token not in {"", self._key, PUBLIC}:
                self._door.log_out(self._token)
                self._token = ""

    def _open(self) -> str:
        self._token, self._worked = "", False
        try:
            self._token = self._door.log_in(self._user, self._key).access_token
        except LoggedOut:
            raise self._refuse() from None
        if not self._token:
            raise self._refuse()
        self._secrets.update({self._token} - {PUBLIC})
        return self._token

    def _refuse(self) -> GalleryRefused:
        self._refused = self._refused or f"{self._door.server} {self._why()}"
        return GalleryRefused(self._refused)

    def _why(self) -> str:
        if self._user:
            mend = "who has two factors needs an app password, and no user in the settings"
            return f"does not let {self._user!r} in with this password: check both; {mend}; {_LOCKED}"
        if self._key:
            place = "Settings → Account → Apps and Devices"
            return f"does not know the app password, or it has expired: make a new one under {place}; {_LOCKED}"
        return "wants to know who asks: make an app password in PhotoPrism and name its file as api_key_file"


def bearer(token: str) -> dict[str, str]:
    """Return the headers that carry a token, none for an empty one."""
    return {"authorization": f"Bearer {token}"} if token else {}
