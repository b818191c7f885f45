"""What Immich answered, and what each failure means for the caller."""

from __future__ import annotations

import json
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias
from urllib.parse import urlsplit

import httpx

from plugins.galleries import GalleryBug, GalleryError, GalleryRefused, GalleryUnreachable, PhotoGone

Kind: TypeAlias = Literal["away", "redirect", "page", "final"]
SHOWN: Final = 500
"""Characters of an unexpected answer that are kept."""
_AWAY: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
_PERMISSION = re.compile(r"Missing required permission:?\s*([\w.]+)")
_SPEECHLESS: Final = frozenset({"POST /faces"})
"""What is answered by nothing though it worked; elsewhere an empty answer has lost its body on the way."""
_TLS_RECORD: Final = ("\\x15\\x03", "\\x16\\x03")
"""How a TLS alert or handshake looks in h11's text about a line that is no HTTP."""


class Forbidden(GalleryRefused):
    """The key may not do this; `permission` is what it lacks, empty where the server does not say."""

    def __init__(self, text: str, permission: str = "") -> None:
        super().__init__(text)
        self.permission = permission


class NoRoute(GalleryUnreachable):
    """The server has no such route now: it is in maintenance, or its version lacks it. Nothing is gone by that."""


class BadRequest(GalleryBug):
    """The server took the request for wrong; `message` is what it said."""

    def __init__(self, text: str, message: str) -> None:
        super().__init__(text)
        self.message = message


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer; `wait_s` is how long the server asked us to wait, `json` what the body says, if it is JSON."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    wait_s: float = 0.0
    json: Any = None


@dataclass(frozen=True, slots=True)
class Failed:
    """One attempt that failed: the error if it was the last, whether another may do better, and how it looked."""

    error: GalleryError
    kind: Kind
    wait_s: float = 0.0

    @property
    def again(self) -> bool:
        """Say whether the same request may succeed soon."""
        return self.kind != "final"


def read_json(body: bytes) -> Any:
    """Return what a body says; None when it is empty or no JSON."""
    try:
        return json.loads(body) if body else None
    except (ValueError, RecursionError):
        return None


def message_of(answer: Answer) -> str:
    """Return what the server said was wrong: 2.x has a text or a list, 3.x a text and a list of issues."""
    said = answer.json if isinstance(answer.json, dict) else {}
    message, issues = said.get("message", ""), said.get("errors")
    text = "; ".join(map(str, message)) if isinstance(message, list) else str(message)
    if isinstance(issues, list):
        text += "".join(f"; {_issue(issue)}" for issue in issues[:5])
    return text


def _issue(issue: object) -> str:
    if not isinstance(issue, dict):
        return str(issue)
    path = issue.get("path")
    where = ".".join(map(str, path)) if isinstance(path, list) else ""
    return f"{where}: {issue.get('message', '')}"


def failure_of(answer: Answer, what: str, server: str, *, image: bool, key: str) -> Failed | None:
    """Return what is wrong with an answer, None when nothing is.

    Args:
        answer: from the server, or from something before it.
        what: method and path, for texts.
        server: its address, for texts.
        image: bytes are expected, and 304, 404 and 416 are answers like any other.
        key: taken out of all texts.
    """
    text = answer.body[: 4 * SHOWN].decode("utf-8", "replace").replace(key or "\0", "<key>")[:SHOWN]
    if image and answer.status in {304, 404, 416}:
        return None
    if 200 <= answer.status < 300:
        return _unfit(answer, what, server, text, image)
    if 300 <= answer.status < 400:
        return Failed(_redirected(answer, server), "redirect")
    if answer.status in _AWAY:
        why = f"{server} answered {answer.status} to {what}: {text}"
        return Failed(GalleryUnreachable(why), "away", answer.wait_s)
    return Failed(_refusal(answer, what, server, text, key), "final")


def _unfit(answer: Answer, what: str, server: str, text: str, image: bool) -> Failed | None:
    kind = answer.headers.get("content-type", "")
    if "html" in kind or answer.body[:64].lstrip()[:9].lower() in {b"<!doctype", b"<html>"}:
        return Failed(
            GalleryRefused(
                f"{server} answers {what} with a web page, not with Immich's data: check the url; "
                f"if a login page stands before Immich, let {server}/api through it"
            ),
            "page",
        )
    if image and answer.status != 206 and not _is_whole(answer.body):
        return Failed(GalleryUnreachable(f"{server} sent only a part of {what}"), "away")
    speechless = answer.status == 204 or what in _SPEECHLESS
    if not image and answer.json is None and (answer.body or not speechless):
        return Failed(GalleryUnreachable(f"{server} answered {what} with broken JSON: {text}"), "away")
    return None


def _is_whole(image: bytes) -> bool:
    """Say whether a picture was sent to its end: a proxy may cut an answer and say that this was all of it."""
    if image.startswith(b"\xff\xd8"):
        return b"\xff\xd9" in image[-64:]
    if image.startswith(b"RIFF"):
        return len(image) >= int.from_bytes(image[4:8], "little") + 8
    return bool(image)


def _redirected(answer: Answer, server: str) -> GalleryRefused:
    to = urlsplit(answer.headers.get("location", ""))  # its query may hold secrets
    where = f"{to.scheme}://{to.hostname}{f':{to.port}' if to.port else ''}{to.path}" if to.hostname else to.path
    return GalleryRefused(
        f"{server} redirects to {where or 'another address'}: write Immich's own address as url "
        "(https instead of http?); if a login page stands before it, let /api through"
    )


def _refusal(answer: Answer, what: str, server: str, text: str, key: str) -> GalleryError:
    message = message_of(answer).replace(key or "\0", "<key>")[:SHOWN]
    if answer.status == 401:
        return GalleryRefused(f"{server} does not know the key ({message or 401}): make a new one in Immich")
    if answer.status == 403:
        found = _PERMISSION.search(message)
        lacking = found.group(1) if found else ""
        mend = f"the key lacks the permission {lacking}: add it in Immich" if lacking else "the key may not do this"
        return Forbidden(f"{server}: {mend} ({what}: {message or text})", lacking)
    if answer.status == 400 and "not found or no" in message.lower():
        return PhotoGone(f"{what}: {message}")
    if answer.status == 400 and b"plain HTTP request was sent" in answer.body:
        return GalleryRefused(f"{server} speaks https: write https:// in url")
    if answer.status in {404, 405}:
        return NoRoute(f"{server} does not answer {what} now ({message or answer.status}): is it in maintenance?")
    return BadRequest(f"{server} answered {answer.status} to {what}: {text}", message)


def unsent(error: httpx.HTTPError, what: str, server: str) -> Failed:
    """Return what a request without a whole answer means."""
    text = f"{error}"
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
    kind = type(error).__name__
    return Failed(GalleryUnreachable(f"{server} does not answer {what} ({kind}: {text or 'no reason given'})"), "away")


def _certificate_problem(error: BaseException | None) -> str:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return error.verify_message
        error = error.__cause__ or error.__context__
    return ""
