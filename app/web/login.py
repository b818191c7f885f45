"""Logging in with the token of this installation, and logging out."""

from __future__ import annotations

import ipaddress
from typing import Annotated

from fastapi import APIRouter, Form
from starlette.responses import PlainTextResponse, Response

from app.web.security import is_local_path
from app.web.sessions import COOKIE, SESSION_S, TooOften
from app.web.site import Visit, Visitor
from plugins.own_secrets import secret_file

router = APIRouter()


@router.get("/health")
async def health() -> Response:
    """Say that the pages are served, to whoever asks."""
    return PlainTextResponse("ok")


@router.get("/login")
def login_page(here: Visitor, to: str = "/") -> Response:
    """Ask for the token."""
    return here.back(_safe(to)) if here.session else _ask(here, to)


@router.post("/login")
def log_in(here: Visitor, token: Annotated[str, Form()] = "", to: Annotated[str, Form()] = "/") -> Response:
    """Open a session for who knows the token; after a few wrong ones an address has to wait a minute."""
    try:
        if not here.site.sessions.is_token(token, _address(here)):
            return _ask(here, to, "login.wrong", 401)
    except TooOften:
        return _ask(here, to, "login.wait", 429)
    answer = here.back(_safe(to))
    answer.set_cookie(
        COOKIE, here.site.sessions.opened(), max_age=SESSION_S, httponly=True, samesite="strict", secure=here.secure
    )
    return answer


@router.post("/logout")
def log_out(here: Visitor) -> Response:
    """End the session, everywhere that its cookie may be."""
    if here.session:
        here.site.sessions.end(here.session)
    answer = here.back("/login")
    answer.delete_cookie(COOKIE)
    return answer


def _ask(here: Visit, to: str, problem: str = "", status: int = 200) -> Response:
    file = secret_file(here.site.settings.data_dir, "review")
    return here.page("login.html", status, to=_safe(to), problem=problem, file=str(file))


def _safe(to: str) -> str:
    return to if is_local_path(to) else "/"


def _address(here: Visit) -> str:
    """Return whose attempts are counted together: an address, of IPv6 the whole network that one household has."""
    host = here.request.client.host if here.request.client else ""
    try:
        found = ipaddress.ip_address(host)
    except ValueError:
        return host
    return str(ipaddress.ip_network(f"{host}/64", strict=False)) if found.version == 6 else host
