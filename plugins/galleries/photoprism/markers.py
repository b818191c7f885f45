"""The faces in PhotoPrism's photos: regions of a photo's primary file, each the marker of somebody or of nobody.

No search shows markers, and no request shows those of several photos. So the sweep notes who is on each photo (by one
search a person) and how many faces it has, and a photo is asked for only where there are some, and no answer is kept
for the same people and as many faces on the same picture. What this cannot see: two people of one photo changing
places; they are read anew when anything else of it changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from plugins.chunking import chunks
from plugins.galleries import PhotoGone
from plugins.galleries.photoprism.client import Client
from plugins.galleries.photoprism.known import Known, KnownPhoto
from plugins.galleries.photoprism.our_people import wished_names
from plugins.galleries.photoprism.parsing import MarkerPart, PhotoPart, read
from plugins.galleries.photoprism.shaping import box_of
from plugins.galleries.server.known_library import KnownFace
from plugins.galleries.server.our_people import OurPeople
from plugins.galleries.server.shown_faces import BATCH, ShownFaces, at_once
from plugins.records import Photo, Region


class Markers:
    """The faces of photos, kept from run to run in `known`; usable by several threads.

    Args:
        client: sends the requests.
        known: remembers faces, and who is on which photo.
        ours: who of the people is ours.
        noted: is told of each photo that was asked for, as an answer about one photo also says who gave its labels.
    """

    def __init__(
        self, client: Client, known: Known, ours: OurPeople, noted: Callable[[PhotoPart], object] = lambda _: None
    ) -> None:
        self._client = client
        self._known = known
        self._noted = noted
        self._shown = ShownFaces(known, lambda: wished_names(known.people(), ours.read().values()))

    def forget(self) -> None:
        """Read names anew from now on."""
        self._shown.forget()

    def regions(self, photo: str) -> list[Region]:
        """Return the faces in a photo and whose they are, with the names of those whom the user did not hide.

        Faces of nobody are not known for photos that hold nobody else. Of a photo that no sweep has seen the server is
        asked each time.
        """
        known = self._known.photo(photo)
        if known is not None and known.people and self._known.faces(known) is None:
            self._keep(self._known.faceless(known.id, BATCH))
        there = known is None or bool(known.people)
        return self._shown.regions(photo, self._faces(photo, known) if there else ())

    def whole(self, photos: Iterable[Photo]) -> Iterator[tuple[Photo, list[Region]]]:
        """Yield photos with all of their faces, those of nobody too, in the order given; see `Gallery.all_regions`."""
        for batch in chunks(photos, BATCH):
            known = {photo.id: found for photo in batch if (found := self._known.photo(photo.id))}
            self._keep([one for one in known.values() if _has_faces(one) and self._known.faces(one) is None])
            for photo in batch:
                yield photo, self._shown.regions(photo.id, self._faces(photo.id, known.get(photo.id)))

    def now(self, photo: str) -> PhotoPart:
        """Ask for a photo as it is now, and keep what is seen of its faces and labels.

        Raises:
            PhotoGone: it is not there any more.
        """
        found = self._whole(photo)
        known = self._known.photo(photo)
        if known is not None:
            faces = faces_of(found)
            people = tuple(sorted({marker.SubjUID for marker in faces if marker.SubjUID}))
            known = replace(known, people=people, faces=len(faces))
            self._known.move_people(known)
            self._known.keep_faces(known, _kept(faces))
        return found

    def holders(self, photo: str) -> dict[str, str]:
        """Return whose the faces of a photo were when it was last asked for, by the marker; empty for nobody's."""
        known = self._known.photo(photo)
        faces = self._known.faces(known) if known else None
        return {face.id: face.person or "" for face in faces or ()}

    def _faces(self, photo: str, known: KnownPhoto | None) -> Sequence[KnownFace]:
        """Return the faces of a photo as they are kept; one that no sweep has seen is asked for."""
        return self._asked(photo) if known is None else self._known.faces(known) or ()

    def _keep(self, todo: Sequence[KnownPhoto]) -> None:
        """Ask for the faces of photos, several at a time, and keep them."""
        if todo:
            for photo, faces in at_once(lambda one: self._asked(one.id), todo):
                self._known.keep_faces(photo, faces)

    def _asked(self, photo: str) -> list[KnownFace]:
        try:
            return _kept(faces_of(self._whole(photo)))
        except PhotoGone:
            return []

    def _whole(self, photo: str) -> PhotoPart:
        found = read(PhotoPart, self._client.get(f"/photos/{photo}"), "GET /photos/{uid}")
        self._noted(found)
        if not self._known.moving():  # else it may be by us that faces are somebody's, which nobody was told yet
            self._note_holders(faces_of(found))
        return found

    def _note_holders(self, markers: Sequence[MarkerPart]) -> None:
        self._known.forget_cleared(marker.UID for marker in markers if marker.SubjUID)
        let_go = {marker.UID for marker in markers if marker.SubjSrc and not marker.SubjUID}
        self._known.keep_let_go(let_go, (marker.UID for marker in markers if marker.UID not in let_go))


def faces_of(photo: PhotoPart, *, rejected: bool = False) -> list[MarkerPart]:
    """Return the markers of a photo's faces; with `rejected` those of which somebody has said that they are none."""
    markers = photo.primary.Markers if photo.primary else []
    return [marker for marker in markers if marker.Type in {"", "face"} and marker.Invalid == rejected]


def _has_faces(photo: KnownPhoto) -> bool:
    return bool(photo.faces or photo.people)


def _kept(markers: Iterable[MarkerPart]) -> list[KnownFace]:
    return [KnownFace(marker.UID, box_of(marker), marker.SubjUID or None) for marker in markers]
