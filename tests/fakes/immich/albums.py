"""Routes of albums."""

from __future__ import annotations

from typing import Any

from fakes.immich import shapes
from fakes.immich.answers import Answer, Call, Refusal, route
from fakes.immich.checks import IDS, can, checked, good_id, many, mapping, need, one_of, queried, text, uuid, yes_no
from fakes.immich.state import Album, State
from fakes.immich.tags import failed

_UPDATE = {
    "albumName": can(text),
    "description": can(text),
    "albumThumbnailAssetId": can(uuid),
    "isActivityEnabled": can(yes_no),
    "order": can(one_of("asc", "desc")),
}


def _album(call: Call, permission: str, read: bool = False) -> Album:
    found = call.state.albums.get(good_id(call.id))
    is_mine = found is not None and found.owner == call.user.id
    if found is None or not (is_mine or (read and call.state.may_open(found.id, call.user))):
        raise Refusal(400, f"Not found or no {permission} access")
    return found


def _editable(call: Call, permission: str) -> Album:
    """Return an album that the user owns or edits."""
    found = call.state.albums.get(good_id(call.id))
    if found is not None and found.users.get(call.user.id) == "editor":
        return found
    return _album(call, permission)


def mend_covers(state: State) -> None:
    """Give albums whose cover is missing, not a member or in the trash their newest photo, as each reading does."""
    for album in state.albums.values():
        cover = state.assets.get(album.cover or "")
        if cover is None or cover.trashed or cover.id not in album.members:
            shown = [m for m in (state.assets[a] for a in album.members) if not m.trashed]
            album.cover = max(shown, key=lambda m: (m.taken, m.id)).id if shown else None


def _shape(call: Call, album: Album, listed: bool) -> dict[str, Any]:
    return shapes.album(album, call.state, call.version, listed)


@route("GET", "/albums", "album.read")
def list_albums(call: Call) -> Answer:
    """List albums, newest first; before 3.0 own ones unless `shared`, later shared ones too unless `isOwned`."""
    asked = queried(
        call, {"assetId": can(uuid), "isOwned": can(yes_no), "isShared": can(yes_no), "shared": can(yes_no)}
    )
    mend_covers(call.state)
    found = [a for a in call.state.albums.values() if call.state.may_open(a.id, call.user) and _fits(call, a, asked)]
    found.sort(key=lambda a: a.created, reverse=True)
    return Answer([_shape(call, album, listed=True) for album in found])


def _fits(call: Call, album: Album, asked: dict[str, Any]) -> bool:
    is_mine = album.owner == call.user.id
    if asked.get("assetId") and asked["assetId"] not in album.members:
        return False
    if not call.is_new:
        return is_mine if "shared" not in asked else bool(album.users) is asked["shared"]
    if call.query.get("name") is not None and album.name != call.query["name"]:
        return False
    owned, shared = asked.get("isOwned", is_mine), asked.get("isShared", bool(album.users))
    return owned is is_mine and shared is bool(album.users)


@route("POST", "/albums", "album.create")
def create_album(call: Call) -> Answer:
    """Make an album; unusable photos are dropped silently, the database chooses the cover among the others."""
    fields = {"albumName": need(text), "description": can(text), "assetIds": can(many(uuid))}
    asked = checked(call, fields | {"albumUsers": can(many(mapping))})
    now, members = call.state.now(), call.state.owned(asked.get("assetIds", ()), call.user)
    album = Album(call.state.new_id(), call.user.id, asked["albumName"], now, now, asked.get("description", ""))
    album.members = dict.fromkeys(members)
    album.cover = min(members, default=None)
    album.users = {u["userId"]: u.get("role", "editor") for u in asked.get("albumUsers", ())}
    call.state.albums[album.id] = album
    return Answer(_shape(call, album, listed=False), 201)


@route("GET", "/albums/statistics", "album.statistics")
def statistics(call: Call) -> Answer:
    own = [a for a in call.state.albums.values() if a.owner == call.user.id]
    foreign = [a for a in call.state.albums.values() if call.user.id in a.users]
    shared = [a for a in own if a.users]
    return Answer({"owned": len(own), "shared": len(shared) + len(foreign), "notShared": len(own) - len(shared)})


