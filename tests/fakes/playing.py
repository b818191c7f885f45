"""Runs, undos and a user on the tiny gallery, in words short enough for tables."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from fakes.tiny import TinyGallery, TinyJournal, photo

from plugins.changes import Change
from plugins.publishing.apply import Applied, Entry, apply_changes, look
from plugins.publishing.ledger import Ledger, LedgerAlbum, LedgerPerson
from plugins.publishing.now import GalleryNow
from plugins.publishing.observe import Observation
from plugins.publishing.people_settle import faces_of
from plugins.publishing.plan import Plan, make_plan
from plugins.publishing.undo import undo_changes
from plugins.publishing.wanted import Wanted, WantedAlbum, natural_key
from plugins.publishing.wanted_people import WantedPeople


def ids(*numbers: int) -> tuple[str, ...]:
    return tuple(f"p{n:02}" for n in numbers)


def event(title: str, *numbers: int, cover: int | None = None, kind: str = "event", text: str = "") -> WantedAlbum:
    photos = ids(*numbers)
    return WantedAlbum(
        natural_key(kind, photos[0]), kind, title, text, photos, None if cover is None else ids(cover)[0]
    )


def tagged(tag: str, *numbers: int) -> frozenset[tuple[str, str]]:
    return frozenset((p, tag) for p in ids(*numbers))


@dataclass
class Library:
    """A gallery of twenty photos and what we remember of it; every run starts from the saved memory alone."""

    gallery: TinyGallery = field(default_factory=lambda: TinyGallery(shots={f"p{n:02}": photo(n) for n in range(20)}))
    journal: TinyJournal = field(default_factory=TinyJournal)
    tags: tuple[str, ...] = ("lake", "Lisbon")
    seen: list[Observation] = field(default_factory=list)
    count: int = 0

    @property
    def ledger(self) -> Ledger:
        return self.journal.ledger()

    def plan(
        self,
        *albums: WantedAlbum,
        tags: frozenset[tuple[str, str]] | None = None,
        people: WantedPeople | None = None,
    ) -> Plan:
        ledger = self.ledger
        now, self.seen = self.look(ledger, people.faces() if people else (), people.names if people else ())
        return make_plan(Wanted(albums, tags, people), ledger, now, self.gallery.capabilities, self.seen)

    def look(
        self, ledger: Ledger, faces: Iterable[str], names: Collection[str] = ()
    ) -> tuple[GalleryNow, list[Observation]]:
        return look(self.gallery, self.gallery.photos(), ledger, self.journal, self.tags, faces, names)

    def run(
        self,
        *albums: WantedAlbum,
        tags: frozenset[tuple[str, str]] | None = None,
        people: WantedPeople | None = None,
    ) -> Plan:
        plan = self.plan(*albums, tags=tags, people=people)
        self.journal.done = []
        self.write(plan.changes)
        return plan

    def write(self, changes: Iterable[Change], for_good: bool = False) -> Applied:
        entries = [Entry(self.count + n, change, for_good) for n, change in enumerate(changes)]
        self.count += len(entries)
        return apply_changes(self.gallery, entries, self.ledger, self.journal)

    def undo(self, for_good: bool = False, done: list[Change] | None = None) -> list[LedgerAlbum | LedgerPerson]:
        """Take back the last run, or the changes given."""
        ledger, done = self.ledger, self.journal.done if done is None else done
        now, self.seen = self.look(ledger, faces_of(done))
        changes, kept = undo_changes(done, ledger, now, self.gallery.capabilities)
        self.write(changes, for_good)
        return kept

    def album(self, title: str) -> str:
        """Return the gallery's id of the album with this title."""
        return next(album.id for album in self.gallery.albums() if album.title == title)

    def shown(self) -> dict[str, tuple[str, ...]]:
        """Return the photos of each album by its title."""
        return {a.title: tuple(sorted(self.gallery.members(a.id))) for a in self.gallery.albums()}

    def edits(self) -> list[tuple[str, str, tuple[str, ...]]]:
        return [(o.edit, o.title, o.photos) for o in self.seen]
