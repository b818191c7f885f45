"""What was read of an Immich and need not be asked again: a file beside the store that may be deleted at any time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar, Final, Literal, TypeAlias, get_args

from plugins.galleries.server.known_library import OUR_PAIRS, PEOPLE, KnownFace, KnownLibrary, faces_in, written

Whose: TypeAlias = Literal["users", "servers", "ours"]
"""Whose choice a cover is."""
_TABLES: Final = """
CREATE TABLE photos (id TEXT PRIMARY KEY, people TEXT NOT NULL, shown TEXT NOT NULL, favourite INT NOT NULL,
    rating INT NOT NULL, sweep INT NOT NULL) WITHOUT ROWID;
CREATE TABLE faces (photo TEXT PRIMARY KEY, of TEXT NOT NULL, whole INT NOT NULL, boxes TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE unread (photo TEXT PRIMARY KEY, visibility TEXT NOT NULL, name TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE own_tags (photo TEXT PRIMARY KEY, updated TEXT NOT NULL, tags TEXT NOT NULL) WITHOUT ROWID;
"""
_ADDED: Final = """
CREATE TABLE IF NOT EXISTS made_tags (tag TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS covers (album TEXT PRIMARY KEY, photo TEXT NOT NULL, whose TEXT NOT NULL) WITHOUT ROWID;
"""
"""What came after the tables above, and is no reason to forget what is in them."""


@dataclass(frozen=True, slots=True)
class KnownPhoto:
    """A photo of the last sweep: who is on it, and in `shown` what its picture looks like (a hash of the server's).

    `shown` also says whether the photo is so new that the server may still be looking for its faces.
    """

    id: str
    people: tuple[str, ...] = ()
    shown: str = ""
    favourite: bool = False
    rating: int = 0

    @property
    def fingerprint(self) -> str:
        """Return what changes when its faces have to be asked for again."""
        return f"{' '.join(self.people)}|{self.shown}"


class Known(KnownLibrary):
    """The file, with what was found of photos, people, faces, tags and covers. Usable by several threads.

    Every method raises `GalleryUnreachable` when the file cannot be used now.
    """

    schema: ClassVar[int] = 2
    tables: ClassVar[str] = PEOPLE + _TABLES
    added: ClassVar[str] = OUR_PAIRS + _ADDED

    def whose_cover(self, album: str, photo: str) -> Whose | None:
        """Return whose choice a photo is that an album is shown by; None when nobody has said so of this photo."""
        rows = self._rows("SELECT photo, whose FROM covers WHERE album = ?", album)
        found = next(((str(row[0]), str(row[1])) for row in rows), ("", ""))
        return next((whose for whose in get_args(Whose) if found == (photo, whose)), None)

    def keep_cover(self, album: str, photo: str, whose: Whose) -> None:
        """Keep whose choice the photo is that an album is shown by, for as long as it is."""
        with self._writing() as file:
            file.execute("INSERT OR REPLACE INTO covers VALUES (?, ?, ?)", (album, photo, whose))

    def keep_photos(self, photos: Iterable[KnownPhoto], sweep: int) -> None:
        """Keep what a sweep found of some photos."""
        rows = [(p.id, " ".join(p.people), p.shown, p.favourite, p.rating, sweep) for p in photos]
        with self._writing() as file:
            file.executemany("INSERT OR REPLACE INTO photos VALUES (?, ?, ?, ?, ?, ?)", rows)

    def end_sweep(self, sweep: int) -> None:
        """Forget the photos that a whole sweep has not found."""
        with self._writing() as file:
            file.execute("DELETE FROM photos WHERE sweep < ?", (sweep,))
            file.execute("DELETE FROM faces WHERE photo NOT IN (SELECT id FROM photos)")
            file.execute("DELETE FROM own_tags WHERE photo NOT IN (SELECT id FROM photos)")

    def photo(self, photo: str) -> KnownPhoto | None:
        """Return what the last sweep found of a photo; None when it did not."""
        rows = self._rows("SELECT id, people, shown, favourite, rating FROM photos WHERE id = ?", photo)
        return next((_known(row) for row in rows), None)

    def liked(self) -> tuple[frozenset[str], tuple[tuple[str, int], ...]]:
        """Return the favourites and the ratings of the last sweep."""
        favourites = frozenset(row[0] for row in self._rows("SELECT id FROM photos WHERE favourite"))
        ratings = self._rows("SELECT id, rating FROM photos WHERE rating > 0 ORDER BY id")
        return favourites, tuple((str(photo), int(rating)) for photo, rating in ratings)

    def everybody(self) -> frozenset[str]:
        """Return the ids of all who were on a photo of the last sweep."""
        rows = self._rows("SELECT DISTINCT people FROM photos WHERE people != ''")
        return frozenset(person for row in rows for person in row[0].split())

    def faces(self, photo: KnownPhoto, whole: bool = False) -> tuple[KnownFace, ...] | None:
        """Return the faces of a photo, if `whole` those of nobody among them; None when they must be asked for."""
        query = "SELECT boxes FROM faces WHERE photo = ? AND of = ? AND whole >= ?"
        rows = self._rows(query, photo.id, photo.fingerprint, whole)
        return next((faces_in(row[0]) for row in rows), None)

    def keep_faces(self, photo: KnownPhoto, faces: Iterable[KnownFace], whole: bool = True) -> None:
        """Keep the faces of a photo for as long as the same people are on the same picture.

        `whole` says that those of nobody are among them; where they are known, others say nothing new.
        """
        query = """INSERT INTO faces VALUES (?, ?, ?, ?) ON CONFLICT (photo) DO UPDATE
            SET of = excluded.of, whole = excluded.whole, boxes = excluded.boxes
            WHERE excluded.whole OR NOT faces.whole OR faces.of != excluded.of"""
        with self._writing() as file:
            file.execute(query, (photo.id, photo.fingerprint, whole, written(faces)))

    def move_people(self, photo: KnownPhoto) -> None:
        """Keep who is on a photo since a change of ours; the next sweep will find the same."""
        with self._writing() as file:
            file.execute("UPDATE photos SET people = ? WHERE id = ?", (" ".join(photo.people), photo.id))

    def faceless(self, start: str, most: int) -> list[KnownPhoto]:
        """Return photos with people whose faces must be asked for: `start` first, then those that follow by id."""
        query = """SELECT p.id, p.people, p.shown, p.favourite, p.rating FROM photos p
            LEFT JOIN faces f ON f.photo = p.id AND f.of = p.people || '|' || p.shown
            WHERE p.id >= ? AND p.people != '' AND f.photo IS NULL ORDER BY p.id LIMIT ?"""
        return [_known(row) for row in self._rows(query, start, most)]

    def unread(self, visibility: str) -> dict[str, str]:
        """Return the names of photos, by id, whose metadata the server had not read in the last sweep."""
        rows = self._rows("SELECT photo, name FROM unread WHERE visibility = ?", visibility)
        return {photo: name for photo, name in rows}  # noqa: C416 (mypy knows no dict of rows)

    def keep_unread(self, visibility: str, names: Mapping[str, str]) -> None:
        """Keep which photos' metadata the server has not read yet."""
        with self._writing() as file:
            file.execute("DELETE FROM unread WHERE visibility = ?", (visibility,))
            file.executemany(
                "INSERT OR REPLACE INTO unread VALUES (?, ?, ?)", [(i, visibility, n) for i, n in names.items()]
            )

    def own_tags(self, photo: str, updated: str) -> frozenset[str] | None:
        """Return the ids of the tags on one photo itself, as of its state `updated`; None when not known."""
        rows = self._rows("SELECT tags FROM own_tags WHERE photo = ? AND updated = ?", photo, updated)
        return next((frozenset(row[0].split()) for row in rows), None)

    def keep_own_tags(self, photo: str, updated: str, tags: Iterable[str]) -> None:
        """Keep the ids of the tags on one photo itself."""
        with self._writing() as file:
            file.execute("INSERT OR REPLACE INTO own_tags VALUES (?, ?, ?)", (photo, updated, " ".join(tags)))

    def made_tags(self) -> frozenset[str]:
        """Return the tags that were not there before we made them, those above others too."""
        return frozenset(str(row[0]) for row in self._rows("SELECT tag FROM made_tags"))

    def keep_made_tags(self, tags: Iterable[str]) -> None:
        """Keep which tags we are about to make."""
        with self._writing() as file:
            file.executemany("INSERT OR IGNORE INTO made_tags VALUES (?)", [(tag,) for tag in tags])


def _known(row: tuple[str, ...]) -> KnownPhoto:
    photo, people, shown, favourite, rating = row
    return KnownPhoto(photo, tuple(people.split()), shown, bool(favourite), int(rating))
