"""Publishing with the real store: what is planned, confirmed and remembered is there for the next process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fakes.playing import event, ids, tagged
from fakes.tiny import TinyGallery, photo

from plugins.changes import AddMembers, AddTags, Change, CreateAlbum, Outcome, RemoveMembers, RemoveTags, SetCover
from plugins.galleries import GalleryUnreachable, TextKind
from plugins.publishing.apply import Applied
from plugins.publishing.plan import GuardStopped
from plugins.publishing.session import UNDO, UNDO_FOR_GOOD, Publishing
from plugins.publishing.wanted import Wanted
from plugins.sections import Guard
from plugins.settings import Settings
from plugins.store import Store, open_store
from plugins.store.runs import UnknownRun

EARLY, LATE = event("Early", 0, 1, 2, 3, cover=1), event("Late", 4, 5, 6, 7, 8, cover=5)
WANTED = Wanted((LATE, EARLY), tagged("lake", 0, 1, 2))


class Moody(TinyGallery):
    """A gallery that answers as a test says, or breaks off before or after a write."""

    answer: Callable[[Change], Outcome | None] = staticmethod(lambda change: None)
    breaks_at: int | None = None
    after_writing: bool = False

    def apply(self, change: Change) -> Outcome:
        last = self.breaks_at == 0
        if self.breaks_at is not None:
            self.breaks_at -= 1
        if last and not self.after_writing:
            raise GalleryUnreachable("the cable is out")
        found = self.answer(change)
        outcome = super().apply(change) if found is None else found
        if last:
            raise GalleryUnreachable("the cable is out")
        return outcome


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(Settings(data_dir=tmp_path)) as opened:
        yield opened


@pytest.fixture
def gallery() -> Moody:
    return Moody(shots={f"p{n:02}": photo(n) for n in range(20)})


class Desk:
    """Runs on one library, each with what a fresh process would know."""

    def __init__(self, store: Store, gallery: TinyGallery, library: str = "family") -> None:
        self.store, self.gallery, self.library = store, gallery, library

    def fresh(self) -> Publishing:
        self.store.photos.replace(self.library, self.gallery.photos())
        return Publishing(self.store, self.library, self.gallery)  # type: ignore[arg-type]

    def run(self, wanted: Wanted, guard: Guard | None = None) -> str:
        run = self.store.runs.start(self.library, "curate")
        publishing = self.fresh()
        publishing.plan(run, wanted)
        publishing.apply(run, guard)
        return run

    def undo(self, of: str, kind: str = UNDO) -> None:
        run = self.store.runs.start(self.library, kind, undoes=of)
        publishing = self.fresh()
        publishing.plan_undo(run, of)
        publishing.apply(run)

    def changes(self, wanted: Wanted) -> list[Change]:
        run = self.store.runs.start(self.library, "curate")
        self.fresh().plan(run, wanted)
        return [entry.change for entry in self.store.journal.of_run(self.library, run)]


@pytest.fixture
def desk(store: Store, gallery: Moody) -> Desk:
    return Desk(store, gallery)


def test_a_plan_is_stored_and_writes_nothing(desk: Desk) -> None:
    before = desk.gallery.look()
    planned = desk.changes(WANTED)
    assert desk.gallery.look() == before
    assert len(planned) == 5
    assert desk.fresh().ledger.albums == {}


def test_a_new_plan_takes_the_place_of_one_that_was_never_begun(desk: Desk) -> None:
    desk.changes(WANTED)
    newer = desk.changes(Wanted((EARLY,)))
    assert [entry.change for entry in desk.store.journal.planned(desk.library)] == newer
    assert len(newer) == 2


def test_what_was_applied_is_remembered_by_the_next_process(desk: Desk) -> None:
    run = desk.run(WANTED)
    entries = desk.store.journal.of_run(desk.library, run)
    assert {entry.state for entry in entries} == {"confirmed"}
    assert {entry.outcome.status for entry in entries if entry.outcome} == {"done"}
    ledger = desk.fresh().ledger
    assert {a.title: a.photos("ours") for a in ledger.albums.values()} == {
        "Early": frozenset(EARLY.photos),
        "Late": frozenset(LATE.photos),
    }
    assert ledger.tags == dict.fromkeys(tagged("lake", 0, 1, 2), "ours")
    assert desk.changes(WANTED) == []


class Shouting(TinyGallery):
    """A gallery that writes all texts in capitals, and keeps no tag of one letter."""

    def as_kept(self, kind: TextKind, text: str) -> str:
        return "" if kind == "tag" and len(text) == 1 else text.upper()


def test_texts_that_the_gallery_writes_otherwise_are_no_edits_of_the_users(store: Store, gallery: Moody) -> None:
    desk = Desk(store, Shouting(shots=gallery.shots))
    wanted = replace(WANTED, tags=tagged("lake", 0, 1) | tagged("Lake", 1, 2) | tagged("x", 3))
    desk.run(wanted)
    assert sorted(album.title for album in desk.gallery.albums()) == ["EARLY", "LATE"]
    assert desk.gallery.our_tags == tagged("LAKE", 0, 1, 2)
    assert desk.changes(wanted) == []
    assert not any(album.user_title for album in desk.fresh().ledger.albums.values())


def test_progress_counts_every_change(desk: Desk) -> None:
    told: list[tuple[int, int]] = []
    run = desk.store.runs.start(desk.library, "curate")
    publishing = desk.fresh()
    publishing.plan(run, Wanted((EARLY,)))
    publishing.apply(run, progress=lambda done, total: told.append((done, total)))
    assert told == [(1, 2), (2, 2)]


def test_libraries_in_one_store_do_not_meet(desk: Desk, store: Store) -> None:
    other = Desk(store, TinyGallery(shots=dict(desk.gallery.shots)), "other")
    desk.run(WANTED)
    before = desk.gallery.look()
    run = other.run(Wanted((LATE,)))
    other.undo(run, UNDO_FOR_GOOD)
    assert desk.gallery.look() == before
    assert desk.changes(WANTED) == []
    with pytest.raises(UnknownRun, match=f"'family' has no run '{run}'"):
        desk.undo(run)


def _skip(photo_id: str) -> Callable[[Change], Outcome | None]:
    def answer(change: Change) -> Outcome | None:
        skips = photo_id in getattr(change, "photos", ())
        return Outcome("done", f"{photo_id}: it may not be written", skipped=(photo_id,)) if skips else None

    return answer


@pytest.mark.parametrize(
    ("first", "wanted", "again"),
    [
        pytest.param(None, Wanted((), tagged("lake", 0, 1)), [AddTags(("lake",), ids(1))], id="a tag that was not set"),
        pytest.param(
            Wanted((), tagged("lake", 0, 1)),
            Wanted((), frozenset()),
            [RemoveTags(("lake",), ids(1))],
            id="a tag that was not taken off",
        ),
        pytest.param(
            None,
            Wanted((event("A", 0, 1),)),
            [AddMembers(event("A", 0, 1).key, ids(1))],
            id="a photo that was not put in",
        ),
        pytest.param(
            Wanted((event("A", 0, 1),)),
            Wanted((event("A", 0),)),
            [RemoveMembers(event("A", 0).key, ids(1))],
            id="a photo that was not taken out",
        ),
    ],
)
def test_a_photo_that_a_change_skipped_is_not_taken_for_done(
    desk: Desk, first: Wanted | None, wanted: Wanted, again: list[Change]
) -> None:
    """The gallery did it for p00 and not for p01: the next plan asks for p01 alone."""
    if first is not None:
        desk.run(first)
    gallery = desk.gallery
    answer = _skip("p01")

    def apply(change: Change) -> Outcome:
        outcome = answer(change)
        if outcome is not None:
            TinyGallery.apply(gallery, _without(change, "p01"))
        return outcome or TinyGallery.apply(gallery, change)

    gallery.apply = apply  # type: ignore[method-assign]
    desk.run(wanted)
    assert desk.changes(wanted) == again
    del gallery.__dict__["apply"]
    desk.run(wanted)
    assert desk.changes(wanted) == []


def _without(change: Change, photo_id: str) -> Change:
    return replace(change, photos=tuple(p for p in change.photos if p != photo_id))  # type: ignore[call-arg, union-attr]


def test_a_refused_change_is_told_and_the_rest_goes_on(desk: Desk, gallery: Moody) -> None:
    gallery.answer = lambda c: Outcome("refused", "no covers today") if isinstance(c, SetCover) else None
    run = desk.store.runs.start(desk.library, "curate")
    publishing = desk.fresh()
    publishing.plan(run, WANTED)
    applied = publishing.apply(run)
    assert [reason for _, reason in applied.refused] == ["no covers today"] * 2
    assert (applied.done, applied.already, applied.gone) == (3, 0, 0)
    assert {a.cover for a in desk.fresh().ledger.albums.values()} == {None}
    assert [type(c) for c in desk.changes(WANTED)] == [SetCover, SetCover]


@pytest.mark.parametrize("after_writing", [False, True])
@pytest.mark.parametrize("n", range(5))
def test_a_gallery_that_breaks_off_is_finished_later(desk: Desk, gallery: Moody, n: int, after_writing: bool) -> None:
    twin = Desk(desk.store, TinyGallery(shots=dict(gallery.shots)), "twin")
    twin.run(WANTED)
    gallery.breaks_at, gallery.after_writing = n, after_writing
    with pytest.raises(GalleryUnreachable):
        desk.run(WANTED)
    assert len(desk.store.journal.pending(desk.library)) == 1
    gallery.breaks_at = None
    desk.run(WANTED)
    assert desk.store.journal.pending(desk.library) == []
    assert gallery.look() == twin.gallery.look()
    assert desk.changes(WANTED) == []


@pytest.mark.parametrize("kind", [UNDO, UNDO_FOR_GOOD])
@pytest.mark.parametrize("n", range(5))
def test_a_run_that_broke_off_after_a_write_is_taken_back_whole(desk: Desk, gallery: Moody, n: int, kind: str) -> None:
    """The last write was made and never confirmed: it is of that run all the same."""
    before = gallery.look()
    gallery.breaks_at, gallery.after_writing = n, True
    with pytest.raises(GalleryUnreachable):
        desk.run(WANTED)
    gallery.breaks_at = None
    (broken,) = [run.id for run in desk.store.runs.list(desk.library)]
    desk.undo(broken, kind)
    assert gallery.look() == before


@pytest.mark.parametrize("n", range(7))
def test_an_undo_for_good_that_broke_off_is_finished_for_good(desk: Desk, gallery: Moody, n: int) -> None:
    before = gallery.look()
    run = desk.run(WANTED)
    gallery.breaks_at, gallery.after_writing = min(n, 6), True
    with pytest.raises(GalleryUnreachable):
        desk.undo(run, UNDO_FOR_GOOD)
    gallery.breaks_at = None
    desk.undo(run, UNDO_FOR_GOOD)
    assert gallery.look() == before
    assert desk.changes(WANTED) == [], "for good"


def test_the_guard_stops_before_the_first_write(desk: Desk, gallery: Moody) -> None:
    desk.run(WANTED)
    before = gallery.look()
    with pytest.raises(GuardStopped, match="nothing was written"):
        desk.run(Wanted((), frozenset()), Guard(share=0.2, count=5))
    assert gallery.look() == before
    desk.run(Wanted((), frozenset()))
    assert gallery.look() == ((), (), (), ())


def test_undo_of_a_run_of_nothing(desk: Desk, gallery: Moody) -> None:
    run = desk.run(Wanted())
    desk.undo(run)
    assert gallery.look() == ((), (), (), ())


def test_a_store_that_was_deleted(desk: Desk, gallery: Moody, tmp_path: Path) -> None:
    """Nothing is written until `adopt`; from then on the albums are kept up to date again, edits of now included."""
    desk.run(WANTED)
    before = gallery.look()
    with open_store(Settings(data_dir=tmp_path / "new")) as fresh:
        forgetful = Desk(fresh, gallery)
        assert forgetful.changes(WANTED) == []
        assert forgetful.changes(WANTED) == []
        assert gallery.look() == before
        assert forgetful.fresh().adopt() == 2
        assert forgetful.fresh().adopt() == 0
        assert forgetful.changes(WANTED) == []
        grown = event("Early", 0, 1, 2, 3, 9, cover=1)
        assert forgetful.changes(Wanted((LATE, grown))) == [AddMembers(EARLY.key, ids(9))]


def test_a_killed_creation_that_the_user_has_named_since(desk: Desk, gallery: Moody) -> None:
    gallery.breaks_at, gallery.after_writing = 0, True
    with pytest.raises(GalleryUnreachable):
        desk.run(Wanted((EARLY,)))
    gallery.breaks_at = None
    gallery.edit("album1", title="Mine")
    desk.run(Wanted((EARLY,)))
    assert [(a.title, gallery.members(a.id)) for a in gallery.albums()] == [("Mine", EARLY.photos)]
    assert not any(isinstance(c, CreateAlbum) for c in desk.changes(Wanted((EARLY,))))


@pytest.mark.parametrize(
    ("outcome", "done", "refused"),
    [
        pytest.param(Outcome("done"), 1, 0, id="made"),
        pytest.param(Outcome("refused", "no"), 0, 1, id="refused"),
        pytest.param(
            Outcome("done", "1 of 2 photos: broken sidecar", skipped=("p01",)), 1, 1, id="made for one of two"
        ),
    ],
)
def test_what_was_not_made_is_counted(outcome: Outcome, done: int, refused: int) -> None:
    applied = Applied()
    applied.count(AddTags(("lake",), ("p00", "p01")), outcome)
    assert (applied.done, len(applied.refused)) == (done, refused)
