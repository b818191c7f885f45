"""Requests to one server: repeated where that is harmless, and every failure named, whatever the server is."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Final

import httpx

from plugins.galleries import GalleryBug, GalleryError, GalleryUnreachable
from plugins.galleries.http.answers import (
    SHOWN,
    Answer,
    Asked,
    Failed,
    NoRoute,
    read_json,
    redirected,
    seconds,
    unavailable,
    unfit,
    unsent,
)
from plugins.galleries.http.connecting import server_of
from plugins.galleries.http.patience import Patience
from plugins.galleries.requests_made import note_request

MAX_BYTES: Final = 256_000_000
"""The longest body that is read; a page of 1,000 photos of Immich's has 2 MB."""


class Requests(ABC):
    """What is asked of one server, usable by several threads; a subclass speaks a product's language.

    Every request raises only `GalleryError`s. No text of theirs holds a secret; they carry no cause, as that would lead
    to the request with the key in it.
    """

    product: ClassVar[str]
    """How the product is called in texts."""
    api: ClassVar[str]
    """The path of its API below the server's address."""
    ping: ClassVar[str]
    """A question that anybody may ask, below `api`, by which one sees that it is there."""
    speechless: ClassVar[frozenset[str]] = frozenset()
    """What is answered by nothing though it worked; elsewhere an empty answer has lost its body on the way."""
    doubted: ClassVar[tuple[type[GalleryError], ...]] = (NoRoute,)
    """Errors that anything that stands before the server might answer: who is there is asked before they are raised."""

    def __init__(self, http: httpx.Client, patience: Patience | None = None) -> None:
        self._http = http
        self._patience = patience or Patience()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.server})"

    @property
    def server(self) -> str:
        """Return the address of the server, as it is named in texts."""
        return server_of(str(self._http.base_url), self.api)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    @abstractmethod
    def _hide(self, text: str) -> str:
        """Return a text without the secrets."""

    @abstractmethod
    def _refusal(self, answer: Answer, asked: Asked, text: str) -> Failed:
        """Return what an answer with an error means in this product's language; `text` is its body for texts."""

    @abstractmethod
    def _not_here(self) -> GalleryError | None:
        """Return what is wrong when something is not found: the product is not there at all now; None if it is."""

    def _ask(self, method: str, path: str, *, repeat: bool = True, file: bool = False, **said: Any) -> Answer:
        """Send a request until it is answered well, or has failed for good.

        A failure that looks final (a redirect, a web page in place of data) is believed only when every attempt saw it:
        a proxy that restarts shows such things for a moment.
        """
        seen: list[Failed] = []
        for attempt in range(self._patience.attempts):
            if seen:
                time.sleep(self._patience.wait_s(attempt - 1, seen[-1].wait_s))
            found = self._once(method, path, file, said)
            if isinstance(found, Answer):
                return found
            seen.append(found)
            if not found.again(repeat):
                break
        raise self._verdict(seen, repeat)

    def _once(self, method: str, path: str, file: bool, said: Mapping[str, Any]) -> Answer | Failed:
        asked = Asked(self.product, self.server, f"{method} {path}", file)
        try:
            answer = self._send(method, path, said)
        except httpx.HTTPError as error:
            return unsent(error, asked)
        except httpx.InvalidURL as error:  # of something that the server itself has named
            return Failed(
                GalleryBug(f"{self.server} cannot be asked for this: {method} {path[:SHOWN]} ({error})"), "final"
            )
        return self._failure(answer, asked) or answer

    def _send(self, method: str, path: str, said: Mapping[str, Any]) -> Answer:
        note_request()
        with self._http.stream(method, path, **{k: v for k, v in said.items() if v is not None}) as response:
            body = bytearray()
            for chunk in response.iter_bytes():
                body += chunk
                if len(body) > MAX_BYTES:
                    raise httpx.RemoteProtocolError(f"the answer is longer than {MAX_BYTES // 1_000_000} MB")
            wait_s = seconds(response.headers.get("retry-after", ""))
            return Answer(response.status_code, response.headers, bytes(body), wait_s, read_json(bytes(body)))

    def _failure(self, answer: Answer, asked: Asked) -> Failed | None:
        """Return what is wrong with an answer, None when nothing is; 304, 404 and 416 are answers about files."""
        text = self._shown_of(answer, asked)
        if asked.file and answer.status in {304, 404, 416}:
            return None
        if 200 <= answer.status < 300:
            speechless = answer.status == 204 or asked.what in self.speechless
            return unfit(answer, asked, text, speechless=speechless)
        if 300 <= answer.status < 400:
            return redirected(self._hide(answer.headers.get("location", "")), asked)
        return unavailable(answer, asked, text) or self._refusal(answer, asked, text)

    def _shown_of(self, answer: Answer, asked: Asked) -> str:  # noqa: ARG002 (for a subclass)
        """Return as much of an answer as texts may show."""
        return self._hide(answer.text())[:SHOWN]

    def _verdict(self, seen: list[Failed], repeat: bool) -> GalleryError:
        """Return the error that many attempts come to."""
        last = seen[-1]
        if isinstance(last.error, self.doubted):
            return self._not_here() or last.error
        if last.kind in {"final", "away", "busy"}:
            return last.error
        if all(failed.kind == last.kind for failed in seen) and (repeat or self._still(last.kind)):
            return last.error
        unsteady = f"not every time: something between here and {self.product} is unsteady"
        return GalleryUnreachable(f"{last.error} ({unsteady})")

    def _still(self, kind: str) -> bool:
        """Say whether a harmless question fails in the same way, each time, as what must not be repeated."""
        for attempt in range(self._patience.attempts):
            time.sleep(self._patience.wait_s(attempt))
            found = self._once("GET", self.ping, False, {})
            if isinstance(found, Answer) or found.kind != kind:
                return False
        return True
