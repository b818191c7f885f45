"""Whose the faces are by our answer, face by face as the gallery knows them: what publishing starts from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from plugins.drawn import drawn_face
from plugins.features import FaceExtractor
from plugins.people.decided import Face
from plugins.people.naming import match_regions
from plugins.publishing.ledger import Ledger
from plugins.publishing.wanted_people import Move, SeenFace, WantedPeople, wanted_people
from plugins.records import Photo, Region
from tasks.caching import Skipped
from tasks.context import Opened
from tasks.features import faces_or_skip
from tasks.standing import Words, box_of, rows_by_content, ruled


def wanted_people_of(
    here: Opened, photos: Sequence[Photo] | None = None, ledger: Ledger | None = None
) -> WantedPeople | None:
    """Return what our answer asks of the gallery's people; None where there is no answer.

    `photos` are all of the library, and `ledger` is its whole ledger, if they are read already. People of ours go by
    our key, all others by the gallery's id.

    Who has no name in the gallery gets the one that the user gave them here, unless they are one with somebody else.

    Faces go from one person to another, or to nobody, only where the user has said so here: two people are one, this
    face is not that person's, these faces are somebody else. Somebody new is called what the user called them here.
    """
    try:
        extractor = faces_or_skip(here)
    except Skipped:
        return None
    every = here.store.photos.all(here.name) if photos is None else photos
    seeing = _Seeing(here, extractor, every, Words(here, ledger))
    seen, settings = list(seeing.faces()), here.config.people
    draw = settings.draw or not here.gallery.capabilities.finds_faces
    wanted = wanted_people(seen, settings.min_faces, settings.precision, draw)
    called, merged = here.store.suggestions.names(here.name), seeing.rules.merged
    people = tuple(replace(person, name=called.get(person.key, person.name)) for person in wanted.people)
    names = {person: name for person, name in called.items() if merged.get(person, person) == person}
    return replace(wanted, people=people, moves=tuple(seeing.moves(seen)), names=names)


@dataclass
class _Seeing:
    """The faces of a library as the gallery knows them, beside ours.

    `photos` are those with a face of ours; where the gallery finds none itself all of them, as it may name somebody
    where we found nobody.
    """

    here: Opened
    extractor: FaceExtractor
    every: Sequence[Photo]
    words: Words

    def __post_init__(self) -> None:
        here, extractor = self.here, self.extractor
        contents = (photo.content_key for photo in self.every)
        self.table = here.store.faces.places(contents, extractor.name, extractor.version)
        self.rows = rows_by_content(self.table)
        finds = here.gallery.capabilities.finds_faces
        shown = [photo for photo in self.every if not finds or photo.content_key in self.rows]
        self.photos: list[tuple[Photo, Sequence[Region]]] = list(here.gallery.all_regions(shown))
        self.rules = ruled(here, extractor, self.table, self.photos, self.words)
        self.labels = here.store.people.labels(here.name, extractor.name, extractor.version)
        self.named_people = {person.id for person in here.store.people.all(here.name) if person.name}
        self.denied = set(self.rules.decided.denied)

    def faces(self) -> Iterator[SeenFace]:
        """Yield every face of the photos in which our extractor found one: whose it is, and whose we say it is."""
        for photo, of_photo, rest in self._by_photo():
            yield from (self._ours(photo, row, region) for row, region in of_photo)
            yield from (self._theirs(photo, region) for region in rest if region.id)

    def moves(self, seen: Iterable[SeenFace]) -> Iterator[Move]:
        """Yield the faces that the user's decisions take from whose they are."""
        merged = self.rules.merged
        if not (merged or self.denied):
            return
        asked = {face for face, _ in self.denied}
        face_of = {
            self._id(photo, row, region): self._face(row)
            for photo, ours, _ in self._by_photo()
            for row, region in ours
            if self._face(row) in asked
        }
        for face in seen:
            away = merged.get(face.holder, face.holder) != face.holder
            away = away or (face_of.get(face.id), face.holder) in self.denied
            if face.holder and away and face.person != face.holder:
                yield Move(face.id, face.person, face.holder)

    def _by_photo(self) -> Iterator[tuple[Photo, list[tuple[int, Region | None]], Sequence[Region]]]:
        """Yield each photo with our faces, their regions, and the regions in which we found no face."""
        for photo, regions in self.photos:
            if rows := self.rows.get(photo.content_key):
                found = match_regions([box_of(self.table, row) for row in rows], regions) if regions else {}
                known = found.values()
                rest = regions if not found else [region for region in regions if region not in known]
                yield photo, [(row, found.get(n)) for n, row in enumerate(rows)], rest

    def _face(self, row: int) -> Face:
        return self.table.content_keys[row], int(self.table.index[row])

    def _id(self, photo: Photo, row: int, region: Region | None) -> str:
        return region.id if region is not None and region.id else drawn_face(photo.id, box_of(self.table, row))

    def _ours(self, photo: Photo, row: int, region: Region | None) -> SeenFace:
        label = self.labels.get(self._face(row))
        holder, person = self.words.person(region) if region else "", label.person if label else ""
        sure = 0.0 if label is None else 1.0 if label.origin == "user" else label.strength
        return SeenFace(
            id=self._id(photo, row, region),
            photo=photo.id,
            drawn=region is None or not region.id,
            holder=holder,
            holder_named=holder in self.named_people,
            person=person,
            person_named=person in self.named_people,
            probability=sure,
        )

    def _theirs(self, photo: Photo, region: Region) -> SeenFace:
        holder = self.words.person(region)
        person = self.rules.merged.get(holder, holder)
        return SeenFace(
            region.id, photo.id, False, holder, holder in self.named_people, person, person in self.named_people
        )
