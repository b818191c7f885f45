"""A gallery as servers are: so many photos a call, tags that are worked in later, covers that it picks by itself."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from fakes.playing import Library, event, ids, tagged
from fakes.racy import RacyGallery
from fakes.tiny import TinyGallery

from plugins.changes import AddMembers, AddTags, Change, CreateAlbum, RemoveTags, SetCover
from plugins.galleries import Capabilities
from plugins.tag_changes import tag_changes

HOME = event("Home", 10, 11, 12)
TAGS = tagged("lake", 0, 1) | tagged("Lisbon", 2)
ALBUM = "album1"  # the one that is made first


@pytest.mark.parametrize(
    ("pairs", "changes"),
    [
        pytest.param([], [], id="none"),
        pytest.param(
            tagged("lake", 1, 0) | tagged("rain", 0, 1),
            [AddTags(("lake", "rain"), ids(0, 1))],
            id="photos with the same tags share one change",
        ),
        pytest.param(
            tagged("lake", 0, 1, 2) | tagged("rain", 1),
            [AddTags(("lake",), ids(0, 2)), AddTags(("lake", "rain"), ids(1))],
            id="a photo with more has one of its own",
        ),
        pytest.param(
            tagged("lake", *range(7)),
            [AddTags(("lake",), ids(0, 1, 2)), AddTags(("lake",), ids(3, 4, 5)), AddTags(("lake",), ids(6))],
            id="no more photos than the gallery takes",
        ),
        pytest.param(
            tagged("Lake", 0) | tagged("lake", 0), [AddTags(("Lake", "lake"), ids(0))], id="case makes another tag"
        ),
    ],
)
def test_all_tags_of_a_photo_are_in_one_change(pairs: frozenset[tuple[str, str]], changes: list[Change]) -> None:
    assert list(tag_changes(AddTags, pairs, 3)) == changes
    library = Library(gallery=TinyGallery(shots=Library().gallery.shots, capabilities=Capabilities(tag_photos=3)))
    assert list(library.run(tags=pairs).changes) == changes
    assert library.run(tags=pairs).changes == ()
    undone = library.run(tags=frozenset()).changes
    assert [RemoveTags(c.tags, c.photos) for c in changes if isinstance(c, AddTags)] == list(undone)


def test_a_large_album_is_made_with_as_many_photos_as_the_gallery_takes_at_once() -> None:
    library = Library(gallery=TinyGallery(shots=Library().gallery.shots, capabilities=Capabilities(member_photos=3)))
    first, *more = library.run(event("Long", *range(8), cover=7)).changes
    assert isinstance(first, CreateAlbum)
    assert first.photos == ids(0, 1, 2)
    assert more[:-1] == [AddMembers(first.key, ids(3, 4, 5)), AddMembers(first.key, ids(6, 7))]
    assert more[-1] == SetCover(first.key, "p07", was=None)
    assert library.shown() == {"Long": ids(*range(8))}
    assert library.ledger.albums[first.key].photos("ours") == frozenset(ids(*range(8)))


@pytest.fixture
def picking() -> Library:
    """A library whose gallery shows an album by a photo that it picks, and does not tell whose a tag is."""
    library = Library(gallery=RacyGallery(shots=Library().gallery.shots))
    library.run(event("Bare", 0, 1, 2), HOME, tags=TAGS)
    return library


def _covers(library: Library) -> dict[str, tuple[str | None, bool]]:
    return {a.title: (a.cover, a.user_cover) for a in library.ledger.albums.values()}


def test_a_cover_that_the_gallery_picked_is_nobodys_choice(picking: Library) -> None:
    assert picking.plan(event("Bare", 0, 1, 2), HOME, tags=TAGS).changes == ()
    assert (picking.edits(), _covers(picking)) == ([], {"Bare": ("p00", False), "Home": ("p10", False)})
    changed = picking.run(event("Bare", 0, 1, 2, cover=2), HOME, tags=TAGS).changes
    assert [type(change) for change in changed] == [SetCover]
    assert picking.plan(event("Bare", 0, 1, 2, cover=2), HOME, tags=TAGS).changes == ()
    assert picking.edits() == []


@pytest.mark.parametrize(
    ("edit", "edits", "cover"),
    [
        pytest.param(
            lambda g: g.edit(ALBUM, cover="p01"), [("chose a cover", "Bare", ())], "p01", id="another one is a choice"
        ),
        pytest.param(
            lambda g: g.take_out(ALBUM, "p00"),
            [("removed", "Bare", ids(0))],
            "p01",
            id="whether it or the user replaced one that went nobody can tell: it stays",
        ),
    ],
)
def test_a_cover_beside_the_one_that_was_picked(
    picking: Library, edit: Callable[[TinyGallery], object], edits: list[object], cover: str
) -> None:
    edit(picking.gallery)
    for _ in range(2):
        picking.run(event("Bare", 0, 1, 2, cover=2), HOME, tags=TAGS)
        assert {a.title: a.cover for a in picking.gallery.albums()}["Bare"] == cover
        assert picking.edits() == edits
        edits = []


def test_tags_that_read_as_anybodys_stay_ours(picking: Library) -> None:
    assert all("lake" in photo.tags for photo in picking.gallery.photos() if photo.id in ids(0, 1))
    assert picking.plan(event("Bare", 0, 1, 2), HOME, tags=TAGS).changes == ()
    assert set(picking.ledger.tags.values()) == {"ours"}


def test_a_tag_that_the_gallery_has_lost_is_not_one_that_the_user_took_off() -> None:
    """It goes away before the tags are worked in, and one of them is lost: the next run sets it again."""
    library = Library(gallery=RacyGallery(shots=Library().gallery.shots, slow=1))
    library.run(tags=TAGS)
    assert (library.ledger.tags, len(library.journal.pending())) == ({}, 2)
    library.gallery.our_tags = set()
    library.gallery.slow = 1
    assert library.plan(tags=TAGS).changes == (), "nothing is asked for twice while the gallery works on it"
    assert library.plan(tags=TAGS).changes == ()
    assert (library.edits(), library.journal.pending()) == ([], ())
    assert library.ledger.tags == dict.fromkeys(TAGS, "ours")
    assert library.gallery.our_tags == TAGS


def test_a_tag_that_is_still_being_taken_off_is_not_one_that_the_user_took_off() -> None:
    library = Library(gallery=RacyGallery(shots=Library().gallery.shots))
    library.run(tags=TAGS)
    library.gallery.slow = 2
    library.run(tags=frozenset())
    library.gallery.our_tags = set()
    library.plan(tags=frozenset())
    assert library.edits() == []
    assert library.plan(tags=frozenset()).changes == ()
    assert (library.edits(), library.ledger.tags) == ([], {})


@pytest.mark.parametrize(
    ("whose", "edit"),
    [
        pytest.param("ours", lambda g: None, id="one that we put in"),
        pytest.param("theirs", lambda g: g.inside[ALBUM].append("p03"), id="one that the user put in"),
    ],
)
def test_a_photo_that_the_gallery_itself_took_out_is_put_in_again(
    whose: str, edit: Callable[[TinyGallery], object]
) -> None:
    """Else a photo that was in the archive for a night would never come back into its album."""
    library = Library()
    library.run(event("Lisbon", 0, 1, 2))
    edit(library.gallery)
    wanted = event("Lisbon", 0, 1, 2, 3)
    library.run(wanted)
    gone = "p02" if whose == "ours" else "p03"
    library.gallery.drop(ALBUM, gone)
    plan = library.run(wanted)
    assert library.edits() == [], "nobody has taken it out"
    assert plan.changes == (AddMembers(wanted.key, (gone,)),)
    assert library.shown() == {"Lisbon": ids(0, 1, 2, 3)}
    assert library.run(wanted).changes == ()


def test_a_photo_that_the_gallery_took_out_stays_out_where_nobody_wants_it() -> None:
    library = Library()
    library.run(event("Lisbon", 0, 1, 2))
    library.gallery.drop(ALBUM, "p02")
    assert library.run(event("Lisbon", 0, 1)).changes == ()
    assert library.edits() == []
    assert library.ledger.albums[event("Lisbon", 0).key].members == dict.fromkeys(ids(0, 1), "ours")


def test_what_the_user_took_out_before_the_gallery_did_stays_out() -> None:
    library = Library()
    library.run(event("Lisbon", 0, 1, 2))
    library.gallery.take_out(ALBUM, "p02")
    library.plan(event("Lisbon", 0, 1, 2))
    library.gallery.let_go[ALBUM] = {"p02"}
    assert library.run(event("Lisbon", 0, 1, 2)).changes == ()
    assert library.ledger.albums[event("Lisbon", 0).key].members["p02"] == "removed"
