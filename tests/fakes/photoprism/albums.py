"""Routes of albums and of what is in them; the server's one lock is the mutex that they share."""

from __future__ import annotations

from collections.abc import Iterable
from types import MappingProxyType
from typing import Any

from fakes.photoprism import shapes
from fakes.photoprism.answers import Answer, Call, Refusal, acknowledged, route
from fakes.photoprism.echoes import writes
from fakes.photoprism.lists import listed
from fakes.photoprism.records import Album, Membership, Photo
from fakes.photoprism.selections import selected
from fakes.photoprism.state import State, slug
from fakes.photoprism.texts import album_title, alike, bound, clipped, titled

FORCE_SINCE = 251130
_TEXTS = MappingProxyType(
    {"Type": "type", "Location": "location", "Category": "category", "Caption": "caption", "Notes": "notes"}
    | {"Description": "description", "Filter": "filter", "Order": "order", "Country": "country"}
    | {"Thumb": "thumb", "ThumbSrc": "thumb_src"}
)
_FLAGS = MappingProxyType({"Favorite": "favorite", "Private": "private"})
_FORM = MappingProxyType(dict.fromkeys(("Title", *_TEXTS), str) | dict.fromkeys(_FLAGS, bool))
_ROOM = MappingProxyType(
    {"Notes": 1024, "Description": 2048, "Caption": 1024, "Location": 160, "Type": 8}
    | {"Order": 32, "Country": 2, "Thumb": 128, "ThumbSrc": 8}
)
"""Bytes or characters that the database has room for; more is an error with MariaDB, which is worse than SQLite, that
takes it all: what a client wants to write is then never written."""


def find(state: State, uid: str) -> Album:
    album = state.albums.get(uid)
    if album is None or album.deleted:
        raise Refusal(404)
    return album


def entitle(album: Album, text: str) -> None:
    """Give an album a title and the slug of it; without one it is called after the month it was made in."""
    album.title = album_title(text) or f"{album.created:%B %Y}"
    if album.type == "album" or not album.slug:
        is_short = len(album.title.encode()) < 80
        album.slug = slug(album.title) if is_short else f"{slug(album.title)}-{album.uid}"


def make(state: State, text: str, by: str) -> Album:
    """Return a new album that is not in the state yet."""
    now = state.now()
    album = Album("", "", "", now, now, created_by=by)
    entitle(album, text)
    return album


def keep(state: State, album: Album) -> Album:
    album.uid = album.uid or state.new_uid("a")
    state.albums[album.uid] = album
    state.revision += 1
    return album


def twin(state: State, album: Album) -> Album | None:
    """Return the user's oldest album, deleted ones too, that the server takes for this one."""
    for known in state.albums.values():
        is_own = known.type == "album" and known.created_by == album.created_by
        if is_own and (known.slug == album.slug or alike(known.title, album.title)):
            return known
    return None


def mend_covers(state: State) -> None:
    """Give albums whose cover nobody chose their newest photo that may be shown, as a worker does again and again."""
    for album in state.albums.values():
        if album.thumb_src == "":
            shown = [photo for uid in album.shown() if (photo := state.photos.get(uid)) and _may_be_cover(photo)]
            newest = max(shown, key=lambda p: (p.taken, p.id), default=None)
            album.thumb = state.primary(newest).hash if newest else ""


def _may_be_cover(photo: Photo) -> bool:
    return not photo.private and not photo.deleted and photo.quality > -1


def _row(album: Album) -> dict[str, Any]:
    """Return an album as a list shows it; its count has photos that no search finds, as private ones."""
    return shapes.album(album) | {"PhotoCount": len(album.shown()), "LinkCount": 0}


@route("GET", "/albums", "albums")
def list_albums(call: Call) -> Answer:
    mend_covers(call.state)
    found = [a for a in call.state.albums.values() if not a.deleted and _fits(call, a)]
    return listed(call, [_row(album) for album in _in_order(call, found)])


def _fits(call: Call, album: Album) -> bool:
    asked = {"uid": album.uid, "type": album.type, "category": album.category, "country": album.country}
    for name, value in (asked | {"location": album.location}).items():
        if call.query.get(name) and value not in call.query[name].split("|"):
            return False
    if call.says("favorite") and not album.favorite:
        return False
    wanted = "%" + call.query.get("q", "").strip(" *%") + "%"
    return alike(album.title, wanted) or alike(album.location, wanted)


def _in_order(call: Call, albums: list[Album]) -> list[Album]:
    """Order albums as asked; whatever order the server does not know is the usual one, favourites first."""
    order = call.query.get("order", "")
    newest_first = sorted(albums, key=lambda a: (a.created, a.uid), reverse=order != "oldest")
    if order in {"newest", "added", "moment", "oldest"}:
        return newest_first
    if order == "edited":
        return sorted(newest_first, key=lambda a: a.updated, reverse=True)
    if order == "count":
        return sorted(newest_first, key=lambda a: (-len(a.shown()), a.title))
    if order == "slug":
        return sorted(newest_first, key=lambda a: a.slug)
    return sorted(newest_first, key=lambda a: (not a.favorite and order != "name", a.title))


@route("GET", "/albums/{uid}", "albums")
def get_album(call: Call) -> Answer:
    album = find(call.state, call.uid)
    mend_covers(call.state)
    return Answer(shapes.album(album))


