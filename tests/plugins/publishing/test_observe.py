"""Whatever the user does to what we published is seen once, and stays."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import pytest
from fakes.playing import Library, event, ids, tagged
from fakes.tiny import TinyGallery

from plugins.publishing.observe import adopt, observe
from plugins.records import Album, Marker

LISBON, HOME = event("Lisbon", 0, 1, 2, 3, cover=1, text="4 photos"), event("Home", 10, 11, 12)
TAGS = tagged("lake", 0, 1) | tagged("Lisbon", 2)


@pytest.fixture
def library() -> Library:
    made = Library()
    made.run(LISBON, HOME, tags=TAGS)
    return made


ALBUM = "album1"  # Lisbon, made first

EDITS = [
    pytest.param(
        lambda g: g.edit(ALBUM, title="Anna's birthday"),
        [("renamed", "Anna's birthday", ())],
        lambda g: g.shown[ALBUM].title,
        id="renamed: theirs stays",
    ),
    pytest.param(
        lambda g: g.edit(ALBUM, title=""),
        [("renamed", "", ())],
        lambda g: g.shown[ALBUM].title,
        id="no title is a title too",
    ),
    pytest.param(
        lambda g: g.edit(ALBUM, description="The week when it rained"),
        [("described", "Lisbon", ())],
        lambda g: g.shown[ALBUM].description,
        id="described: theirs stays",
    ),
    pytest.param(
        lambda g: g.take_out(ALBUM, "p03"),
        [("removed", "Lisbon", ids(3))],
        lambda g: [a for a in g.shown if "p03" in g.members(a)],
        id="photo removed: never added again",
    ),
    pytest.param(
        lambda g: g.inside[ALBUM].append("p15"),
        [("added", "Lisbon", ids(15))],
        lambda g: "p15" in g.members(ALBUM),
        id="photo added: stays",
    ),
    pytest.param(
        lambda g: g.delete(ALBUM),
        [("deleted", "Lisbon", ())],
        lambda g: [a for a in g.shown if "p00" in g.members(a)],
        id="album deleted: a tombstone",
    ),
    pytest.param(
        lambda g: g.edit(ALBUM, marker=None),
        [("released", "Lisbon", ())],
        lambda g: (g.shown[ALBUM], g.members(ALBUM)),
        id="marker removed: hands off",
    ),
    pytest.param(
        lambda g: g.edit(ALBUM, cover="p02"),
        [("chose a cover", "Lisbon", ())],
        lambda g: g.shown[ALBUM].cover,
        id="cover chosen: stays",
    ),
    pytest.param(
        lambda g: g.edit(ALBUM, cover=None),
        [("chose a cover", "Lisbon", ())],
        lambda g: g.shown[ALBUM].cover,
        id="cover taken off: stays off",
    ),
    pytest.param(
        lambda g: g.our_tags.discard(("p00", "lake")),
        [("rejected the tag", "lake", ids(0))],
        lambda g: ("p00", "lake") in g.our_tags,
        id="tag removed: never set again",
    ),
]
Edit: TypeAlias = Callable[[TinyGallery], object]


@pytest.mark.parametrize(("edit", "seen", "part"), EDITS)
def test_an_edit_is_kept_and_told_once(library: Library, edit: Edit, seen: list[object], part: Edit) -> None:
    edit(library.gallery)
    after = library.gallery.look()
    assert library.run(LISBON, HOME, tags=TAGS).changes == (), "nothing is put back"
    assert library.edits() == seen
    assert library.run(LISBON, HOME, tags=TAGS).changes == ()
    assert library.edits() == [], "an edit that we know is no news"
    assert library.gallery.look() == after


@pytest.mark.parametrize(("edit", "seen", "part"), EDITS)
def test_an_edit_outlives_what_the_methods_want_next(library: Library, edit: Edit, seen: object, part: Edit) -> None:
    """A new title, text and cover, more photos and tags, then fewer, then none: what is the user's stays."""
    was = part(library.gallery)
    edit(library.gallery)
    theirs = part(library.gallery)
    assert theirs != was
    for title, numbers in [("Lisbon, 3 May", range(6)), ("Lisbon again", range(3)), ("Back", range(4))]:
        library.run(event(title, *numbers, cover=0, text=title), HOME, tags=TAGS | tagged("lake", *numbers))
        assert part(library.gallery) == theirs
    library.run(tags=frozenset())
    assert part(library.gallery) == theirs


