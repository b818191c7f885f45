"""Routes of the regions on photos."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

from fakes.photoprism import naming, shapes
from fakes.photoprism.answers import Answer, Call, Refusal
from fakes.photoprism.echoes import writes
from fakes.photoprism.records import Marker
from fakes.photoprism.texts import LONGEST, bound

_FORM = MappingProxyType(
    dict.fromkeys(("FileUID", "Type", "Src", "SubjSrc", "Name"), str)
    | dict.fromkeys(("X", "Y", "W", "H"), float)
    | dict.fromkeys(("MarkerReview", "Invalid"), bool)
)
"""What a form takes; `Review`, as a marker calls it in answers, is none of it."""


def _changeable(call: Call) -> Marker:
    """Return the marker that a request changes, once the server lets anybody change people at all."""
    if call.server.wakeup_interval_s > 3600:
        raise Refusal(403, "Wakeup interval too high")
    if not call.server.features["people"]:
        raise Refusal(403, "Feature disabled")
    marker = call.state.markers.get(call.uid)
    if marker is None:
        raise Refusal(404)
    return marker


def _checked(form: dict[str, Any]) -> dict[str, Any]:
    is_long = any(len(form.get(name, "")) > 8 for name in ("Type", "Src", "SubjSrc"))
    if is_long or len(form.get("Name", "")) > LONGEST or not all(0 <= form.get(p, 0) <= 1 for p in "XYWH"):
        raise Refusal(400)
    return form


@writes("PUT", "/markers/{uid}", "files", "photos.updated")
def update_marker(call: Call) -> Answer:
    """Change whether a marker is valid or to be reviewed, and its name; where it is does not change."""
    marker = _changeable(call)
    form = _checked(bound(call.form(), _FORM))
    is_invalid = form.get("Invalid", marker.invalid)
    marker.review = form.get("MarkerReview", marker.review)
    # What is not given is as it is: a marker that was named by hand, or cleared, has its source already.
    name, src = form.get("Name", marker.name), form.get("SubjSrc", marker.subject_src)
    naming.set_name(call.state, marker, name, src, call.version)
    if is_invalid != marker.invalid:
        marker.invalid = is_invalid
        call.state.count_faces(call.state.photo_of(marker))
    return Answer(shapes.marker(call.state, marker))


@writes("DELETE", "/markers/{uid}/subject", "files", "photos.updated")
def clear_marker(call: Call) -> Answer:
    marker = _changeable(call)
    naming.clear(call.state, marker)
    return Answer(shapes.marker(call.state, marker))


@writes("POST", "/markers", "files", "photos.updated")
def create_marker(call: Call) -> Answer:
    """Draw a marker, which takes no turn and asks for no feature; asked twice, there are two of them."""
    form = _checked(bound(call.form(), _FORM))
    file = call.state.files.get(form.get("FileUID", ""))
    if file is None:
        raise Refusal(404)
    x, y, w, h = (float(form.get(part, 0)) for part in "XYWH")
    if w <= 0 or h <= 0:
        raise Refusal(400)
    made = Marker(call.state.new_uid("m"), file.uid, x, y, w, h, call.state.now(), form.get("Type", "face"))
    made.src, made.size, made.score = form.get("Src", "manual"), int(w * file.width), 100
    call.state.add_marker(made)
    naming.set_name(call.state, made, form.get("Name", ""), form.get("SubjSrc", ""), call.version)
    return Answer(shapes.marker(call.state, made), 201, {"Location": f"/api/v1/markers/{made.uid}"})
