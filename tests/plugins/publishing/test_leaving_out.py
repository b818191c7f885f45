"""What the user leaves out of a plan stays out of all to come, as if they had taken it back in the gallery."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from fakes.playing import Library, event, ids, tagged

from plugins.changes import (
    AlbumChange,
    Change,
    CreateAlbum,
    DrawRegion,
    PersonChange,
    RemoveRegion,
    SetAlbumCover,
    SetPoster,
    TagChange,
)
from plugins.publishing.leaving_out import can_be_left_out, leave_out
from plugins.publishing.ledger import Ledger, LedgerCover, LedgerPoster
from plugins.publishing.wanted import WantedAlbum
from plugins.publishing.wanted_people import WantedPeople, WantedPerson

LAKE, TOWN = event("Lake", 0, 1, 2, 3, cover=1), event("Town", 6, 7, 8, 9, cover=7)
Wish = tuple[WantedAlbum, ...]


def leave(library: Library, changes: tuple[Change, ...], which: Callable[[Change], bool]) -> None:
    """Leave some changes of a plan out."""
    left = [change for change in changes if which(change)]
    assert left, "there is nothing to leave out"
    ledger = library.ledger
    library.journal.save(ledger, leave_out(left, ledger))


def of_lake(change: Change) -> bool:
    return isinstance(change, AlbumChange) and change.key == LAKE.key


@pytest.mark.parametrize(
    ("before", "wish"),
    [
        pytest.param((TOWN,), (TOWN, LAKE), id="an album that was to be made"),
        pytest.param((TOWN, LAKE), (TOWN, event("Lake", 0, 1, 2, 3, 4, 5, cover=1)), id="photos to be put in"),
        pytest.param((TOWN, LAKE), (TOWN, event("Lake", 0, 1, 2, cover=1)), id="photos to be taken out"),
        pytest.param((TOWN, LAKE), (TOWN, event("Lake", 0, 2, 3, cover=2)), id="the cover among those taken out"),
        pytest.param((TOWN, LAKE), (TOWN, event("The lake", 0, 1, 2, 3, cover=1)), id="another title"),
        pytest.param((TOWN, LAKE), (TOWN, event("Lake", 0, 1, 2, 3, cover=1, text="In Ticino")), id="other words"),
        pytest.param((TOWN, LAKE), (TOWN, event("Lake", 0, 1, 2, 3, cover=2)), id="another cover"),
        pytest.param((TOWN, LAKE), (TOWN,), id="an album that was to end"),
        pytest.param(
            (TOWN, LAKE),
            (TOWN, event("At the lake", 0, 1, 2, 4, cover=2, text="In Ticino")),
            id="all of that at once",
        ),
    ],
)
def test_what_is_left_out_of_an_album_stays_as_it_is(before: Wish, wish: Wish) -> None:
    library = Library()
    library.run(*before)
    shown, covers = library.shown(), {a.title: (a.cover, a.description) for a in library.gallery.albums()}
    leave(library, library.plan(*wish).changes, of_lake)
    for _ in range(2):  # the next night, and the one after it
        assert library.run(*wish).changes == ()
    assert library.shown() == shown
    assert {a.title: (a.cover, a.description) for a in library.gallery.albums()} == covers


def test_other_albums_of_the_plan_are_made() -> None:
    library = Library()
    leave(library, library.plan(LAKE, TOWN).changes, of_lake)
    library.run(LAKE, TOWN)
    assert library.shown() == {"Town": ids(6, 7, 8, 9)}


def test_what_was_left_out_is_not_made_under_another_name_with_more_photos() -> None:
    library = Library()
    leave(library, library.plan(LAKE).changes, of_lake)
    library.run(event("A day out", 0, 1, 2, 3, 4, 5))
    assert library.shown() == {}


def test_many_photos_of_an_album_come_in_several_changes() -> None:
    library = Library()
    library.gallery.capabilities = type(library.gallery.capabilities)(member_photos=2)
    changes = library.plan(LAKE).changes
    assert len([c for c in changes if of_lake(c)]) > 2
    leave(library, changes, of_lake)
    assert library.run(LAKE).changes == ()


def test_an_album_that_is_kept_is_still_ours_to_grow() -> None:
    """Keeping it was said of its end, not of what comes later."""
    library = Library()
    library.run(LAKE)
    leave(library, library.plan().changes, of_lake)
    library.run(event("Lake", 0, 1, 2, 3, 4, cover=1))
    assert library.shown() == {"Lake": ids(0, 1, 2, 3, 4)}


@pytest.mark.parametrize(
    ("before", "wish", "carried"),
    [
        pytest.param(frozenset(), tagged("lake", 0, 1), set(), id="tags to be set"),
        pytest.param(tagged("lake", 0, 1), frozenset(), {"p00", "p01"}, id="tags to be taken off"),
    ],
)
def test_tags_that_are_left_out(
    before: frozenset[tuple[str, str]], wish: frozenset[tuple[str, str]], carried: set[str]
) -> None:
    library = Library()
    library.run(tags=before)
    leave(library, library.plan(tags=wish).changes, lambda change: isinstance(change, TagChange))
    assert library.run(tags=wish).changes == ()
    assert set(library.gallery.tagged("lake")) == carried


@pytest.mark.parametrize("later", [pytest.param(3, id="the same faces"), pytest.param(4, id="and one more")])
def test_a_person_who_is_left_out_is_not_made(later: int) -> None:
    library = Library()
    for n in range(4):
        library.gallery.add_face(f"p0{n}")
    faces = tuple(f"p0{n}#0" for n in range(4))
    wish = WantedPeople((WantedPerson("person-1", "", faces[:3]),))
    leave(library, library.plan(people=wish).changes, lambda change: isinstance(change, PersonChange))
    plan = library.run(people=WantedPeople((WantedPerson("person-1", "", faces[:later]),)))
    assert plan.changes == ()
    assert list(library.gallery.people()) == []


@pytest.mark.parametrize(
    ("change", "known", "after"),
    [
        pytest.param(SetPoster("v", 1.5, None), None, LedgerPoster("removed", 1.5), id="a picture to be put there"),
        pytest.param(
            SetPoster("v", None, 1.5), LedgerPoster("ours", 1.5), LedgerPoster("user", 1.5), id="one to be taken away"
        ),
    ],
)
def test_the_picture_of_a_video(change: SetPoster, known: LedgerPoster | None, after: LedgerPoster) -> None:
    ledger = Ledger(posters={"v": known} if known else {})
    assert leave_out([change], ledger).posters == {"v"}
    assert ledger.posters == {"v": after}


def test_the_cover_of_the_users_own_album() -> None:
    ledger = Ledger()
    assert leave_out([SetAlbumCover("a", "p", None, "Theirs")], ledger).covers == {"a"}
    assert ledger.covers == {"a": LedgerCover("user", "p")}


@pytest.mark.parametrize(
    ("change", "can"),
    [
        pytest.param(CreateAlbum("e", "event", "E"), True, id="an album"),
        pytest.param(DrawRegion("p", "lake", (0, 0, 1, 1)), False, id="a region: nothing but the gallery remembers it"),
        pytest.param(RemoveRegion("p", "lake", (0, 0, 1, 1)), False, id="its end"),
    ],
)
def test_what_can_be_left_out(change: Change, can: bool) -> None:
    assert can_be_left_out(change) is can