@pytest.mark.parametrize(
    ("before", "edit", "after"),
    [
        pytest.param("ours", lambda g: None, "ours", id="nobody did anything"),
        pytest.param("ours", lambda g: g.our_tags.clear(), "rejected", id="ours, taken off: rejected"),
        pytest.param(
            "ours", lambda g: g.user_tags.add(("p00", "lake")), "user", id="ours, put by the user too: theirs"
        ),
        pytest.param("user", lambda g: None, "user", id="confirmed, and still there"),
        pytest.param("user", lambda g: g.our_tags.clear(), "rejected", id="confirmed, then taken off: rejected"),
        pytest.param("rejected", lambda g: g.our_tags.clear(), "rejected", id="rejected stays so"),
        pytest.param("rejected", lambda g: None, "user", id="rejected, put on again: confirmed"),
        pytest.param("ours", lambda g: g.shots.clear(), "ours", id="a photo that left says nothing about its tags"),
    ],
)
def test_tags(before: str, edit: Callable[[object], object], after: str) -> None:
    library = Library()
    library.gallery.our_tags = {("p00", "lake")}
    library.journal.tags = {("p00", "lake"): before}  # type: ignore[dict-item]
    edit(library.gallery)
    library.plan()
    assert library.ledger.tags == {("p00", "lake"): after}


def test_a_photo_that_leaves_and_comes_back_is_whose_it_was(library: Library) -> None:
    """A disk that was not mounted for a night makes no photo the user's."""
    album = library.album("Lisbon")
    library.gallery.take_out(album, "p03")
    library.gallery.inside[album].append("p15")
    library.plan(LISBON, HOME)
    before, members = library.gallery.look(), dict(library.ledger.albums[LISBON.key].members)
    away = {p: library.gallery.shots.pop(p) for p in ids(2, 3, 15)}
    library.run(event("Lisbon", 0, 1, cover=1, text="4 photos"), HOME)
    assert library.edits() == [], "nobody took them out"
    library.gallery.shots |= away
    assert library.run(LISBON, HOME).changes == ()
    assert library.edits() == [], "nobody put them in"
    assert library.ledger.albums[LISBON.key].members == members
    assert library.gallery.look() == before


def test_a_cover_that_went_with_its_photo_was_nobodys_choice(library: Library) -> None:
    album = library.album("Lisbon")
    library.gallery.edit(album, cover="p02")
    library.plan(LISBON, HOME)
    del library.gallery.shots["p02"]
    library.gallery.edit(album, cover=None)
    library.run(event("Lisbon", 0, 1, 3, cover=0, text="4 photos"), HOME)
    assert library.edits() == []
    assert library.gallery.shown[album].cover == "p00"


def test_a_chosen_cover_holds_its_photo_in_the_album(library: Library) -> None:
    library.gallery.edit(library.album("Lisbon"), cover="p03")
    library.run(event("Lisbon", 0, 1, 2, cover=1, text="3 photos"), HOME)
    assert library.shown()["Lisbon"] == ids(0, 1, 2, 3)


@pytest.mark.parametrize("again", ["the marker is back", "the album is back"])
def test_an_album_brought_back_is_ours_again_but_all_in_it_is_the_users(library: Library, again: str) -> None:
    album = library.album("Lisbon")
    kept, members = library.gallery.shown[album], list(library.gallery.inside[album])
    if again == "the marker is back":
        library.gallery.edit(album, marker=None)
    else:
        library.gallery.delete(album)
    library.plan(LISBON, HOME)
    library.gallery.shown[album], library.gallery.inside[album] = kept, members
    before = library.gallery.look()
    assert library.plan(event("Other words", 0, 1, cover=0), HOME).changes == ()
    assert library.edits() == [("restored", "Lisbon", ())]
    assert library.gallery.look() == before


