"""Routes of people and faces."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from fakes.immich import shapes
from fakes.immich.answers import Answer, Call, Refusal, route
from fakes.immich.assets import readable
from fakes.immich.checks import (
    IDS,
    can,
    checked,
    custom,
    good_id,
    many,
    mapping,
    matching,
    need,
    queried,
    text,
    uuid,
    whole,
    yes_no,
)
from fakes.immich.state import Face, Person, State
from fakes.immich.tags import failed

_FIELDS = {
    "name": can(text),
    "birthDate": can(text, null=True),
    "isHidden": can(yes_no),
    "isFavorite": can(yes_no),
    "color": can(matching(r"#?([0-9A-Fa-f]{3}|[0-9A-Fa-f]{4}|[0-9A-Fa-f]{6}|[0-9A-Fa-f]{8})"), null=True),
}
_UPDATE = _FIELDS | {"featureFaceAssetId": can(uuid)}


def person_of(call: Call, permission: str, wanted: str | None = None) -> Person:
    found = call.state.people.get(good_id(wanted or call.id))
    if found is None or found.owner != call.user.id:
        raise Refusal(400, f"Not found or no {permission} access")
    return found


def shown_faces(state: State, person: Person) -> list[Face]:
    """Return a person's faces in photos of the timeline; only they make the person show up in the list."""
    own = [f for f in state.faces.values() if f.person == person.id and not f.deleted]
    return [f for f in own if (a := state.assets[f.asset]).visibility == "timeline" and a.trashed is None]


@route("GET", "/people", "person.read")
def list_people(call: Call) -> Answer:
    """List people; unnamed ones with few faces are left out, though `total` counts them."""
    fields = {"page": can(whole(1)), "size": can(whole(1, 1000)), "withHidden": can(yes_no)}
    asked = queried(call, fields)
    own = [p for p in call.state.people.values() if p.owner == call.user.id]
    faces = {p.id: len(shown_faces(call.state, p)) for p in own}
    counted = [p for p in own if faces[p.id]]
    shown = [p for p in counted if p.name or faces[p.id] >= call.state.min_faces]
    shown = [p for p in shown if asked.get("withHidden") or not p.hidden]
    shown.sort(key=lambda p: (p.hidden, not p.favourite, not p.name, -faces[p.id], p.name, p.created))
    size, page = asked.get("size", 500), asked.get("page", 1)
    first = size * (page - 1)
    return Answer(
        {
            "people": [shapes.person(p, call.version) for p in shown[first : first + size]],
            "hasNextPage": len(shown) > first + size,
            "total": len(counted),
            "hidden": sum(p.hidden for p in counted),
        }
    )


@route("POST", "/people", "person.create")
def create_person(call: Call) -> Answer:
    asked = checked(call, _FIELDS)
    now = call.state.now()
    made = Person(call.state.new_id(), call.user.id, "", now, now)
    _change(call, made, asked)
    call.state.people[made.id] = made
    return Answer(shapes.person(made, call.version), 201)


@route("PUT", "/people", "person.update")
def update_people(call: Call) -> Answer:
    """Change several people; each has its own result."""
    items = checked(call, {"people": need(many(mapping))})["people"]
    results: list[dict[str, Any]] = []
    for item in items:
        person = call.state.people.get(item["id"])
        try:
            if person is None or person.owner != call.user.id:
                raise Refusal(400, "Not found or no person.update access")
            _change(call, person, item)
            results.append({"id": item["id"], "success": True})
        except Refusal:
            results.append(failed(item["id"], "unknown"))
    return Answer(results)


@route("DELETE", "/people", "person.delete")
def delete_people(call: Call) -> Answer:
    ids = checked(call, IDS)["ids"]
    for person in [person_of(call, "person.delete", i) for i in ids]:
        forget(call.state, person)
    return Answer(status=204, is_empty=True)


@route("POST", "/people/merge", "person.merge", since=(3, 2, 1))
def merge_new(call: Call) -> Answer:
    keep, *others = checked(call, IDS)["ids"]
    return _merge(call, keep, others)


@route("POST", "/people/{id}/merge", "person.merge")
def merge(call: Call) -> Answer:
    return _merge(call, call.id, checked(call, IDS)["ids"])


def _merge(call: Call, keep: str, others: list[str]) -> Answer:
    kept = person_of(call, "person.update", keep)
    results = []
    for other in others:
        merged = call.state.people.get(other)
        if merged is None or merged.owner != call.user.id or merged is kept:
            results.append(failed(other, "no_permission"))
            continue
        unite(call.state, kept, merged)
        results.append({"id": other, "success": True})
    return Answer(results)


def unite(state: State, kept: Person, merged: Person) -> None:
    """Move all faces of a person to another, and delete them."""
    for face in [f for f in state.faces.values() if f.person == merged.id]:
        face.person = kept.id
    kept.name, kept.birth = kept.name or merged.name, kept.birth or merged.birth
    del state.people[merged.id]


@route("GET", "/people/{id}", "person.read")
def get_person(call: Call) -> Answer:
    return Answer(shapes.person(person_of(call, "person.read"), call.version))


@route("PUT PATCH", "/people/{id}", "person.update")
def update_person(call: Call) -> Answer:
    good_id(call.id)
    asked = checked(call, _UPDATE)
    found = person_of(call, "person.update")
    _change(call, found, asked)
    return Answer(shapes.person(found, call.version))


@route("DELETE", "/people/{id}", "person.delete")
def delete_person(call: Call) -> Answer:
    forget(call.state, person_of(call, "person.delete"))
    return Answer(status=204, is_empty=True)


