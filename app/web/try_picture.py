"""Words for any picture on the review page, and where in their photos tags are: what a network has to look at."""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

from fastapi import APIRouter, FastAPI, HTTPException, Response, UploadFile

from app.web.looker import Looker, LookerBusy, LookerFailed
from app.web.pictures import ALONE
from app.web.site import Here, LibraryHere
from app.web.tag_views import asked_views
from app.web.tags import Field, gone, told

LARGEST: Final = 30_000_000
"""Bytes of a picture."""
KEPT_S: Final = 120.0
MOST_KEPT: Final = 8
"""For how long, and how many, small pictures are there to be shown with their words; in memory alone."""


class Tried:
    """Pictures that were just tried, each to be shown once beside its words. Usable by several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, tuple[float, bytes]] = OrderedDict()

    def keep(self, picture: bytes) -> str:
        """Keep a picture for a moment; return the name under which it can be had, which nobody guesses."""
        name, now = secrets.token_urlsafe(24), time.monotonic()
        with self._lock:
            while self._kept and (len(self._kept) >= MOST_KEPT or next(iter(self._kept.values()))[0] < now):
                self._kept.popitem(last=False)
            self._kept[name] = (now + KEPT_S, picture)
        return name

    def take(self, name: str) -> bytes | None:
        """Return a picture, and keep it no longer."""
        with self._lock:
            until, picture = self._kept.pop(name, (0.0, b""))
        return picture if until > time.monotonic() else None


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    app.state.looker, app.state.tried = Looker(), Tried()
    try:
        yield
    finally:
        app.state.looker.close()


router = APIRouter(prefix="/libraries/{library}", lifespan=_lifespan)


@router.get("/try")
def try_page(here: LibraryHere) -> Response:
    """Ask for a picture."""
    return _page(here)


@router.post("/try")
def try_picture(here: LibraryHere, picture: UploadFile | None = None) -> Response:
    """Show the words that a library recommends for a picture; nothing of it is kept."""
    if picture is None or not picture.size:
        return _page(here, 400, problem=here.t("try.nothing"))
    if picture.size > LARGEST:
        return _page(here, 413, problem=here.t("try.too_large", mb=LARGEST // 1_000_000))
    try:
        found, small = _asked(here, {"do": "words"}, picture.file.read())
    except LookerBusy:
        return _page(here, 503, problem=here.t("try.busy"))
    except LookerFailed:
        return _page(here, 500, problem=here.t("try.failed"))
    if "cannot" in found:
        return _page(here, 503, problem=here.t("try.cannot", reason=found["cannot"]))
    shown = here.url(f"try/picture/{here.request.app.state.tried.keep(small)}") if small else ""
    return _page(here, found=found, name=picture.filename or "", shown=shown)


def _page(here: Here, status: int = 200, **context: Any) -> Response:
    known: Mapping[str, Any] = {"problem": "", "found": None, "name": "", "shown": "", "mb": LARGEST // 1_000_000}
    return here.page("try.html", status, **{**known, **context})


@router.get("/try/picture/{name}")
def tried_picture(here: LibraryHere, name: str) -> Response:
    """Send a picture that was just tried, once."""
    found: bytes | None = here.request.app.state.tried.take(name)
    if found is None:
        raise HTTPException(404, "picture")
    return Response(found, media_type="image/jpeg", headers=ALONE)


@router.post("/tags/where")
def where(here: LibraryHere, key: Field, to: Field = "") -> Response:
    """Find where in its photo a tag is that waits or was answered, and draw it there."""
    try:
        found, _ = _asked(here, {"do": "place", "key": key})
    except LookerBusy:
        return _said(here, key, to, here.t("try.busy"))
    except LookerFailed:
        return _said(here, key, to, here.t("try.failed"))
    if found.get("box"):
        return _said(here, key, to, "")
    return _said(here, key, to, here.t("tags.no_place", reason=found.get("cannot") or found["reason"]))


def _said(here: Here, key: str, to: str, text: str) -> Response:
    if not here.inplace:
        return here.back(to or here.url("tags"), text)
    waiting = here.store.suggestions.of_keys(here.library, [key])
    if key not in waiting:
        return gone(here, to)
    (one,) = asked_views(here, [waiting[key]])
    return told(here.page("tags_asked.html", one=one, to=to, of_photo=False), text)


def _asked(here: Here, request: dict[str, Any], body: bytes = b"") -> tuple[dict[str, Any], bytes]:
    looker: Looker = here.request.app.state.looker
    return looker.ask({**request, "library": here.library}, body)
