"""How the server writes users, assets, tags, albums, people and faces in JSON, by version."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, TypeAlias

from fakes.immich.state import Album, Asset, Face, Person, State, Tag, User

Json: TypeAlias = dict[str, Any]
Version: TypeAlias = tuple[int, int, int]


def ms(time: datetime) -> str:
    """Write a time as most answers do: `…591Z`."""
    return f"{time:%Y-%m-%dT%H:%M:%S}.{time.microsecond // 1000:03}Z"


def us(time: datetime) -> str:
    """Write a time as nested objects have it, as the database does: `…591869+00:00`."""
    fraction = f".{time.microsecond:06}".rstrip("0") if time.microsecond else ""
    return f"{time:%Y-%m-%dT%H:%M:%S}{fraction}+00:00"


def short_user(user: User) -> Json:
    return {
        "id": user.id,
        "email": user.email,
        "name": user.name,
        "profileImagePath": "",
        "avatarColor": user.color,
        "profileChangedAt": us(user.created),
    }


def whole_user(user: User, version: Version) -> Json:
    shape = short_user(user) | {
        "profileChangedAt": ms(user.created),
        "storageLabel": "admin" if user.is_admin else None,
        "shouldChangePassword": True,
        "isAdmin": user.is_admin,
        "createdAt": ms(user.created),
        "deletedAt": None,
        "updatedAt": ms(user.created),
        "oauthId": "",
        "quotaSizeInBytes": None,
        "quotaUsageInBytes": 0,
        "status": "active",
        "license": None,
    }
    return shape | ({"clusterGroupId": user.group} if version >= (3, 2, 0) else {})


def tag(found: Tag, nested: bool = False) -> Json:
    write = us if nested else ms
    shape: Json = {"id": found.id}
    if found.parent:
        shape["parentId"] = found.parent
    shape |= {"name": found.value.rsplit("/", 1)[-1], "value": found.value}
    shape |= {"createdAt": write(found.created), "updatedAt": write(found.updated)}
    return shape | ({"color": found.color} if found.color else {})


def person(found: Person, version: Version, nested: bool = False) -> Json:
    path = f"/data/thumbs/{found.owner}/{found.id[:2]}/{found.id[2:4]}/{found.id}.jpeg"
    shape: Json = {
        "id": found.id,
        "name": found.name,
        "birthDate": found.birth,
        "thumbnailPath": path if found.has_thumbnail else "",
        "isHidden": found.hidden,
        "isFavorite": found.favourite,
    }
    if found.color:
        shape["color"] = found.color
    shape["updatedAt"] = (us if nested else ms)(found.updated)
    return shape | ({"otherPeople": [], "sharedBy": [], "sharedWith": []} if version >= (3, 3, 0) else {})


def face(found: Face, state: State, version: Version, with_person: bool = True) -> Json:
    x1, y1, x2, y2 = found.box
    shape: Json = {
        "id": found.id,
        "boundingBoxX1": x1,
        "boundingBoxY1": y1,
        "boundingBoxX2": x2,
        "boundingBoxY2": y2,
        "imageWidth": found.image[0],
        "imageHeight": found.image[1],
        "sourceType": found.source,
    }
    if with_person:
        shape["person"] = person(state.people[found.person], version, nested=True) if found.person else None
    return shape


def people_of(asset: Asset, state: State, version: Version) -> list[Json]:
    """Return the people in a photo; before 3.0 with their faces."""
    faces = state.faces_of(asset)
    named = dict.fromkeys(f.person for f in faces if f.person)
    shapes = [person(state.people[p], version, nested=True) for p in named]
    if version < (3, 0, 0):
        for shape in shapes:
            shape["faces"] = [face(f, state, version, with_person=False) for f in faces if f.person == shape["id"]]
    return shapes


def asset(found: Asset, version: Version, with_exif: bool) -> Json:
    """Return an asset as a search gives it, without people."""
    shape: Json = {
        "id": found.id,
        "createdAt": ms(found.created),
        "ownerId": found.owner,
        "libraryId": found.library,
        "type": found.type,
        "originalPath": found.path,
        "originalFileName": found.file_name,
        "originalMimeType": found.mime,
        "thumbhash": found.thumbhash,
        "fileCreatedAt": ms(found.taken),
        "fileModifiedAt": ms(found.modified),
        "localDateTime": ms(found.local),
        "updatedAt": ms(found.updated),
        "isFavorite": found.favourite,
        "isArchived": found.visibility == "archive",
        "isTrashed": found.trashed is not None,
        "visibility": found.visibility,
        "duration": found.duration_ms if version >= (3, 0, 0) else _old_duration(found.duration_ms),
        "livePhotoVideoId": found.live_video,
        "people": [],
        "checksum": found.checksum,
        "isOffline": found.offline,
        "hasMetadata": True,
        "duplicateId": found.duplicate,
        "resized": True,
        "width": found.width,
        "height": found.height,
        "isEdited": found.edited,
    }
    if version < (3, 0, 0):
        shape |= {"deviceAssetId": f"{found.file_name}-1", "deviceId": "web"}
    return shape | ({"exifInfo": found.exif} if with_exif and found.exif is not None else {})


def _old_duration(duration_ms: int | None) -> str:
    seconds = (duration_ms or 0) / 1000
    return f"{int(seconds // 3600)}:{int(seconds // 60 % 60):02}:{seconds % 60:08.5f}"


def asset_text(found: Asset, state: State, version: Version, with_exif: bool, with_people: bool) -> str:
    """Return the JSON of an asset in a search, kept until the asset changes; people are always written anew."""
    key = (with_exif, False, version[0])
    if with_people and found.faces:
        shape = asset(found, version, with_exif) | {"people": people_of(found, state, version)}
        return json.dumps(shape, ensure_ascii=False, separators=(",", ":"))
    if key not in found.shown:
        found.shown[key] = json.dumps(asset(found, version, with_exif), ensure_ascii=False, separators=(",", ":"))
    return found.shown[key]


def whole_asset(found: Asset, state: State, version: Version, asker: User) -> Json:
    """Return an asset as GET /assets/{id} does, with owner, tags, people and stack."""
    shape = asset(found, version, with_exif=True) | {"owner": short_user(state.users[found.owner])}
    shape["tags"] = [tag(state.tags[t], nested=True) for t in sorted(found.tags)]
    shape["people"] = people_of(found, state, version) if found.owner == asker.id else []
    shape["isFavorite"] = found.favourite and found.owner == asker.id
    shape["stack"] = None
    if found.stack:
        members = state.stacks[found.stack]
        shape["stack"] = {"id": found.stack, "primaryAssetId": members[0], "assetCount": len(members)}
    if version < (3, 0, 0):
        loose = [f for f in state.faces_of(found) if f.person is None]
        shape["unassignedFaces"] = [face(f, state, version, with_person=False) for f in loose]
    return shape


def album(found: Album, state: State, version: Version, listed: bool) -> Json:
    """Return an album; `listed` as GET does, else as POST and PATCH do, which write its dates differently."""
    members = [m for m in (state.assets[a] for a in found.members) if m.trashed is None]
    users = [{"user": short_user(state.users[u]), "role": role} for u, role in found.users.items()]
    owner = {"user": short_user(state.users[found.owner]), "role": "owner"}
    shape: Json = {
        "albumName": found.name,
        "description": found.description,
        "albumThumbnailAssetId": found.cover,
        "createdAt": ms(found.created),
        "updatedAt": ms(found.updated),
        "id": found.id,
        "albumUsers": [owner, *users] if version >= (3, 0, 0) else users,
        "shared": bool(found.users),
        "hasSharedLink": any(link.get("albumId") == found.id for link in state.links),
    }
    if version < (3, 0, 0):
        shape |= {"ownerId": found.owner, "owner": short_user(state.users[found.owner]), "assets": []}
    if members:
        write = _day if listed else us
        shape["startDate"] = write(min(m.local for m in members))
        shape["endDate"] = write(max(m.local for m in members))
    shape |= {"assetCount": len(members), "isActivityEnabled": found.activity, "order": found.order}
    if listed and members:
        shape["lastModifiedAssetTimestamp"] = ms(max(m.updated for m in members))
    return shape


def contributors(found: Album, state: State) -> list[Json]:
    counts: dict[str, int] = {}
    for member in (state.assets[a] for a in found.members):
        counts[member.owner] = counts.get(member.owner, 0) + (member.trashed is None)
    return [{"userId": user, "assetCount": count} for user, count in counts.items()]


def _day(time: datetime) -> str:
    return ms(time.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=UTC))
