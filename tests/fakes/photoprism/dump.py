"""The whole state in words that stay the same from run to run: without ids, times and tokens."""

from __future__ import annotations

from typing import Any

from fakes.photoprism.records import Album, Marker, Photo, Subject
from fakes.photoprism.state import State


def dump(state: State) -> dict[str, Any]:
    """Return photos, labels, albums and people, named by file names, slugs and names, sorted."""
    return {
        "photos": {p.name: _photo(state, p) for p in sorted(state.photos.values(), key=lambda p: p.name)},
        "labels": sorted((x.slug, x.name, x.priority, x.favorite) for x in state.labels.values() if not x.deleted),
        "albums": sorted((_album(state, a) for a in state.albums.values() if not a.deleted), key=str),
        "people": sorted((_subject(state, s) for s in state.subjects.values() if not s.deleted), key=str),
        "clusters": sorted((f.samples, f.hidden, _name(state, f.subject)) for f in state.faces.values()),
    }


def _photo(state: State, photo: Photo) -> dict[str, Any]:
    return {
        "type": photo.type,
        "archived": photo.deleted is not None,
        "private": photo.private,
        "favorite": photo.favorite,
        "quality": photo.quality,
        "title": (photo.title, photo.title_src),
        "caption": (photo.caption, photo.caption_src),
        "keywords": photo.keywords,
        "labels": sorted((state.labels[r.label].slug, r.src, r.uncertainty) for r in photo.labels.values()),
        "markers": sorted((_marker(state, m) for m in state.markers_of(photo)), key=str),
    }


def _marker(state: State, marker: Marker) -> dict[str, Any]:
    return {
        "box": tuple(round(part, 4) for part in (marker.x, marker.y, marker.w, marker.h)),
        "src": marker.src,
        "name": _name(state, marker.subject) or marker.name,
        "subject_src": marker.subject_src,
        "invalid": marker.invalid,
        "has_face": bool(marker.face),
    }


def _album(state: State, album: Album) -> dict[str, Any]:
    # A cover that nobody chose is the worker's of the moment.
    thumb = album.thumb if album.thumb_src else ""
    cover = state.by_hash.get(thumb, "")
    texts = (album.type, album.title, album.description, album.caption, album.notes, album.category, album.location)
    return {
        "texts": texts,
        "order": album.order,
        "favorite": album.favorite,
        "private": album.private,
        "cover": state.photos[state.files[cover].photo].name if cover else thumb,
        "cover_src": album.thumb_src,
        "members": sorted(state.photos[uid].name for uid in album.shown()),
        "hidden": sorted(state.photos[uid].name for uid, row in album.members.items() if row.hidden),
    }


def _subject(state: State, subject: Subject) -> dict[str, Any]:
    return {
        "name": subject.name,
        "favorite": subject.favorite,
        "hidden": subject.hidden,
        "cover_src": subject.thumb_src,
        "photos": sorted(state.photos[uid].name for uid in state.of_subjects([subject.uid])),
    }


def _name(state: State, subject: str) -> str:
    found = state.subjects.get(subject)
    return found.name if found else ""
