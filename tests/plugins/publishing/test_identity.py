"""Which event continues which album, over any regrouping."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fakes.playing import event, ids

from plugins.publishing.identity import family_of, kept_out, match
from plugins.publishing.ledger import Ledger, LedgerAlbum, Membership
from plugins.publishing.wanted import WantedAlbum, natural_key


def album(key: str, *numbers: int, **fields: object) -> LedgerAlbum:
    members: dict[str, Membership] = dict.fromkeys(ids(*numbers), "ours")
    return LedgerAlbum(**{"key": key, "kind": "event", "members": members, **fields})  # type: ignore[arg-type]


def ledger(*albums: LedgerAlbum) -> Ledger:
    return Ledger({a.key: a for a in albums})


NEW = "new"


@pytest.mark.parametrize(
    ("known", "wanted", "keys"),
    [
        pytest.param([], [event("A", 0, 1)], [NEW], id="the first run"),
        pytest.param([album("event-a", 0, 1)], [event("A", 0, 1)], ["event-a"], id="the same photos"),
        pytest.param([album("event-a", 0, 1)], [event("A", 0, 1, 2, 3, 4, 5)], ["event-a"], id="it grew, at its end"),
        pytest.param(
            [album("event-a", 5, 6)], [event("A", 0, 1, 2, 5, 6)], ["event-a"], id="it grew, at its beginning"
        ),
        pytest.param([album("event-a", 0, 1)], [event("T", 0, 1, 2, kind="trip")], ["event-a"], id="it became a trip"),
        pytest.param([album("event-a", *range(6))], [event("A", 5, 6, 7)], [NEW], id="a third in common is too little"),
        pytest.param(
            [album("event-a", *range(6))], [event("A", 4, 5, 6, 7)], ["event-a"], id="half in common is enough"
        ),
        pytest.param([album("event-a", 0, 1)], [event("A", 8, 9)], [NEW], id="nothing in common"),
        pytest.param(
            [album("event-a", 0, 1, 2, 3)],
            [event("L", 0), event("R", 1, 2, 3)],
            [NEW, "event-a"],
            id="split: the larger",
        ),
        pytest.param(
            [album("event-a", 0, 1), album("event-b", 2, 3, 4)],
            [event("AB", *range(5))],
            ["event-b"],
            id="merge: the larger",
        ),
        pytest.param(
            [album("event-a", 0, 1, user_title=True), album("event-b", 2, 3, 4)],
            [event("AB", *range(5))],
            ["event-a"],
            id="merge: the touched",
        ),
        pytest.param(
            [album("event-a", 0, 1), album("event-b", 2, 3)],
            [event("A", 2, 3), event("B", 0, 1)],
            ["event-b", "event-a"],
            id="by photos, not by order",
        ),
        pytest.param(
            [album("event-a", 0, 1, 2), album("event-b", 3, 4, 5)],
            [event("L", 0), event("M", 1, 2, 3, 4), event("R", 5)],
            [NEW, "event-a", "event-b"],
            id="boundaries moved: each album has one heir",
        ),
        pytest.param(
            [album("event-a", 0, 1, state="retired")],
            [event("A", 0, 1)],
            [NEW],
            id="one that we took back is no tombstone",
        ),
        pytest.param([album("pile-0-a", 0, 1)], [event("A", 0, 1)], [NEW], id="a pile is continued by a pile"),
        pytest.param(
            [album("pile-0-a", 0, 1)],
            [event("Ben", 0, 1, kind="pile-1"), event("Anna", 0, 1, kind="pile-0")],
            [NEW, "pile-0-a"],
            id="and Anna's by Anna's",
        ),
    ],
)
def test_match(known: list[LedgerAlbum], wanted: list[WantedAlbum], keys: list[str]) -> None:
    matched, suppressed = match(wanted, ledger(*known))
    assert suppressed == []
    assert [w.title for w in matched] == [w.title for w in wanted], "in the order in which they were wanted"
    old = {a.key for a in known if a.state == "live"}
    assert [w.key if w.key in old else NEW for w in matched] == keys
    assert len({w.key for w in matched}) == len(matched)


@pytest.mark.parametrize("state", ["deleted", "released", "readonly"])
@pytest.mark.parametrize(
    ("photos", "made"),
    [
        pytest.param((0, 1), None, id="all of it"),
        pytest.param((0, 1, 8, 9), None, id="half of it"),
        pytest.param((1, 7, 8, 9), (7, 8, 9), id="a quarter: made, without that quarter"),
        pytest.param((7, 8), (7, 8), id="nothing of it"),
    ],
)
def test_tombstones(state: str, photos: tuple[int, ...], made: tuple[int, ...] | None) -> None:
    matched, suppressed = match([event("A", *photos)], ledger(album("event-a", 0, 1, 2, state=state)))
    assert [w.photos for w in matched] == ([] if made is None else [ids(*made)])
    assert [s.because.key for s in suppressed] == (["event-a"] if made is None else [])


def test_two_tombstones_count_together() -> None:
    ended = [album("event-a", 0, state="deleted"), album("event-b", 1, state="released")]
    matched, suppressed = match([event("A", 0, 1, 2, 3)], ledger(*ended, album("event-c", 2, 3)))
    assert matched == []
    assert [s.left for s in suppressed] == [("event-c",)], "the live one that it would continue stays as it is"


@pytest.mark.parametrize(
    ("known", "out"),
    [
        pytest.param(album("a", 0, 1), (), id="ours: nothing"),
        pytest.param(album("a", 0, members={"p00": "ours", "p01": "removed", "p02": "user"}), (1,), id="taken out"),
        pytest.param(album("a", 0, 1, state="deleted"), (0, 1), id="deleted with the album"),
        pytest.param(
            album("a", state="deleted", members={"p00": "user", "p01": "removed"}),
            (0, 1),
            id="deleted as it was, with what the user had put in",
        ),
        pytest.param(album("a", 0, state="retired"), (), id="taken back by us"),
    ],
)
def test_kept_out(known: LedgerAlbum, out: tuple[int, ...]) -> None:
    assert kept_out([known]) == set(ids(*out))


def test_an_event_of_nothing_but_what_the_user_took_out_is_no_album() -> None:
    known = album("event-a", members={"p00": "removed", "p01": "removed", "p02": "ours", "p03": "ours"})
    matched, suppressed = match([event("A", 0, 1), event("B", 2, 3)], ledger(known))
    assert [(w.title, w.key) for w in matched] == [("B", "event-a")]
    assert suppressed == []


def test_a_new_album_does_not_take_the_key_of_another() -> None:
    """The first photo of the event has given its name to an album that has gone on without it."""
    known = album(natural_key("event", "p00"), 1, 2, 3)
    matched, _ = match([event("A", 1, 2, 3), event("B", 0, 4, 5)], ledger(known))
    assert [w.key for w in matched] == [known.key, natural_key("event", "p04")]


def test_albums_that_bear_the_names_of_all_photos_of_an_event() -> None:
    """The album was called after p00, went on without it, and so did the next one: a third needs a key of its own."""
    first = album(natural_key("event", "p00"), 1, 2, 3)
    (second,) = match([event("B", 0)], ledger(first))[0]
    moved_on = album(second.key, 4, 5, 6)
    wanted = [event("A", 1, 2, 3), event("C", 0), event("B", 4, 5, 6)]
    keys = [w.key for w in match(wanted, ledger(first, moved_on))[0]]
    assert (keys[0], keys[2]) == (first.key, second.key)
    assert keys[1] not in {first.key, second.key}
    assert [w.key for w in match(wanted, ledger(first, moved_on, album(keys[1])))[0]] == keys, "killed when it was made"


def test_an_album_that_a_killed_run_had_just_created_is_used() -> None:
    """It has a marker and no photo yet: not a second one beside it."""
    wanted = event("A", 0, 1, 2)
    empty = album(wanted.key)
    assert [w.key for w in match([wanted], ledger(empty))[0]] == [wanted.key]
    emptied = replace(empty, members={"p00": "removed", "p01": "removed", "p02": "removed"})
    assert match([wanted], ledger(emptied))[0] == [], "the user has emptied it: that is a decision"


@pytest.mark.parametrize(
    ("key", "family"),
    [
        pytest.param("event-0a", "happening", id="event"),
        pytest.param("trip-0a", "happening", id="trip"),
        pytest.param("pile-anna-0a", "pile-anna", id="pile"),
    ],
)
def test_family(key: str, family: str) -> None:
    assert family_of(key) == family
