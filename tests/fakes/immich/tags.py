"""Routes of tags."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from fakes.immich import shapes, tagging
from fakes.immich.answers import Answer, Call, Refusal, route
from fakes.immich.checks import IDS, can, checked, good_id, many, matching, need, text, uuid
from fakes.immich.state import Asset, Tag

_COLOR = matching(r"#?([0-9A-Fa-f]{3}|[0-9A-Fa-f]{4}|[0-9A-Fa-f]{6}|[0-9A-Fa-f]{8})")


def _tag(call: Call, permission: str) -> Tag:
    found = call.state.tags.get(good_id(call.id))
    if found is None or found.owner != call.user.id:
        raise Refusal(400, f"Not found or no {permission} access")
    return found


@route("GET", "/tags", "tag.read")
def list_tags(call: Call) -> Answer:
    own = [t for t in call.state.tags.values() if t.owner == call.user.id]
    return Answer([shapes.tag(t) for t in sorted(own, key=lambda t: t.value)])


@route("PUT", "/tags", "tag.create")
def upsert_tags(call: Call) -> Answer:
    """Make tags with their parents; the answer has only leaves, each once, and none for an empty name."""
    values = checked(call, {"tags": need(many(text))})["tags"]
    tags = [tagging.upsert(call.state, call.user.id, value) for value in dict.fromkeys(values)]
    leaves = {tag.id: tag for tag in tags if tag}
    return Answer([shapes.tag(tag) for tag in leaves.values()])


@route("POST", "/tags", "tag.create")
def create_tag(call: Call) -> Answer:
    asked = checked(call, {"name": need(text), "parentId": can(uuid, null=True), "color": can(_COLOR, null=True)})
    parent = call.state.tags.get(asked.get("parentId") or "")
    if asked.get("parentId") and (parent is None or parent.owner != call.user.id):
        raise Refusal(400, "Not found or no tag.read access")
    value = f"{parent.value}/{asked['name']}" if parent else asked["name"]
    if (call.user.id, value) in call.state.tag_ids:
        raise Refusal(400, "A tag with that name already exists")
    made = tagging.make(call.state, call.user.id, value, parent.id if parent else None, asked.get("color"))
    return Answer(shapes.tag(made), 201)


@route("PUT", "/tags/assets", "tag.asset")
def tag_assets(call: Call) -> Answer:
    """Put every tag on every asset; what is missing, foreign or locked is dropped silently."""
    asked = checked(call, {"tagIds": need(many(uuid)), "assetIds": need(many(uuid))})
    tags = [t for i in dict.fromkeys(asked["tagIds"]) if (t := call.state.tags.get(i)) and t.owner == call.user.id]
    assets = [call.state.assets[i] for i in call.state.owned(asked["assetIds"], call.user)]
    new = {a.id: [t for t in tags if t.id not in a.tags] for a in assets}
    changed = [a for a in assets if new[a.id]]
    call.server.jobs.before_tagging(changed)
    count = sum(tagging.put(t, a) for a in changed for t in new[a.id])
    call.server.jobs.after_tagging(changed)
    return Answer({"count": count})


@route("PUT", "/tags/{id}/assets", "tag.asset")
def tag_each(call: Call) -> Answer:
    tag = _tag(call, "tag.asset")
    ids = checked(call, IDS)["ids"]
    fresh, results = [], []
    for i in ids:
        if not call.state.may_change(i, call.user):
            results.append(failed(i, "no_permission"))
        elif i in tag.assets or i in fresh:
            results.append(failed(i, "duplicate"))
        else:
            fresh.append(i)
            results.append({"id": i, "success": True})
    _change(call, fresh, tag, add=True)
    return Answer(results)


@route("DELETE", "/tags/{id}/assets", "tag.asset")
def untag_each(call: Call) -> Answer:
    tag = _tag(call, "tag.asset")
    ids = checked(call, IDS)["ids"]
    gone: dict[str, None] = {}
    results = []
    for i in ids:
        is_there = i in tag.assets and i not in gone
        results.append({"id": i, "success": True} if is_there else failed(i, "not_found"))
        if is_there:
            gone[i] = None
    _change(call, gone, tag, add=False)
    return Answer(results)


@route("GET", "/tags/{id}", "tag.read")
def get_tag(call: Call) -> Answer:
    return Answer(shapes.tag(_tag(call, "tag.read")))


@route("PUT PATCH", "/tags/{id}", "tag.update")
def update_tag(call: Call) -> Answer:
    """Change a tag's colour; its name only from 3.2 on, before that a name alone fails."""
    tag = _tag(call, "tag.update")
    asked = checked(call, {"color": can(_COLOR, null=True), "name": can(text)})
    if call.version < (3, 2, 0) and "color" not in asked:
        raise Refusal(500, "Failed to update tag")
    tag.color = asked.get("color", tag.color)
    if "name" in asked and call.version >= (3, 2, 0):
        _rename(call, tag, asked["name"])
    tag.updated = call.state.now()
    return Answer(shapes.tag(tag))


@route("DELETE", "/tags/{id}", "tag.delete")
def delete_tag(call: Call) -> Answer:
    tag = _tag(call, "tag.delete")
    below = tagging.descendants(call.state, tag.id)
    call.server.jobs.before_deleting(call.state.assets[a] for t in below for a in call.state.tags[t].assets)
    tagging.delete(call.state, tag)
    return Answer(status=204, is_empty=True)


def failed(item: str, reason: str) -> dict[str, Any]:
    return {"id": item, "success": False, "error": reason}


def _change(call: Call, ids: Iterable[str], tag: Tag, add: bool) -> None:
    assets: list[Asset] = [call.state.assets[i] for i in ids]
    call.server.jobs.before_tagging(assets)
    for asset in assets:
        (tagging.put if add else tagging.take)(tag, asset)
    call.server.jobs.after_tagging(assets)


def _rename(call: Call, tag: Tag, name: str) -> None:
    old = tag.value
    new = old[: len(old) - len(old.rsplit("/", 1)[-1])] + name
    for below in [call.state.tags[t] for t in tagging.descendants(call.state, tag.id)]:
        del call.state.tag_ids[below.owner, below.value]
        below.value = new + below.value[len(old) :]
        call.state.tag_ids[below.owner, below.value] = below.id
