"""Whose the faces are by our answer, face by face as the gallery knows them: what publishing starts from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from plugins.drawn import drawn_face
from plugins.people.decided import Face
from plugins.publishing.wanted_people import Move, SeenFace, WantedPeople, wanted_people
from plugins.records import Photo, Region
from tasks.caching import Skipped
from tasks.context import Opened
from tasks.features import faces_or_skip
from tasks.standing import box_of, matches, rows_by_content, standing


def seen_faces(here: Opened) -> list[SeenFace]:
    """Return every face of the photos in which our extractor found one: whose it is, and whose we say it is.

    People of ours go by our key, all others by the gallery's id.

    Raises:
        Skipped: no face extractor is there.
    """
    return list(_Seeing(here).faces())


def wanted_people_of(here: Opened) -> WantedPeople | None:
    """Return what our answer asks of the gallery's people; None where there is no answer.

    Who has no name in the gallery gets the one that the user gave them here, unless they are one with somebody else.

    Faces go from one person to another, or to nobody, only where the user has said so here: two people are one, this
    face is not that person's, these faces are somebody else. Somebody new is called what the user called them here.
    """
    try:
        seeing = _Seeing(here)
    except Skipped:
        return None
    seen, settings = list(seeing.faces()), here.config.people
    draw = settings.draw or not here.gallery.capabilities.finds_faces
    wanted = wanted_people(seen, settings.min_faces, settings.precision, draw)
    called, merged = here.store.suggestions.names(here.name), seeing.known.merged
    people = tuple(replace(person, name=called.get(person.key, person.name)) for person in wanted.people)
    names = {person: name for person, name in called.items() if merged.get(person, person) == person}
    return replace(wanted, people=people, moves=tuple(seeing.moves(seen)), names=names)


@dataclass
class _Seeing:
    """The faces of a library as the gallery knows them, beside ours."""

    here: Opened

    def __post_init__(self) -> None:
        here = self.here
        self.known = standing(here, faces_or_skip(here))
        self.rows = rows_by_content(self.known.table)
        shown = [photo for photo in here.store.photos.all(here.name) if photo.content_key in self.rows]
        self.photos: list[tuple[Photo, Sequence[Region]]] = list(here.gallery.all_regions(shown))
        self.named_people = {person.id for person in here.store.people.all(here.name) if person.name}

    def faces(self) -> Iterator[SeenFace]:
        for photo, of_photo, rest in self._by_photo():
            yield from (self._ours(photo, row, region) for row, region in of_photo.items())
            yield from (self._theirs(photo, region) for region in rest if region.id)

    def moves(self, seen: Sequence[SeenFace]) -> Iterator[Move]:
        """Yield the faces that the user's decisions take from whose they are."""
        merged, denied = self.known.merged, set(self.known.decided.denied)
        face_of = {
            self._id(photo, row, r): self._face(row) for photo, ours, _ in self._by_photo() for row, r in ours.items()
        }
        for face in seen:
            away = merged.get(face.holder, face.holder) != face.holder or (face_of.get(face.id), face.holder) in denied
            if face.holder and away and face.person != face.holder:
                yield Move(face.id, face.person, face.holder)

    def _by_photo(self) -> Iterator[tuple[Photo, dict[int, Region | None], list[Region]]]:
        """Yield each photo with our faces, their regions, and the regions in which we found no face."""
        matched: dict[str, dict[int, Region]] = {}
        for photo, row, region in matches(self.known.table, self.photos):
            matched.setdefault(photo.id, {})[row] = region
        for photo, regions in self.photos:
            found = matched.get(photo.id, {})
            rest = [region for region in regions if region not in found.values()]
            yield photo, {row: found.get(row) for row in self.rows[photo.content_key]}, rest

    def _face(self, row: int) -> Face:
        return self.known.table.content_keys[row], int(self.known.table.index[row])

    def _id(self, photo: Photo, row: int, region: Region | None) -> str:
        return region.id if region is not None and region.id else drawn_face(photo.id, box_of(self.known.table, row))

    def _ours(self, photo: Photo, row: int, region: Region | None) -> SeenFace:
        label = self.known.before.get(self._face(row))
        holder, person = self.known.words.person(region) if region else "", label.person if label else ""
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
        holder = self.known.words.person(region)
        person = self.known.merged.get(holder, holder)
        return SeenFace(
            region.id, photo.id, False, holder, holder in self.named_people, person, person in self.named_people
        )
