"""Routes of labels, and of labels on photos."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

from fakes.photoprism import labelling, shapes
from fakes.photoprism.answers import Answer, Call, Refusal, acknowledged, route
from fakes.photoprism.echoes import writes
from fakes.photoprism.lists import listed
from fakes.photoprism.records import Label, Photo, PhotoLabel
from fakes.photoprism.selections import photo_of
from fakes.photoprism.texts import alike, bound

_FORM = MappingProxyType(
    {"Name": str, "Priority": int, "Uncertainty": int, "Description": str, "Notes": str}
    | {"Favorite": bool, "Thumb": str, "ThumbSrc": str}
)
_ROW = MappingProxyType({"Uncertainty": int, "LabelSrc": str, "Topicality": int, "Label": dict})
SOURCES_UNTIL = 260919
"""The first version whose form of a photo's label has no source any more; which one began with that is not known for
sure, and the earliest that may have is the worse for a client that counts on "vision" being kept."""


def find(call: Call) -> Label:
    label = next((known for known in call.state.labels.values() if known.uid == call.uid and not known.deleted), None)
    if label is None:
        raise Refusal(404)
    return label


@route("GET", "/labels", "labels")
def list_labels(call: Call) -> Answer:
    """List labels; those that are rare or of low priority only with `all`, and those of no counted photo never."""
    rows = [shapes.label(call.state, label) | _counted(call, label) for label in call.state.labels.values()]
    found = [row for row in rows if _fits(call, row)]
    if call.query.get("order") == "slug":
        return listed(call, sorted(found, key=lambda row: row["CustomSlug"]))
    if call.query.get("order") == "count":
        return listed(call, sorted(found, key=lambda row: (-row["PhotoCount"], row["CustomSlug"])))
    order = "Favorite", "Priority", "PhotoCount"
    return listed(call, sorted(found, key=lambda row: (*(-row[name] for name in order), row["CustomSlug"])))


def _counted(call: Call, label: Label) -> dict[str, Any]:
    count = 0 if label.deleted else labelling.photo_count(call.state, label)
    return {"PhotoCount": count}


def _fits(call: Call, row: dict[str, Any]) -> bool:
    query = call.query.get("q", "").removeprefix("name:").strip(' "')
    if row["PhotoCount"] < 1 or (call.says("favorite") and not row["Favorite"]):
        return False
    if call.query.get("uid") and row["UID"] not in call.query["uid"].split("|"):
        return False
    if query:
        return alike(row["Name"], f"%{query}%")
    return call.says("all") or row["Favorite"] or (row["Priority"] >= 0 and row["PhotoCount"] > 1)


@writes("PUT", "/labels/{uid}", "labels", "labels.updated")
def update_label(call: Call) -> Answer:
    label, form = find(call), bound(call.form(), _FORM)
    fields = {"Priority": "priority", "Description": "description", "Notes": "notes", "Favorite": "favorite"}
    for name, field in (fields | {"Thumb": "thumb", "ThumbSrc": "thumb_src"}).items():
        setattr(label, field, form.get(name, getattr(label, field)))
    labelling.rename(call.state, label, form.get("Name", label.name))
    return Answer(shapes.label(call.state, label))


@writes("POST DELETE", "/labels/{uid}/like", "labels", "labels.updated")
def like_label(call: Call) -> Answer:
    label = find(call)
    label.favorite = call.method == "POST"
    label.updated = call.state.now()
    return Answer({})


@writes("POST", "/batch/labels/delete", "labels", "labels.deleted")
def delete_labels(call: Call) -> Answer:
    uids = call.form().get("labels") or []
    if not uids:
        raise Refusal(400)
    for label in [known for known in call.state.labels.values() if known.uid in uids and not known.deleted]:
        labelling.delete(call.state, label)
    return acknowledged("Labels deleted")


@writes("POST", "/photos/{uid}/label", "photos", "photos.updated")
def add_label(call: Call) -> Answer:
    photo, form = photo_of(call), bound(call.form(), _FORM)
    labelling.add(call.state, photo, form.get("Name", ""), form.get("Uncertainty", 0))
    return _whole(call, photo)


@writes("PUT", "/photos/{uid}/label/{label}", "photos", "photos.updated")
def change_label(call: Call) -> Answer:
    """Bind the body straight onto the row of the label: with its source, and the name of the label for all photos."""
    photo = photo_of(call)
    row, form = _row(call, photo), bound(call.form(), _ROW)
    if len(form.get("LabelSrc", "")) > 8:
        raise Refusal(500)
    row.uncertainty = form.get("Uncertainty", row.uncertainty)
    if call.version < SOURCES_UNTIL:
        row.src = form.get("LabelSrc", row.src)
    if form.get("Uncertainty") == 0:
        row.src = "manual"
    labelling.rename(call.state, call.state.labels[row.label], str(form.get("Label", {}).get("Name", "")))
    labelling.save_labels(call.state, photo)
    return _whole(call, photo)


@writes("DELETE", "/photos/{uid}/label/{label}", "photos", "photos.updated")
def remove_label(call: Call) -> Answer:
    photo = photo_of(call)
    labelling.remove(call.state, photo, _row(call, photo), call.version)
    return _whole(call, photo)


def _whole(call: Call, photo: Photo) -> Answer:
    return Answer(shapes.whole_photo(call.state, photo))


def _row(call: Call, photo: Photo) -> PhotoLabel:
    """Return the photo's row of a label, which is named by its number; its UID is none."""
    text = call.params["label"]
    row = photo.labels.get(int(text)) if text.isdigit() else None
    if row is None:
        raise Refusal(404, "Record not found")
    return row
