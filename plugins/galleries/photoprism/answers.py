"""What PhotoPrism's refusals mean for the caller: by their status alone, as their text is in the server's language."""

from __future__ import annotations

from typing import Any, Final

from plugins.galleries import GalleryBug, GalleryRefused, PhotoGone
from plugins.galleries.http.answers import Answer, Asked, BadRequest, Failed, Forbidden, NoRoute, speaks_https

_SCOPES: Final = {
    "photos": "photos",
    "batch": "photos",
    "markers": "files",
    "files": "files",
    "faces": "people",
    "subjects": "people",
    "labels": "labels",
    "albums": "albums",
    "session": "sessions",
    "config": "config",
}
"""The scope of a token that each first part of a path needs."""


class NotThere(PhotoGone):
    """What was asked for is not there: a photo, an album, a label or a marker; the server itself is."""


class LoggedOut(GalleryRefused):
    """The server does not know who asks: stop at once, as it locks out an address that goes on asking."""


class TokenRefused(GalleryRefused):
    """The token for pictures does not hold now: after a restart it does so again once somebody has asked by key."""


def refusal_of(answer: Answer, asked: Asked, text: str, message: str) -> Failed:
    """Return what an error of PhotoPrism's means.

    Args:
        answer: from the server, or from something before it.
        asked: the request, for texts.
        text: what was answered, without secrets.
        message: what the server said was wrong, without secrets.
    """
    server, what = asked.server, asked.what
    if answer.status == 401 and "basic" in answer.headers.get("www-authenticate", "").lower():
        return Failed(GalleryRefused(f"a login stands before PhotoPrism at {server}: let {asked.api} through"), "final")
    if answer.status == 401:
        return Failed(LoggedOut(f"{server} does not know who asks ({what}: {message or 401})"), "final")
    if answer.status == 403 and asked.file:
        return Failed(TokenRefused(f"{server} does not show {what} with the token that it gave for pictures"), "final")
    if answer.status == 403:
        return Failed(_forbidden(asked, message or text), "final")
    if speaks_https(answer):
        return Failed(GalleryRefused(f"{server} speaks https: write https:// in url"), "final")
    if answer.status in {404, 405}:
        return _missing(answer, asked, message)
    return Failed(BadRequest(f"{server} answered {answer.status} to {what}: {text}", message, answer.status), "final")


def message_of(answer: Answer) -> str:
    """Return what the server said was wrong; empty when it is not PhotoPrism that says something."""
    said = answer.json if isinstance(answer.json, dict) else {}
    parts = [str(said[name]) for name in ("error", "details") if said.get(name)]
    return "; ".join(parts)


def _forbidden(asked: Asked, message: str) -> Forbidden:
    scope = _SCOPES.get(asked.what.partition(" /")[2].partition("/")[0], "")
    verb = "" if asked.what.startswith("GET ") else ", without the word read"
    mend = f"its scope must have {scope or 'this'}, or be *{verb}, and its user must be an admin"
    switch = "or this is switched off under Settings in PhotoPrism"
    return Forbidden(f"{asked.server}: the key may not do this ({asked.what}: {message}): {mend}, {switch}", scope)


def _missing(answer: Answer, asked: Asked, message: str) -> Failed:
    """Return what 404 means: PhotoPrism says it in JSON, and a proxy without a server behind it in other ways."""
    if isinstance(answer.json, dict) and "error" in answer.json:
        return Failed(NotThere(f"{asked.what}: {message or 'not found'}"), "final")
    return Failed(NoRoute(f"nothing at {asked.server} answers {asked.what} now ({answer.status})"), "page")


def drawing(answer: Answer, asked: Asked) -> Failed | None:
    """Return the failure of a picture that is none: with status 200 a drawing (SVG) says that the file is missing."""
    kind, head = answer.headers.get("content-type", ""), answer.body[:64].lstrip()
    if "svg" in kind or head.startswith(b"<svg"):
        return Failed(
            PhotoGone(f"{asked.server} has no picture for {asked.what}: its file is missing or broken"), "final"
        )
    if "json" in kind:
        return Failed(GalleryBug(f"{asked.server} answered {asked.what} with data, not with a file"), "final")
    return None


def number(headers: Any, name: str, otherwise: int) -> int:
    """Return a number of an answer's headers; `otherwise` where a proxy has taken it out, or it is none."""
    said = str(headers.get(name, "")).strip()
    return int(said[:9]) if said.isdecimal() else otherwise
