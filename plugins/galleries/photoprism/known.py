"""What was read of a PhotoPrism and need not be asked again: a file beside the store that may be deleted at any time.

Without it the next run asks for every face anew, and takes photos that were archived for ones that the user took out
of our albums.
"""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Literal, TypeAlias

from plugins.galleries.server.known_library import OUR_PAIRS, PEOPLE, KnownFace, KnownLibrary, faces_in, written

How: TypeAlias = Literal["in", "archived", "restored"]
"""How a photo was in an album: shown there; hidden, as it is archived; hidden still, though it is archived no more."""
IN: Final[How] = "in"
ARCHIVED: Final[How] = "archived"
RESTORED: Final[How] = "restored"
FRESH_S: Final = 600.0
"""How long the steps of one run take an answer for today's: each opens the gallery anew, and would ask the same."""
_FRESH: Final = "fresh "
_PHOTO = "SELECT id, hash, faces, people, favourite, archived FROM photos"


@dataclass(frozen=True, slots=True)
class KnownPhoto:
    """A photo of the last sweep: its primary file's hash, how many faces it has and whose, and what was switched on."""

    id: str
    hash: str = ""
    faces: int = 0
    people: tuple[str, ...] = ()
    favourite: bool = False
    archived: bool = False

    @property
    def fingerprint(self) -> str:
        """Return what changes when its faces have to be asked for again.

        The server's time of its last change is no part of that: it does not move with faces, but with our labels.
        """
        return f"{' '.join(self.people)}|{self.hash}|{self.faces}"