@writes("POST", "/albums", "albums", "albums.created")
def create_album(call: Call) -> Answer:
    """Make an album (201), or return one that is alike (200), brought back with its old photos if it was deleted."""
    form = bound(call.form(), _FORM)
    album = make(call.state, form.get("Title", ""), call.user.uid)
    known = twin(call.state, album)
    if known is None:
        album.favorite = form.get("Favorite", False)
        keep(call.state, album)
        return Answer(shapes.album(album), 201, {"Location": f"/api/v1/albums/{album.uid}"})
    if known.deleted:
        known.deleted, known.updated = None, call.state.now()
        call.state.revision += 1
    return Answer(shapes.album(known))


@writes("PUT", "/albums/{uid}", "albums", "albums.updated")
def update_album(call: Call) -> Answer:
    """Change the fields that are given; an empty title is kept as that, the slug with it."""
    album = find(call.state, call.uid)
    form = bound(call.form(), _FORM)
    if any(len(form.get(name, "").encode()) > room for name, room in _ROOM.items()):
        raise Refusal(500)
    change(album, form)
    album.updated = call.state.now()
    call.state.revision += 1
    return Answer(shapes.album(album))


def change(album: Album, form: dict[str, Any]) -> None:
    for name, field in (_TEXTS | _FLAGS).items():
        setattr(album, field, form.get(name, getattr(album, field)))
    if form.get("Category"):
        album.category = clipped(titled(form["Category"]), 100)
    if form.get("Title"):
        entitle(album, form["Title"])
    elif "Title" in form:
        album.title = ""


@writes("DELETE", "/albums/{uid}", "albums", "albums.deleted")
def delete_album(call: Call) -> Answer:
    """Put an album aside, from where its title brings it back; `force` and other types delete it for good."""
    album = find(call.state, call.uid)
    put_aside(call.state, album, for_good=call.says("force") and call.version >= FORCE_SINCE)
    return Answer(shapes.album(album))


@writes("POST", "/batch/albums/delete", "albums", "albums.deleted")
def delete_albums(call: Call) -> Answer:
    uids = call.form().get("albums") or []
    if not uids:
        raise Refusal(400)
    for album in [a for uid in uids if (a := call.state.albums.get(uid)) and not a.deleted]:
        put_aside(call.state, album)
    return acknowledged("Albums deleted")


def put_aside(state: State, album: Album, for_good: bool = False) -> None:
    if for_good or album.type != "album":
        del state.albums[album.uid]
    album.deleted = album.updated = state.now()
    state.revision += 1


@writes("POST DELETE", "/albums/{uid}/like", "albums", "albums.updated")
def like_album(call: Call) -> Answer:
    album = find(call.state, call.uid)
    album.favorite, album.updated = call.method == "POST", call.state.now()
    call.state.revision += 1
    return acknowledged("Changes successfully saved")


@writes("POST", "/albums/{uid}/photos", "albums", "albums.updated")
def add_photos(call: Call) -> Answer:
    """Add what is selected; `added` has photos that were in already, and what was taken out comes back."""
    album = find(call.state, call.uid)
    photos = selected(call.state, call.form())
    added = put_in(call.state, album, photos)
    if call.server.features["review"]:
        for photo in photos:
            approve(call.state, photo)
    more = {"photos": [p.uid for p in photos], "added": [_member(album, row) for row in added] or None}
    return acknowledged("Changes successfully saved", album=shapes.album(album), **more)


@writes("POST", "/albums/{uid}/clone", "albums", "albums.updated")
def clone_albums(call: Call) -> Answer:
    """Add the photos of other albums."""
    album, state = find(call.state, call.uid), call.state
    sources = [a for uid in call.form().get("albums") or [] if (a := state.albums.get(uid)) and not a.deleted]
    photos = [p for a in sources for uid in a.shown() if (p := state.photos.get(uid)) and not p.deleted]
    added = put_in(state, album, photos) if photos else []
    more = {"album": shapes.album(album), "added": [_member(album, row) for row in added] or None}
    return acknowledged("Album contents cloned", **more)


@writes("DELETE", "/albums/{uid}/photos", "albums", "albums.updated")
def remove_photos(call: Call) -> Answer:
    """Hide memberships; a photo that never was in the album gets a hidden one."""
    uids = call.form().get("photos") or []
    if not uids:
        raise Refusal(400)
    album = find(call.state, call.uid)
    removed = take_out(call.state, album, [uid for uid in uids if uid in call.state.photos])
    more = {"photos": uids, "removed": [_member(album, row) for row in removed] or None}
    return acknowledged("Changes successfully saved", album=shapes.album(album), **more)


def put_in(state: State, album: Album, photos: Iterable[Photo]) -> list[Membership]:
    """Make photos members, whatever they were before: this brings back what the user has taken out."""
    return [_set_member(state, album, photo.uid, hidden=False) for photo in photos]


def take_out(state: State, album: Album, uids: Iterable[str]) -> list[Membership]:
    return [_set_member(state, album, uid, hidden=True) for uid in uids]


def _set_member(state: State, album: Album, photo: str, hidden: bool) -> Membership:
    now = state.now()
    row = album.members.setdefault(photo, Membership(photo, now, now))
    row.hidden, row.updated, album.updated = hidden, now, now
    state.revision += 1
    return row


def _member(album: Album, row: Membership) -> dict[str, Any]:
    times = {"CreatedAt": shapes.at(row.created), "UpdatedAt": shapes.at(row.updated)}
    return {"PhotoUID": row.photo, "AlbumUID": album.uid, "Order": 0, "Hidden": row.hidden, "Missing": False} | times


def approve(state: State, photo: Photo) -> None:
    """Take a photo out of the review, for good; this is no update of it."""
    if photo.quality < 3:
        photo.quality, photo.edited = 3, state.now()
        state.changed(photo)
