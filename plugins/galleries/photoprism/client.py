"""Requests to one PhotoPrism: sent for somebody, repeated where that is harmless, and every failure named."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias
from urllib.parse import quote

import httpx

from plugins.galleries import GalleryBug, GalleryRefused, PhotoGone
from plugins.galleries.http.answers import SHOWN, Answer, BadRequest, Failed, Forbidden
from plugins.galleries.http.connecting import client_at, usable_key
from plugins.galleries.http.parts import in_parts
from plugins.galleries.http.patience import Patience
from plugins.galleries.photoprism.answers import LoggedOut, TokenRefused, number
from plugins.galleries.photoprism.login import API, PUBLIC, Door, Login, bearer
from plugins.galleries.photoprism.parsing import ConfigPart, SessionPart, read

_OPEN: Final = frozenset({"/config", "/status"})
"""What is answered to everybody, so that an answer does not say that the token holds."""
_PAGE: Final = re.compile(r"(?<=[^/])/library/(?!(.*/)?library/).+$")
"""What stands behind a server's address in the browser, as in `/library/browse`."""
_NOBODYS: Final = (
    "it must be an admin's; with photoprism auth add, name the user whose app password it is (photoprism #4665)"
)
Query: TypeAlias = Mapping[str, str | int | bool]


@dataclass(frozen=True, slots=True)
class Rows:
    """A page of a search: `count` and `limit` are of files, not photos; with fewer than `limit` it is the last."""

    items: list[Any]
    count: int
    limit: int
    offset: int


@dataclass(frozen=True, slots=True)
class Said:
    """The answer to a POST: the status says whether something was made (201) or was there (200)."""

    status: int
    json: Any


def connect(url: str, ca_file: Path | None = None) -> httpx.Client:
    """Return the one HTTP client of a library, which does not hold the key; nothing is sent yet.

    Args:
        url: address of the server, with or without `/api/v1` or the page that a browser shows; an installation below a
            path keeps that.
        ca_file: certificates (PEM) that are trusted beside the usual ones, for a server that signs its own.

    Raises:
        GalleryRefused: the address or the certificate file cannot be used.
    """
    return client_at(_PAGE.sub("", url.strip()), API, {}, ca_file)