class Known(KnownLibrary):
    """The file; see `KnownFile`."""

    schema: ClassVar[int] = 2
    tables: ClassVar[str] = f"""{PEOPLE}
CREATE TABLE photos (id TEXT PRIMARY KEY, hash TEXT NOT NULL, faces INT NOT NULL, people TEXT NOT NULL,
    favourite INT NOT NULL, archived INT NOT NULL, sweep INT NOT NULL) WITHOUT ROWID;
CREATE INDEX photos_by_hash ON photos (hash);
CREATE TABLE faces (photo TEXT PRIMARY KEY, of TEXT NOT NULL, boxes TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE looks (photo TEXT PRIMARY KEY, updated TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE given (photo TEXT NOT NULL, label TEXT NOT NULL, src TEXT NOT NULL, PRIMARY KEY (photo, label))
    WITHOUT ROWID;
CREATE INDEX given_by_label ON given (label);
CREATE TABLE seen (label TEXT PRIMARY KEY, photo TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE private (photo TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE members (album TEXT NOT NULL, photo TEXT NOT NULL, how TEXT NOT NULL, PRIMARY KEY (album, photo))
    WITHOUT ROWID;
"""
    added: ClassVar[str] = f"""{OUR_PAIRS}
CREATE TABLE IF NOT EXISTS withdrawn (marker TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS their_pairs (photo TEXT NOT NULL, tag TEXT NOT NULL, PRIMARY KEY (photo, tag)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS asked_covers (album TEXT PRIMARY KEY, hash TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS unshown (hash TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS cleared (marker TEXT PRIMARY KEY, by TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS let_go (marker TEXT PRIMARY KEY) WITHOUT ROWID;
"""

    def fresh(self, name: str) -> Any:
        """Return what was kept by `keep_fresh` since the sweep, and not long ago; None without that."""
        kept = json.loads(self.note(f"{_FRESH}{name}") or "[0, null]")
        return kept[1] if 0 <= time.time() - kept[0] < FRESH_S else None

    def keep_fresh(self, name: str, value: Any) -> None:
        """Keep an answer, as JSON, for the steps of this run that follow soon."""
        self.keep_note(f"{_FRESH}{name}", json.dumps([time.time(), value]))

    def drop_fresh(self, start: str = "") -> None:
        """Forget the answers kept so whose names begin so: something has changed, or a new sweep begins."""
        self.drop_notes(f"{_FRESH}{start}")

    def keep_photos(self, photos: Iterable[KnownPhoto], sweep: int) -> None:
        """Keep what a sweep found of some photos."""
        rows = [(p.id, p.hash, p.faces, " ".join(p.people), p.favourite, p.archived, sweep) for p in photos]
        with self._writing() as file:
            file.executemany("INSERT OR REPLACE INTO photos VALUES (?, ?, ?, ?, ?, ?, ?)", rows)

    def end_sweep(self, sweep: int) -> None:
        """Forget the photos that a whole sweep has not found, but those that none ever finds, such as private ones."""
        with self._writing() as file:
            for table in ("faces", "looks", "given", "seen"):
                gone = f"DELETE FROM {table} WHERE photo IN (SELECT id FROM photos WHERE sweep < ?)"  # noqa: S608 (ours)
                file.execute(gone, (sweep,))
            file.execute("DELETE FROM photos WHERE sweep < ?", (sweep,))

    def unseen(self, sweep: int, most: int) -> list[str]:
        """Return the photos of earlier sweeps that this one has not found so far, at most so many."""
        rows = self._rows("SELECT id FROM photos WHERE sweep < ? ORDER BY id LIMIT ?", sweep, most)
        return [str(row[0]) for row in rows]

    def photo(self, photo: str) -> KnownPhoto | None:
        """Return what the last sweep found of a photo; None when it did not."""
        return next((_photo(row) for row in self._rows(f"{_PHOTO} WHERE id = ?", photo)), None)

    def shown_by(self, hash: str) -> str | None:  # noqa: A002 (the field's word)
        """Return the photo whose primary file has this hash, as of the last sweep."""
        rows = self._rows("SELECT id FROM photos WHERE hash = ? ORDER BY id LIMIT 1", hash)
        return next((str(row[0]) for row in rows), None)

    def favourites(self) -> frozenset[str]:
        """Return the favourites of the last sweep."""
        return frozenset(str(row[0]) for row in self._rows("SELECT id FROM photos WHERE favourite"))

    def archived(self) -> frozenset[str]:
        """Return the archived photos of the last sweep."""
        return frozenset(str(row[0]) for row in self._rows("SELECT id FROM photos WHERE archived"))

    def private(self) -> frozenset[str]:
        """Return the photos that were left out of the last sweep as private ones."""
        return frozenset(str(row[0]) for row in self._rows("SELECT photo FROM private"))

    def keep_private(self, photos: Iterable[str]) -> None:
        """Keep which photos are left out as private ones."""
        with self._writing() as file:
            file.execute("DELETE FROM private")
            file.executemany("INSERT OR IGNORE INTO private VALUES (?)", [(photo,) for photo in photos])

    def faces(self, photo: KnownPhoto) -> tuple[KnownFace, ...] | None:
        """Return the faces of a photo, those of nobody too; None when they must be asked for."""
        rows = self._rows("SELECT boxes FROM faces WHERE photo = ? AND of = ?", photo.id, photo.fingerprint)
        return next((faces_in(row[0]) for row in rows), None)

    def keep_faces(self, photo: KnownPhoto, faces: Iterable[KnownFace]) -> None:
        """Keep the faces of a photo for as long as the same people are on the same picture."""
        with self._writing() as file:
            file.execute("INSERT OR REPLACE INTO faces VALUES (?, ?, ?)", (photo.id, photo.fingerprint, written(faces)))

    def move_people(self, photo: KnownPhoto) -> None:
        """Keep who is on a photo since a change of ours; the next sweep will find the same."""
        with self._writing() as file:
            query = "UPDATE photos SET people = ?, faces = ? WHERE id = ?"
            file.execute(query, (" ".join(photo.people), photo.faces, photo.id))

    def faceless(self, start: str, most: int) -> list[KnownPhoto]:
        """Return photos with faces that must be asked for: `start` first, then those that follow by id."""
        query = """SELECT p.id, p.hash, p.faces, p.people, p.favourite, p.archived FROM photos p
            LEFT JOIN faces f ON f.photo = p.id AND f.of = p.people || '|' || p.hash || '|' || p.faces
            WHERE p.id >= ? AND (p.faces > 0 OR p.people != '') AND f.photo IS NULL ORDER BY p.id LIMIT ?"""
        return [_photo(row) for row in self._rows(query, start, most)]

    def moving(self) -> str:
        """Return which face we were about to take from one person for another; empty for none."""
        return self._fact("moving")

    def keep_moving(self, move: str) -> None:
        """Keep that: a run may be killed in the middle."""
        self._keep_fact("moving", move)

    def gave_along(self, move: str) -> tuple[str, ...]:
        """Return the faces that came along with the last one that we gave, where that was this one."""
        last, *faces = self._fact("given").split("\n")
        return tuple(faces) if last == move else ()

    def keep_gave_along(self, move: str, faces: Iterable[str] = ()) -> None:
        """Keep that: a run may be killed before it is told."""
        self._keep_fact("given", "\n".join([move, *faces]))

    def leaving(self, album: str) -> frozenset[str]:
        """Return the photos with which we were about to delete an album; none where we were not."""
        first, *photos = self._fact("leaving").split() or [""]
        return frozenset(photos if first == album else ())

    def keep_leaving(self, album: str, photos: Iterable[str]) -> None:
        """Keep that: a run may be killed in the middle."""
        self._keep_fact("leaving", " ".join([album, *photos]))

    def is_withdrawn(self, marker: str) -> bool:
        """Say whether a marker that is invalid was drawn, and taken back, by us."""
        return bool(self._rows("SELECT marker FROM withdrawn WHERE marker = ?", marker))

    def keep_withdrawn(self, marker: str) -> None:
        """Keep that we take back a marker of ours."""
        with self._writing() as file:
            file.execute("INSERT OR IGNORE INTO withdrawn VALUES (?)", (marker,))

    def is_cleared_by_us(self, marker: str) -> bool:
        """Say whether a marker that is nobody's was somebody's until we took it off them, and never the user did."""
        return bool(self._rows("SELECT marker FROM cleared WHERE marker = ? AND by = 'us'", marker))

    def keep_cleared(self, marker: str, *, by_user: bool = False) -> None:
        """Keep that we are about to take a marker off somebody, or to name one that the user took off somebody.

        What the user did counts for good: nothing shows afterwards that they meant it.
        """
        with self._writing() as file:
            file.execute("INSERT OR IGNORE INTO cleared VALUES (?, ?)", (marker, "user" if by_user else "us"))

    def forget_cleared(self, markers: Iterable[str]) -> None:
        """Forget that we took markers off somebody, as they are somebody's again."""
        if self._rows("SELECT marker FROM cleared WHERE by = 'us' LIMIT 1"):
            with self._writing() as file:
                rows = [(marker,) for marker in markers]
                file.executemany("DELETE FROM cleared WHERE marker = ? AND by = 'us'", rows)

    def is_let_go(self, marker: str) -> bool:
        """Say whether a marker had been taken off somebody by hand as of when nothing of ours was under way."""
        return bool(self._rows("SELECT marker FROM let_go WHERE marker = ?", marker))

    def keep_let_go(self, let_go: Collection[str], others: Iterable[str]) -> None:
        """Keep which of the markers of a photo have been taken off somebody by hand, and which are not, or no more."""
        if let_go or self._rows("SELECT marker FROM let_go LIMIT 1"):
            with self._writing() as file:
                file.executemany("DELETE FROM let_go WHERE marker = ?", [(marker,) for marker in others])
                file.executemany("INSERT OR IGNORE INTO let_go VALUES (?)", [(marker,) for marker in let_go])

    def keep_look(self, photo: str, updated: str, given: Mapping[str, str]) -> None:
        """Keep who gave a photo its labels, as one request for it alone has told.

        Args:
            photo: its id.
            updated: when the server last changed it.
            given: `LabelSrc` by the label's name as we keep it, without labels that the user blocks.
        """
        with self._writing() as file:
            file.execute("INSERT OR REPLACE INTO looks VALUES (?, ?)", (photo, updated))
            shown = "DELETE FROM seen WHERE photo = ? AND label IN (SELECT label FROM given WHERE photo = ?)"
            file.execute(shown, (photo, photo))  # it may have lost them
            file.execute("DELETE FROM given WHERE photo = ?", (photo,))
            rows = [(photo, label, src) for label, src in given.items()]
            file.executemany("INSERT INTO given VALUES (?, ?, ?)", rows)

    def is_our_pair(self, photo: str, tag: str) -> bool:
        """Say whether we have put a tag on a photo from this machine."""
        return bool(self._rows("SELECT 1 FROM our_pairs WHERE photo = ? AND tag = ?", photo, tag))

    def is_their_pair(self, photo: str, tag: str) -> bool:
        """Say whether a photo had a tag already, by somebody else, when we were about to put it on."""
        return bool(self._rows("SELECT 1 FROM their_pairs WHERE photo = ? AND tag = ?", photo, tag))

    def keep_their_pairs(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Keep that."""
        with self._writing() as file:
            file.executemany("INSERT OR IGNORE INTO their_pairs VALUES (?, ?)", pairs)

    def forget_their_pairs(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Forget that, as the tag has gone meanwhile."""
        with self._writing() as file:
            file.executemany("DELETE FROM their_pairs WHERE photo = ? AND tag = ?", pairs)

    def looked(self) -> dict[str, str]:
        """Return the photos that were looked at, and when each had been changed last, then."""
        return {str(photo): str(updated) for photo, updated in self._rows("SELECT photo, updated FROM looks")}

    def givers(self, label: str) -> dict[str, str]:
        """Return who gave a label (`LabelSrc`) to the photos that were looked at and have it."""
        rows = self._rows("SELECT photo, src FROM given WHERE label = ?", label)
        return {str(photo): str(src) for photo, src in rows}

    def seen_labels(self) -> frozenset[str]:
        """Return the labels of which one photo was looked at to find out whose they are, and is as it was."""
        return frozenset(str(row[0]) for row in self._rows("SELECT label FROM seen"))

    def keep_seen_label(self, label: str, photo: str) -> None:
        """Keep that a photo of a label was looked at, so that this happens once, as long as that photo is there."""
        with self._writing() as file:
            file.execute("INSERT OR REPLACE INTO seen VALUES (?, ?)", (label, photo))

    def members(self, album: str) -> dict[str, str]:
        """Return the photos that were in an album when it was last read, and how each was."""
        rows = self._rows("SELECT photo, how FROM members WHERE album = ?", album)
        return {str(photo): str(how) for photo, how in rows}

    def keep_members(self, album: str, members: Mapping[str, str]) -> None:
        """Keep who is in an album, or was, and how."""
        with self._writing() as file:
            file.execute("DELETE FROM members WHERE album = ?", (album,))
            rows = [(album, photo, how) for photo, how in members.items()]
            file.executemany("INSERT INTO members VALUES (?, ?, ?)", rows)

    def forget_members(self, album: str, photos: Iterable[str]) -> None:
        """Forget photos that we took out of an album."""
        with self._writing() as file:
            rows = [(album, photo) for photo in photos]
            file.executemany("DELETE FROM members WHERE album = ? AND photo = ?", rows)

    def asked_cover(self, album: str) -> str:
        """Return the hash of the cover that we set as the user asked for it; empty where we set none so."""
        rows = self._rows("SELECT hash FROM asked_covers WHERE album = ?", album)
        return next((str(row[0]) for row in rows), "")

    def keep_asked_cover(self, album: str, hash: str) -> None:  # noqa: A002 (the field's word)
        """Keep which cover the user asked for; empty for none."""
        with self._writing() as file:
            file.execute("INSERT OR REPLACE INTO asked_covers VALUES (?, ?)", (album, hash))

    def is_unshown(self, hash: str) -> bool:  # noqa: A002 (the field's word)
        """Say whether the server could not show the primary file of this hash when it was asked why."""
        return bool(self._rows("SELECT hash FROM unshown WHERE hash = ?", hash))

    def keep_unshown(self, hash: str) -> None:  # noqa: A002 (the field's word)
        """Keep that, so that each run does not ask why anew."""
        with self._writing() as file:
            file.execute("INSERT OR IGNORE INTO unshown VALUES (?)", (hash,))


def _photo(row: tuple[str, ...]) -> KnownPhoto:
    photo, hash_, faces, people, favourite, archived = row
    return KnownPhoto(photo, hash_, int(faces), tuple(people.split()), bool(favourite), bool(archived))
