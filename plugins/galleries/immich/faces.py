"""The faces that Immich knows, photo by photo, and how few of them are asked for.

Immich gives faces one photo a request. So the sweep notes who is on each photo (the search says that, with names), and
faces are asked for only where somebody is on it, or our own extractor has found a face, and no answer is kept for the
same people on the same picture. What this cannot see: two people of one photo changing places; they are read anew when
anybody else on it changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from plugins.chunking import chunks
from plugins.galleries import PhotoGone
from plugins.galleries.http.answers import Forbidden
from plugins.galleries.immich.client import Client
from plugins.galleries.immich.known import Known, KnownPhoto
from plugins.galleries.immich.our_people import users_name
from plugins.galleries.immich.parsing import FacePart, read
from plugins.galleries.immich.shaping import box_of
from plugins.galleries.server.known_library import KnownFace
from plugins.galleries.server.shown_faces import BATCH, ShownFaces, at_once
from plugins.records import Photo, Region


class Faces:
    """The faces of photos, kept from run to run in `known`."""

    def __init__(self, client: Client, known: Known) -> None:
        self._client = client
        self._known = known
        self._shown = ShownFaces(known)
        self._may = True

    def forget(self) -> None:
        """Read names anew from now on."""
        self._shown.forget()
        self._may = True

    def regions(self, photo: str) -> list[Region]:
        """Return the faces in a photo and whose they are, with the names of those whom the user named and did not hide.

        Faces of nobody are not known for photos that hold nobody else. Without the permission `face.read` there are
        no boxes, only who is on the photo. Of a photo that no sweep has seen the server is asked each time.
        """
        known = self._known.photo(photo)
        if known is None:
            return self._shown.regions(photo, self._asked(photo))
        if not known.people:
            return []
        faces = self._known.faces(known)
        if faces is None and self._may:
            self._keep(self._known.faceless(known.id, BATCH))
            faces = self._known.faces(known)
        return self._shown.regions(photo, faces) if faces is not None else self._unboxed(known)

    def whole(self, photos: Iterable[Photo]) -> Iterator[tuple[Photo, list[Region]]]:
        """Yield photos with all of their faces, those of nobody too, in the order given; see `Gallery.all_regions`."""
        for batch in chunks(photos, BATCH):
            known = {photo.id: found for photo in batch if (found := self._known.photo(photo.id))}
            self._keep([one for one in known.values() if self._known.faces(one, whole=True) is None])
            for photo in batch:
                one = known.get(photo.id)
                faces = self._known.faces(one, whole=True) if one else self._asked(photo.id)
                yield photo, self._shown.regions(photo.id, faces) if faces is not None else self.regions(photo.id)

    def learn(self, photo: str, faces: Sequence[FacePart]) -> None:
        """Keep what a change of ours has made of a photo's faces, so that they are not asked for again."""
        known = self._known.photo(photo)
        if known is None:
            return
        known = replace(known, people=tuple(sorted({face.person.id for face in faces if face.person})))
        self._known.move_people(known)
        self._known.keep_faces(known, self._kept(faces))

    def _keep(self, todo: Sequence[KnownPhoto]) -> None:
        """Ask for the faces of photos, several at a time, and keep them; not at all if the key may not."""
        if not todo or not self._may:
            return
        try:
            for photo, faces in at_once(lambda one: self._asked(one.id), todo):
                self._known.keep_faces(photo, faces)
        except Forbidden:
            self._may = False

    def _asked(self, photo: str) -> list[KnownFace]:
        try:
            found = read(list[FacePart], self._client.get("/faces", {"id": photo}), "GET /faces")
        except PhotoGone:
            return []
        return self._kept(found)

    def _kept(self, faces: Sequence[FacePart]) -> list[KnownFace]:
        people = {p.id: (users_name(p.name), p.isHidden) for face in faces if (p := face.person)}
        if people:
            self._known.keep_people(people)
        return [KnownFace(face.id, box_of(face), face.person.id if face.person else None) for face in faces]

    def _unboxed(self, photo: KnownPhoto) -> list[Region]:
        return [
            Region(photo.id, None, name, person=person) for person in photo.people if (name := self._shown.name(person))
        ]
