"""The plan: nothing where nothing is new, never over an edit, only what the gallery can do, not too much at once."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from fakes.playing import Library, event, ids, tagged

from plugins.changes import (
    AddMembers,
    AddTags,
    Change,
    CreateAlbum,
    DeleteAlbum,
    RemoveMembers,
    RemoveTags,
    RenameAlbum,
    SetCover,
)
from plugins.chunking import chunks
from plugins.galleries import Capabilities
from plugins.publishing.ledger import Ledger, LedgerAlbum
from plugins.publishing.plan import GuardStopped, check_guard
from plugins.publishing.wanted import WantedAlbum

EARLY, LATE = event("Early", 0, 1, 2, 3, cover=1), event("Late", 4, 5, 6, 7, 8, cover=5)
BOTH = event("Both", *range(9), cover=1)


@pytest.fixture
def library() -> Library:
    made = Library()
    made.run(LATE, EARLY)
    return made


@pytest.mark.parametrize(
    ("albums", "tags"),
    [
        pytest.param((), None, id="nothing is wanted and nothing is there"),
        pytest.param((EARLY, LATE), None, id="albums, and no step with an opinion on tags"),
        pytest.param((EARLY,), tagged("lake", 0, 15), id="tags in and out of albums"),
        pytest.param((event("Bare", 1, 2),), frozenset(), id="an album without a cover"),
    ],
)
def test_a_second_run_writes_nothing(albums: tuple[WantedAlbum, ...], tags: frozenset[tuple[str, str]] | None) -> None:
    library = Library()
    library.run(*albums, tags=tags)
    after = library.gallery.look()
    assert library.run(*albums, tags=tags).changes == ()
    assert library.gallery.look() == after


def test_an_album_is_made_whole_before_the_next(library: Library) -> None:
    assert [type(c) for c in Library().run(LATE, EARLY).changes] == [CreateAlbum, SetCover] * 2
    assert library.shown() == {"Early": ids(0, 1, 2, 3), "Late": ids(4, 5, 6, 7, 8)}


def test_albums_of_the_user_are_never_touched(library: Library) -> None:
    library.gallery.edit(library.album("Early"), marker=None, title="Mine")
    before = library.gallery.look()
    library.run(LATE, event("Early too", 0, 1, 2, 3, cover=1))
    assert library.gallery.look() == before


@pytest.mark.parametrize(
    ("edit", "lives_on", "title"),
    [
        pytest.param(lambda lib: None, "Late", "Both", id="nobody touched one: the larger"),
        pytest.param(
            lambda lib: lib.gallery.edit(lib.album("Early"), title="Mine"), "Early", "Mine", id="the renamed one"
        ),
        pytest.param(
            lambda lib: lib.gallery.edit(lib.album("Early"), description="Rain"),
            "Early",
            "Both",
            id="the described one",
        ),
        pytest.param(
            lambda lib: lib.gallery.take_out(lib.album("Early"), "p03"), "Early", "Both", id="one with a photo out"
        ),
        pytest.param(
            lambda lib: lib.gallery.edit(lib.album("Early"), cover="p02"), "Early", "Both", id="one with a cover chosen"
        ),
    ],
)
def test_merge(library: Library, edit: Callable[[Library], object], lives_on: str, title: str) -> None:
    survivor, early = library.album(lives_on), library.album("Early")
    edit(library)
    kept_out = {"p03"} - set(library.gallery.inside[early])
    library.run(BOTH)
    assert set(library.gallery.shown) == {survivor}
    assert library.gallery.shown[survivor].title == title
    assert set(library.gallery.members(survivor)) == set(BOTH.photos) - kept_out
    assert library.run(BOTH).changes == ()


def test_merge_of_two_that_the_user_touched_keeps_both(library: Library) -> None:
    for title in ("Early", "Late"):
        library.gallery.edit(library.album(title), title=f"My {title}")
    plan = library.run(BOTH)
    assert set(library.shown()) == {"My Early", "My Late"}
    assert [album.title for album in plan.kept] == ["My Early"], "the larger goes on, the other stays as it is"
    assert library.shown()["My Early"] == ids(0, 1, 2, 3)


@pytest.mark.parametrize("edit", [{}, {"title": "Mine"}, {"description": "Rain"}])
def test_split_leaves_the_album_with_its_larger_part(edit: dict[str, str]) -> None:
    library = Library()
    library.run(BOTH)
    album = library.album("Both")
    if edit:
        library.gallery.edit(album, **edit)
    library.run(event("Small", 0, 1, 2, cover=1), event("Large", 3, 4, 5, 6, 7, 8, cover=5))
    assert library.gallery.shown[album].title == edit.get("title", "Large")
    assert library.gallery.shown[album].description == edit.get("description", "")
    assert library.gallery.members(album) == ids(3, 4, 5, 6, 7, 8)
    assert library.shown()["Small"] == ids(0, 1, 2)


def test_a_removed_photo_follows_by_photo(library: Library) -> None:
    """Whatever the clustering makes of the others, it comes back into no album of this kind."""
    library.gallery.take_out(library.album("Early"), "p03")
    for wanted in [(EARLY, LATE), (BOTH,), (event("Other", 3, 9, 10, 11), LATE), (event("Alone", 3), LATE), (BOTH,)]:
        library.run(*wanted)
        assert not [title for title, photos in library.shown().items() if "p03" in photos]


def test_a_removed_photo_may_be_in_an_album_of_another_kind(library: Library) -> None:
    library.gallery.take_out(library.album("Early"), "p03")
    library.run(EARLY, LATE, event("Anna", 2, 3, kind="pile-0"))
    assert library.shown()["Anna"] == ids(2, 3)


@pytest.mark.parametrize(
    ("wanted", "made"),
    [
        pytest.param([EARLY], [], id="the same event"),
        pytest.param([event("Renamed", 0, 1, 2, 3)], [], id="the same by another name"),
        pytest.param([event("Trip", 0, 1, 2, 3, kind="trip")], [], id="the same, called a trip now"),
        pytest.param([event("From 2", 2, 3)], [], id="a part of it"),
        pytest.param([event("Half", 2, 3, 9, 10)], [], id="half of its photos were in it"),
        pytest.param([event("Others", 3, 9, 10, 11)], ["Others"], id="one photo of it is not enough"),
        pytest.param([event("Others", 9, 10)], ["Others"], id="other photos"),
        pytest.param([event("Anna", 0, 1, kind="pile-0")], ["Anna"], id="albums of another kind are not meant"),
    ],
)
@pytest.mark.parametrize("ended", ["deleted", "marker removed"])
def test_a_tombstone_follows_by_photo(library: Library, ended: str, wanted: list[WantedAlbum], made: list[str]) -> None:
    album = library.album("Early")
    if ended == "deleted":
        library.gallery.delete(album)
    else:
        library.gallery.edit(album, marker=None, title="Mine")
    before = set(library.shown())
    plan = library.run(*wanted, LATE)
    assert sorted(set(library.shown()) - before) == made
    assert [s.because.title for s in plan.suppressed] == ([] if made else ["Early"])
    if "Others" in made and wanted[0].photos[0] == "p03":
        assert library.shown()["Others"] == ids(9, 10, 11), "what was in the ended album stays out"
    assert library.run(*wanted, LATE).changes == ()


def test_what_one_tombstone_forbids_is_no_reason_to_delete_another(library: Library) -> None:
    library.gallery.delete(library.album("Late"))
    plan = library.run(BOTH)
    assert library.shown() == {"Early": ids(0, 1, 2, 3)}
    assert plan.changes == ()


def test_an_album_that_nobody_wants_goes_unless_touched(library: Library) -> None:
    library.gallery.inside[library.album("Early")].append("p15")
    plan = library.run()
    assert library.shown() == {"Early": ids(0, 1, 2, 3, 15)}
    assert [album.title for album in plan.kept] == ["Early"]
    assert library.run().changes == ()


def test_additions_come_before_the_cover_and_removals_after_it(library: Library) -> None:
    changes = library.run(event("Late", 5, 6, 7, 8, 9, cover=9), EARLY).changes
    assert [type(c) for c in changes] == [AddMembers, SetCover, RemoveMembers]


@pytest.mark.parametrize(
    ("gone", "albums"),
    [
        pytest.param(ids(4), {"Late": ids(5, 6, 7, 8)}, id="its first photo, after which it was named"),
        pytest.param(ids(4, 5, 6, 7), {"Late": ids(8)}, id="all but one"),
    ],
)
def test_an_album_outlives_its_photos(library: Library, gone: tuple[str, ...], albums: dict[str, object]) -> None:
    late = library.album("Late")
    for p in gone:
        del library.gallery.shots[p]
    if "p05" in gone:
        library.gallery.edit(late, cover=None)
    left = [n for n in range(4, 9) if f"p{n:02}" not in gone]
    library.run(event("Late", *left, cover=left[-1]), EARLY)
    assert library.gallery.members(late) == albums["Late"]
    assert len(library.shown()) == 2


def test_an_event_whose_photos_have_all_gone_leaves_no_album(library: Library) -> None:
    for p in ids(4, 5, 6, 7, 8):
        del library.gallery.shots[p]
    library.run(EARLY)
    assert set(library.shown()) == {"Early"}


@pytest.mark.parametrize(
    ("can", "kinds"),
    [
        pytest.param(Capabilities(), {CreateAlbum, SetCover, AddTags}, id="everything"),
        pytest.param(Capabilities(covers=False), {CreateAlbum, AddTags}, id="no covers"),
        pytest.param(Capabilities(tags=False), {CreateAlbum, SetCover}, id="no tags"),
        pytest.param(Capabilities(albums=False, covers=False), {AddTags}, id="no albums"),
    ],
)
def test_what_the_gallery_cannot_do_is_never_planned(can: Capabilities, kinds: set[type]) -> None:
    library = Library()
    library.gallery.capabilities = can
    plan = library.run(EARLY, tags=tagged("lake", 0))
    assert {type(c) for c in plan.changes} == kinds
    assert library.run(EARLY, tags=tagged("lake", 0)).changes == ()


def _by_user(library: Library) -> None:
    library.gallery.user_tags |= {("p00", "lake")}


def _rejected(library: Library) -> None:
    library.run(tags=tagged("lake", 0))
    library.gallery.our_tags.clear()


def _confirmed(library: Library) -> None:
    library.run(tags=tagged("lake", 0))
    library.gallery.user_tags |= {("p00", "lake")}


def _ours(library: Library) -> None:
    library.run(tags=tagged("lake", 0))


@pytest.mark.parametrize(
    ("before", "wanted", "changes"),
    [
        pytest.param(_by_user, tagged("lake", 0), [], id="the user's already: not set again"),
        pytest.param(_by_user, frozenset(), [], id="the user's: not taken off"),
        pytest.param(_rejected, tagged("lake", 0), [], id="rejected: not set again"),
        pytest.param(_rejected, frozenset(), [], id="rejected and not wanted"),
        pytest.param(_confirmed, frozenset(), [], id="confirmed: not taken off"),
        pytest.param(_confirmed, tagged("lake", 0), [], id="confirmed and wanted"),
        pytest.param(_ours, None, [], id="no step had an opinion: left alone"),
        pytest.param(_ours, frozenset(), [RemoveTags(("lake",), ids(0))], id="ours, and not wanted any more"),
        pytest.param(_ours, tagged("lake", 0, 2), [AddTags(("lake",), ids(2))], id="ours stays, another is set"),
        pytest.param(_ours, tagged("lake", 0, 99), [], id="a photo that is not there"),
    ],
)
def test_tags(
    before: Callable[[Library], None], wanted: frozenset[tuple[str, str]] | None, changes: list[Change]
) -> None:
    library = Library()
    before(library)
    assert list(library.run(tags=wanted).changes) == changes
    assert library.run(tags=wanted).changes == ()


def _owning(n: int) -> Ledger:
    """A library in which n things are ours: one album and its n - 1 members."""
    members = dict.fromkeys((f"m{i}" for i in range(n - 1)), "ours")
    return Ledger({"a": LedgerAlbum("a", "event", members=members)})  # type: ignore[arg-type]


def _removing(n: int) -> list[Change]:
    return [RemoveMembers("a", tuple(f"m{i}" for i in range(n)))]


@pytest.mark.parametrize(
    ("owned", "taken", "stopped"),
    [
        pytest.param(1000, 20, False, id="20 of 1,000"),
        pytest.param(1000, 200, False, id="20 % exactly"),
        pytest.param(1000, 201, True, id="one more than 20 %, and more than 20"),
        pytest.param(30, 20, False, id="20 exactly, though most of what we own"),
        pytest.param(30, 21, True, id="21 of 30"),
        pytest.param(10, 9, False, id="a small library may be emptied"),
    ],
)
def test_guard(owned: int, taken: int, stopped: bool) -> None:
    ledger, changes = _owning(owned), _removing(taken)
    if stopped:
        with pytest.raises(GuardStopped, match=f"{taken} of the {owned} .* --force"):
            check_guard(changes, ledger)
    else:
        check_guard(changes, ledger)


@pytest.mark.parametrize(
    ("changes", "n"),
    [
        pytest.param([DeleteAlbum("a", "event", "A")], 1, id="an album is one"),
        pytest.param([*_removing(25), DeleteAlbum("a", "event", "A")], 26, id="its members count too, each once"),
        pytest.param(
            [DeleteAlbum("a", "event", "A", "", ids(0, 1))], 3, id="the photos that go with an album count like those"
        ),
        pytest.param([*_removing(25), *_removing(25)], 25, id="twice the same is once"),
        pytest.param([RemoveTags(("lake",), ids(0, 1)), RemoveTags(("sea", "rain"), ids(0))], 4, id="tags, one each"),
        pytest.param([RenameAlbum("a", "B", "A"), SetCover("a", None, "m1")], 0, id="words and covers take nothing"),
        pytest.param(
            [AddMembers("a", ids(*range(50))), AddTags(("lake",), ids(*range(50)))], 0, id="giving is not taking"
        ),
    ],
)
def test_what_the_guard_counts(changes: list[Change], n: int) -> None:
    check_guard(changes, _owning(30), share=0.0, count=n)
    if n:
        with pytest.raises(GuardStopped):
            check_guard(changes, _owning(30), share=0.0, count=n - 1)


def test_the_guard_counts_only_what_is_ours_now() -> None:
    ledger = _owning(30)
    ledger.albums["gone"] = LedgerAlbum(
        "gone", "event", state="deleted", members=dict.fromkeys(ids(*range(99)), "ours")
    )
    ledger.albums["mixed"] = LedgerAlbum("mixed", "event", members={"p": "user", "q": "removed"})
    ledger.tags = {("p", "lake"): "user", ("q", "lake"): "rejected", ("r", "lake"): "ours"}
    with pytest.raises(GuardStopped, match="of the 32 albums"):
        check_guard(_removing(21), ledger)


@pytest.mark.parametrize(
    ("n", "sizes"),
    [
        pytest.param(0, [], id="none"),
        pytest.param(5, [5], id="one full"),
        pytest.param(6, [5, 1], id="one over"),
    ],
)
def test_chunks(n: int, sizes: list[int]) -> None:
    photos = [f"p{i}" for i in range(n)]
    cut = list(chunks(photos, 5))
    assert [len(part) for part in cut] == sizes
    assert [p for part in cut for p in part] == photos
