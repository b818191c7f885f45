"""People and faces on PhotoPrism: nobody is renamed, and no face is taken from whom the user gave it to.

A person is a name there: who is to be made is noted, and comes to be when the first face gets the name. Only a face of
nobody's is named, as naming one that is somebody's renames that person, or makes two people one for ever (before
260919). So the photo is read right before, and a face that changes hands is taken off first.
"""

from __future__ import annotations

from dataclasses import replace
from operator import attrgetter
from typing import Final

from plugins.changes import AssignFace, CreatePerson, NamePerson, Outcome, PersonChange, RemovePerson, UnassignFace
from plugins.galleries import GalleryBug, GalleryError
from plugins.galleries.http.answers import Forbidden
from plugins.galleries.photoprism.client import Client
from plugins.galleries.photoprism.face_naming import FaceNaming, Given, taken_for
from plugins.galleries.photoprism.known import Known
from plugins.galleries.photoprism.markers import Markers, faces_of
from plugins.galleries.photoprism.our_people import is_hidden, is_person
from plugins.galleries.photoprism.paging import Pages
from plugins.galleries.photoprism.parsing import MarkerPart, PhotoPart, SubjectPart, is_uid
from plugins.galleries.photoprism.person_names import alike_key, can_be_kept
from plugins.galleries.photoprism.shaping import box_of
from plugins.galleries.photoprism.subjects import alike, subject_of
from plugins.galleries.server.face_ids import FaceId, face_id_of
from plugins.galleries.server.our_people import OurPeople, OurPerson
from plugins.galleries.server.outcomes import is_unsure
from plugins.galleries.server.people_changes import TRIES, PeopleChanges, id_of, moved_since

LOST: Final = "the person was made one with another in PhotoPrism, or has no face left there"
NO_NAME: Final = "PhotoPrism holds nobody without a name: give them one first"
REJECTED: Final = "the user has said that there is no face"
WHY_STOPPED: Final = "why people were not changed"
DRAWN: Final = "manual"
"""`Src` of a marker that somebody drew, the user or we."""


