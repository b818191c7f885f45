"""Routes of the search: flat by every version, by filters from 3.2 on; offset paging with its drift."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable
from datetime import datetime
from itertools import groupby
from typing import Any, TypeAlias

from fakes.immich import shapes, tagging
from fakes.immich.answers import Answer, Call, Refusal, route
from fakes.immich.checks import Field, can, checked, custom, instant, many, mapping, one_of, text, uuid, whole, yes_no
from fakes.immich.filters import FILTER_FIELDS, fits_filter
from fakes.immich.state import Asset

_TIMES = [f"{what}{edge}" for what in ("created", "taken", "updated", "trashed") for edge in ("After", "Before")]
_TEXTS = ("city", "state", "country", "make", "model", "lensModel")
_YES_NO = (
    "withExif",
    "withPeople",
    "withDeleted",
    "withStacked",
    "isFavorite",
    "isOffline",
    "isNotInAlbum",
    "isMotion",
)
FIELDS: dict[str, Field] = (
    {name: can(instant) for name in _TIMES}
    | {name: can(text, null=True) for name in _TEXTS}
    | {name: can(yes_no) for name in _YES_NO}
    | {name: can(text) for name in ("originalFileName", "originalPath", "checksum", "description")}
    | {"id": can(uuid), "libraryId": can(uuid, null=True), "rating": can(whole(-1, 5), null=True)}
    | {"tagIds": can(many(uuid), null=True), "albumIds": can(many(uuid)), "personIds": can(many(uuid))}
    | {"type": can(one_of("IMAGE", "VIDEO", "AUDIO", "OTHER")), "order": can(one_of("asc", "desc"))}
    | {"visibility": can(one_of("archive", "timeline", "hidden", "locked"))}
)
_PAGED = FIELDS | {"size": can(whole(1, 1000)), "page": can(whole(1))}
_NEW = (
    FILTER_FIELDS
    | {"cursor": can(text), "size": can(whole(1, 1000)), "filter": can(mapping)}
    | {"withExif": can(yes_no), "withPeople": can(yes_no)}
)

Test: TypeAlias = Callable[[Asset], bool]


@route("POST", "/search/metadata", "asset.read")
def search(call: Call) -> Answer:
    if call.version >= (3, 2, 0) and isinstance(call.body, dict) and {"filter", "orderBy", "cursor"} & set(call.body):
        return _search_by_filter(call)
    asked = checked(call, _PAGED)
    size, page = asked.get("size", 250), asked.get("page", 1)
    found = matches(call, asked)
    first = size * (page - 1)
    following = str(page + 1) if len(found) > first + size else None
    return _answer(call, _on_page(call, found, first, size), asked, {"nextPage": following})


@route("POST", "/search/statistics", "asset.statistics")
def count(call: Call) -> Answer:
    return Answer({"total": len(matches(call, checked(call, FIELDS)))})


def _search_by_filter(call: Call) -> Answer:
    """Answer a search of the new shape: no filter is implied, and the cursor is an offset in disguise."""
    if mixed := set(call.body) & (set(_PAGED) - set(_NEW)):
        raise custom([min(mixed)], "Cannot mix filter with deprecated fields")
    asked = checked(call, _NEW)
    offset = json.loads(base64.b64decode(asked["cursor"]))["offset"] if asked.get("cursor") else 0
    size, order = asked.get("size", 250), asked.get("orderBy", {})
    found = [
        a
        for a in _readable(call, {})
        if a.visibility != "locked" and fits_filter(call.state, a, asked.get("filter", {}))
    ]
    found.sort(key=lambda a: (a.taken, a.id), reverse=order.get("direction", "desc") == "desc")
    more = len(found) > offset + size
    cursor = base64.b64encode(json.dumps({"offset": offset + size}).encode()).decode() if more else None
    return _answer(call, found[offset : offset + size], asked, {"nextPage": None, "nextCursor": cursor})


def _answer(call: Call, found: list[Asset], asked: dict[str, Any], paging: dict[str, Any]) -> Answer:
    """Write a page; its `total` is that of the page, not of all matches."""
    with_exif, with_people = asked.get("withExif", False), asked.get("withPeople", False)
    texts = [shapes.asset_text(a, call.state, call.version, with_exif, with_people) for a in found]
    if call.version >= (3, 2, 0):
        paging = {"nextCursor": None} | paging
    albums = '{"total":0,"count":0,"items":[],"facets":[]}'
    rest = json.dumps(paging)[1:]
    page = f'{{"total":{len(found)},"count":{len(found)},"items":[{",".join(texts)}],"facets":[],{rest}'
    return Answer(f'{{"albums":{albums},"assets":{page}}}'.encode(), headers={"Content-Type": "application/json"})


def matches(call: Call, asked: dict[str, Any]) -> list[Asset]:
    """Return all that fits, in order; kept from page to page as long as nothing was written."""
    wish = {k: v for k, v in asked.items() if k not in {"size", "page"}}
    key = f"{call.state.revision} {call.version} {call.user.id} {json.dumps(wish, sort_keys=True)}"
    kept = call.server.searched.get(key)
    if kept is None:
        found = _found(call, asked)
        found.sort(key=lambda a: (a.taken, a.id), reverse=asked.get("order", "desc") == "desc")
        kept = call.server.searched[key] = found
        while len(call.server.searched) > 4:
            del call.server.searched[next(iter(call.server.searched))]
    return kept


def _on_page(call: Call, found: list[Asset], first: int, size: int) -> list[Asset]:
    """Cut a page out; before 3.1 photos of one time come in any order, so that pages may repeat and miss some."""
    if call.version >= (3, 1, 0):
        return found[first : first + size]
    page: list[Asset] = []
    place = 0
    for _, group in groupby(found, key=lambda a: a.taken):
        tied = list(group)
        if place + len(tied) > first and place < first + size:
            tied = call.state.shuffled(tied)
            page += tied[max(0, first - place) : first + size - place]
        place += len(tied)
    return page


def _found(call: Call, asked: dict[str, Any]) -> list[Asset]:
    tests = _tests(call, asked)
    return [a for a in _readable(call, asked) if all(test(a) for test in tests)]


def _readable(call: Call, asked: dict[str, Any]) -> Iterable[Asset]:
    """Return the assets to look among: those of named albums, else own ones and partners'."""
    state, user = call.state, call.user
    if ids := asked.get("albumIds"):
        if not all(state.may_open(i, user) for i in ids):
            raise Refusal(400, "Not found or no album.read access")
        return [state.assets[a] for a in state.albums[ids[0]].members if all(a in state.albums[i].members for i in ids)]
    return [
        a
        for a in state.assets.values()
        if a.owner == user.id or (a.owner in user.partners and a.visibility == "timeline")
    ]


