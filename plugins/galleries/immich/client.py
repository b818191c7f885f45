"""Requests to one Immich server: sent with the key, repeated where that is harmless, and every failure named."""

from __future__ import annotations

import email.utils
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import uniform
from typing import Any, Final

import httpx

from plugins.galleries import GalleryError, GalleryRefused, GalleryUnreachable
from plugins.galleries.immich.answers import Answer, Failed, NoRoute, failure_of, read_json, unsent
from plugins.galleries.requests_made import note_request

KEY_HEADER: Final = "x-api-key"
IDLE_S: Final = 3.0
"""How long a connection may rest: the server closes it after 5 s, and what is sent just then is lost."""
AT_ONCE: Final = 8
"""Connections at most; Immich has no limit of its own, and its owner wants to look at photos meanwhile."""
MAX_BYTES: Final = 256_000_000
"""The longest body that is read; a page of 1,000 photos has 2 MB."""
WAITS: Final = 60
"""The longest wait before a repeat, whatever a server asks for, in units of `backoff_s`."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How often a request is sent at most, and the wait in between, which doubles; `jitter` is the share of chance."""

    attempts: int = 4
    backoff_s: float = 1.0
    jitter: float = 0.5

    def wait_s(self, attempt: int, asked_s: float = 0.0) -> float:
        """Return how long to wait after the `attempt`-th failure, from 0; at least what the server asked for."""
        chance = uniform(1 - self.jitter, 1 + self.jitter)  # noqa: S311 (no secret hangs on it)
        return min(max(self.backoff_s * 2.0**attempt * chance, asked_s), WAITS * self.backoff_s)


def server_of(url: str) -> str:
    """Return a server's address as it is kept: people paste it with `/api` or a slash behind it, or without."""
    return url.strip().rstrip("/").removesuffix("/api").rstrip("/")


def connect(url: str, key: str, ca_file: Path | None = None) -> httpx.Client:
    """Return the one HTTP client of a library; nothing is sent yet.

    Args:
        url: address of the server, with or without `/api`.
        key: the API key.
        ca_file: certificates (PEM) that are trusted beside the usual ones, for a server that signs its own.

    Raises:
        GalleryRefused: the address, the key or the certificate file cannot be used.
    """
    if not key or not key.isascii() or not key.isprintable() or " " in key:
        raise GalleryRefused("the key has characters that no key of Immich has, or is empty: copy it again")
    try:
        return httpx.Client(
            base_url=f"{server_of(url)}/api",
            headers={KEY_HEADER: key, "accept": "application/json, image/*"},
            limits=httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE, keepalive_expiry=IDLE_S),
            timeout=httpx.Timeout(60.0, connect=5.0, pool=None),
            follow_redirects=False,
            verify=True if ca_file is None else _trusting(ca_file),
        )
    except httpx.InvalidURL as error:
        raise GalleryRefused(f"{url!r} is no address: write http://host:port or https://host ({error})") from error


def _trusting(ca_file: Path) -> ssl.SSLContext:
    context = httpx.create_ssl_context()
    try:
        context.load_verify_locations(cafile=ca_file)
    except OSError as error:
        raise GalleryRefused(
            f"the certificates in {ca_file} cannot be read ({error}): it must be a PEM file"
        ) from error
    # A certificate that a server made for itself is rarely a proper authority; naming the file is the trust.
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context


