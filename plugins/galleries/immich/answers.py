"""What Immich's refusals mean for the caller."""

from __future__ import annotations

import re
from collections.abc import Callable

from plugins.galleries import GalleryError, GalleryRefused, PhotoGone
from plugins.galleries.http.answers import SHOWN, Answer, Asked, BadRequest, Forbidden, NoRoute, speaks_https

_PERMISSION = re.compile(r"Missing required permission:?\s*([\w.]+)")


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


def refusal_of(answer: Answer, asked: Asked, text: str, hide: Callable[[str], str]) -> GalleryError:
    """Return what an error of Immich's means.

    Args:
        answer: from the server, or from something before it.
        asked: the request, for texts.
        text: what it answered, without the key.
        hide: takes the key out of a text.
    """
    server, what = asked.server, asked.what
    message = hide(message_of(answer))[:SHOWN]
    if answer.status == 401:
        return GalleryRefused(f"{server} does not know the key ({message or 401}): make a new one in Immich")
    if answer.status == 403:
        found = _PERMISSION.search(message)
        lacking = found.group(1) if found else ""
        mend = f"the key lacks the permission {lacking}: add it in Immich" if lacking else "the key may not do this"
        return Forbidden(f"{server}: {mend} ({what}: {message or text})", lacking)
    if answer.status == 400 and "not found or no" in message.lower():
        return PhotoGone(f"{what}: {message}")
    if speaks_https(answer):
        return GalleryRefused(f"{server} speaks https: write https:// in url")
    if answer.status in {404, 405}:
        return NoRoute(f"{server} does not answer {what} now ({message or answer.status}): is it in maintenance?")
    return BadRequest(f"{server} answered {answer.status} to {what}: {text}", message, answer.status)
