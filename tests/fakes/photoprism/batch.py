"""Routes that change flags, labels and albums of many photos at once, and the flags of one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from fakes.photoprism import albums, labelling, shapes
from fakes.photoprism.answers import Answer, Call, Refusal, acknowledged
from fakes.photoprism.echoes import writes
from fakes.photoprism.records import Label, Photo
from fakes.photoprism.selections import photo_of, selected
from fakes.photoprism.state import State

Items: TypeAlias = list[dict[str, Any]]
ANNOUNCED = 250707
"""The version whose batch edit answers that it is not there yet; before, the path does not exist."""


@writes("POST PUT", "/batch/photos/edit", "photos", "photos.updated")
def edit_photos(call: Call) -> Answer:
    """Change labels, albums and flags of photos; an item that cannot be done is passed over, and no answer says so."""
    if call.version < labelling.BATCH_SINCE:
        raise Refusal(501 if call.version >= ANNOUNCED else 404)
    if not call.server.features["batchEdit"]:
        raise Refusal(403)
    form = call.form()
    uids = form.get("photos") or []
    if not uids:
        raise Refusal(400)
    photos = [p for uid in uids if (p := call.state.photos.get(uid))]
    for photo in photos:
        _edit(call, photo, form.get("values") or {})
    models = [shapes.whole_photo(call.state, photo) for photo in photos]
    return Answer({"models": models, "values": {"Labels": _labels_of_all(call.state, photos)}})


def _edit(call: Call, photo: Photo, values: dict[str, Any]) -> None:
    for item in _items(values, "Labels"):
        _edit_label(call.state, photo, item)
    for item in _items(values, "Albums"):
        _edit_album(call, photo, item)
    for name, field in {"Favorite": "favorite", "Private": "private"}.items():
        if _is_update(values, name) and isinstance(values[name].get("value"), bool):
            setattr(photo, field, values[name]["value"])
            call.state.touch(photo)
    for name, field in {"Title": "title", "Caption": "caption"}.items():
        if _is_update(values, name):
            setattr(photo, field, str(values[name].get("value", "")))
            setattr(photo, f"{field}_src", "batch")
            call.state.touch(photo)


def _is_update(values: dict[str, Any], name: str) -> bool:
    return isinstance(values.get(name), dict) and values[name].get("action") == "update"


def _items(values: dict[str, Any], name: str) -> Items:
    """Return the items of a field; without the outer action there are none."""
    return values[name].get("items") or [] if _is_update(values, name) else []


def _edit_label(state: State, photo: Photo, item: dict[str, Any]) -> None:
    """Add by UID or by title, remove by UID only; neither bumps the photo's update, which a worker sees to later."""
    uid, title = item.get("value") or "", item.get("title") or ""
    label = next((known for known in state.labels.values() if known.uid == uid and not known.deleted), None)
    if item.get("action") == "add" and (label or (title and not uid)):
        labelling.batch_add(state, photo, label or labelling.named(state, title))
    elif item.get("action") == "remove" and label:
        labelling.batch_remove(state, photo, label)


def _edit_album(call: Call, photo: Photo, item: dict[str, Any]) -> None:
    uid, title, state = item.get("value") or "", item.get("title") or "", call.state
    album = state.albums.get(uid)
    if item.get("action") == "add" and album and not album.deleted:
        albums.put_in(state, album, [photo])
    elif item.get("action") == "add" and title and not uid:
        made = albums.make(state, title, call.user.uid)
        # One that is alike is taken though it was deleted, and stays deleted.
        albums.put_in(state, albums.twin(state, made) or albums.keep(state, made), [photo])
    elif item.get("action") == "remove" and album and not album.deleted:
        albums.take_out(state, album, [photo.uid])


def _labels_of_all(state: State, photos: list[Photo]) -> dict[str, Any]:
    """Return the labels of the photos as the dialog shows them: mixed where only some have one."""
    found: dict[int, int] = {}
    for photo in photos:
        for row in photo.labels.values():
            found[row.label] = found.get(row.label, 0) + 1
    items = [_item(state.labels[label], count < len(photos)) for label, count in found.items()]
    return {"items": items, "mixed": any(item["mixed"] for item in items), "action": "none"}


def _item(label: Label, mixed: bool) -> dict[str, Any]:
    return {"value": label.uid, "title": label.name, "mixed": mixed, "action": "none"}


def archive(state: State, photo: Photo) -> None:
    """Archive a photo, which hides it in all albums; nothing brings it back into them."""
    if not photo.deleted:
        photo.deleted = state.now()
        for album in state.albums.values():
            if photo.uid in album.members:
                album.members[photo.uid].hidden = True
        state.changed(photo)


def restore(state: State, photo: Photo) -> None:
    photo.deleted = None
    state.changed(photo)


def turn_private(state: State, photo: Photo) -> None:
    """Make a photo private, or public if it was: asked twice, it is as before."""
    photo.private = not photo.private
    state.changed(photo)


_FLAGS: dict[str, Callable[[State, Photo], None]] = {
    "archive": archive,
    "restore": restore,
    "private": turn_private,
    "approve": albums.approve,
}


@writes("POST", "/batch/photos/{flag}", "photos", "photos.updated")
def flag_photos(call: Call) -> Answer:
    """Archive, restore, approve, or turn between private and public; none of it is an update of the photos."""
    change = _FLAGS.get(call.params["flag"])
    if change is None:
        raise Refusal(404)
    for photo in selected(call.state, call.form()):
        change(call.state, photo)
    return acknowledged("Selection updated")


@writes("POST DELETE", "/photos/{uid}/like", "photos", "photos.updated")
def like_photo(call: Call) -> Answer:
    """Mark a photo as a favourite, or no more; it is worth more, and it is no update."""
    photo = photo_of(call)
    like(call.state, photo, call.method == "POST")
    return Answer({"photo": shapes.whole_photo(call.state, photo)})


def like(state: State, photo: Photo, favorite: bool) -> None:
    if photo.favorite != favorite:
        photo.favorite = favorite
        photo.quality = min(7, photo.quality + 3) if favorite else max(0, photo.quality - 3)
        state.changed(photo)


@writes("POST", "/photos/{uid}/approve", "photos", "photos.updated")
def approve_photo(call: Call) -> Answer:
    photo = photo_of(call)
    albums.approve(call.state, photo)
    return Answer({"photo": shapes.whole_photo(call.state, photo)})