@route("PUT", "/albums/assets", "albumAsset.create")
def add_to_several(call: Call) -> Answer:
    """Add photos to several albums; one answer stands for all of them."""
    asked = checked(call, {"albumIds": need(many(uuid)), "assetIds": need(many(uuid))})
    albums = [a for a in (call.state.albums.get(i) for i in asked["albumIds"]) if a and a.owner == call.user.id]
    assets = call.state.owned(asked["assetIds"], call.user)
    if not albums or not assets:
        return Answer({"success": False, "error": "no_permission"})
    added = [_add(call, album, a)["success"] for album in albums for a in assets]
    return Answer({"success": True} if any(added) else {"success": False, "error": "duplicate"})


@route("GET", "/albums/{id}", "album.read")
def get_album(call: Call) -> Answer:
    album = _album(call, "album.read", read=True)
    mend_covers(call.state)
    shape = _shape(call, album, listed=True)
    if not call.is_new and call.query.get("withoutAssets") != "true":
        members = [call.state.assets[a] for a in album.members]
        shape["assets"] = [shapes.asset(m, call.version, with_exif=True) for m in members if not m.trashed]
    if album.users:
        shape["contributorCounts"] = shapes.contributors(album, call.state)
    return Answer(shape)


@route("PATCH", "/albums/{id}", "album.update")
def update_album(call: Call) -> Answer:
    good_id(call.id)
    asked = checked(call, _UPDATE)
    album = _album(call, "album.update")
    if asked.get("albumThumbnailAssetId", album.cover) not in {album.cover, *album.members}:
        raise Refusal(400, "Invalid album thumbnail")
    album.name = asked.get("albumName", album.name)
    album.description = asked.get("description", album.description)
    album.cover = asked.get("albumThumbnailAssetId", album.cover)
    album.activity = asked.get("isActivityEnabled", album.activity)
    album.order = asked.get("order", album.order)
    album.updated = call.state.now()
    return Answer(_shape(call, album, listed=False))


@route("DELETE", "/albums/{id}", "album.delete")
def delete_album(call: Call) -> Answer:
    del call.state.albums[_album(call, "album.delete").id]
    return Answer(status=204, is_empty=True)


@route("PUT", "/albums/{id}/assets", "albumAsset.create")
def add_assets(call: Call) -> Answer:
    good_id(call.id)
    ids = checked(call, IDS)["ids"]
    if call.id not in call.state.albums:
        raise Refusal(400, "Album not found")
    album = _editable(call, "albumAsset.create")
    results = [_add(call, album, i) for i in ids]
    if any(r["success"] for r in results):
        album.updated = call.state.now()
    return Answer(results)


def _add(call: Call, album: Album, asset: str) -> dict[str, Any]:
    """Add a photo; the first one becomes the cover by itself."""
    if asset in album.members:
        return failed(asset, "duplicate")
    if not call.state.may_change(asset, call.user):
        return failed(asset, "no_permission")
    album.members[asset] = None
    album.cover = album.cover or asset
    return {"id": asset, "success": True}


@route("DELETE", "/albums/{id}/assets", "albumAsset.delete")
def remove_assets(call: Call) -> Answer:
    good_id(call.id)
    ids = checked(call, IDS)["ids"]
    album = _editable(call, "albumAsset.delete")
    results = []
    for i in ids:
        is_there = i in album.members
        album.members.pop(i, None)
        results.append({"id": i, "success": True} if is_there else failed(i, "not_found"))
    if any(r["success"] for r in results):
        album.updated = call.state.now()
    if album.cover not in album.members:
        mend_covers(call.state)
    return Answer(results)


@route("PUT", "/albums/{id}/users", "albumUser.create")
def share_album(call: Call) -> Answer:
    album = _album(call, "albumUser.create")
    for user in checked(call, {"albumUsers": need(many(mapping))})["albumUsers"]:
        album.users[user["userId"]] = user.get("role", "editor")
    return Answer(_shape(call, album, listed=False))
