"""People and faces on Immich: what the user or a file's metadata said of them is never changed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final, TypeAlias

from plugins.atomic import write_atomically
from plugins.changes import AssignFace, CreatePerson, Outcome, RemovePerson, UnassignFace
from plugins.galleries import GalleryBug, GalleryError, GalleryRefused, PhotoGone
from plugins.galleries.immich.client import Client
from plugins.galleries.immich.face_ids import FaceId, boxed, face_id_of
from plugins.galleries.immich.outcomes import is_fit, is_id, is_unsure
from plugins.galleries.immich.parsing import FacePart, PersonPart, read
from plugins.galleries.immich.waiting import Search

PersonChange: TypeAlias = CreatePerson | RemovePerson | AssignFace | UnassignFace
TRIES: Final = 4
"""How often something is made whose making was not answered; each time we look first whether it is there."""
MAKING: Final = "albumen makes "
"""How a person is named, with our key behind it, from being made until it is known by its id: so it is found again."""
NOBODY: Final = "albumen nobody"
"""Who holds a face for the moment in which it is taken off a person: Immich has no call for that."""
BY_HAND: Final = frozenset({"manual", "exif"})
LOST: Final = "the person was deleted or merged into another in Immich"


class _Whole(PersonPart):
    """A person with what the user may have said of them."""

    birthDate: str | None = None  # noqa: N815
    isFavorite: bool = False  # noqa: N815


class People:
    """Changes to people. Ours are known by a key, the others by Immich's id; a file says which id a key has."""

    def __init__(self, client: Client, search: Search, file: Path) -> None:
        self._client = client
        self._search = search
        self._file = file

    def apply(self, change: PersonChange) -> Outcome:
        """Make one change, unless the user has decided otherwise since.

        Raises:
            PhotoGone: the photo of a face is.
            GalleryRefused: the file of our people cannot be read.
        """
        match change:
            case CreatePerson():
                return self._create(change)
            case RemovePerson():
                return self._remove(change)
            case AssignFace():
                return self._assign(change)
            case UnassignFace():
                return self._unassign(change)

    def _create(self, change: CreatePerson) -> Outcome:
        if not is_fit(change.name):
            return Outcome("refused", "the name has characters that Immich cannot hold")
        ids = self._read()
        making = f"{MAKING}{change.key}"
        if change.key not in ids:
            self._save({**ids, change.key: self._made(making)})
        person_id = self._read()[change.key]
        person = self._get(person_id)
        if person is None:
            return Outcome("gone", LOST, person_id)
        if person.name == making:
            self._name(person_id, change.name)
        return Outcome("already" if change.key in ids else "done", gallery_id=person_id)

    def _remove(self, change: RemovePerson) -> Outcome:
        ids = self._read()
        person = self._get(ids[change.key]) if change.key in ids else None
        if person is None:
            return Outcome("gone")
        if any(True for _ in self._search({"personIds": [person.id]})):
            return Outcome("refused", "the person still has faces", person.id)
        if person.name not in {"", change.name, f"{MAKING}{change.key}"}:
            return Outcome("refused", f"the user has named the person {person.name!r}", person.id)
        if person.isHidden or person.isFavorite or person.birthDate:
            return Outcome("refused", "the user has said something of the person", person.id)
        self._delete(person.id)
        self._save({key: i for key, i in ids.items() if key != change.key})
        return Outcome("done", gallery_id=person.id)

    def _assign(self, change: AssignFace) -> Outcome:
        ids = self._read()
        target, wanted = _id_of(change.person, ids), face_id_of(change.face)
        if target is None or wanted is None or self._get(target) is None:
            return Outcome("gone", LOST if wanted else f"{change.face!r} names no face")
        face = self._face(wanted)
        if face is None:
            return self._draw(wanted, target) if wanted.box else Outcome("gone", "the face is not there any more")
        holder = face.person.id if face.person else None
        if holder == target:
            return Outcome("already", gallery_id=target)
        if holder != _id_of(change.was, ids):
            whose = f"given the face to {_called(face)}" if holder else "taken the face off everybody"
            return Outcome("refused", f"the user has {whose}", holder or "")
        if face.sourceType in BY_HAND and holder not in ids.values():
            return Outcome("refused", f"the user has said that the face is {_called(face)}'s", holder or "")
        self._client.put(f"/faces/{target}", {"id": face.id})
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
            face = self._face(wanted)
            if face is not None:
                return Outcome("done", gallery_id=target)
        raise GalleryBug(f"Immich took a face of the photo {wanted.photo} and does not show it")

    def _unassign(self, change: UnassignFace) -> Outcome:
        target, wanted = _id_of(change.person, self._read()), face_id_of(change.face)
        face = self._face(wanted) if wanted else None
        if target is None or wanted is None or face is None:
            return Outcome("gone")
        between = face.person is not None and face.person.name == NOBODY  # a run was killed just here
        if face.person is None or (face.person.id != target and not between):
            return Outcome("already", gallery_id=target)
        if face.sourceType in BY_HAND:
            if not wanted.box:
                return Outcome("refused", f"the user has said that the face is {_called(face)}'s", target)
            self._client.delete(f"/faces/{face.id}", {"force": True})
            return Outcome("done", gallery_id=target)
        nobody = face.person.id if between else self._made(NOBODY)
        self._client.put(f"/faces/{nobody}", {"id": face.id})
        self._delete(nobody)
        return Outcome("done", gallery_id=target)

    def _face(self, wanted: FaceId) -> FacePart | None:
        answer = self._client.get("/faces", {"id": wanted.photo})
        return wanted.among(read(list[FacePart], answer, "GET /faces"))

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

    def _read(self) -> dict[str, str]:
        try:
            found = json.loads(self._file.read_bytes())
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise GalleryRefused(f"{self._file} cannot be read ({error}): mend or delete it, and run again") from error
        if not isinstance(found, dict) or not all(isinstance(i, str) and is_id(i) for i in found.values()):
            raise GalleryRefused(f"{self._file} is no list of people: mend or delete it, and run again")
        return found

    def _save(self, ids: dict[str, str]) -> None:
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(self._file, json.dumps(ids, indent=1, sort_keys=True).encode())
        except OSError as error:
            raise GalleryRefused(f"{self._file} cannot be written ({error}): free space or permit it") from error


def _id_of(person: str | None, ids: dict[str, str]) -> str | None:
    """Return Immich's id of a person that is named by our key or by that id."""
    if person is None or person in ids:
        return ids[person] if person else None
    return person if is_id(person) else None


def _called(face: FacePart) -> str:
    return repr(face.person.name or face.person.id) if face.person else "nobody"
