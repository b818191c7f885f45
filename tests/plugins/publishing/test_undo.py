"""A run taken back: the gallery as before it, but for what the user has done since."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from fakes.playing import Library, event, ids, tagged
from fakes.tiny import TinyGallery

from plugins.changes import AddTags, RemoveTags
from plugins.publishing.apply import look
from plugins.publishing.undo import undo_changes
from plugins.publishing.wanted import WantedAlbum

EARLY, LATE = event("Early", 0, 1, 2, 3, cover=1), event("Late", 4, 5, 6, 7, 8, cover=5)
BOTH = event("Both", *range(9), cover=2, kind="trip", text="nine")
FIRST = "album1"  # the one that the run made first


@pytest.mark.parametrize(
    ("before", "run"),
    [
        pytest.param(None, [EARLY, LATE], id="the first run"),
        pytest.param([EARLY, LATE], [EARLY, LATE], id="a run that did nothing"),
        pytest.param([LATE, EARLY], [BOTH], id="a merge: the deleted album is there again"),
        pytest.param([BOTH], [EARLY, LATE], id="a split"),
        pytest.param([EARLY], [event("New words", 0, 1, 2, 3, cover=3, text="other")], id="words and cover"),
        pytest.param([EARLY], [event("Early", 1, 2, cover=1)], id="photos taken out"),
        pytest.param([EARLY, LATE], [], id="everything taken away"),
    ],
)
def test_undo_restores_the_gallery(before: list[WantedAlbum] | None, run: list[WantedAlbum]) -> None:
    library = Library()
    if before is not None:
        library.run(*before, tags=tagged("lake", 0, 1))
    was = library.gallery.look()
    library.run(*run, tags=tagged("lake", 1, 2) | tagged("Lisbon", 5))
    library.undo()
    assert library.gallery.look() == was
    done = list(library.journal.done)
    library.undo(done=[])
    assert library.gallery.look() == was
    assert library.journal.done == done, "nothing is left to take back"


@pytest.mark.parametrize("for_good", [False, True])
def test_undone_twice_is_undone_once(for_good: bool) -> None:
    library = Library()
    library.run(EARLY, tags=tagged("lake", 0))
    done = list(library.journal.done)
    library.undo(for_good, done)
    after, ledger = library.gallery.look(), library.ledger
    library.undo(for_good, done)
    assert library.gallery.look() == after
    assert library.ledger == ledger


@pytest.mark.parametrize(
    ("edit", "stays", "told"),
    [
        pytest.param(lambda g: None, False, False, id="nothing"),
        pytest.param(lambda g: g.edit(FIRST, title="Mine"), True, True, id="renamed"),
        pytest.param(lambda g: g.edit(FIRST, description="Rain"), True, True, id="described"),
        pytest.param(lambda g: g.edit(FIRST, cover="p07"), True, True, id="cover chosen"),
        pytest.param(lambda g: g.inside[FIRST].append("p15"), True, True, id="photo put in"),
        pytest.param(lambda g: g.edit(FIRST, marker=None), True, False, id="marker removed: no business of ours"),
        pytest.param(lambda g: g.take_out(FIRST, "p07"), False, False, id="photo taken out: nothing would be lost"),
        pytest.param(lambda g: g.edit(FIRST, cover=None), False, False, id="cover taken off: nothing would be lost"),
        pytest.param(lambda g: g.delete(FIRST), False, False, id="deleted: stays so"),
    ],
)
def test_what_the_user_has_built_on_stays_whole(edit: Callable[[TinyGallery], object], stays: bool, told: bool) -> None:
    library = Library()
    library.run(LATE, EARLY)
    edit(library.gallery)
    before = {album: (library.gallery.shown[album], library.gallery.members(album)) for album in library.gallery.shown}
    kept = library.undo()
    after = {album: (library.gallery.shown[album], library.gallery.members(album)) for album in library.gallery.shown}
    assert after == ({FIRST: before[FIRST]} if stays else {})
    assert [album.gallery_id for album in kept] == ([FIRST] if told else [])


def test_later_words_of_the_user_outlive_the_undo_of_ours() -> None:
    library = Library()
    library.run(EARLY)
    library.run(event("Ours", 0, 1, 2, 3, 4, cover=4, text="ours"))
    library.gallery.edit(FIRST, title="Mine")
    library.undo()
    assert library.shown() == {"Mine": ids(0, 1, 2, 3)}
    assert library.gallery.shown[FIRST].description == ""
    assert library.gallery.shown[FIRST].cover == "p01"


def test_a_photo_of_the_users_choice_is_not_put_back_or_taken_out() -> None:
    library = Library()
    library.run(EARLY, LATE)
    library.run(event("Early", 0, 1, 2, 3, 9, 10, cover=1), event("Late", 5, 6, 7, 8, cover=5))  # 9, 10 in; 4 out
    late = library.album("Late")
    library.gallery.take_out(late, "p08")
    library.gallery.edit(library.album("Early"), cover="p10")
    library.undo()
    assert library.shown() == {"Early": ids(0, 1, 2, 3, 10), "Late": ids(4, 5, 6, 7)}


@pytest.mark.parametrize(
    ("edit", "carried"),
    [
        pytest.param(lambda g: None, set(), id="ours go"),
        pytest.param(lambda g: g.user_tags.add(("p00", "lake")), {("p00", "lake")}, id="a confirmed one stays"),
        pytest.param(lambda g: g.our_tags.discard(("p00", "lake")), set(), id="a rejected one stays away"),
        pytest.param(lambda g: g.shots.pop("p00"), {("p00", "lake")}, id="of a photo that is gone nothing is asked"),
    ],
)
def test_tags_of_a_run(edit: Callable[[TinyGallery], object], carried: set[tuple[str, str]]) -> None:
    library = Library()
    library.run(tags=tagged("lake", 0, 1))
    edit(library.gallery)
    library.undo()
    assert (library.gallery.our_tags | library.gallery.user_tags) - {("p01", "lake")} == carried
    assert ("p01", "lake") not in library.gallery.our_tags


def test_all_tags_of_a_photo_are_taken_back_in_one_change() -> None:
    """Whether a run set them in one change or, as older versions did, tag by tag."""
    library = Library()
    library.run(tags=tagged("lake", 0, 1, 2) | tagged("Lisbon", 1) | tagged("rain", 1))
    library.gallery.our_tags.discard(("p02", "lake"))
    ledger = library.ledger
    now, _ = look(library.gallery, library.gallery.photos(), ledger, library.journal)
    one_by_one = [AddTags((t,), (p,)) for c in library.journal.done for p in c.photos for t in c.tags]  # type: ignore[union-attr]
    for done in (library.journal.done, one_by_one):
        changes, _ = undo_changes(done, ledger, now, library.gallery.capabilities)
        assert changes == [RemoveTags(("Lisbon", "lake", "rain"), ids(1)), RemoveTags(("lake",), ids(0))]


def test_tags_that_a_run_took_off_come_back_unless_the_user_has_a_say() -> None:
    library = Library()
    library.run(tags=tagged("lake", 0, 1, 2))
    library.run(tags=frozenset())
    library.gallery.user_tags.add(("p00", "lake"))
    del library.gallery.shots["p02"]
    library.undo()
    assert library.gallery.our_tags == {("p01", "lake")}, "the user's own is not ours, whatever we did before"


@pytest.mark.parametrize(
    ("for_good", "again"),
    [
        pytest.param(False, True, id="the next run may publish the same"),
        pytest.param(True, False, id="for good: never"),
    ],
)
def test_after_an_undo(for_good: bool, again: bool) -> None:
    library = Library()
    library.run(EARLY, LATE, tags=tagged("lake", 0))
    published = library.gallery.look()
    library.undo(for_good)
    empty = library.gallery.look()
    assert empty == Library().gallery.look()
    plan = library.run(EARLY, LATE, tags=tagged("lake", 0))
    assert library.gallery.look() == (published if again else empty)
    assert len(plan.suppressed) == (0 if again else 2)


def test_undo_for_good_of_words_members_and_tags_is_a_decision() -> None:
    library = Library()
    library.run(EARLY, tags=tagged("lake", 0))
    was = library.gallery.look()
    wanted, tags = event("Other", 0, 1, 2, 4, cover=4, text="other"), tagged("lake", 2)
    library.run(wanted, tags=tags)
    library.undo(for_good=True)
    assert library.gallery.look() == was
    assert library.run(wanted, tags=tags).changes == ()
    assert library.gallery.look() == was


def test_what_the_user_took_out_stays_out_of_an_album_that_was_undone_and_made_again() -> None:
    library = Library()
    library.run(EARLY)
    library.gallery.take_out(FIRST, "p03")
    library.undo()
    assert library.shown() == {}
    library.run(EARLY)
    assert library.shown() == {"Early": ids(0, 1, 2)}


def test_an_album_whose_photos_are_all_gone_does_not_come_back_empty() -> None:
    library = Library()
    library.run(EARLY, LATE)
    library.run(LATE)
    for p in EARLY.photos:
        del library.gallery.shots[p]
    library.undo()
    assert set(library.shown()) == {"Late"}
