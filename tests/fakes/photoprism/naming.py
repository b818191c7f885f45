"""How a face gets a name, and what else that moves: the person's name everywhere, and other faces of the cluster.

A marker whose `subject_src` is empty follows its cluster; any other source is somebody's own decision.
"""

from __future__ import annotations

from fakes.photoprism.records import Face, Marker, Subject
from fakes.photoprism.state import State, slug
from fakes.photoprism.texts import alike, person_name, weight

MENDED_SINCE = 260919
"""The first version where naming a face that has a person gives it another person, instead of renaming that one."""
_LEAST_SIZE, _LEAST_SCORE = 60, 20
"""Of a face that can begin a cluster."""


def set_name(state: State, marker: Marker, name: str, src: str, version: int) -> bool:
    """Name a marker; without a source, or with one that counts less than what named it before, nothing happens."""
    name = person_name(name)
    if not src or weight(src) < weight(marker.subject_src) or not name or name == marker.name:
        return False
    marker.name, marker.subject_src = name, src
    if marker.subject and version >= MENDED_SINCE:
        _leave(state, marker)
    subject = state.subjects.get(marker.subject) or _named(state, name, src)
    marker.subject = subject.uid
    if subject.name != name:
        # The person is renamed, or is one with somebody of that name from now on, wherever the two are shown.
        subject = rename(state, subject, name)
        marker.subject, marker.name = subject.uid, subject.name
    _sync_cluster(state, marker)
    state.changed(state.photo_of(marker))
    return True


def _leave(state: State, marker: Marker) -> None:
    """Let a marker go from its person, unless that is who it is called after."""
    subject = state.subjects.get(marker.subject)
    if subject is None or subject.name != marker.name:
        marker.subject = ""


def _named(state: State, name: str, src: str) -> Subject:
    """Return the person whose name is like this one ("_" stands for any letter), brought back if they were gone."""
    found = like(state, name)
    if found is None:
        return state.make_subject(name, src)
    found.deleted = None
    return found


def like(state: State, name: str) -> Subject | None:
    exact = next((s for s in state.subjects.values() if s.name == name), None)
    return exact or next((s for s in state.subjects.values() if alike(s.name, name)), None)


def rename(state: State, subject: Subject, name: str) -> Subject:
    """Rename a person; where there is one of that name already, the two become one, which nothing undoes."""
    name = person_name(name)
    if not name or name == subject.name:
        return subject
    known = like(state, name)
    if known is not None and known.deleted:
        del state.subjects[known.uid]
    elif known is not None and known is not subject:
        return _merge(state, subject, known)
    subject.name, subject.slug, subject.updated = name, slug(name), state.now()
    _rename_markers(state, subject)
    return subject


def _rename_markers(state: State, subject: Subject) -> None:
    for marker in state.markers.values():
        if marker.subject == subject.uid and marker.subject_src:
            marker.name = subject.name
    state.revision += 1


def _merge(state: State, subject: Subject, other: Subject) -> Subject:
    """Give all faces of one person to another, and delete the first."""
    for marker in state.markers.values():
        marker.subject = other.uid if marker.subject == subject.uid else marker.subject
    for face in state.faces.values():
        face.subject = other.uid if face.subject == subject.uid else face.subject
    _rename_markers(state, other)
    if not other.thumb:
        other.thumb, other.thumb_src = subject.thumb, subject.thumb_src
    _delete(state, subject)
    return other


def _delete(state: State, subject: Subject) -> None:
    subject.deleted = state.now()
    for face in state.faces.values():
        face.subject = "" if face.subject == subject.uid else face.subject
    state.revision += 1


def _sync_cluster(state: State, marker: Marker) -> None:
    """Take a marker's cluster along; one that has none begins one, which takes in faces that look the same."""
    if not marker.face:
        _begin_cluster(state, marker)
    face = state.faces.get(marker.face)
    if face is None:
        return
    face.subject = face.subject or marker.subject
    for other in state.markers.values():
        if other is not marker and other.face == face.id and not other.subject_src:
            other.subject, other.review = marker.subject, False
    state.revision += 1


def _begin_cluster(state: State, marker: Marker) -> None:
    if not marker.looks or marker.size < _LEAST_SIZE or marker.score < _LEAST_SCORE:
        return
    face = make_face(state, marker.subject, "manual")
    marker.face, marker.face_distance = face.id, 0.0
    for other in state.markers.values():
        has_room = not other.face and not other.invalid and other.type == "face"
        # One whose person was taken off by hand is taken in as well, as it has nobody who would be lost.
        if has_room and other.looks == marker.looks and (not other.subject_src or not other.subject):
            other.face, other.face_distance, other.subject = face.id, 0.2, marker.subject


def make_face(state: State, subject: str = "", src: str = "") -> Face:
    """Make a cluster, whose id is 32 characters to the base of 32."""
    face = Face(state.new_text(32, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"), state.now(), src, subject)
    state.faces[face.id] = face
    return face


def clear(state: State, marker: Marker) -> None:
    """Take a marker out of its cluster and off its person, as by hand; a person without any face is deleted."""
    face = state.faces.get(marker.face)
    if face is not None:
        face.collisions += 1
    marker.name, marker.subject, marker.subject_src = "", "", "manual"
    marker.face, marker.face_distance = "", -1.0
    forget_orphans(state)
    state.changed(state.photo_of(marker))


def forget_orphans(state: State) -> None:
    """Delete people whom no marker shows any more."""
    shown = {marker.subject for marker in state.markers.values()}
    for subject in state.subjects.values():
        if not subject.deleted and subject.uid not in shown and subject.src != "admin":
            _delete(state, subject)


def set_cluster(state: State, face: Face, subject: str) -> None:
    """Give a cluster a person, with the markers in it that nobody named."""
    face.subject = subject
    for marker in state.markers.values():
        if marker.face == face.id and not marker.subject_src and not marker.invalid:
            marker.subject, marker.review = subject, False
            state.changed(state.photo_of(marker))


def mend_thumbs(state: State) -> None:
    """Give people whose picture nobody chose the crop of one of their faces, as a worker does again and again."""
    best: dict[str, Marker] = {}
    for marker in state.markers.values():
        known = best.get(marker.subject)
        if not marker.invalid and (known is None or (marker.score, marker.size) > (known.score, known.size)):
            best[marker.subject] = marker
    for subject in state.subjects.values():
        if subject.thumb_src == "":
            subject.thumb = best[subject.uid].thumb if subject.uid in best else ""


def faces_of(state: State, subject: str) -> list[Marker]:
    return [m for m in state.markers.values() if m.subject == subject and not m.invalid]
