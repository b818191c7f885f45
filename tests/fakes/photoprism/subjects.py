"""Routes of people."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import Any

from fakes.photoprism import naming, shapes
from fakes.photoprism.answers import Answer, Call, Refusal, route
from fakes.photoprism.echoes import writes
from fakes.photoprism.lists import listed
from fakes.photoprism.records import Subject
from fakes.photoprism.texts import alike, bound, person_name, weight

_FLAGS = MappingProxyType({name.title(): name for name in ("favorite", "hidden", "private", "excluded")})
_TEXTS = MappingProxyType({"Alias": "alias", "Bio": "bio", "Notes": "notes"})
_FORM = MappingProxyType(dict.fromkeys(("Name", "Thumb", "ThumbSrc", *_TEXTS), str) | dict.fromkeys(_FLAGS, bool))


SHOWS_ALL_SINCE = 260101
"""The first version that shows all people where hidden ones are asked for."""


def find(call: Call) -> Subject:
    """Return a person; one who was deleted is still found by UID."""
    subject = call.state.subjects.get(call.uid)
    if subject is None:
        raise Refusal(404)
    return subject


def shape(call: Call, subject: Subject) -> dict[str, Any]:
    faces = [] if subject.deleted else naming.faces_of(call.state, subject.uid)
    found = {
        "UID": subject.uid,
        "MarkerUID": faces[0].uid if faces else "",
        "MarkerSrc": faces[0].src if faces else "",
        "Type": "person",
        "Slug": subject.slug,
        "Name": subject.name,
        "FileCount": len({marker.file for marker in faces}),
        "PhotoCount": len({call.state.files[marker.file].photo for marker in faces}),
        "Thumb": subject.thumb,
        "ThumbSrc": subject.thumb_src,
        "CreatedAt": shapes.at(subject.created),
        "UpdatedAt": shapes.at(subject.updated),
    }
    kept = _FLAGS | _TEXTS
    found |= {name: getattr(subject, field) for name, field in kept.items()}
    return found | ({"DeletedAt": shapes.at(subject.deleted)} if subject.deleted else {})


@route("GET", "/subjects", "people")
def list_subjects(call: Call) -> Answer:
    """List people, favourites first, by name."""
    naming.mend_thumbs(call.state)
    rows = [shape(call, subject) for subject in call.state.subjects.values() if not subject.deleted]
    found = sorted((row for row in rows if _fits(call, row)), key=lambda row: (row["Name"], row["UID"]))
    order = call.query.get("order", "")
    if order == "added":
        found.sort(key=lambda row: row["CreatedAt"], reverse=True)
    elif order == "count":
        found.sort(key=lambda row: row["FileCount"], reverse=True)
    elif order != "name":
        found.sort(key=lambda row: row["Favorite"], reverse=True)
    return listed(call, found)


def _fits(call: Call, row: dict[str, Any]) -> bool:
    if not _is_visible(call, row):
        return False
    if call.says("favorite") and not row["Favorite"]:
        return False
    if call.query.get("uid") and row["UID"] not in call.query["uid"].split("|"):
        return False
    is_type = call.query.get("type", "person") in {"", "person"}
    has_files = row["FileCount"] >= call.whole("files", 0)
    return is_type and has_files and alike(row["Name"], f"%{call.query.get('q', '').strip(' *%')}%")


def _is_visible(call: Call, row: dict[str, Any]) -> bool:
    """Say whether a list shows somebody: who is hidden only where asked for, and before 2026 nobody else then."""
    wants_hidden = call.query.get("hidden", "") in {"yes", "true", "1"}
    return row["Hidden"] == wants_hidden or (wants_hidden and call.version >= SHOWS_ALL_SINCE)


@route("GET", "/subjects/{uid}", "people")
def get_subject(call: Call) -> Answer:
    return Answer(shape(call, find(call)))


@writes("PUT", "/subjects/{uid}", "people", "subjects.updated")
def update_subject(call: Call) -> Answer:
    """Change what is given; with the name of somebody else, the two become one, and the rest is not changed."""
    subject, form = find(call), bound(call.form(), _FORM)
    if (name := person_name(form.get("Name", ""))) and naming.rename(call.state, subject, name) is not subject:
        return Answer(shape(call, subject))
    for key, field in (_FLAGS | _TEXTS).items():
        setattr(subject, field, form.get(key, getattr(subject, field)))
    _set_thumb(subject, form.get("Thumb", ""), form.get("ThumbSrc", ""))
    subject.updated = call.state.now()
    call.state.revision += 1
    return Answer(shape(call, subject))


def _set_thumb(subject: Subject, thumb: str, src: str) -> None:
    """Set the picture of a person: a face's crop, by a source that is known; anything else is passed over."""
    if re.fullmatch(r"[0-9a-f]{40}-[0-9a-f]{12}", thumb) and src and weight(src) >= weight(subject.thumb_src):
        subject.thumb, subject.thumb_src = thumb, src


@writes("POST DELETE", "/subjects/{uid}/like", "people", "subjects.updated")
def like_subject(call: Call) -> Answer:
    find(call).favorite = call.method == "POST"
    call.state.revision += 1
    return Answer({})