def test_of_two_albums_with_one_marker_the_known_one_is_ours(library: Library) -> None:
    """The user duplicated an album and edits the copy."""
    known = library.gallery.shown[library.album("Lisbon")]
    copy = Album("a copy", "Lisbon for Ben", "", "p00", known.marker)
    library.gallery.shown = {copy.id: copy, **library.gallery.shown}  # the gallery lists it first
    library.gallery.inside[copy.id] = list(ids(0, 15))
    assert library.plan(LISBON, HOME).changes == ()
    assert library.edits() == []
    library.gallery.delete(known.id)
    assert library.plan(LISBON, HOME).changes == (), "the copy has taken its place, with all the user made of it"
    assert ("renamed", "Lisbon for Ben", ()) in library.edits()


@pytest.fixture
def forgotten(library: Library) -> Library:
    """The store was deleted: albums of ours are there, and no memory of them."""
    return Library(gallery=library.gallery)


@pytest.mark.parametrize(
    "edit",
    [
        pytest.param(lambda g: None, id="nothing since"),
        pytest.param(lambda g: g.delete("album1"), id="one deleted since"),
        pytest.param(lambda g: g.edit("album1", marker=None), id="one taken over since"),
        pytest.param(lambda g: g.edit("album1", title="Mine"), id="one renamed since"),
    ],
)
def test_without_memory_nothing_is_planned_until_adopted(forgotten: Library, edit: Callable[[object], object]) -> None:
    new = event("New", 15, 16, 17)
    plan = forgotten.plan(LISBON, HOME, new, tags=TAGS | tagged("lake", 15))
    assert plan.changes == ()
    assert plan.blocked.startswith("2 albums")
    assert {o.edit for o in forgotten.seen} == {"found"}
    edit(forgotten.gallery)
    before = forgotten.gallery.look()
    plan = forgotten.run(LISBON, HOME, new, tags=TAGS | tagged("lake", 15))
    assert plan.changes == ()
    assert plan.blocked
    assert forgotten.gallery.look() == before


def test_adopted_albums_are_ours_as_they_are(forgotten: Library) -> None:
    forgotten.plan()
    ledger = forgotten.ledger
    now, _ = forgotten_now(forgotten)
    touched = adopt(ledger, now)
    forgotten.journal.save(ledger, touched)
    assert touched.albums == {LISBON.key, HOME.key}
    assert forgotten.plan(LISBON, HOME).changes == ()
    forgotten.run(event("Lisbon, 3 May", 0, 1, 2, 3, cover=1, text="4 photos"), HOME)
    assert set(forgotten.shown()) == {"Lisbon, 3 May", "Home"}


def test_adopted_albums_keep_what_differs_from_what_we_would_make(forgotten: Library) -> None:
    """The user had renamed one album, put a photo into it and chosen a cover before the memory was lost."""
    gallery = forgotten.gallery
    gallery.edit("album1", title="Mine", cover=ids(2)[0])
    gallery.inside["album1"].append(ids(15)[0])
    before = gallery.look()
    forgotten.plan()
    now, _ = forgotten_now(forgotten)
    forgotten.journal.save(forgotten.ledger, adopt(forgotten.ledger, now, (LISBON, HOME)))
    assert forgotten.run(LISBON, HOME).changes == ()
    assert gallery.look() == before
    forgotten.run(event("Lisbon, 3 May", 0, 1, cover=1, text="2 photos"), event("At home", 5, 6, 7, cover=5))
    assert "Mine" in forgotten.shown()
    assert ids(15)[0] in gallery.inside["album1"]


def forgotten_now(library: Library) -> tuple[object, object]:
    from plugins.publishing.apply import look

    return look(library.gallery, library.gallery.photos(), library.ledger, library.journal)


def test_a_strangers_album_with_a_marker_is_read_only(library: Library) -> None:
    """An album of another library, or of a backup, turns up among those that we know."""
    library.gallery.shown["old"] = Album("old", "Old", "", None, Marker("event", "event-0"))
    library.gallery.inside["old"] = list(ids(15, 16))
    before = library.gallery.look()
    assert library.run(LISBON, HOME, event("Fifteen", 15, 16, 17)).changes == ()
    assert library.edits() == [("found", "Old", ())]
    assert library.gallery.look() == before


def test_observing_twice_changes_nothing(library: Library) -> None:
    library.gallery.edit(library.album("Home"), title="Mine")
    ledger = library.ledger
    now, _ = forgotten_now(library)
    assert observe(ledger, now)[0] != []
    assert observe(ledger, now) == ([], type(observe(ledger, now)[1])())
