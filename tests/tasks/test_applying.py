"""How far runs go by themselves: what the settings say, else as far as the user has allowed once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fakes.playing import event
from fakes.postgres import Postgres
from fakes.tiny import TinyGallery, photo
from pydantic import SecretStr

from plugins.changes import AddTags, Change, CreateAlbum, Outcome, SetAlbumCover
from plugins.locks import LibraryBusy
from plugins.publishing.session import Publishing
from plugins.publishing.wanted import Wanted
from plugins.settings import LibrarySettings, Settings
from plugins.store import Entry, Store, open_store
from plugins.turns import library_turn
from tasks.applying import CURATE, WRITING, applied_runs, extent, held_back, runs_that_stand
from tasks.context import Opened
from tasks.publish import progress

LIBRARY = "family"
ALBUM = CreateAlbum("e1", "event", "Sea")
TAG = AddTags(("boat",), ("p1",))
WROTE_ALL, WROTE_ALBUMS = {"done": 1, "extent": "all"}, {"done": 1, "extent": "albums"}


@pytest.fixture
def here(tmp_path):
    settings = Settings(data_dir=tmp_path / "data", libraries={LIBRARY: LibrarySettings(path=tmp_path)})
    with open_store(settings) as store:
        yield Opened(settings, settings.library(LIBRARY), store)


def ran(
    store: Store,
    kind: str = CURATE,
    outcome: str = "",
    undoes: str = "",
    status: str = "done",
    change: Change = ALBUM,
    **summary: Any,
) -> str:
    """Note a run with one change, made or not, and return its id."""
    run = store.runs.start(LIBRARY, kind, undoes)
    (entry,) = store.journal.plan(LIBRARY, run, [change])
    if outcome:
        store.journal.begin(entry.id)
    if outcome not in {"", "begun"}:
        store.journal.confirm(entry.id, Outcome(outcome))
    store.runs.finish(run, status, summary)
    return run


@pytest.mark.parametrize(
    ("runs", "allowed"),
    [
        pytest.param([], "plan", id="nothing ran"),
        pytest.param([{}], "plan", id="it was only planned"),
        pytest.param([{"applied": WROTE_ALL}], "all", id="a run was let write all"),
        pytest.param([{"applied": WROTE_ALBUMS}], "albums", id="only albums were let be written"),
        pytest.param([{"applied": WROTE_ALL}, {"applied": WROTE_ALBUMS}], "all", id="all was, before only albums were"),
        pytest.param([{"applied": {"done": 0}}], "all", id="a run of earlier days, when there was only all"),
        pytest.param([{"outcome": "begun", "status": "failed"}], "albums", id="a run was killed in its first album"),
        pytest.param(
            [{"outcome": "done", "status": "failed", "change": TAG}], "all", id="a run was killed behind its first tag"
        ),
        pytest.param(
            [{"applied": WROTE_ALBUMS}, {"applied": WROTE_ALL}, {"kind": "undo", "undoes": 1, "outcome": "done"}],
            "albums",
            id="all was taken back, the albums before were not",
        ),
        pytest.param([{"outcome": "done", "kind": "restore"}], "plan", id="only names were given back"),
        pytest.param(
            [{"applied": WROTE_ALL}, {"kind": "undo", "undoes": 0, "outcome": "done"}], "plan", id="taken back"
        ),
        pytest.param(
            [{"applied": WROTE_ALL}, {"kind": "undo", "undoes": 0, "outcome": "done"}, {"applied": WROTE_ALL}],
            "all",
            id="taken back, and written again",
        ),
        pytest.param(
            [{"applied": WROTE_ALL}, {"kind": "undo", "undoes": 0, "status": "failed"}],
            "all",
            id="taking back has failed",
        ),
    ],
)
def test_without_a_setting_it_is_what_the_user_has_done(here, runs, allowed):
    made: list[str] = []
    for run in runs:
        undoes = {"undoes": made[run["undoes"]]} if "undoes" in run else {}
        made.append(ran(here.store, **{**run, **undoes}))
    assert extent(here) == allowed


@pytest.mark.parametrize("said", ["plan", "albums", "all"])
def test_the_setting_holds_whatever_was_done(here, said):
    here.config = here.config.model_copy(update={"apply": said})
    assert extent(here) == said
    ran(here.store, outcome="done")
    assert extent(here) == said


def test_the_newest_run_that_stands_is_the_one_to_take_back(here):
    first, second = ran(here.store, outcome="done"), ran(here.store, kind="ingest", outcome="done")
    third = ran(here.store, outcome="done")
    ran(here.store)
    ran(here.store, kind="undo", undoes=third)
    assert runs_that_stand(here.store, LIBRARY, WRITING) == [second, first]
    assert [run.id for run in applied_runs(here.store, LIBRARY)] == [third, first]


@pytest.mark.parametrize(
    ("extent", "held"),
    [
        pytest.param("plan", 3, id="a plan holds back all"),
        pytest.param("albums", 2, id="albums of ours are written, covers of the user's wait with the tags"),
        pytest.param("all", 0, id="all is written"),
    ],
)
def test_what_is_held_back(extent, held):
    changes = (ALBUM, SetAlbumCover("theirs", "Mine", "p1"), AddTags(("boat",), ("p1",)))
    entries = [Entry(n, "r1", n, change) for n, change in enumerate(changes)]
    done = Entry(9, "r1", 9, AddTags(("sea",), ("p1",)), "confirmed", Outcome("done"))
    assert len(held_back([*entries, done], extent)) == held


class TakenOver(TinyGallery):
    """One that is asked for a change when somebody else takes its library."""

    asked = 0

    def __init__(self, take: Callable[[], None]) -> None:
        super().__init__(shots={f"p{n:02}": photo(n) for n in range(9)})
        self._take = take

    def apply(self, change: Change) -> Outcome:
        self.asked += 1
        if self.asked == 2:
            self._take()
        return super().apply(change)


def test_a_run_whose_library_was_taken_over_writes_nothing_more(tmp_path: Path, postgres: Postgres) -> None:
    settings = Settings(data_dir=tmp_path, database_url=SecretStr(postgres.store()))
    with library_turn(settings, LIBRARY) as turn, open_store(settings) as store:

        def take() -> None:
            assert turn.kept is not None
            store.leases.forget_below(turn.kept.name)
            assert store.leases.take(turn.kept.name, "another", 600)
            turn.kept._sure_until = 0.0  # as after three minutes without the database

        gallery = TakenOver(take)
        store.photos.replace(LIBRARY, gallery.photos())
        run = store.runs.start(LIBRARY, CURATE)
        publishing = Publishing(store, LIBRARY, gallery)
        wanted = Wanted(tuple(event(f"Day {n}", n, n + 1) for n in range(0, 8, 2)), frozenset())
        publishing.plan(run, wanted)
        with pytest.raises(LibraryBusy, match="taken over by another run"):
            publishing.apply(run, progress=progress(LIBRARY))
        assert gallery.asked == 2
        assert len(publishing.journal.planned(run)) >= 2