class Client(Door):
    """PhotoPrism's API as plain JSON, usable by several threads; writes go one at a time, as the server works so.

    Args:
        http: as `connect` makes it.
        key: an app password, or the password of `user`; empty for a server that asks nobody who they are.
        user: whose password the key is; a session is opened for them, and closed at the end.
        patience: how often a request is repeated.

    Every method raises only `GalleryError`s: `GalleryUnreachable` (later), `GalleryRefused` (`Forbidden` where the key
    may not), `NotThere` and other `PhotoGone`s, `BadRequest` and other `GalleryBug`s. No text of theirs holds a key or
    a token; they carry no cause, as that would lead to the request with them in it.

    Raises:
        GalleryRefused: the key has characters that cannot be sent.
    """

    def __init__(self, http: httpx.Client, key: str = "", user: str = "", patience: Patience | None = None) -> None:
        secrets: set[str] = set()
        super().__init__(http, patience, secrets)
        if key and not user and not usable_key(key):
            raise GalleryRefused("the app password has characters that none of PhotoPrism's has: copy it again")
        self._login = Login(Door(http, patience, secrets), user, key, secrets)
        self._writing, self._asking, self._showing = threading.Lock(), threading.RLock(), threading.Lock()
        self._preview, self._rereads = "", 0
        self._config: ConfigPart | None = None
        self._session: SessionPart | None = None

    def close(self) -> None:
        """Close the session that was opened, if it can be, and the connections."""
        self._login.end()
        super().close()

    def get(self, path: str, params: Query | None = None) -> Any:
        """Return what lies at a path below `/api/v1`."""
        return self._ask("GET", path, params=_words(params)).json

    def rows(self, path: str, params: Query) -> Rows:
        """Return a page of a search, which says how many files it found of how many at most.

        Raises:
            GalleryBug: it is no list.
        """
        answer = self._ask("GET", path, params=_words(params))
        items = [] if answer.json is None else answer.json
        if not isinstance(items, list):
            raise GalleryBug(f"{self.server} answered GET {path} with no list: {self._hide(answer.text())[:SHOWN]}")
        asked, offset = int(params.get("count", 0)), int(params.get("offset", 0))
        counted = number(answer.headers, "x-count", len(items))
        limit, begun = number(answer.headers, "x-limit", asked), number(answer.headers, "x-offset", offset)
        return Rows(items, counted, limit, begun)

    def post(self, path: str, json: object = None, *, repeat: bool = False) -> Said:
        """Make something; not repeated unless told so, as what failed may have been made: look before you repeat."""
        answer = self._ask("POST", path, json=json, repeat=repeat)
        return Said(answer.status, answer.json)

    def put(self, path: str, json: object = None, *, repeat: bool = True) -> Any:
        """Set something."""
        return self._ask("PUT", path, json=json, repeat=repeat).json

    def delete(self, path: str, json: object = None, params: Query | None = None, *, repeat: bool = True) -> Any:
        """Delete something, with a body where PhotoPrism wants one; a repeated call may find it gone (`NotThere`)."""
        return self._ask("DELETE", path, params=_words(params), json=json, repeat=repeat).json

    def picture(self, hash: str, size: str) -> bytes:  # noqa: A002 (the field's word)
        """Return the picture of a file, by its hash, in one of the server's sizes, such as `fit_720`.

        Raises:
            PhotoGone: the server has no picture of it: the file is missing or broken, or the hash unknown.
            GalleryRefused: the token for pictures does not hold, even after it was asked for anew.
        """
        return self._media("t", hash, size).body

    def video(self, hash: str, most_bytes: int) -> bytes | None:  # noqa: A002 (the field's word)
        """Return a video as browsers play it, by the hash of its file; None where it has more than `most_bytes`.

        Raises:
            PhotoGone: the server has no such video.
            GalleryUnreachable: it breaks off.
        """
        return in_parts(lambda part: self._media("videos", hash, "avc", part), hash, self.server, most_bytes)

    def config(self) -> ConfigPart:
        """Return what the server says of itself to whoever asks; asked once."""
        with self._asking:
            if self._config is None:
                found = self._described()
                if found.mode == PUBLIC and not found.public:  # it took us for nobody, without a word
                    with suppress(Forbidden):
                        self._look()
                    found = self._described()
                self._config = found
            return self._config

    def _described(self) -> ConfigPart:
        return read(ConfigPart, self.get("/config"), "GET /config")

    def session(self) -> SessionPart | None:
        """Return who asks and what they may do, asked once; None where the server asks nobody who they are."""
        with self._asking:
            if self.config().public:
                return None
            if self._session is None:
                self._session = read(SessionPart, self.get("/session"), "GET /session")
            return self._session

    def token(self) -> str:
        """Return what shows the server who asks, on its websocket too; empty where it asks nobody who they are.

        Raises:
            GalleryRefused: nobody is known by the key; the server is asked over HTTP, as its websocket does not say so.
        """
        if self.config().public:
            return ""
        with suppress(Forbidden):  # one that may not say whose it is is known all the same
            self.session()
        return self._login.token()

    def _media(self, kind: str, hash: str, name: str, part: str = "") -> Answer:  # noqa: A002 (the field's word)
        """Return a file that a token opens in place of the key; a token that does not hold is asked for anew once.

        Tokens are known in the server's memory only: after a restart they hold again when somebody has asked by key
        (PhotoPrism #5265).
        """
        before, token = self._token()
        try:
            return self._file(kind, hash, token, name, part)
        except TokenRefused:
            return self._file(kind, hash, self._reread(before), name, part)

    def _file(self, kind: str, hash: str, token: str, name: str, part: str) -> Answer:  # noqa: A002
        # What httpx logs is the address without the token, which stands in the line that is sent alone.
        base = self._http.base_url.raw_path.decode("ascii").rstrip("/")
        target = f"{base}/{kind}/{quote(hash, safe='')}/{quote(token, safe='')}/{quote(name, safe='')}"
        found = self._ask(
            "GET",
            f"/{kind}/{quote(hash, safe='')}/token/{quote(name, safe='')}",
            file=True,
            headers={"range": part} if part else None,
            extensions={"target": target.encode("ascii")},
        )
        if found.status == 404:
            raise self._not_here() or PhotoGone(f"{self.server} has no {kind} of {hash}")
        return found

    def _token(self) -> tuple[int, str]:
        """Return how often the token for pictures has been asked for anew, and the token."""
        with self._showing:
            if not self._preview:
                self._keep(self.config().previewToken or (PUBLIC if self.config().public else ""))
            if not self._preview:
                self._look()
            return self._rereads, self._shown()

    def _reread(self, before: int) -> str:
        """Ask for the token anew, unless another thread has since."""
        with self._showing:
            if self._rereads == before:
                answer = self._look()
                if not answer.headers.get("x-preview-token"):
                    self._keep(self._described().previewToken)
                self._rereads += 1
            return self._shown()

    def _look(self) -> Answer:
        """Ask for a photo: the least that proves that we are known, and says the token for pictures."""
        return self._ask("GET", "/photos", params={"count": "1"})

    def _keep(self, token: str) -> None:
        """Keep the token for pictures that an answer held, if one did."""
        if token:
            self._preview = token
            self._secrets.update({token, quote(token, safe="")} - {PUBLIC})

    def _shown(self) -> str:
        if not self._preview:
            raise GalleryRefused(f"{self.server} gives no token for pictures: the key may not read photos")
        return self._preview

    def _ask(self, method: str, path: str, *, repeat: bool = True, file: bool = False, **said: Any) -> Answer:
        alone: AbstractContextManager[Any] = nullcontext() if method == "GET" else self._writing
        with alone:
            try:
                return super()._ask(method, path, repeat=repeat, file=file, **said)
            except BadRequest as error:
                if path == "/photos" and error.status == 400 and not self._may_search():
                    raise Forbidden(f"{self.server} lets this key search no photos: {_NOBODYS}", "photos") from None
                raise

    def _may_search(self) -> bool:
        """Say whether it cannot be for who asks that a search is answered by 400, as it is to those without a role."""
        try:
            session = self.session()
        except Forbidden:
            return True
        return session is None or (session.user.UID != "" and session.user.Role == "admin")

    def _once(self, method: str, path: str, file: bool, said: Mapping[str, Any]) -> Answer | Failed:
        """Send a request for whoever asks; once more when their session has just expired."""
        if file or path == self.ping:
            return super()._once(method, path, file, said)
        token = self._login.token()
        found = super()._once(method, path, file, {**said, "headers": bearer(token)})
        if isinstance(found, Failed) and isinstance(found.error, LoggedOut):
            token = self._login.renewed(token)
            found = super()._once(method, path, file, {**said, "headers": bearer(token)})
        if isinstance(found, Answer):
            if path not in _OPEN:
                self._login.held(token)
            self._keep(found.headers.get("x-preview-token", ""))
            self._worked = True
        elif isinstance(found.error, LoggedOut):
            return Failed(self._login.refusal(), "final")
        return found


def _words(params: Query | None) -> dict[str, str] | None:
    """Return a query as PhotoPrism's forms read it."""
    if params is None:
        return None
    return {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in params.items()}
