"""People and faces on Immich: what the user or a file's metadata said of them is never changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final, TypeAlias

from plugins.changes import AssignFace, CreatePerson, NamePerson, Outcome, RemovePerson, UnassignFace
from plugins.galleries import GalleryBug, GalleryError, PhotoGone
from plugins.galleries.immich.client import Client
from plugins.galleries.immich.face_ids import boxed, face_among, face_id_of
from plugins.galleries.immich.our_people import MAKING, NOBODY, users_name
from plugins.galleries.immich.outcomes import is_id
from plugins.galleries.immich.parsing import FacePart, PersonPart, read
from plugins.galleries.immich.waiting import Search
from plugins.galleries.server.face_ids import FaceId
from plugins.galleries.server.our_people import OurPeople, OurPerson
from plugins.galleries.server.outcomes import is_fit, is_unsure
from plugins.galleries.server.people_changes import TRIES, PeopleChanges, id_of, moved_since

Told: TypeAlias = Callable[[str, Sequence[FacePart]], None]
"""Is told the faces of a photo as they are after a change, by the photo's id."""
BY_HAND: Final = frozenset({"manual", "exif"})
LOST: Final = "the person was deleted or merged into another in Immich"


class _Whole(PersonPart):
    """A person with what the user may have said of them."""

    birthDate: str | None = None  # noqa: N815
    isFavorite: bool = False  # noqa: N815


