"""The route that finds photos: rows of files, counted as files, in pages of them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from itertools import groupby
from typing import Any, TypeAlias

from fakes.photoprism import shapes
from fakes.photoprism.answers import Answer, Call, Refusal, route
from fakes.photoprism.filters import found
from fakes.photoprism.forms import search_form
from fakes.photoprism.records import File, Photo
from fakes.photoprism.state import State

Row: TypeAlias = tuple[Photo, File]
MOST = 100_000
_LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)
_BY_UPLOAD = frozenset({"", "added", "imported"})
_KEYS: dict[str, Any] = {
    "edited": lambda p: -p.edited.timestamp(),
    "updated": lambda p: -p.updated.timestamp(),
    "archived": lambda p: -(p.deleted or _LONG_AGO).timestamp(),
    "newest": lambda p: -p.taken.timestamp(),
    "oldest": lambda p: p.taken.timestamp(),
    "relevance": lambda p: -p.quality,
    "duration": lambda p: -p.duration_ns,
    "name": lambda p: p.name,
    "title": lambda p: p.title,
    "size": lambda _: 0,
    "similar": lambda p: p.country,
}
_NOT_TURNED = frozenset({"newest"})
"""Orders whose SQL has neither ASC nor DESC, so that `reverse` does nothing."""


@route("GET", "/photos", "photos")
def photos(call: Call) -> Answer:
    """Answer with a page; `count` and `offset` count files, as does X-Count, of which a photo may have several."""
    form = search_form(call.query)
    if call.user.role != "admin" and not form.get("s"):
        raise Refusal(400)
    if not form.get("count"):
        raise Refusal(400)
    call.server.let_one_come_in()
    limit, offset = form.pop("count"), form.pop("offset", 0)
    rows = _rows(call, form)
    page = rows[offset : offset + (min(limit, MOST) if limit > 0 else MOST)]
    headers = call.server.media_headers(call)
    headers |= {"X-Count": str(len(page)), "X-Limit": str(limit), "X-Offset": str(offset)}
    texts = _merged(call.state, page) if form.get("merged") else [shapes.row_text(call.state, *row) for row in page]
    headers["Content-Type"] = "application/json; charset=utf-8"
    return Answer(f"[{','.join(texts)}]".encode(), headers=headers)


def _merged(state: State, page: list[Row]) -> list[str]:
    """Fold rows of one photo that come one after another; a page may begin in the middle of a photo."""
    groups = [(photo, [file for _, file in group]) for photo, group in groupby(page, key=lambda row: row[0])]
    return [shapes.row_text(state, photo, files[0], tuple(files)) for photo, files in groups]


def _rows(call: Call, form: dict[str, Any]) -> list[Row]:
    """Return all rows in order; kept from page to page as long as nothing was written."""
    if not call.server.features["private"]:
        form.pop("public", None)
    key = f"{call.state.revision} {json.dumps(form, sort_keys=True, default=str)}"
    searched = call.server.searched
    if key not in searched or form.get("order") == "random":
        searched[key] = [row for photo in _ordered(call.state, form) for row in _files(call.state, photo, form)]
        while len(searched) > 4:
            del searched[next(iter(searched))]
    return searched[key]


def _files(state: State, photo: Photo, form: dict[str, Any]) -> list[Row]:
    """Return the files of a photo that are rows: the primary one alone, or all that are media; none that is broken."""
    files = [state.files[f] for f in photo.files[: 1 if form.get("primary") else None]]
    if not form.get("hidden"):
        files = [file for file in files if bool(file.error) is bool(form.get("error"))]
    return [(photo, file) for file in files if form.get("primary") or not file.is_sidecar]


def _ordered(state: State, form: dict[str, Any]) -> list[Photo]:
    """Return what is found in the order that is asked for; some orders leave photos out."""
    order = form.get("order", "")
    photos = found(state, form)
    if order in _BY_UPLOAD:
        return photos
    if order == "random":
        return state.shuffled(photos)
    if order not in _KEYS:
        raise Refusal(400)
    if order == "edited":
        photos = [photo for photo in photos if photo.edited]
    if order == "updated":
        photos = [photo for photo in photos if photo.updated > photo.created]
    return sorted(photos, key=_KEYS[order], reverse=bool(form.get("reverse")) and order not in _NOT_TURNED)