class Client:
    """Immich's API as plain JSON, usable by several threads.

    Every method raises only `GalleryError`s: `GalleryUnreachable` (later), `GalleryRefused` (`Forbidden` for a missing
    permission), `PhotoGone` (an id that is not there or not ours), `NoRoute`, `BadRequest` and other `GalleryBug`s.
    No text of theirs holds the key; they carry no cause, as that would lead to the request with the key in it.
    """

    def __init__(self, http: httpx.Client, patience: Patience | None = None) -> None:
        self._http = http
        self._patience = patience or Patience()
        self._key = http.headers.get(KEY_HEADER, "")

    def __repr__(self) -> str:
        return f"Client({self.server})"

    @property
    def server(self) -> str:
        """Return the address of the server, as it is named in texts."""
        return server_of(str(self._http.base_url))

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

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
        return self._ask("GET", path, params=params, headers=headers, image=True)

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

    def _ask(self, method: str, path: str, *, repeat: bool = True, image: bool = False, **said: Any) -> Answer:
        """Send a request until it is answered well, or has failed for good.

        A failure that looks final (a redirect, a web page in place of data) is believed only when every attempt saw it:
        a proxy that restarts shows such things for a moment.
        """
        seen: list[Failed] = []
        for attempt in range(self._patience.attempts if repeat else 1):
            if seen:
                time.sleep(self._patience.wait_s(attempt - 1, seen[-1].wait_s))
            found = self._once(method, path, image, said)
            if isinstance(found, Answer):
                return found
            seen.append(found)
            if not found.again:
                break
        raise self._verdict(seen, repeat)

    def _once(self, method: str, path: str, image: bool, said: dict[str, Any]) -> Answer | Failed:
        what = f"{method} {path}"
        try:
            answer = self._send(method, path, said)
        except httpx.HTTPError as error:
            return unsent(error, what, self.server)
        return failure_of(answer, what, self.server, image=image, key=self._key) or answer

    def _send(self, method: str, path: str, said: dict[str, Any]) -> Answer:
        note_request()
        with self._http.stream(method, path, **{k: v for k, v in said.items() if v is not None}) as response:
            body = bytearray()
            for chunk in response.iter_bytes():
                body += chunk
                if len(body) > MAX_BYTES:
                    raise httpx.RemoteProtocolError(f"the answer is longer than {MAX_BYTES // 1_000_000} MB")
            wait_s = _seconds(response.headers.get("retry-after", ""))
            return Answer(response.status_code, response.headers, bytes(body), wait_s, read_json(bytes(body)))

    def _verdict(self, seen: list[Failed], repeat: bool) -> GalleryError:
        """Return the error that many attempts come to."""
        last = seen[-1]
        if isinstance(last.error, NoRoute):
            return self._not_here() or last.error
        if not last.again or last.kind == "away":
            return last.error
        if all(failed.kind == last.kind for failed in seen) and (repeat or self._still(last.kind)):
            return last.error
        return GalleryUnreachable(f"{last.error} (not every time: something between here and Immich is unsteady)")

    def _still(self, kind: str) -> bool:
        """Say whether a harmless question fails in the same way, each time, as what must not be repeated."""
        for attempt in range(self._patience.attempts):
            time.sleep(self._patience.wait_s(attempt))
            found = self._once("GET", "/server/ping", False, {})
            if isinstance(found, Answer) or found.kind != kind:
                return False
        return True

    def _not_here(self) -> GalleryError | None:
        """Say what is wrong when a route is missing: nothing of Immich is there, or it is in maintenance, or None."""
        config = self._once("GET", "/server/config", False, {})
        if isinstance(config, Answer):
            if isinstance(config.json, dict) and config.json.get("maintenanceMode"):
                return GalleryUnreachable(f"{self.server} is in maintenance mode: wait until it has ended")
            return None
        # Deprecated since 3.2: without it another public route must say that this is an Immich.
        ping = self._once("GET", "/server/ping", False, {})
        if isinstance(ping, Failed) and isinstance(ping.error, NoRoute):
            return GalleryRefused(f"there is no Immich at {self.server}: check the url")
        return None


def _seconds(retry_after: str) -> float:
    """Read how long a server wants us to wait: seconds, or a date."""
    if retry_after.strip().isdecimal():
        return float(retry_after[:9])
    try:
        at = email.utils.parsedate_to_datetime(retry_after)
    except ValueError:
        return 0.0
    return max(0.0, (at.astimezone(UTC) - datetime.now(UTC)).total_seconds())