class People(PeopleChanges):
    """Changes to people. Ours are known by a key, the others by PhotoPrism's id.

    Args:
        client: sends the requests.
        pages: searches for photos, and lists people.
        ours: which id a key has; also those of the user's whose last face we took away, by their own id.
        known: notes what a kill would make us forget, and why people stay as they are.
        markers: is told the faces of a photo after a change.
    """

    def __init__(self, client: Client, pages: Pages, ours: OurPeople, known: Known, markers: Markers) -> None:
        self._client = client
        self._pages = pages
        self._ours = ours
        self._known = known
        self._markers = markers
        self._naming = FaceNaming(client, pages, markers, known)

    def apply(self, change: PersonChange) -> Outcome:
        """Make one change; once the server has said that people are not to be changed, no more are tried in this run.

        Raises:
            PhotoGone: the photo of a face is.
            GalleryRefused: the file of our people cannot be read.
        """
        if why := self._known.note(WHY_STOPPED):
            return Outcome("gone", why)
        try:
            return super().apply(change)
        except Forbidden as error:
            self._known.keep_note(WHY_STOPPED, str(error))
            return Outcome("gone", str(error))

    def _create(self, change: CreatePerson) -> Outcome:
        known = self._ours.read().get(change.key)
        if known is not None:
            there = not known.had_face or self._subject(known.id) is not None
            return Outcome("already" if there else "gone", "" if there else LOST, known.id or change.key)
        if not can_be_kept(change.name):
            return Outcome("refused", f"PhotoPrism holds nobody named {change.name!r}" if change.name else NO_NAME)
        same = alike(self._pages, change.name)
        if others := [one.Name for one in same if one.Name != change.name]:
            return Outcome("refused", taken_for(change.name, others[0]))
        if same:
            self._ours.keep(change.key, OurPerson(same[0].UID, change.name, had_face=True, called=change.name))
            return Outcome("already", gallery_id=same[0].UID)
        self._ours.keep(change.key, OurPerson("", change.name))
        return Outcome("done", gallery_id=change.key)

    def _remove(self, change: RemovePerson) -> Outcome:
        """Forget somebody of ours: PhotoPrism has let them go with their last face."""
        known = self._ours.read().get(change.key)
        if known is None:
            return Outcome("gone")
        person = self._subject(known.id)
        name = _called(person, known)
        if name not in {"", change.name}:
            return Outcome("refused", f"the user has named the person {name!r}", known.id)
        if person is not None:
            return Outcome("refused", "the person still has faces", known.id)
        self._ours.drop(change.key)
        return Outcome("done", gallery_id=known.id)

    def _call(self, change: NamePerson) -> Outcome:
        """Say whether somebody has a name already: everybody there has one, and it is the user's to change."""
        ours = self._ours.read()
        known, id_ = ours.get(change.key), id_of(change.key, ours, is_person)
        person = self._subject(id_) if id_ else None
        if person is None and (known is None or known.had_face):
            return Outcome("gone", LOST)
        name = _called(person, known)
        if name == change.name:
            return Outcome("already", gallery_id=id_ or change.key)
        return Outcome("refused", f"the user has named the person {name!r}, and PhotoPrism's names stay", id_ or "")

    def _assign(self, change: AssignFace) -> Outcome:
        wanted, target = _face(change.face), self._standing(change.person)
        if wanted is None:
            return Outcome("gone", f"{change.face!r} names no face")
        if target is None:
            return Outcome("gone", LOST)
        for tried in range(TRIES):
            try:
                return self._give(change, wanted, target, self._markers.now(wanted.photo))
            except GalleryError as error:
                if tried == TRIES - 1 or not is_unsure(error):
                    raise
        raise AssertionError("the last try returns or raises")

    def _give(self, change: AssignFace, wanted: FaceId, target: OurPerson, photo: PhotoPart) -> Outcome:
        """Give a face to somebody, as far as that is not done yet."""
        marker = _among(wanted, photo)
        if marker is None:
            refused, marker = self._drawn(wanted, photo)
            if marker is None:
                return refused
        if self._known.moving() == _move(change) and _is_theirs(marker, target):
            given = self._naming.given(wanted.photo, marker, target, joins=False, again=True)
            return self._given(change, target, marker, given)
        if marker.SubjUID and marker.SubjUID == target.id:
            self._has_face(change.person, target)
            return Outcome("already", gallery_id=target.id, along=self._known.gave_along(_move(change)))
        owner = self._naming.owner(marker)
        joins = bool(owner) and owner == target.id
        if refusal := self._others(change, marker) or self._naming.why_not(target, marker.SubjUID, owner):
            return refusal
        self._known.keep_moving(_move(change))  # a run may be killed between here and the end
        if marker.SubjUID:
            self._clear(change.was or marker.SubjUID, marker)
        return self._given(change, target, marker, self._naming.name(wanted.photo, marker, target, joins=joins))

    def _given(self, change: AssignFace, target: OurPerson, marker: MarkerPart, given: Given) -> Outcome:
        """Note whose a face is since, and last of all that nothing is under way any more."""
        if given.person is None:
            self._known.keep_moving("")
            return Outcome("refused", given.reason, target.id)
        self._has_face(change.person, replace(target, id=given.person.UID, called=given.person.Name))
        self._known.keep_people({given.person.UID: (given.person.Name, is_hidden(given.person))})
        self._known.keep_gave_along(_move(change), given.along)
        self._known.keep_moving("")
        self._known.forget_cleared([marker.UID, *(face.partition("#")[2] for face in given.along)])
        return Outcome("done", gallery_id=given.person.UID, along=given.along)

    def _others(self, change: AssignFace, marker: MarkerPart) -> Outcome | None:
        """Refuse a face that is not any more whose it was, or nobody's as it was."""
        was = id_of(change.was, self._ours.read(), is_person) or ""
        moving = not marker.SubjUID and self._known.moving() == _move(change)
        if marker.SubjUID != was and not moving:
            holder = repr(marker.Name or marker.SubjUID) if marker.SubjUID else ""
            return Outcome("refused", moved_since(holder, "PhotoPrism"), marker.SubjUID)
        if marker.Name and not marker.SubjUID:
            return Outcome("refused", f"the user has named the face {marker.Name!r}")
        return None

    def _drawn(self, wanted: FaceId, photo: PhotoPart) -> tuple[Outcome, MarkerPart | None]:
        """Return a face that is not there, drawn where only we found it."""
        if not wanted.box:
            return Outcome("gone", "the face is not there any more"), None
        rejected = wanted.among(faces_of(photo, rejected=True), attrgetter("UID"), box_of)
        file = photo.primary
        if file is None:
            return Outcome("gone", "the photo has no file any more"), None
        if rejected is None:
            left, top, right, bottom = wanted.box
            place = {"X": left, "Y": top, "W": right - left, "H": bottom - top}
            self._client.post("/markers", {"FileUID": file.UID, "Type": "face", "Src": DRAWN, **place})
        elif self._known.is_withdrawn(rejected.UID):
            self._client.put(f"/markers/{rejected.UID}", {"Invalid": False})
        else:
            return Outcome("refused", REJECTED), None
        marker = _among(wanted, self._markers.now(wanted.photo))
        if marker is None:
            raise GalleryBug(f"PhotoPrism took a face of the photo {wanted.photo} and does not show it")
        return Outcome("done"), marker

    def _unassign(self, change: UnassignFace) -> Outcome:
        target, wanted = id_of(change.person, self._ours.read(), is_person), _face(change.face)
        marker = _among(wanted, self._markers.now(wanted.photo)) if target and wanted else None
        if not target or wanted is None or marker is None:
            return Outcome("gone")
        if marker.SubjUID != target:
            self._left(change.person, target)
            return Outcome("already", gallery_id=target)
        self._clear(change.person, marker)
        if wanted.box and marker.Src == DRAWN:
            self._known.keep_withdrawn(marker.UID)
            self._client.put(f"/markers/{marker.UID}", {"Invalid": True})
        self._markers.now(wanted.photo)
        return Outcome("done", gallery_id=target)

    def _clear(self, person: str, marker: MarkerPart) -> None:
        """Take a face off whoever has it, and note of them what PhotoPrism forgets with their last face."""
        known, subject = self._ours.read().get(person), self._subject(marker.SubjUID)
        if known is None and subject is not None:
            self._ours.keep(subject.UID, OurPerson(subject.UID, subject.Name, True, subject.Name))
        elif known is not None and subject is not None and subject.Name != known.called:
            self._ours.keep(person, replace(known, name=subject.Name, called=subject.Name))
        self._known.keep_cleared(marker.UID)
        self._known.keep_gave_along("")
        self._client.delete(f"/markers/{marker.UID}/subject")
        self._left(person, marker.SubjUID)

    def _left(self, person: str, uid: str) -> None:
        """Note of somebody without a face that we took the last one: they are not gone by the user's will."""
        key = person if person in (ours := self._ours.read()) else uid
        if key not in ours or not ours[key].had_face:
            return
        if self._subject(uid) is None:
            self._ours.keep(key, replace(ours[key], had_face=False))
        elif key == uid:
            self._ours.drop(key)

    def _has_face(self, person: str, target: OurPerson) -> None:
        """Note that somebody has a face: who is not there any more is gone by the user's will from now on."""
        if person == target.id:
            self._ours.drop(person)
        elif self._ours.read().get(person) != replace(target, had_face=True):
            self._ours.keep(person, replace(target, had_face=True))

    def _standing(self, person: str) -> OurPerson | None:
        """Return who is to get a face, by our key or PhotoPrism's id; None for one who is unknown or gone."""
        known = self._ours.read().get(person)
        if known is not None and not known.had_face:
            return known
        subject = self._subject(known.id if known else person)
        if subject is None:
            return None
        name = known.name if known and known.called == subject.Name else subject.Name
        return OurPerson(subject.UID, name, had_face=True, called=subject.Name)

    def _subject(self, uid: str) -> SubjectPart | None:
        return subject_of(self._client, uid)


def _face(text: str) -> FaceId | None:
    return face_id_of(text, is_uid, is_uid)


def _among(wanted: FaceId, photo: PhotoPart) -> MarkerPart | None:
    return wanted.among(faces_of(photo), attrgetter("UID"), box_of)


def _move(change: AssignFace) -> str:
    return f"{change.face} {change.was} {change.person}"


def _is_theirs(marker: MarkerPart, target: OurPerson) -> bool:
    """Say whether a face is somebody's; who was not there before is known by the name alone."""
    if target.id:
        return marker.SubjUID == target.id
    return bool(marker.SubjUID) and alike_key(marker.Name) == alike_key(target.name)


def _called(person: SubjectPart | None, known: OurPerson | None) -> str:
    """Return a person's name: the one that was wished for as long as the user gave no other."""
    if known is not None and (person is None or person.Name == known.called):
        return known.name
    return person.Name if person else ""
