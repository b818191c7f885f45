"""Routes of clusters of faces, which take no turn with what else changes people."""

from __future__ import annotations

from typing import Any

from fakes.photoprism import naming, shapes
from fakes.photoprism.answers import Answer, Call, Refusal, route
from fakes.photoprism.echoes import writes
from fakes.photoprism.lists import listed
from fakes.photoprism.records import Face, Marker
from fakes.photoprism.texts import bound

WITH_MARKER_SINCE = 260101


def _find(call: Call) -> Face:
    face = call.state.faces.get(call.params["id"])
    if face is None:
        raise Refusal(404)
    return face


def shape(call: Call, face: Face, with_marker: bool = False) -> dict[str, Any]:
    """Return a cluster; in lists with one of its markers, where one is good enough to be shown."""
    found = {
        "ID": face.id,
        "Src": face.src,
        "Hidden": face.hidden,
        "SubjUID": face.subject,
        "Samples": face.samples,
        "SampleRadius": face.radius,
        "Collisions": face.collisions,
        "CollisionRadius": 0.0,
        "CreatedAt": shapes.at(face.created),
        "UpdatedAt": shapes.at(face.created),
    }
    shown = _shown(call, face) if with_marker else None
    return found | (_marker(call, shown) if shown else {})


def _shown(call: Call, face: Face) -> Marker | None:
    markers = (m for m in call.state.markers.values() if m.face == face.id and not m.invalid)
    return next((m for m in markers if m.size >= 80 and m.score >= 15 and m.face_distance <= 0.64), None)


def _marker(call: Call, marker: Marker) -> dict[str, Any]:
    whole = shapes.marker(call.state, marker)
    names = ("FileUID", "SubjSrc", "Score", "Size", "FaceDist", "Review", "Invalid", "Thumb", "Name")
    return {"MarkerUID": marker.uid} | {name: whole[name] for name in names}


@route("GET", "/faces", "people")
def list_faces(call: Call) -> Answer:
    found = [face for face in call.state.faces.values() if _fits(call, face)]
    found.sort(key=lambda face: face.id)
    if call.query.get("order") == "added":
        found.sort(key=lambda face: face.created, reverse=True)
    elif call.query.get("order") == "subject":
        found.sort(key=lambda face: face.subject)
    else:
        found.sort(key=lambda face: face.samples, reverse=True)
    rows = [shape(call, face, call.says("markers")) for face in found]
    return listed(call, [row for row in rows if "MarkerUID" in row or not call.says("markers")])


def _fits(call: Call, face: Face) -> bool:
    """Say whether a cluster is asked for; hidden ones only if they are."""
    unknown = call.query.get("unknown", "")
    is_known = bool(face.subject)
    wanted = {"yes": not is_known, "true": not is_known, "no": is_known, "false": is_known}.get(unknown, True)
    return wanted and face.hidden == (call.query.get("hidden") in {"yes", "true"})


@route("GET", "/faces/{id}", "people")
def get_face(call: Call) -> Answer:
    """Answer with a cluster; newer versions know only one of which a face is good enough to be shown."""
    found = shape(call, _find(call), with_marker=True)
    if "MarkerUID" not in found and call.version >= WITH_MARKER_SINCE:
        raise Refusal(404)
    return Answer(found)


@writes("PUT", "/faces/{id}", "people", "people.updated")
def update_face(call: Call) -> Answer:
    """Set whether a cluster is hidden, which it is not any more where that is not given, and whose it is."""
    face, form = _find(call), bound(call.form(), {"SubjUID": str, "Hidden": bool})
    subject = call.state.subjects.get(form.get("SubjUID", ""))
    if form.get("SubjUID") and (subject is None or subject.deleted):
        raise Refusal(404)
    face.hidden = form.get("Hidden", False)
    if subject is not None:
        naming.set_cluster(call.state, face, subject.uid)
    call.state.revision += 1
    return Answer(shape(call, face))
