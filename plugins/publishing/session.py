"""Publishing with the store: the journal's tables, and the plan and the undo of a run as the store knows them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from plugins.changes import Change
from plugins.galleries import Gallery
from plugins.publishing.apply import Applied, Entry, Made, apply_changes, look
from plugins.publishing.asked_covers import unset_covers
from plugins.publishing.kept_texts import in_kept_texts
from plugins.publishing.ledger import Ledger, LedgerAlbum, LedgerPerson, Touched, union
from plugins.publishing.now import GalleryNow
from plugins.publishing.observe import Observation, adopt
from plugins.publishing.people_settle import faces_of, given_along, taken_off_again
from plugins.publishing.plan import Plan, check_guard, make_plan
from plugins.publishing.regions import tags_of_regions
from plugins.publishing.settle import owned_tags
from plugins.publishing.undo import undo_changes
from plugins.publishing.wanted import Wanted
from plugins.publishing.wanted_people import WantedPeople
from plugins.records import Photo
from plugins.sections import Guard
from plugins.store import Store

UNDO: Final = "undo"
UNDO_FOR_GOOD: Final = "undo for good"


@dataclass(frozen=True)
class StoreJournal:
    """The journal of one library in the store; see `plugins.publishing.apply.Journal`."""

    store: Store
    library: str

    def pending(self) -> Sequence[Entry]:
        """Return the changes that were begun and never confirmed."""
        return [self._entry(e.id, e.run, e.change) for e in self.store.journal.pending(self.library)]

    def _entry(self, number: int, run: str, change: Change) -> Entry:
        return Entry(number, change, self.store.runs.get(self.library, run).kind == UNDO_FOR_GOOD)

    def planned(self, run: str) -> list[Entry]:
        """Return the changes of a run that were planned and not begun, in order."""
        entries = self.store.journal.of_run(self.library, run, "planned")
        for_good = self.store.runs.get(self.library, run).kind == UNDO_FOR_GOOD
        return [Entry(e.id, e.change, for_good) for e in entries]

    def go_on(self, made: Sequence[Made], begun: Sequence[Entry], ledger: Ledger) -> list[Entry]:
        """Note outcomes, what they touched in the ledger and what is begun next, in one commit; return what follows.

        What the gallery did along with a change is noted as changes of the same run, so that an undo finds it; what
        of that is not to be is taken off again by others of that run, which are begun.
        """
        with self.store.transaction():
            self.save(ledger, union(one.touched for one in made))
            self.store.journal.confirm_all({one.entry.id: one.outcome for one in made})
            following = [entry for one in made if one.outcome.along for entry in self._follow(one, ledger)]
            self.store.journal.begin(*(entry.id for entry in begun))
        return following

    def _follow(self, made: Made, ledger: Ledger) -> list[Entry]:
        entry, journal = made.entry, self.store.journal
        journal.add_done(entry.id, given_along(entry.change, made.outcome))
        begun = journal.add_begun(entry.id, taken_off_again(entry.change, made.outcome, ledger))
        return [Entry(e.id, e.change, entry.for_good) for e in begun]

    def save(self, ledger: Ledger, touched: Touched) -> None:
        """Save what was touched in the ledger, in one commit."""
        if not touched:
            return
        with self.store.transaction():
            saved = self.store.ledger
            saved.save_albums(self.library, [ledger.albums[key] for key in sorted(touched.albums)])
            saved.save_tags(self.library, {key: ledger.tags.get(key) for key in sorted(touched.tags)})
            saved.save_people(self.library, {key: ledger.people.get(key) for key in sorted(touched.people)})
            saved.save_faces(self.library, {key: ledger.faces.get(key) for key in sorted(touched.faces)})
            saved.save_posters(self.library, {key: ledger.posters.get(key) for key in sorted(touched.posters)})
            saved.save_covers(self.library, {key: ledger.covers.get(key) for key in sorted(touched.covers)})


@dataclass
class Publishing:
    """One library being published: its gallery, and what the store remembers of it."""

    store: Store
    library: str
    gallery: Gallery

    def __post_init__(self) -> None:
        self.journal = StoreJournal(self.store, self.library)
        self.ledger = self.store.ledger.load(self.library)

    def look(
        self,
        tags: Iterable[str] = (),
        faces: Iterable[str] = (),
        names: Collection[str] = (),
        covers: Collection[str] = (),
        photos: Sequence[Photo] | None = None,
    ) -> tuple[GalleryNow, list[Observation]]:
        """Read the gallery, settle what a killed run left open, and learn what the user did since.

        `photos` are all of the library, if they are read already.
        """
        photos = self.store.photos.all(self.library) if photos is None else photos
        return look(self.gallery, photos, self.ledger, self.journal, tags, faces, names, covers)

    def plan(self, run: str, wanted: Wanted, photos: Sequence[Photo] | None = None) -> Plan:
        """Make the plan of a run and store its changes; those of older plans that were never begun are dropped.

        `photos` are all of the library, if they are read already: of a million that takes a while.
        """
        wanted = in_kept_texts(wanted, self.gallery)
        people = wanted.people or WantedPeople()
        tags = {tag for _, tag in (*(wanted.tags or ()), *(wanted.regions or ()))}
        covers = unset_covers(wanted.covers or {}, self.ledger)
        now, observations = self.look(tags, people.faces(), people.names, covers, photos)
        plan = make_plan(wanted, self.ledger, now, self.gallery.capabilities, observations)
        self.store_plan(run, plan.changes)
        return plan

    def plan_undo(self, run: str, of: str) -> list[LedgerAlbum | LedgerPerson]:
        """Plan to take back the run `of`; return the albums and people that stay as the user has built on them.

        Raises:
            UnknownRun: the library has no such run.
        """
        self.store.runs.get(self.library, of)
        changes = [e.change for e in self.store.journal.of_run(self.library, of)]
        now, _ = self.look(owned_tags(changes) | tags_of_regions(changes), faces_of(changes))
        # Only now: if the run was killed, looking has found out whether the gallery has its last change.
        entries = self.store.journal.of_run(self.library, of)
        done = [e.change for e in entries if e.outcome is not None and e.outcome.status == "done"]
        for_good = self.store.runs.get(self.library, run).kind == UNDO_FOR_GOOD
        changes, kept = undo_changes(done, self.ledger, now, self.gallery.capabilities, for_good=for_good)
        self.store_plan(run, changes)
        return kept

    def store_plan(self, run: str, changes: Sequence[Change]) -> None:
        """Store the plan of a run; changes of older plans that were never begun are dropped."""
        with self.store.transaction():
            self.store.journal.drop_planned(self.library)
            self.store.journal.put(self.library, run, changes)

    def apply(
        self,
        run: str,
        guard: Guard | None = None,
        progress: Callable[[int, int], None] | None = None,
        allowed: Callable[[Change], bool] = lambda _: True,
    ) -> Applied:
        """Carry out the stored plan of a run, as far as its changes are allowed; the others stay planned.

        What is left out is nowhere but in the plan: the ledger does not know it, so that the next run does not take
        it for something that the user undid, and plans it again.

        Raises:
            GuardStopped: the plan takes away too much; without a guard nothing is checked.
        """
        entries = [entry for entry in self.journal.planned(run) if allowed(entry.change)]
        if guard is not None:
            check_guard([e.change for e in entries], self.ledger, guard.share, guard.count)
        return apply_changes(self.gallery, entries, self.ledger, self.journal, progress)

    def adopt(self, wanted: Wanted | None = None) -> int:
        """Take over the albums and posters with our marker that the store does not remember; return how many.

        What differs from `wanted` counts as the user's; see `observe.adopt`.
        """
        now, _ = self.look()
        kept = None if wanted is None else in_kept_texts(wanted, self.gallery).albums
        touched = adopt(self.ledger, now, kept)
        self.journal.save(self.ledger, touched)
        return len(touched.albums) + len(touched.posters)
