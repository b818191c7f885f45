"""Which photos a request names: one in its path, or many, directly or by their files, albums, labels and people."""

from __future__ import annotations

from typing import Any

from fakes.photoprism.answers import Call, Refusal
from fakes.photoprism.records import Photo
from fakes.photoprism.state import State

_KEYS = ("photos", "files", "albums", "labels", "subjects", "places")


def photo_of(call: Call) -> Photo:
    """Return the photo of a request's path, archived or not."""
    photo = call.state.photos.get(call.uid)
    if photo is None:
        raise Refusal(404)
    return photo


def selected(state: State, form: dict[str, Any]) -> list[Photo]:
    """Return the photos of a selection, archived ones too, each once; what is unknown in it is passed over."""
    chosen = {key: set(_uids(form.get(key))) for key in _KEYS}
    if not any(chosen.values()):
        raise Refusal(400)
    found = [uid for uid in _uids(form.get("photos")) if uid in state.photos]
    found += [state.files[uid].photo for uid in chosen["files"] if uid in state.files]
    found += [p for uid in chosen["albums"] if uid in state.albums for p in state.albums[uid].shown()]
    labels = [known.id for known in state.labels.values() if known.uid in chosen["labels"]]
    found += [photo.uid for label in labels for photo in state.with_label(label)]
    found += [state.photo_of(m).uid for m in state.markers.values() if m.subject and m.subject in chosen["subjects"]]
    return [state.photos[uid] for uid in dict.fromkeys(found) if uid in state.photos]


def _uids(given: Any) -> list[str]:
    """Return a list of UIDs, which may be null."""
    if given is None:
        return []
    if not isinstance(given, list) or not all(isinstance(uid, str) for uid in given):
        raise Refusal(400)
    return given
