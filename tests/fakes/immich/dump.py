"""The whole state in words that stay the same from run to run: without ids, times and ETags."""

from __future__ import annotations

from typing import Any

from fakes.immich.state import Album, Asset, Face, Person, State


def dump(state: State) -> dict[str, Any]:
    """Return users' assets, tags, albums, people, stacks and links, named by paths, values and names, sorted."""
    return {
        "assets": {a.path: _asset(state, a) for a in sorted(state.assets.values(), key=lambda a: a.path)},
        "tags": sorted((state.users[t.owner].name, t.value, t.color or "") for t in state.tags.values()),
        "albums": sorted((_album(state, a) for a in state.albums.values()), key=str),
        "people": sorted((_person(state, p) for p in state.people.values()), key=str),
        "stacks": sorted([state.assets[a].path for a in members] for members in state.stacks.values()),
        "links": len(state.links),
        "memories": len(state.memories),
        "activities": len(state.activities),
    }


def _asset(state: State, asset: Asset) -> dict[str, Any]:
    return {
        "visibility": asset.visibility,
        "trashed": asset.trashed is not None,
        "favourite": asset.favourite,
        "exif": asset.exif,
        "tags": sorted(state.tags[t].value for t in asset.tags),
        "sidecar": sorted(asset.sidecar),
        "notes": {key: note["value"] for key, note in asset.notes.items()},
        "faces": sorted((_face(state, f) for f in asset.faces), key=str),
    }


def _face(state: State, face_id: str) -> dict[str, Any]:
    face: Face = state.faces[face_id]
    person = state.people[face.person].name if face.person else None
    return {"box": face.box, "image": face.image, "source": face.source, "deleted": face.deleted, "person": person}


def _album(state: State, album: Album) -> dict[str, Any]:
    return {
        "owner": state.users[album.owner].name,
        "name": album.name,
        "description": album.description,
        "cover": state.assets[album.cover].path if album.cover else None,
        "members": sorted(state.assets[a].path for a in album.members),
        "users": sorted((state.users[u].name, role) for u, role in album.users.items()),
        "order": album.order,
        "activity": album.activity,
    }


def _person(state: State, person: Person) -> dict[str, Any]:
    own = [f for f in state.faces.values() if f.person == person.id]
    feature = state.faces.get(person.feature or "")
    return {
        "owner": state.users[person.owner].name,
        "name": person.name,
        "birth": person.birth,
        "hidden": person.hidden,
        "favourite": person.favourite,
        "feature": state.assets[feature.asset].path if feature else None,
        "faces": sorted((state.assets[f.asset].path, f.box) for f in own),
    }
