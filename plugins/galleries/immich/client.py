"""Requests to one Immich server: sent with the key, repeated where that is harmless, and every failure named."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Final

import httpx

from plugins.galleries import GalleryError, GalleryRefused, GalleryUnreachable
from plugins.galleries.http.answers import Answer, Asked, Failed, NoRoute
from plugins.galleries.http.connecting import client_at, usable_key
from plugins.galleries.http.patience import Patience
from plugins.galleries.http.sending import Requests
from plugins.galleries.immich.answers import refusal_of

KEY_HEADER: Final = "x-api-key"
API: Final = "/api"


def connect(url: str, key: str, ca_file: Path | None = None) -> httpx.Client:
    """Return the one HTTP client of a library; nothing is sent yet.

    Args:
        url: address of the server, with or without `/api`.
        key: the API key.
        ca_file: certificates (PEM) that are trusted beside the usual ones, for a server that signs its own.

    Raises:
        GalleryRefused: the address, the key or the certificate file cannot be used.
    """
    if not usable_key(key):
        raise GalleryRefused("the key has characters that no key of Immich has, or is empty: copy it again")
    return client_at(url, API, {KEY_HEADER: key}, ca_file)


class Client(Requests):
    """Immich's API as plain JSON, usable by several threads.

    Every method raises only `GalleryError`s: `GalleryUnreachable` (later), `GalleryRefused` (`Forbidden` for a missing
    permission), `PhotoGone` (an id that is not there or not ours), `NoRoute`, `BadRequest` and other `GalleryBug`s.
    """

    product: ClassVar[str] = "Immich"
    api: ClassVar[str] = API
    ping: ClassVar[str] = "/server/ping"
    speechless: ClassVar[frozenset[str]] = frozenset({"POST /faces"})

    def __init__(self, http: httpx.Client, patience: Patience | None = None) -> None:
        super().__init__(http, patience)
        self._key = http.headers.get(KEY_HEADER, "")

    def get(self, path: str, params: Mapping[str, str | int | bool] | None = None) -> Any:
        """Return what lies at a path below `/api`."""
        return self._json("GET", path, params=params)

    def search(self, path: str, json: object) -> Any:
        """Return the answer to a question that is asked by POST; as it changes nothing it is repeated like a GET."""
        return self._json("POST", path, json=json)

    def post(self, path: str, json: object = None, *, repeat: bool = False) -> Any:
        """Make something; not repeated unless told so, as what failed may have been made: look before you repeat."""
        return self._json("POST", path, json=json, repeat=repeat)

    def put(self, path: str, json: object = None, *, repeat: bool = True) -> Any:
        """Set something; None for an empty answer."""
        return self._json("PUT", path, json=json, repeat=repeat)

    def patch(self, path: str, json: object = None, *, repeat: bool = True) -> Any:
        """Change something; None for an empty answer."""
        return self._json("PATCH", path, json=json, repeat=repeat)

    def delete(self, path: str, json: object = None, *, repeat: bool = True) -> Any:
        """Delete something, with a body where Immich wants one; a repeated call may find it gone (`PhotoGone`)."""
        return self._json("DELETE", path, json=json, repeat=repeat)

    def raw(
        self, path: str, params: Mapping[str, str | int | bool] | None = None, etag: str = "", part: str = ""
    ) -> Answer:
        """Return a file: status 200 with bytes, 304 when `etag` still holds, or 404 when the server has none.

        `part`, as in `bytes=0-99`, asks for so much of it: status 206, 416 where it has no such part, or 200 with all
        where the server sends no parts.
        """
        headers = {name: said for name, said in (("if-none-match", etag), ("range", part)) if said}
        return self._ask("GET", path, params=params, headers=headers, file=True)

    def _json(
        self,
        method: str,
        path: str,
        params: Mapping[str, str | int | bool] | None = None,
        json: object = None,
        *,
        repeat: bool = True,
    ) -> Any:
        return self._ask(method, path, params=params, json=json, repeat=repeat).json

    def _hide(self, text: str) -> str:
        return text.replace(self._key or "\0", "<key>")

    def _refusal(self, answer: Answer, asked: Asked, text: str) -> Failed:
        return Failed(refusal_of(answer, asked, text, self._hide), "final")

    def _not_here(self) -> GalleryError | None:
        """Say what is wrong when a route is missing: nothing of Immich is there, or it is in maintenance, or None."""
        config = self._once("GET", "/server/config", False, {})
        if isinstance(config, Answer):
            if isinstance(config.json, dict) and config.json.get("maintenanceMode"):
                return GalleryUnreachable(f"{self.server} is in maintenance mode: wait until it has ended")
            return None
        # Deprecated since 3.2: without it another public route must say that this is an Immich.
        ping = self._once("GET", self.ping, False, {})
        if isinstance(ping, Failed) and isinstance(ping.error, NoRoute):
            return GalleryRefused(f"there is no Immich at {self.server}: check the url")
        return None
