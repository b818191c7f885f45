"""Tags as the database has them: made with their parents, put on assets, taken off, deleted with their children."""

from __future__ import annotations

from collections.abc import Iterable

from fakes.immich.state import Asset, State, Tag


def upsert(state: State, owner: str, value: str) -> Tag | None:
    """Return the tag of a path, made with its parents where they are missing; None for an empty path."""
    parent: Tag | None = None
    for part in [part for part in value.split("/") if part]:
        parent = _child(state, owner, parent, part)
    return parent


def _child(state: State, owner: str, parent: Tag | None, name: str) -> Tag:
    value = f"{parent.value}/{name}" if parent else name
    known = state.tag_ids.get((owner, value))
    if known:
        state.tags[known].updated = state.now()
        return state.tags[known]
    return make(state, owner, value, parent.id if parent else None)


def make(state: State, owner: str, value: str, parent: str | None, color: str | None = None) -> Tag:
    now = state.now()
    tag = Tag(state.new_id(), owner, value, parent, now, now, color)
    state.tags[tag.id] = tag
    state.tag_ids[owner, value] = tag.id
    return tag


def put(tag: Tag, asset: Asset) -> bool:
    """Put a tag on an asset; return whether it was not there."""
    is_new = asset.id not in tag.assets
    tag.assets.add(asset.id)
    asset.tags.add(tag.id)
    return is_new


def take(tag: Tag, asset: Asset) -> None:
    tag.assets.discard(asset.id)
    asset.tags.discard(tag.id)


def replace(state: State, asset: Asset, values: Iterable[str]) -> None:
    """Give an asset exactly these tags; those that were deleted are made again, with new ids."""
    wanted = [tag for value in values if (tag := upsert(state, asset.owner, value))]
    for tag in [state.tags[t] for t in asset.tags]:
        take(tag, asset)
    for tag in wanted:
        put(tag, asset)


def delete(state: State, tag: Tag) -> None:
    """Delete a tag and its children; the sidecars keep it, as the server does."""
    for child in [t for t in state.tags.values() if t.parent == tag.id]:
        delete(state, child)
    for asset in list(tag.assets):
        take(tag, state.assets[asset])
    del state.tags[tag.id]
    del state.tag_ids[tag.owner, tag.value]


def descendants(state: State, tag: str) -> set[str]:
    """Return a tag's id with those of all tags below it."""
    found, todo = set(), [tag]
    while todo:
        found.add(todo.pop())
        todo += [t.id for t in state.tags.values() if t.parent in found and t.id not in found]
    return found
