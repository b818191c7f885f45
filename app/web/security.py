"""What stands before every page: who may ask by which name, what a browser may do with the answer, forged forms."""

from __future__ import annotations

import hmac
import ipaddress
import logging
import re
import socket
from collections.abc import Awaitable, Callable, Iterable, Mapping
from http.cookies import CookieError, SimpleCookie
from typing import Final
from urllib.parse import quote, urlsplit

from fastapi import HTTPException, Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.web.sessions import COOKIE, Session, Sessions
from plugins.own_secrets import SecretUnusable
from plugins.sections import Serve

log = logging.getLogger("albumen")
CSP: Final = (
    "default-src 'none'; img-src 'self'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS: Final = {
    "content-security-policy": CSP,
    # Not no-referrer: a browser would then say Origin: null of our own forms.
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "cache-control": "no-store",
}
"""What every answer carries, unless it says otherwise itself."""
_KEPT: Final = {"cache-control": "public, max-age=31536000, immutable"}
"""Of our own files, whose URLs change with their content."""
LARGEST: Final = 1_000_000
LARGEST_PICTURE: Final = 60_000_000
UPLOAD: Final = re.compile(r"/libraries/[^/]+/try(/.*)?")
"""Paths to which pictures are sent."""
OPEN: Final = re.compile(r"/(health|login|favicon\.ico|static/.*)")
"""Paths that need no login."""
SAFE: Final = frozenset({"GET", "HEAD"})


def is_local_path(to: str) -> bool:
    """Say whether a text leads to a page of ours and nowhere else."""
    return to.startswith("/") and not to.startswith("//") and not re.search(r"[\\\x00-\x20\x7f]", to)


def allowed_names(serve: Serve) -> frozenset[str]:
    """Return the names of this machine by which browsers may ask; IP addresses need none, as no DNS leads to them."""
    own = socket.gethostname().lower()
    machine = () if _is_loopback(serve.host) else (own, own.partition(".")[0], f"{own.partition('.')[0]}.local")
    return frozenset(name.lower() for name in ("localhost", serve.host, *machine, *serve.names))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def is_known_host(host: str, names: Iterable[str]) -> bool:
    """Say whether a Host header is one of these names, or an IP address; a page that turned its own name into our
    address (DNS rebinding) comes by a name.
    """
    try:
        name = (urlsplit(f"//{host}").hostname or "").rstrip(".")
        ipaddress.ip_address(name)
    except ValueError:
        return bool(re.fullmatch(r"[\w.-]+(:\d{1,5})?", host)) and host.partition(":")[0].lower().rstrip(".") in names
    return True


class Gate:
    """Lets through who asks by a known name, from our own pages, with a body of a sane size, and is logged in.

    The session of who is logged in is `request.state.session`.
    """

    def __init__(self, app: ASGIApp, sessions: Sessions, names: frozenset[str]) -> None:
        self._app = app
        self._sessions = sessions
        self._names = names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            session = self._session(Headers(scope=scope).get("cookie", ""))
        except SecretUnusable as error:
            log.error("nobody can be logged in: %s", error)
            await PlainTextResponse("Nobody can be logged in now; Albumen's log says why.", 500)(scope, receive, send)
            return
        scope.setdefault("state", {})["session"] = session
        refused = self._refused(scope, session)
        more = _KEPT if scope["path"].startswith("/static/") and scope.get("query_string") else {}
        await (refused or self._app)(scope, receive, _with_headers(send, {**HEADERS, **more}))

    def _session(self, cookies: str) -> Session | None:
        try:
            cookie = SimpleCookie(cookies).get(COOKIE)
        except CookieError:
            return None
        return None if cookie is None else self._sessions.read(cookie.value)

    def _refused(self, scope: Scope, session: Session | None) -> Response | None:
        headers, path, changes = Headers(scope=scope), scope["path"], scope["method"] not in SAFE
        if path != "/health" and not is_known_host(headers.get("host", ""), self._names):
            return PlainTextResponse("Unknown host: name it in [serve] names of albumen.toml.", 421)
        if changes and not _from_our_pages(headers):
            return PlainTextResponse("This was sent by another site.", 403)
        if session is None and not OPEN.fullmatch(path):
            return _to_login(scope, changes)
        if changes:
            return _too_large(headers, LARGEST_PICTURE if session and UPLOAD.fullmatch(path) else LARGEST)
        return None


def _from_our_pages(headers: Headers) -> bool:
    """Say whether a browser tells that a form is ours; what is no browser tells nothing."""
    if headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        return False
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc == headers.get("host", "")


LOGGED_OUT: Final = "You are not logged in any more, so nothing was done. You are taken to log in: then repeat it."


def _to_login(scope: Scope, changes: bool) -> Response:
    if changes or Headers(scope=scope).get("x-inplace"):
        # A session ends while a page lies open: the page says so in place, and after a form the browser goes on.
        return PlainTextResponse(LOGGED_OUT, 401, {"x-said": quote(LOGGED_OUT), "refresh": "2; url=/login"})
    query = scope.get("query_string", b"").decode("ascii", "replace")
    to = scope["path"] + (f"?{query}" if query else "")
    return RedirectResponse(f"/login?to={quote(to, safe='')}" if to != "/" else "/login", 303)


def _too_large(headers: Headers, most: int) -> Response | None:
    length = headers.get("content-length", "")
    if not length.isdigit():
        return PlainTextResponse("Say how long the body is (Content-Length).", 411)
    return PlainTextResponse(f"That is more than {most // 1_000_000} MB.", 413) if int(length) > most else None


def _with_headers(send: Send, always: Mapping[str, str]) -> Callable[[Message], Awaitable[None]]:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in always.items():
                headers.setdefault(name, value)
        await send(message)

    return sending


async def no_forgery(request: Request) -> None:
    """Refuse a form without the token of the session that sends it; a dependency of the whole app.

    The token is in the field `csrf` of a form, or in the header `X-CSRF`.
    """
    session: Session | None = request.state.session
    if request.method in SAFE or (session is None and request.url.path == "/login"):
        return
    given = request.headers.get("x-csrf")
    if given is None and request.headers.get("content-type", "").startswith(
        ("application/x-www-form-urlencoded", "multipart/form-data")
    ):
        field = (await request.form()).get("csrf")
        given = field if isinstance(field, str) else None
    if session is None or given is None or not hmac.compare_digest(given.encode(), session.csrf.encode()):
        raise HTTPException(403, "forged")
