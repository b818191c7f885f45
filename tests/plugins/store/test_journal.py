"""The journal: what was planned, what is on its way, what arrived; together with runs."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from plugins.changes import AddMembers, AddTags, CreateAlbum, DeleteAlbum, Outcome, RemoveTags, RenameAlbum, SetCover
from plugins.changes_json import from_json
from plugins.publishing.ledger import LedgerAlbum
from plugins.settings import Settings
from plugins.store import Store, open_store
from plugins.store.runs import UnknownRun, next_id

CHANGES = [CreateAlbum("e", "event", "Título\udce9\0"), AddMembers("e", ("1", "2")), SetCover("e", "1", None)]
WIDE = [CreateAlbum("e", "event", "Sea", "", ("1", "2")), AddTags(("x", "y"), ("1",))]


def test_nothing_planned_nothing_pending(store: Store) -> None:
    assert (store.journal.pending("a"), store.journal.planned("a"), store.journal.latest_plan("a")) == ([], [], None)


def test_changes_come_back_in_order(store: Store) -> None:
    run = store.runs.start("a", "curate")
    entries = store.journal.plan("a", run, CHANGES)
    more = store.journal.plan("a", run, WIDE)
    assert [entry.change for entry in [*entries, *more]] == CHANGES + WIDE
    assert [entry.seq for entry in [*entries, *more]] == [0, 1, 2, 3, 4]
    assert store.journal.of_run("a", run) == [*entries, *more]
    assert store.journal.latest_plan("a") == (run, [*entries, *more])
    assert store.journal.of_run("b", run) == []


def test_changes_that_an_older_version_wrote_are_read(store: Store) -> None:
    """It knew one tag a change, and made albums empty."""
    old = [
        {"change": "AddTags", "tag": "sea", "photos": ["1", "2"]},
        {"change": "RemoveTags", "tag": "", "photos": ["1"]},
        {"change": "CreateAlbum", "key": "e", "kind": "event", "title": "Sea", "description": ""},
        {"change": "DeleteAlbum", "key": "e", "kind": "event", "title": "Sea", "description": ""},
    ]
    assert [from_json(row) for row in old] == [
        AddTags(("sea",), ("1", "2")),
        RemoveTags(("",), ("1",)),
        CreateAlbum("e", "event", "Sea"),
        DeleteAlbum("e", "event", "Sea"),
    ]


def test_from_planned_to_confirmed(settings: Settings) -> None:
    with open_store(settings) as store:
        run = store.runs.start("a", "curate")
        first, second, _ = store.journal.plan("a", run, CHANGES)
        store.journal.begin(first.id)
        store.journal.confirm(first.id, Outcome("refused", "why\0", "g1"))
        store.journal.begin(second.id)
    with open_store(settings) as store:  # another process would see the same
        assert [entry.seq for entry in store.journal.pending("a")] == [1]
        assert [entry.seq for entry in store.journal.planned("a")] == [2]
        found = store.journal.of_run("a", run)
        assert [entry.outcome for entry in found] == [Outcome("refused", "why\0", "g1"), None, None]


def test_confirming_and_the_ledger_are_one_commit(store: Store) -> None:
    entry = store.journal.plan("a", store.runs.start("a", "curate"), CHANGES)[0]
    store.journal.begin(entry.id)

    def cut_off() -> None:
        with store.transaction():
            store.journal.confirm(entry.id, Outcome("done"))
            store.ledger.save_albums("a", [LedgerAlbum("e", "event", members={"1": "ours"})])
            raise OSError("power")

    with pytest.raises(OSError, match="power"):
        cut_off()
    assert (len(store.journal.pending("a")), store.ledger.load("a").albums) == (1, {})


def test_a_new_plan_supersedes_what_was_never_begun(store: Store) -> None:
    run = store.runs.start("a", "curate")
    entries = store.journal.plan("a", run, CHANGES)
    other = store.journal.plan("b", store.runs.start("b", "curate"), CHANGES)
    store.journal.begin(entries[0].id)
    assert store.journal.drop_planned("a") == 2
    assert [entry.id for entry in store.journal.of_run("a", run)] == [entries[0].id]
    assert store.journal.planned("b") == other
    assert store.journal.latest_plan("a") is None


def test_the_number_of_a_dropped_change_is_not_given_again(store: Store) -> None:
    run = store.runs.start("a", "curate")
    before = {entry.id for entry in store.journal.plan("a", run, CHANGES)}
    store.journal.drop_planned("a")
    assert before.isdisjoint(entry.id for entry in store.journal.plan("a", run, CHANGES))


def test_a_change_that_is_not_there(store: Store) -> None:
    with pytest.raises(LookupError, match="no change 7"):
        store.journal.begin(7)


def test_many_changes(store: Store) -> None:
    run = store.runs.start("a", "curate")
    assert len(store.journal.plan("a", run, [AddMembers("e", (str(n),)) for n in range(3000)])) == 3000


def test_runs_newest_first_and_by_library(store: Store) -> None:
    first = store.runs.start("a", "curate")
    second = store.runs.start("a", "undo", undoes=first)
    store.runs.start("b", "curate")
    store.runs.finish(first, "done", {"written": 3})
    found = store.runs.list("a")
    assert [(run.id, run.status, run.undoes) for run in found] == [(second, "running", first), (first, "done", "")]
    assert found == [store.runs.get("a", second), store.runs.get("a", first)]
    assert found[1].summary == {"written": 3}
    assert found[1].finished_at is not None
    assert found[1].started_at <= found[1].finished_at <= datetime.now(UTC)
    assert store.runs.list("a", limit=1) == found[:1]


def test_an_unknown_run_names_the_last_ones(store: Store) -> None:
    run = store.runs.start("a", "curate")
    with pytest.raises(UnknownRun, match=run):
        store.runs.get("a", "20200101-0000-00")
    with pytest.raises(UnknownRun, match="none yet"):
        store.runs.get("b", run)
    with pytest.raises(UnknownRun):
        store.runs.finish("x", "done", {})


@pytest.mark.parametrize(
    ("last", "made"),
    [
        pytest.param(None, "20261121-2231-00", id="the first"),
        pytest.param("20261121-2230-a3", "20261121-2231-00", id="a new minute"),
        pytest.param("20261121-2231-0f", "20261121-2231-10", id="the same minute"),
        pytest.param("20261121-2359-ff", "20261122-0000-00", id="a full minute at midnight"),
        pytest.param("20270101-0000-05", "20270101-0000-06", id="the clock was set back"),
    ],
)
def test_ids_sort(last: str | None, made: str) -> None:
    assert next_id(last, datetime(2026, 11, 21, 22, 31, 7, tzinfo=UTC)) == made
    assert last is None or last < made


def test_titles_of_earlier_runs_are_the_last_that_were_given(store: Store) -> None:
    runs = [store.runs.start("lib", "curate") for _ in range(3)]
    told = [
        (runs[0], CreateAlbum("e1", "event", "Lisbon"), Outcome("done")),
        (runs[0], CreateAlbum("e2", "event", "Porto"), Outcome("refused", "no")),
        (runs[0], AddTags(("CreateAlbum",), ("p1",)), Outcome("done")),
        (runs[1], RenameAlbum("e1", "Lisboa", "Lisbon"), Outcome("already")),
        (runs[1], CreateAlbum("e3", "event", "Faro"), None),
        (runs[2], RenameAlbum("e1", "Later", "Lisboa"), Outcome("done")),
    ]
    for run, change, outcome in told:
        (entry,) = store.journal.plan("lib", run, [change])
        if outcome is not None:
            store.journal.confirm(entry.id, outcome)
    assert store.journal.titles_given("lib", {"e1", "e2", "e3"}, runs[2]) == {"e1": "Lisboa"}
    assert store.journal.titles_given("lib", {"e2"}, runs[2]) == {}
    assert store.journal.titles_given("other", {"e1"}, runs[2]) == {}