@route("GET", "/people/{id}/statistics", "person.statistics")
def count(call: Call) -> Answer:
    found = person_of(call, "person.read")
    return Answer({"assets": len({f.asset for f in shown_faces(call.state, found)})})


@route("GET", "/search/person", "person.read")
def search_person(call: Call) -> Answer:
    """Find people by their name's beginning, those without a face too."""
    name = call.query.get("name", "").lower()
    own = [p for p in call.state.people.values() if p.owner == call.user.id and p.name.lower().startswith(name)]
    shown = [p for p in own if call.query.get("withHidden") == "true" or not p.hidden]
    return Answer([shapes.person(p, call.version) for p in sorted(shown, key=lambda p: p.updated)])


@route("PUT", "/people/{id}/reassign", "person.reassign")
def reassign(call: Call) -> Answer:
    """Move all faces of a person in a photo to another person."""
    target = person_of(call, "person.update")
    results = []
    for item in checked(call, {"data": need(many(mapping))})["data"]:
        readable_asset = call.state.assets.get(item["assetId"])
        for face in call.state.faces_of(readable_asset) if readable_asset else ():
            if face.person == item["personId"]:
                move(call, face, target)
                results.append(shapes.person(target, call.version))
    return Answer(results)


def move(call: Call, face: Face, target: Person) -> None:
    """Give a face to a person, who has it as portrait if there was none; the one who loses a portrait gets another."""
    loser = call.state.people.get(face.person or "")
    face.person = target.id
    faces = call.state.assets[face.asset].faces
    faces.append(faces.pop(faces.index(face.id)))  # a row that was written comes last
    if target.feature is None:
        _portray(call, target, face)
    if loser is not None and loser is not target and loser.feature == face.id:
        left = [f for f in call.state.faces.values() if f.person == loser.id and not f.deleted]
        if left:
            _portray(call, loser, left[0])


def _portray(call: Call, person: Person, face: Face) -> None:
    person.feature, person.updated = face.id, call.state.now()
    call.server.jobs.draw_portrait(person)


def _change(call: Call, person: Person, asked: dict[str, Any]) -> None:
    birth = asked.get("birthDate", person.birth)
    if birth and birth > f"{datetime.now(UTC):%Y-%m-%d}":
        raise custom(["birthDate"], "Birth date cannot be in the future")
    if asked.get("featureFaceAssetId"):
        own = [f for f in call.state.faces.values() if f.person == person.id and f.asset == asked["featureFaceAssetId"]]
        if not own:
            raise Refusal(400, "Invalid assetId for feature face or asset is offline")
        _portray(call, person, own[0])
    person.name, person.birth = asked.get("name", person.name), birth or None
    person.hidden = asked.get("isHidden", person.hidden)
    person.favourite = asked.get("isFavorite", person.favourite)
    person.color = asked.get("color", person.color)
    person.updated = call.state.now()


def forget(state: State, person: Person) -> None:
    """Delete a person; the faces stay without one."""
    for face in state.faces.values():
        face.person = None if face.person == person.id else face.person
    del state.people[person.id]


@route("GET", "/faces", "face.read")
def list_faces(call: Call) -> Answer:
    """Return the faces of an asset, from left to right; the query's `id` is the asset's."""
    asset = queried(call, {"id": need(uuid)})["id"]
    call.params["id"] = asset
    found = call.state.faces_of(readable(call, "asset.read"))
    return Answer([shapes.face(f, call.state, call.version) for f in sorted(found, key=lambda f: f.box[0])])


@route("POST", "/faces", "face.create")
def create_face(call: Call) -> Answer:
    """Draw a face; the answer is empty, and the same box twice makes two faces."""
    numbers = ("imageWidth", "imageHeight", "x", "y", "width", "height")
    asked = checked(call, {"assetId": need(uuid), "personId": need(uuid)} | {n: need(whole()) for n in numbers})
    if not call.state.may_change(asked["assetId"], call.user):
        raise Refusal(400, "Not found or no asset.update access")
    person = person_of(call, "person.read", asked["personId"])
    x, y = asked["x"], asked["y"]
    box = (x, y, x + asked["width"], y + asked["height"])
    image = (asked["imageWidth"], asked["imageHeight"])
    face = Face(call.state.new_id(), asked["assetId"], None, box, image, "manual")
    call.state.faces[face.id] = face
    call.state.assets[face.asset].faces.append(face.id)
    move(call, face, person)
    return Answer(status=201, is_empty=True)


@route("PUT", "/faces/{id}", "face.update")
def reassign_face(call: Call) -> Answer:
    """Give a face to a person: the path names the person, the body the face."""
    good_id(call.id)
    face_id = checked(call, {"id": need(uuid)})["id"]
    person = person_of(call, "person.update")
    face = call.state.faces.get(face_id)
    if face is None or call.state.assets[face.asset].owner != call.user.id:
        raise Refusal(400, "Not found or no person.create access")
    move(call, face, person)
    return Answer(shapes.person(person, call.version))


@route("DELETE", "/faces/{id}", "face.delete")
def delete_face(call: Call) -> Answer:
    """Hide a face, or forget it with force; the body is needed."""
    force = checked(call, {"force": need(yes_no)})["force"]
    face = call.state.faces.get(good_id(call.id))
    if face is None or call.state.assets[face.asset].owner != call.user.id:
        raise Refusal(400, "Not found or no face.delete access")
    face.deleted = True
    if force:
        call.state.drop_face(face)
    return Answer(status=204, is_empty=True)