class People(PeopleChanges):
    """Changes to people. Ours are known by a key, the others by Immich's id; `ours` says which id a key has."""

    def __init__(self, client: Client, search: Search, ours: OurPeople, told: Told = lambda _, __: None) -> None:
        self._client = client
        self._search = search
        self._ours = ours
        self._told = told

    def _create(self, change: CreatePerson) -> Outcome:
        if not is_fit(change.name):
            return Outcome("refused", "the name has characters that Immich cannot hold")
        known = self._ours.read().get(change.key)
        if known is not None and known.had_face:
            there = self._get(known.id) is not None
            return Outcome("already", gallery_id=known.id) if there else Outcome("gone", LOST, known.id)
        ready = self._ready(change.key, known or self._made_ours(change.key, change.name))
        return Outcome("already" if ready == known else "done", gallery_id=ready.id)

    def _remove(self, change: RemovePerson) -> Outcome:
        ours = self._ours.read().get(change.key)
        person = self._get(ours.id) if ours else None
        if person is None:
            self._ours.drop(change.key)
            return Outcome("gone")
        if any(True for _ in self._search({"personIds": [person.id]})):
            return Outcome("refused", "the person still has faces", person.id)
        if person.name not in {"", change.name, f"{MAKING}{change.key}"}:
            return Outcome("refused", f"the user has named the person {person.name!r}", person.id)
        if person.isHidden or person.isFavorite or person.birthDate:
            return Outcome("refused", "the user has said something of the person", person.id)
        self._delete(person.id)
        self._ours.drop(change.key)
        return Outcome("done", gallery_id=person.id)

    def _call(self, change: NamePerson) -> Outcome:
        """Give somebody a name, or take back what we gave; one of ours without a face may have to be made again yet."""
        if not is_fit(change.name):
            return Outcome("refused", "the name has characters that Immich cannot hold")
        ours = self._ours.read()
        known, id_ = ours.get(change.key), id_of(change.key, ours, is_id)
        person = self._get(id_) if id_ else None
        if id_ is None or (person is None and (known is None or known.had_face)):
            return Outcome("gone", LOST)
        called = users_name(person.name) if person else known.name if known else ""
        if called == change.name:
            return Outcome("already", gallery_id=id_)
        if called != change.was:
            return Outcome("refused", f"the user has named the person {called!r}", id_)
        if known:
            self._ours.keep(change.key, replace(known, name=change.name))
        if person:
            self._name(person.id, change.name)
        return Outcome("done", gallery_id=id_)

    def _assign(self, change: AssignFace) -> Outcome:
        wanted = face_id_of(change.face)
        if wanted is None:
            return Outcome("gone", f"{change.face!r} names no face")
        target = self._standing(change.person)
        if target is None:
            return Outcome("gone", LOST)
        faces = self._faces(wanted.photo)
        face = face_among(wanted, faces)
        if face is None and not wanted.box:
            self._told(wanted.photo, faces)
            return Outcome("gone", "the face is not there any more")
        outcome = self._move(change, wanted.photo, faces, face, target) if face else self._draw(wanted, target)
        if outcome.status in {"done", "already"}:
            self._has_face(change.person)
        return outcome

    def _move(self, change: AssignFace, photo: str, faces: Sequence[FacePart], face: FacePart, target: str) -> Outcome:
        """Give a face to a person, unless it is somebody else's by now or the user's to give."""
        ours = self._ours.read()
        holder = face.person.id if face.person else None
        if holder == target:
            return Outcome("already", gallery_id=target)
        if holder != id_of(change.was, ours, is_id):
            self._told(photo, faces)
            return Outcome("refused", moved_since(_called(face) if holder else "", "Immich"), holder or "")
        if face.sourceType in BY_HAND and holder not in {person.id for person in ours.values()}:
            return Outcome("refused", f"the user has said that the face is {_called(face)}'s", holder or "")
        try:
            person = read(PersonPart, self._client.put(f"/faces/{target}", {"id": face.id}), "PUT /faces/{id}")
        except PhotoGone:  # we have just seen the face
            return Outcome("gone", LOST)
        self._told_of(faces, face, person, photo)
        return Outcome("done", gallery_id=target)

    def _draw(self, wanted: FaceId, target: str) -> Outcome:
        """Make a face where Immich has found none; its answer is empty, so the face is looked for."""
        asset = self._client.get(f"/assets/{wanted.photo}")
        said = {"assetId": wanted.photo, "personId": target} | boxed(wanted, asset.get("width"), asset.get("height"))
        for tried in range(TRIES):
            try:
                self._client.post("/faces", said)
            except GalleryError as error:
                if tried == TRIES - 1 or not is_unsure(error):
                    raise
            faces = self._faces(wanted.photo)
            if face_among(wanted, faces) is not None:
                self._told(wanted.photo, faces)
                return Outcome("done", gallery_id=target)
        raise GalleryBug(f"Immich took a face of the photo {wanted.photo} and does not show it")

    def _unassign(self, change: UnassignFace) -> Outcome:
        target, wanted = id_of(change.person, self._ours.read(), is_id), face_id_of(change.face)
        faces = self._faces(wanted.photo) if wanted else []
        face = face_among(wanted, faces) if wanted else None
        if target is None or wanted is None or face is None:
            return Outcome("gone")
        between = face.person is not None and face.person.name == NOBODY  # a run was killed just here
        if face.person is None or (face.person.id != target and not between):
            return Outcome("already", gallery_id=target)
        if face.sourceType in BY_HAND:
            if not wanted.box:
                return Outcome("refused", f"the user has said that the face is {_called(face)}'s", target)
            self._client.delete(f"/faces/{face.id}", {"force": True})
            self._told(wanted.photo, [one for one in faces if one.id != face.id])
            return Outcome("done", gallery_id=target)
        nobody = face.person.id if between else self._made(NOBODY)
        self._client.put(f"/faces/{nobody}", {"id": face.id})
        self._delete(nobody)
        self._told_of(faces, face, None, wanted.photo)
        return Outcome("done", gallery_id=target)

    def _told_of(self, faces: Sequence[FacePart], moved: FacePart, person: PersonPart | None, photo: str) -> None:
        self._told(photo, [f if f.id != moved.id else f.model_copy(update={"person": person}) for f in faces])

    def _standing(self, person: str) -> str | None:
        """Return the id of a person who is to get a face, by our key or that id; None for an unknown key."""
        ours = self._ours.read().get(person)
        if ours is None:
            return person if is_id(person) else None
        return (ours if ours.had_face else self._ready(person, ours)).id

    def _ready(self, key: str, ours: OurPerson) -> OurPerson:
        """Return a person of ours who is to get a first face: there, by the name that is wanted.

        Immich clears people without faces away each night: then another is made. And a run may have been killed
        before it could give the name.
        """
        person = self._get(ours.id)
        if person is None:
            ours = self._made_ours(key, ours.name)
            person = self._get(ours.id)
        if person is not None and person.name == f"{MAKING}{key}":
            self._name(person.id, ours.name)
        return ours

    def _has_face(self, key: str) -> None:
        """Note that a person of ours has a face: who is not there any more is gone by the user's will from now on."""
        ours = self._ours.read().get(key)
        if ours is not None and not ours.had_face:
            self._ours.keep(key, replace(ours, had_face=True))

    def _made_ours(self, key: str, name: str) -> OurPerson:
        """Make a person of ours, or find the one that a run made which was killed just then, and keep the id."""
        ours = OurPerson(self._made(f"{MAKING}{key}"), name)
        self._ours.keep(key, ours)
        return ours

    def _faces(self, photo: str) -> list[FacePart]:
        return read(list[FacePart], self._client.get("/faces", {"id": photo}), "GET /faces")

    def _get(self, person: str) -> _Whole | None:
        try:
            return read(_Whole, self._client.get(f"/people/{person}"), "GET /people/{id}")
        except PhotoGone:
            return None

    def _made(self, name: str) -> str:
        """Return the id of the person of this name, made if there is none; names are not unique, so we look first."""
        for tried in range(TRIES):
            answer = self._client.get("/search/person", {"name": name})
            found = [p.id for p in read(list[PersonPart], answer, "GET /search/person") if p.name == name]
            if found:
                return found[0]
            try:
                answer = self._client.post("/people", {"name": name})
                return read(PersonPart, answer, "POST /people").id
            except GalleryError as error:
                if tried == TRIES - 1 or not is_unsure(error):
                    raise
        raise AssertionError("the last try returns or raises")

    def _name(self, person: str, name: str) -> None:
        (done,) = self._client.put("/people", {"people": [{"id": person, "name": name}]})
        if not done.get("success"):
            raise GalleryBug(f"Immich did not name the person {person}: {done.get('error')}")

    def _delete(self, person: str) -> None:
        try:
            self._client.delete(f"/people/{person}")
        except PhotoGone:  # the first answer was lost
            return


def _called(face: FacePart) -> str:
    return repr(face.person.name or face.person.id) if face.person else "nobody"
