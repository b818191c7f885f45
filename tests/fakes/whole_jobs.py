"""Albums and tags on a server of any kind, from first run to undo; what its user does by hand is there ever after."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from fakes.pages import Here
from fakes.served.wanted import event, grown

from plugins.publishing.wanted import Wanted

LISBON = "Lisbon"
MARKED = frozenset({"renamed", "described", "added", "chose a cover"})
"""Edits that leave an album ours, which holds something of the user's from then on and stays when a run is undone."""


Edit = Callable[[Here], Any]
EDITS: dict[str, tuple[Edit, Edit, str]] = {
    "renamed": (lambda h: h.rename(h.lisbon(), "Our week 🎉"), lambda h: h.named("Lisbon", "Our"), "renamed"),
    "described": (
        lambda h: h.describe(h.lisbon(), "It rained.\n\nWe stayed."),
        lambda h: h.album(h.lisbon()).description,
        "described",
    ),
    "a photo taken out": (
        lambda h: h.take_out(h.lisbon(), h.photos[2]),
        lambda h: 2 in h.album(h.lisbon()).photos,
        "removed",
    ),
    "the cover's photo taken out": (
        lambda h: h.take_out(h.lisbon(), h.photos[0]),
        lambda h: 0 in h.album(h.lisbon()).photos,
        "removed",
    ),
    "a photo put in": (
        lambda h: h.put_in(h.lisbon(), h.photos[39]),
        lambda h: 39 in h.album(h.lisbon()).photos,
        "added",
    ),
    "another cover": (
        lambda h: h.cover(h.lisbon(), h.photos[7]),
        lambda h: h.album(h.lisbon()).cover,
        "chose a cover",
    ),
    "deleted": (lambda h: h.delete(h.lisbon()), lambda h: h.named("Lisbon"), "deleted"),
    "our line deleted": (lambda h: h.release(h.lisbon()), lambda h: h.album(h.lisbon()).photos, "released"),
    "a tag taken off": (
        lambda h: h.untag("Lisbon", h.photos[1]),
        lambda h: 1 in h.carriers("Lisbon"),
        "rejected the tag",
    ),
    "a tag taken off everywhere": (
        lambda h: h.untag("Auto/Harbour", *h.photos[20:27]),
        lambda h: h.carriers("Auto/Harbour"),
        "rejected the tag",
    ),
}
"""What the user does, what is to be seen of it, and what the next run says of it."""


def check_first_run_second_run_and_undo(here: Here, budget: int) -> None:
    """The second run asks for no more than so many things."""
    before = here.state()
    first = here.library.run()
    assert first.applied.refused == []
    lisbon, hamburg = here.album(LISBON), here.album("Hamburg with Anna")
    assert (lisbon.photos, lisbon.cover) == (tuple(range(10)), 0)
    assert (hamburg.photos, hamburg.cover) == (tuple(range(20, 30)), 24)
    assert here.tags_of(here.photos[20]) == {here.tag(w) for w in ("Hamburg", "Germany", "Auto/Harbour", "sky")}
    assert here.tags_of(here.photos[30]) == {here.tag("Sky")}
    n = len(here.server.requests)
    again = here.library.run()
    assert (again.plan.changes, again.plan.observations, here.writes(n)) == ((), (), [])
    assert len(here.server.requests) - n <= budget
    assert here.library.undo(first.run).refused == []
    assert here.state() == before


def check_an_undo_of_the_later_run_brings_back_what_the_first_had_made(here: Here) -> None:
    before = here.state()
    first = here.library.run()
    after_first = here.state()
    second = here.library.run(grown)
    assert here.album(here.lisbon()).photos == tuple(range(11))
    assert here.tag("sky") not in here.tags_of(here.photos[5])
    here.library.undo(second.run)
    assert here.state() == after_first
    here.library.undo(first.run)
    assert here.state() == before


def check_an_edit_of_the_users_is_kept(here: Here, edit: Edit, part: Edit, seen: str) -> None:
    first, was = here.library.run(), part(here)
    edit(here)
    theirs, after, n = part(here), here.state(), len(here.server.requests)
    assert theirs != was or seen == "released"
    plan = here.library.run().plan
    assert seen in {o.edit for o in plan.observations}
    if seen != "removed":  # with its photo a cover may have gone, which is nobody's choice
        assert (plan.changes, here.writes(n)) == ((), [])
        assert here.state() == after
    second = here.library.run(grown)
    assert part(here) == theirs
    assert here.library.run(grown).plan.changes == ()
    here.library.undo(second.run)
    assert part(here) == theirs
    if seen in MARKED:
        here.library.undo(first.run)
        assert part(here) == theirs


def check_a_tag_that_the_user_has_set_is_the_users(here: Here, who: str) -> None:
    """We ask for it too; it is there already, so it is none of ours, and outlives the undo."""
    photo, word = (3, "Portugal") if who == "before us" else (1, "Lisbon")
    first = here.library.run()
    if who == "after taking it off":
        here.untag(word, here.photos[photo])
        here.library.run()
        here.set_tag(word, here.photos[photo])
        assert [o.edit for o in here.library.run().plan.observations] == ["confirmed the tag"]
    here.library.run(lambda _: Wanted((), frozenset()))
    here.library.undo(first.run)
    assert here.carriers(word) == ([3, 38] if who == "before us" else [1])


def check_an_album_of_the_users_with_the_same_title_is_left_alone(here: Here) -> None:
    before = here.state()
    first = here.library.run()
    assert here.named(LISBON) == [LISBON, LISBON]
    here.library.undo(first.run)
    assert here.state() == before


def check_a_run_without_memory_changes_nothing_until_adopted(here: Here, elsewhere: Path) -> None:
    here.library.run()
    n, after = len(here.server.requests), here.state()
    blocked = here.kind.library(here.server, elsewhere).run(grown)
    assert "4 albums carry our marker" in blocked.plan.blocked
    assert (blocked.plan.changes, here.writes(n)) == ((), [])
    assert here.state() == after


def one_large(photos: Any) -> Wanted:
    """Return one album of all photos, and two tags on each of them."""
    pairs = frozenset((photo, tag) for photo in photos for tag in ("Lisbon", "Portugal"))
    return Wanted((event(photos, "Large", cover=3),), pairs)
