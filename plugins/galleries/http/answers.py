"""What a server answered, and what each failure means for the caller whatever the server is."""

from __future__ import annotations

import email.utils
import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal, TypeAlias
from urllib.parse import urlsplit

import httpx

from plugins.galleries import GalleryBug, GalleryError, GalleryRefused, GalleryUnreachable

Kind: TypeAlias = Literal["away", "busy", "redirect", "page", "final"]
SHOWN: Final = 500
"""Characters of an unexpected answer that are kept."""
AWAY: Final = frozenset({408, 425, 500, 502, 503, 504})
BUSY: Final = 429
"""What was answered so has not been done, and may be sent again whatever it is."""
_SECRETIVE: Final = ("/session", "/config")
"""Paths whose answers may hold tokens."""
_HALVES: Final = b"\\ud"
"""How JSON writes halves of characters beyond the first 65,536; servers send those whole, as UTF-8."""
_TLS_RECORD: Final = ("\\x15\\x03", "\\x16\\x03")
"""How a TLS alert or handshake looks in h11's text about a line that is no HTTP."""


class Forbidden(GalleryRefused):
    """The key may not do this; `permission` is what it lacks, empty where the server does not say."""

    def __init__(self, text: str, permission: str = "") -> None:
        super().__init__(text)
        self.permission = permission


class NoRoute(GalleryUnreachable):
    """Nothing answers such a route now: something restarts, or this version lacks it. Nothing is gone by that."""


class BadRequest(GalleryBug):
    """The server took the request for wrong; `message` is what it said, `status` its number for that."""

    def __init__(self, text: str, message: str, status: int) -> None:
        super().__init__(text)
        self.message = message
        self.status = status


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer; `wait_s` is how long the server asked us to wait, `json` what the body says, if it is JSON."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    wait_s: float = 0.0
    json: Any = None

    def text(self) -> str:
        """Return the beginning of the body, for texts."""
        return self.body[: 4 * SHOWN].decode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class Failed:
    """One attempt that failed: the error if it was the last, how it looked, and how long the server asks us to wait."""

    error: GalleryError
    kind: Kind
    wait_s: float = 0.0

    def again(self, repeat: bool) -> bool:
        """Say whether to send the request once more, if `repeat` says that twice is once."""
        return self.kind == "busy" or (repeat and self.kind != "final")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request was, for texts: the server's kind and address, method and path, and whether it wants a file."""

    product: str
    server: str
    what: str
    file: bool = False

    @property
    def api(self) -> str:
        """Return where the server's data is, for a proxy that shall let it through."""
        return f"{self.server}/api"


def read_json(body: bytes) -> Any:
    """Return what a body says; None when it is empty or no JSON. Halves of characters are replaced by U+FFFD."""
    try:
        found = json.loads(body) if body else None
        return _whole_characters(found) if _HALVES in body.lower() else found
    except (ValueError, RecursionError):
        return None


def _whole_characters(said: Any) -> Any:
    """Return JSON data without halves of surrogate pairs, which can be written to no file and no database."""
    if isinstance(said, str):
        return said.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(said, list):
        return [_whole_characters(item) for item in said]
    if isinstance(said, dict):
        return {_whole_characters(name): _whole_characters(item) for name, item in said.items()}
    return said


def is_secretive(what: str) -> bool:
    """Say whether nothing may be shown of what is answered to a request when all is well."""
    return any(path in what for path in _SECRETIVE)


def seconds(retry_after: str) -> float:
    """Read how long a server wants us to wait: seconds, or a date."""
    if retry_after.strip().isdecimal():
        return float(retry_after[:9])
    try:
        at = email.utils.parsedate_to_datetime(retry_after)
    except ValueError:
        return 0.0
    return max(0.0, (at.astimezone(UTC) - datetime.now(UTC)).total_seconds())


def is_page(answer: Answer) -> bool:
    """Say whether a web page was sent."""
    kind = answer.headers.get("content-type", "")
    return "html" in kind or answer.body[:64].lstrip()[:9].lower() in {b"<!doctype", b"<html>"}


