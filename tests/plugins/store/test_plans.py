"""A plan a page at a time: what belongs together, where a page begins, and what is left out of it."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from plugins.changes import (
    AddMembers,
    AddTags,
    AssignFace,
    Change,
    CreateAlbum,
    CreatePerson,
    SetAlbumCover,
    SetCover,
    WriteNote,
)
from plugins.publishing.parts import Part
from plugins.store import Store
from plugins.store.plans import OUTLINE, Outline, PlannedChange
from plugins.store.tables import steps

PLAN: tuple[Change, ...] = (
    CreateAlbum("e", "event", "Sea", "", ("1",)),
    AddMembers("e", ("2",)),
    SetCover("e", "1", None),
    SetCover("f", "3", None),
    AddTags(("x",), ("1",)),
    AddTags(("y",), ("2",)),
    AddTags(("z",), ("3",)),
    SetAlbumCover("a", "1", None),
    CreatePerson("ann"),
    AssignFace("1#0", "ann"),
    AssignFace("2#0", "ben"),
    AssignFace("3#0", "ann"),
    WriteNote("1", "words"),
)


def planned(store: Store, *changes: Change, library: str = "a") -> str:
    run = store.runs.start(library, "curate")
    store.journal.drop_planned(library)
    store.journal.plan(library, run, changes)
    return run


def outline(store: Store, library: str = "a") -> Outline:
    found = store.plans.outline(library)
    assert found is not None
    return found


def items(store: Store, part: Part, first: int = 0, most: int = 100) -> list[list[Change]]:
    found = outline(store)
    return [[one.change for one in store.plans.changes(found, item)] for item in found.items(part, first, most)]


@pytest.mark.parametrize(
    ("seq", "expected"),
    [
        pytest.param(1, [0, 1, 2], id="of an album all"),
        pytest.param(5, [5], id="of tags the one"),
        pytest.param(11, [8, 9, 11], id="of a person all, also what stands apart"),
        pytest.param(99, None, id="no place of this plan"),
    ],
)
def test_the_item_at_a_place(store: Store, seq: int, expected: list[int] | None) -> None:
    planned(store, *PLAN)
    found = outline(store)
    item = found.item(seq)
    assert (item and [one.seq for one in store.plans.changes(found, item)]) == expected


def test_no_plan_no_outline(store: Store) -> None:
    run = store.runs.start("a", "curate")
    store.journal.plan("a", run, ())
    assert (store.plans.outline("a"), store.plans.count("a")) == (None, 0)


def test_a_plan_has_parts_with_items(store: Store) -> None:
    run = planned(store, *PLAN)
    found = outline(store)
    assert (found.run, store.plans.count("a")) == (run, len(PLAN))
    assert found.counts() == {"albums": 2, "tags": 3, "covers": 1, "people": 2, "notes": 1}
    assert items(store, "albums") == [list(PLAN[:3]), [PLAN[3]]]
    assert items(store, "tags") == [[change] for change in PLAN[4:7]]
    assert items(store, "people") == [[PLAN[8], PLAN[9], PLAN[11]], [PLAN[10]]]  # all of Ann at once
    assert store.plans.outline("another") is None


@pytest.mark.parametrize(
    ("part", "first", "most", "expected"),
    [
        pytest.param("albums", 1, 1, [[PLAN[3]]], id="the second album alone"),
        pytest.param("albums", 2, 1, [], id="behind the last album"),
        pytest.param("tags", 1, 1, [[PLAN[5]]], id="one tag of three"),
        pytest.param("tags", 2, 9, [[PLAN[6]]], id="the last page is not full"),
        pytest.param("notes", 0, 9, [[PLAN[12]]], id="the last change"),
        pytest.param("people", 1, 9, [[PLAN[10]]], id="the second person"),
    ],
)
def test_pages(store: Store, part: Part, first: int, most: int, expected: list[list[Change]]) -> None:
    planned(store, *PLAN)
    assert items(store, part, first, most) == expected


@pytest.mark.parametrize("cut", range(len(PLAN) + 1))
def test_a_plan_that_is_stored_in_two_goes_is_one(store: Store, cut: int) -> None:
    run = planned(store, *PLAN[:cut])
    store.journal.plan("a", run, PLAN[cut:])
    found = outline(store)
    planned(store, *PLAN, library="b")
    assert found.stretches == outline(store, "b").stretches


def test_a_plan_without_an_outline_is_looked_through_once(store: Store) -> None:
    """As one that an older version has stored."""
    planned(store, *PLAN)
    expected = outline(store).stretches
    with store.plans._database.transaction() as connection:
        connection.execute(sa.delete(steps).where(steps.c.step == OUTLINE))
    assert outline(store).stretches == expected
    run = outline(store).run
    store.journal.plan("a", run, PLAN[:1])
    assert outline(store).counts()["albums"] == 2


def test_a_newer_plan_takes_the_place_of_the_last(store: Store) -> None:
    planned(store, *PLAN)
    assert outline(store).counts()["tags"] == 3
    planned(store, AddTags(("new",), ("1",)))
    assert outline(store).counts() == {"tags": 1}


def test_what_was_begun_is_planned_no_more(store: Store) -> None:
    planned(store, *PLAN[:4])
    found = outline(store)
    first = store.plans.changes(found, found.items("albums", 0, 1)[0])
    store.journal.begin(first[0].id)
    assert [one.change for one in store.plans.changes(found, found.items("albums", 0, 1)[0])] == list(PLAN[1:3])


def left(store: Store, *seqs: int) -> None:
    found = outline(store)
    every = [
        one
        for part in ("albums", "tags", "covers", "people", "notes")
        for item in found.items(part, 0, 100)  # type: ignore[arg-type]
        for one in store.plans.changes(found, item)
    ]
    gone: list[PlannedChange] = [one for one in every if one.seq in seqs]
    assert len(gone) == len(seqs)
    store.plans.leave_out("a", found, gone)


@pytest.mark.parametrize(
    "seqs",
    [
        pytest.param((0, 1, 2), id="a whole album"),
        pytest.param((5,), id="one tag between others"),
        pytest.param((4, 6), id="the first and the last tag"),
        pytest.param((8, 9, 11), id="a person with something of another's between"),
        pytest.param(tuple(range(len(PLAN))), id="all"),
    ],
)
def test_what_is_left_out_is_gone_and_the_rest_is_as_it_was(store: Store, seqs: tuple[int, ...]) -> None:
    planned(store, *PLAN)
    left(store, *seqs)
    rest = [change for seq, change in enumerate(PLAN) if seq not in seqs]
    assert [entry.change for entry in store.journal.planned("a")] == rest
    if rest:
        shown = [change for part in outline(store).counts() for item in items(store, part) for change in item]
        assert sorted(map(repr, shown)) == sorted(map(repr, rest))
    else:
        assert store.plans.outline("a") is None


def test_another_process_sees_what_was_left_out(store: Store) -> None:
    planned(store, *PLAN)
    outline(store)
    fresh = type(store.plans)(store.plans._database)
    found = fresh.outline("a")
    assert found is not None
    fresh.leave_out("a", found, fresh.changes(found, found.items("tags", 0, 1)[0]))
    assert outline(store).counts()["tags"] == 2
