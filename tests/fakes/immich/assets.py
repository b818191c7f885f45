"""Routes of assets: reading one, changing them as a user does, trash, and notes of other programs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from fakes.immich import shapes
from fakes.immich.answers import Answer, Call, Refusal, route
from fakes.immich.checks import (
    IDS,
    can,
    checked,
    custom,
    good_id,
    many,
    mapping,
    need,
    number,
    one_of,
    text,
    uuid,
    whole,
    yes_no,
)
from fakes.immich.state import Asset

_UPDATE = {
    "description": can(text),
    "isFavorite": can(yes_no),
    "visibility": can(one_of("archive", "timeline", "hidden", "locked")),
    "dateTimeOriginal": can(text),
    "latitude": can(number),
    "longitude": can(number),
    "rating": can(whole(-1, 5), null=True),
    "livePhotoVideoId": can(uuid, null=True),
}
_WRITTEN = {"description", "dateTimeOriginal", "latitude", "longitude", "rating"}


def readable(call: Call, permission: str) -> Asset:
    if not call.state.may_read(good_id(call.id), call.user):
        raise Refusal(400, f"Not found or no {permission} access")
    return call.state.assets[call.id]


def _own(call: Call, ids: list[str], permission: str) -> list[Asset]:
    """Return the assets of a call that fails whole if one of them may not be changed."""
    if len(call.state.owned(ids, call.user)) < len(set(ids)):
        raise Refusal(400, f"Not found or no {permission} access")
    return [call.state.assets[i] for i in dict.fromkeys(ids)]


@route("GET", "/assets/statistics", "asset.statistics")
def statistics(call: Call) -> Answer:
    own = [a for a in call.state.assets.values() if a.owner == call.user.id and not a.trashed]
    own = [a for a in own if a.visibility in {"timeline", "archive"}]
    videos = sum(a.type == "VIDEO" for a in own)
    return Answer({"images": len(own) - videos, "videos": videos, "total": len(own)})


@route("GET", "/assets/{id}", "asset.read")
def get_asset(call: Call) -> Answer:
    found = readable(call, "asset.read")
    return Answer(shapes.whole_asset(found, call.state, call.version, call.user))


@route("PUT PATCH", "/assets/{id}", "asset.update")
def update_asset(call: Call) -> Answer:
    good_id(call.id)
    asked = _checked_update(call, {})
    (found,) = _own(call, [call.id], "asset.update")
    _update(call, found, asked)
    people = shapes.people_of(found, call.state, call.version)
    return Answer(shapes.asset(found, call.version, with_exif=True) | {"people": people})


@route("PUT", "/assets", "asset.update")
def update_assets(call: Call) -> Answer:
    asked = _checked_update(call, IDS)
    for found in _own(call, asked["ids"], "asset.update"):
        _update(call, found, asked)
    return Answer(status=204, is_empty=True)


def _checked_update(call: Call, more: dict[str, Any]) -> dict[str, Any]:
    asked = checked(call, _UPDATE | more)
    if asked.get("rating") == 0:
        message = "Rating must be -1 (rejected), 1–5 (starred), or null (unrated); 0 is not valid"
        raise custom(["rating"], message)
    if ("latitude" in asked) is not ("longitude" in asked):
        raise custom([], "Latitude and longitude must be provided together")
    return asked


def _update(call: Call, found: Asset, asked: dict[str, Any]) -> None:
    """Change an asset; what also belongs into its file is written to the sidecar, which re-extracts its tags too."""
    found.favourite = asked.get("isFavorite", found.favourite)
    found.visibility = asked.get("visibility", found.visibility)
    exif = {name: asked[name] for name in _WRITTEN & set(asked) - {"dateTimeOriginal"}}
    if "dateTimeOriginal" in asked and (time := _time(asked["dateTimeOriginal"])):
        found.retimed, exif["dateTimeOriginal"] = time, shapes.us(time)
    if found.exif is not None and exif:
        found.exif = found.exif | exif
    if _WRITTEN & set(asked):
        call.server.jobs.before_tagging([found])
        call.server.jobs.after_tagging([found])
    found.touch(call.state.now())


def _time(value: str) -> datetime | None:
    """Read a time; the database reads words like "yesterday" too, which are left out here."""
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


@route("DELETE", "/assets", "asset.delete")
def delete_assets(call: Call) -> Answer:
    asked = checked(call, IDS | {"force": can(yes_no)})
    for found in _own(call, asked["ids"], "asset.delete"):
        if asked.get("force"):
            call.state.drop_asset(found)
        else:
            found.trashed = call.state.now()
            found.touch(found.trashed)
    return Answer(status=204, is_empty=True)


@route("POST", "/trash/restore/assets", "asset.delete")
def restore_assets(call: Call) -> Answer:
    found = _own(call, checked(call, IDS)["ids"], "asset.delete")
    restored = [a for a in found if a.trashed]
    for asset in restored:
        asset.trashed = None
        asset.touch(call.state.now())
    return Answer({"count": len(restored)})


@route("POST", "/assets/jobs", "job.create")
def run_job(call: Call) -> Answer:
    """Queue a job; a refresh of metadata brings back the tags that the sidecar holds."""
    asked = checked(call, {"name": need(text), "assetIds": need(many(uuid))})
    for found in _own(call, asked["assetIds"], "asset.update"):
        if asked["name"] == "refresh-metadata":
            call.server.jobs.refresh(found)
    return Answer(status=204, is_empty=True)


@route("PUT", "/assets/{id}/metadata", "asset.update")
def write_notes(call: Call) -> Answer:
    good_id(call.id)
    items = checked(call, {"items": need(many(mapping))})["items"]
    (found,) = _own(call, [call.id], "asset.update")
    now = shapes.ms(call.state.now())
    for item in items:
        found.notes[item["key"]] = {"key": item["key"], "value": item["value"], "updatedAt": now}
    return Answer([found.notes[item["key"]] for item in items])


@route("GET", "/assets/{id}/metadata", "asset.read")
def read_notes(call: Call) -> Answer:
    return Answer(list(readable(call, "asset.read").notes.values()))


@route("GET", "/assets/{id}/metadata/{key}", "asset.read")
def read_note(call: Call) -> Answer:
    found, key = readable(call, "asset.read"), call.params["key"]
    if key not in found.notes:
        raise Refusal(400, f'Metadata with key "{key}" not found for asset with id "{found.id}"')
    return Answer(found.notes[key])


@route("DELETE", "/assets/{id}/metadata/{key}", "asset.update")
def delete_note(call: Call) -> Answer:
    (found,) = _own(call, [good_id(call.id)], "asset.update")
    found.notes.pop(call.params["key"], None)
    return Answer(status=204, is_empty=True)