def unfit(answer: Answer, asked: Asked, text: str, *, speechless: bool) -> Failed | None:
    """Return what is wrong with an answer whose status says that all is well; None when nothing is.

    `text` is the beginning of the body without secrets; `speechless` says that there may be none.
    """
    if is_page(answer):
        return Failed(
            GalleryRefused(
                f"{asked.server} answers {asked.what} with a web page, not with {asked.product}'s data: check the url; "
                f"if a login page stands before {asked.product}, let {asked.api} through it"
            ),
            "page",
        )
    if asked.file and answer.status != 206 and not is_whole(answer.body):
        return Failed(GalleryUnreachable(f"{asked.server} sent only a part of {asked.what}"), "away")
    if not asked.file and _is_broken(answer, speechless):
        shown = "(not shown)" if is_secretive(asked.what) else text
        return Failed(GalleryUnreachable(f"{asked.server} answered {asked.what} with broken JSON: {shown}"), "away")
    return None


def _is_broken(answer: Answer, speechless: bool) -> bool:
    if not answer.body:
        return not speechless
    return answer.json is None and answer.body.strip() != b"null"


def is_whole(image: bytes) -> bool:
    """Say whether a picture was sent to its end: a proxy may cut an answer and say that this was all of it."""
    if image.startswith(b"\xff\xd8"):
        return b"\xff\xd9" in image[-64:]
    if image.startswith(b"RIFF"):
        return len(image) >= int.from_bytes(image[4:8], "little") + 8
    return bool(image)


def redirected(location: str, asked: Asked) -> Failed:
    """Return what a redirect means: none is followed, as the key would go along.

    `location` is where to, without the secrets that we know; its query may hold others.
    """
    where = _address(location) or "another address"
    text = (
        f"{asked.server} redirects to {where}: write {asked.product}'s own address as url "
        "(https instead of http?); if a login page stands before it, let /api through"
    )
    return Failed(GalleryRefused(text), "redirect")


def _address(location: str) -> str:
    """Return an address without its query; empty where it is none."""
    try:
        to = urlsplit(location)
        return f"{to.scheme}://{to.hostname}{f':{to.port}' if to.port else ''}{to.path}" if to.hostname else to.path
    except ValueError:
        return ""


def unavailable(answer: Answer, asked: Asked, text: str) -> Failed | None:
    """Return the failure of a server that cannot do anything now, or is busy; None when its answer is another."""
    if answer.status not in AWAY | {BUSY}:
        return None
    why = f"{asked.server} answered {answer.status} to {asked.what}: {text}"
    return Failed(GalleryUnreachable(why), "busy" if answer.status == BUSY else "away", answer.wait_s)


def speaks_https(answer: Answer) -> bool:
    """Say whether a server complains that it was spoken to without TLS."""
    return answer.status == 400 and b"plain HTTP request was sent" in answer.body


def unsent(error: httpx.HTTPError, asked: Asked) -> Failed:
    """Return what a request without a whole answer means."""
    text, server = f"{error}", asked.server
    if certificate := _certificate_problem(error):
        return Failed(
            GalleryRefused(
                f"the certificate of {server} is not trusted ({certificate}): if the server signs its own, name the "
                "file with its certificate as ca_file"
            ),
            "final",
        )
    if "WRONG_VERSION_NUMBER" in text or "wrong version number" in text or "HTTP_REQUEST" in text:
        return Failed(GalleryRefused(f"{server} does not speak https there: write http:// in url"), "final")
    if any(record in text for record in _TLS_RECORD):
        return Failed(GalleryRefused(f"{server} speaks https: write https:// in url"), "final")
    if isinstance(error, httpx.UnsupportedProtocol):
        return Failed(GalleryRefused(f"{server} is no address: write http://host:port or https://host"), "final")
    why = f"{server} does not answer {asked.what} ({type(error).__name__}: {text or 'no reason given'})"
    return Failed(GalleryUnreachable(why), "away")


def _certificate_problem(error: BaseException | None) -> str:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return error.verify_message
        error = error.__cause__ or error.__context__
    return ""
