"""Giving a free face of PhotoPrism a name, and what comes along: the other faces of its cluster.

PhotoPrism groups faces that it takes for one person's into clusters. A name goes to all faces of the cluster that
nobody has named; and a face that is in none begins one, which takes in others that look alike, those too that somebody
had taken off a person. Those that the user had are taken off once more; those that only we had, by an undo or in a
move, stay and are told: who asked for the name knows which of them must not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from plugins.changes import Outcome
from plugins.galleries import PhotoGone
from plugins.galleries.http.shapes import Part, Words
from plugins.galleries.photoprism.client import Client
from plugins.galleries.photoprism.known import Known
from plugins.galleries.photoprism.markers import Markers, faces_of
from plugins.galleries.photoprism.paging import Pages
from plugins.galleries.photoprism.parsing import MarkerPart, SubjectPart, read
from plugins.galleries.photoprism.person_names import stays
from plugins.galleries.photoprism.subjects import alike, subject_of
from plugins.galleries.server.face_ids import FaceId
from plugins.galleries.server.our_albums import SHOWN
from plugins.galleries.server.our_people import OurPerson
from plugins.galleries.server.shown_faces import at_once


class ClusterPart(Part):
    """A cluster of faces: `SubjUID` is whose it is, empty for nobody's."""

    SubjUID: Words = ""


@dataclass(frozen=True, slots=True)
class Given:
    """What became of a face that got a name: whose it is now, None where it was not done, with the reason.

    `along` are the other faces that are theirs since, as changes name them.
    """

    person: SubjectPart | None
    reason: str = ""
    along: tuple[str, ...] = ()


class FaceNaming:
    """Names one face at a time.

    Args:
        client: sends the requests.
        pages: searches for photos, and lists people.
        markers: is told of the photos whose faces have moved, and knows whose they were.
        known: notes which faces we took off somebody.
    """

    def __init__(self, client: Client, pages: Pages, markers: Markers, known: Known) -> None:
        self._client = client
        self._pages = pages
        self._markers = markers
        self._known = known

    def owner(self, marker: MarkerPart) -> str:
        """Return whose the cluster of a face is; empty for nobody's, and for a face that is in none."""
        if not marker.FaceID.isalnum():
            return ""
        try:
            return read(ClusterPart, self._client.get(f"/faces/{marker.FaceID}"), "GET /faces/{id}").SubjUID
        except PhotoGone:  # newer versions (2026) show only those of which a face is good enough
            cluster = self._cluster(marker.FaceID, self._pages.ids({"face": marker.FaceID}))
            return next((other.SubjUID for _, other in cluster if not other.SubjSrc), "")

    def _cluster(self, face: str, photos: Sequence[str]) -> list[tuple[str, MarkerPart]]:
        """Return the faces of a cluster in these photos as they are now, each with its photo."""
        found = at_once(self._markers.now, photos)
        return [(photo, marker) for photo, whole in found for marker in faces_of(whole) if marker.FaceID == face]

    def why_not(self, target: OurPerson, holder: str, owner: str) -> Outcome | None:
        """Refuse what would rename somebody, be somebody else's name, or take along faces that are somebody else's.

        Args:
            target: who is to get a face.
            holder: whose the face is, empty for nobody's.
            owner: whose its cluster is.
        """
        name = target.called or target.name
        same = alike(self._pages, name)
        others = [one for one in same if target.id != one.UID]
        if target.had_face and len(others) == len(same):
            return Outcome("gone", f"{name!r} has another name by now, or is gone", target.id)
        if target.id and not stays(name):
            return Outcome("refused", f"PhotoPrism would write the name {name!r} otherwise: change it there", target.id)
        if others and (target.id or others[0].Name != name or len(others) > 1):
            return Outcome("refused", taken_for(name, others[0].Name), others[0].UID)
        if owner not in {"", target.id, holder}:
            somebody = subject_of(self._client, owner)
            called = somebody.Name if somebody else owner
            return Outcome("refused", f"PhotoPrism counts the face and others like it to {called!r}", owner)
        return None

    def name(self, photo: str, marker: MarkerPart, target: OurPerson, *, joins: bool) -> Given:
        """Give a face of nobody's to somebody, and see what came along.

        Args:
            photo: the face's.
            marker: the face.
            target: who gets it; who is not there yet comes to be.
            joins: its cluster is theirs already, so nothing comes along.
        """
        if marker.SubjSrc and not marker.SubjUID:
            self._known.keep_cleared(marker.UID, by_user=True)  # which it does not where we have
        said = {"Name": target.called or target.name, "SubjSrc": "manual"}
        answer = self._client.put(f"/markers/{marker.UID}", said, repeat=False)
        return self.given(photo, read(MarkerPart, answer, "PUT /markers/{uid}"), target, joins=joins)

    def given(self, photo: str, named: MarkerPart, target: OurPerson, *, joins: bool, again: bool = False) -> Given:
        """See whose a face is that has just been named for somebody, and what came along; see `name`.

        Args:
            photo: the face's.
            named: the face.
            target: who was to get it.
            joins: its cluster was theirs already.
            again: a run was killed since the face was named, so what is known of others may be from after that.
        """
        person = subject_of(self._client, named.SubjUID)
        if person is None:
            return Given(None, f"PhotoPrism did not take the name {target.name!r}")
        if target.id and target.id != person.UID:
            self._take_off(photo, named, person.UID)
            return Given(None, f"PhotoPrism gave the face to {person.Name[:SHOWN]!r}, so it was taken off again")
        if joins or not named.FaceID:
            self._markers.now(photo)
            return Given(person)
        return Given(person, along=tuple(self._along(photo, named, person.UID, again=again)))

    def _take_off(self, photo: str, named: MarkerPart, person: str) -> None:
        """Take a face off somebody who was not meant, with all that came along: the one who was is renamed or gone."""
        along = list(self._along(photo, named, person)) if named.FaceID else []
        for marker in (named.UID, *(face.partition("#")[2] for face in along)):
            self._known.keep_cleared(marker)
            self._client.delete(f"/markers/{marker}/subject")
        for whose in {photo, *(face.partition("#")[0] for face in along)}:
            self._markers.now(whose)

    def _along(self, of: str, named: MarkerPart, person: str, *, again: bool = False) -> Iterator[str]:
        """Yield the other faces of a cluster that nobody had, and that are somebody's with one that was named."""
        photos = sorted({of, *self._pages.ids({"face": named.FaceID})})
        before = {photo: self._markers.holders(photo) for photo in photos}
        for photo, marker in self._cluster(named.FaceID, photos):
            whose = before[photo].get(marker.UID)
            if marker.UID == named.UID or marker.SubjUID != person:
                continue
            let_go = again and self._known.is_let_go(marker.UID)
            if (again or whose == "") and self._known.is_cleared_by_us(marker.UID):
                yield str(FaceId(photo, marker.UID))
            elif whose == person and not let_go:
                continue
            elif not marker.SubjSrc:
                yield str(FaceId(photo, marker.UID))
            elif whose is not None or let_go:
                self._client.delete(f"/markers/{marker.UID}/subject")
                self._markers.now(photo)


def taken_for(name: str, other: str) -> str:
    """Say that a name would be taken for that of somebody else."""
    return f"PhotoPrism takes {name!r} for {other!r}, who is there: call them exactly so if they are one"