def _tests(call: Call, asked: dict[str, Any]) -> list[Test]:
    return [*_by_place(call, asked), *_by_time(asked), *_by_content(asked), *_by_links(call, asked)]


def _by_place(call: Call, asked: dict[str, Any]) -> Iterable[Test]:
    """Yield tests of visibility: all but locked by default from 3.0 on, the timeline before; no trash unless asked."""
    visibility = asked.get("visibility", None if call.is_new else "timeline")
    if visibility == "locked":
        raise Refusal(401, "Elevated permission is required")
    yield lambda a: a.visibility == visibility if visibility else a.visibility != "locked"
    implied = {"trashedAfter", "trashedBefore", "isOffline"} & set(asked)
    if not asked.get("withDeleted") and not implied:
        yield lambda a: a.trashed is None
    if asked.get("withStacked") is False:
        yield lambda a: a.stack is None
    if asked.get("withExif"):
        yield lambda a: a.exif is not None  # an inner join: what was not extracted yet is silently missing


def _by_time(asked: dict[str, Any]) -> Iterable[Test]:
    """Yield tests of times; both ends are inclusive."""
    fields = {"created": "created", "taken": "taken", "updated": "updated", "trashed": "trashed"}
    for name in set(_TIMES) & set(asked):
        edge, word = datetime.fromisoformat(asked[name]), fields[name.removesuffix("After").removesuffix("Before")]
        yield _since(word, edge) if name.endswith("After") else _until(word, edge)


def _since(word: str, edge: datetime) -> Test:
    return lambda a: (time := getattr(a, word)) is not None and time >= edge


def _until(word: str, edge: datetime) -> Test:
    return lambda a: (time := getattr(a, word)) is not None and time <= edge


def _by_content(asked: dict[str, Any]) -> Iterable[Test]:
    plain = {"id": "id", "type": "type", "libraryId": "library", "checksum": "checksum"}
    plain |= {"isFavorite": "favourite", "isOffline": "offline"}
    for name in set(plain) & set(asked):
        yield _equal(plain[name], asked[name])
    for name in {*_TEXTS, "rating"} & set(asked):
        yield _exif_equal(name, asked[name])
    for name, word in (("originalFileName", "file_name"), ("originalPath", "path")):
        if name in asked:
            yield _contains(word, asked[name])


def _equal(word: str, value: Any) -> Test:
    return lambda a: getattr(a, word) == value


def _exif_equal(name: str, value: Any) -> Test:
    return lambda a: (a.exif or {}).get(name) == value


def _contains(word: str, value: str) -> Test:
    return lambda a: value.lower() in str(getattr(a, word)).lower()


def _by_links(call: Call, asked: dict[str, Any]) -> Iterable[Test]:
    """Yield tests of tags (with those below them), people and albums; of several, all must hold."""
    state = call.state
    if "tagIds" in asked and asked["tagIds"] is None:
        yield lambda a: not a.tags
    for tag in asked.get("tagIds") or ():
        yield _among({a for t in tagging.descendants(state, tag) & set(state.tags) for a in state.tags[t].assets})
    for person in asked.get("personIds") or ():
        yield _among({f.asset for f in state.faces.values() if f.person == person and not f.deleted})
    if asked.get("isNotInAlbum"):
        inside = {a for album in state.albums.values() for a in album.members}
        yield lambda a: a.id not in inside


def _among(ids: set[str]) -> Test:
    return lambda a: a.id in ids
