"""Cleanup: what is old goes, and whatever happened before, nothing that is still needed goes with it."""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prefect.settings import get_current_settings

from plugins.changes import AddTags, CreateAlbum, Outcome
from plugins.publishing.ledger import LedgerAlbum
from plugins.records import FoundFace, Photo
from plugins.settings import Settings, load_settings
from plugins.store import Store, open_store
from plugins.store.tables import runs as runs_table
from tasks.applying import WRITING, allowing, applied_runs, runs_that_stand
from tasks.cleanup import (
    Bounds,
    libraries_known,
    old_runs,
    remove_old_runs,
    remove_unused_files,
    remove_vanished,
    vanished,
)
from tasks.report import report_folder
from tasks.watermark import WHOLE, watermark

LIBRARY = "family"
NOW = datetime.now(UTC)
LONG_AGO = (NOW - timedelta(days=2)).isoformat()
FACE = FoundFace((0.1, 0.1, 0.2, 0.2), ((0.1, 0.1),) * 5, 0.9, 80, 0.5, 0.5, np.ones(4, np.float32))
TINY = Bounds(runs=1, days=1, grace_days=1)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Lend a data folder with one library."""
    (tmp_path / "albumen.toml").write_text(f'[libraries.{LIBRARY}]\npath = "{tmp_path}"\n', encoding="utf-8")
    monkeypatch.setenv("ALBUMEN_CONFIG", str(tmp_path / "albumen.toml"))
    monkeypatch.setenv("ALBUMEN_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Lend one store to all that is drawn by chance, each in a library of its own."""
    with open_store(Settings(data_dir=tmp_path_factory.mktemp("store"))) as opened:
        yield opened


@pytest.fixture(scope="module")
def fresh() -> Iterator[int]:
    return itertools.count()


def photo(content: str) -> Photo:
    return Photo(f"id-{content}", f"{content}.jpg", NOW, NOW.replace(tzinfo=None), content)


def known_of(store: Store, *contents: str) -> None:
    """Keep all that can be known of a picture by its content."""
    for content in contents:
        store.features.put("vgg16", "1", [(content, np.ones(4))])
        store.faces.put("facenet", "1", [(content, [FACE])])
        store.measures.put("sharpness", "1", [(content, 1.0)])


def started(store: Store, run: str, days_ago: float) -> None:
    """Let a run have begun so long ago."""
    with store.transaction() as connection:
        at = NOW - timedelta(days=days_ago)
        connection.execute(runs_table.update().where(runs_table.c.id == run).values(started_at=at))


def ran(store: Store, library: str, run: dict[str, Any], made: list[str]) -> str:
    """Make a run as drawn: when, of which kind, with changes in these states, taking back an earlier one or not."""
    undoes = made[run["undoes"] % len(made)] if made and run["undoes"] is not None else ""
    id_ = store.runs.start(library, "undo" if undoes else run["kind"], undoes)
    entries = store.journal.plan(library, id_, [CreateAlbum("e", "event", "Sea")] * len(run["states"]))
    for entry, state in zip(entries, run["states"], strict=True):
        if state != "planned":
            store.journal.begin(entry.id)
        if state == "done":
            store.journal.confirm(entry.id, Outcome("done"))
    if run["status"] != "running":
        applied = {"applied": {"done": 1, "extent": run["applied"]}} if run["applied"] else {}
        store.runs.finish(id_, run["status"], {**applied, "steps": [{"step": step} for step in run["steps"]]})
    started(store, id_, run["days_ago"])
    return id_


RUNS = st.lists(
    st.fixed_dictionaries(
        {
            "days_ago": st.sampled_from([300, 200, 100, 50, 0]),
            "kind": st.sampled_from(["curate", "ingest", "restore", "train"]),
            "states": st.sampled_from([[], ["done"], ["done"], ["done", "begun"], ["done", "planned"]]),
            "undoes": st.sampled_from([None, None, 0, 1, 2]),
            "status": st.sampled_from(["done", "done", "done", "failed", "running"]),
            "applied": st.sampled_from(["", "", "albums", "all"]),
            "steps": st.sampled_from([[], ["refresh_photos"], ["train_people"], sorted(WHOLE)]),
        }
    ),
    min_size=3,
    max_size=7,
)


OLD: dict[str, Any] = {
    "days_ago": 300,
    "kind": "curate",
    "states": [],
    "undoes": None,
    "status": "done",
    "applied": "",
    "steps": ["train_people"],
}
NEWEST = {**OLD, "kind": "train", "days_ago": 0}


@pytest.mark.parametrize(
    ("drawn", "stay"),
    [
        pytest.param([{}, {}], [], id="plans that were replaced long ago"),
        pytest.param([{"states": ["done"]}, {"states": ["done"]}], [1], id="of two that wrote, what undo takes first"),
        pytest.param(
            [{"kind": "ingest", "states": ["done"]}, {}], [0], id="what undo takes may be a run for new photos"
        ),
        pytest.param(
            [{"applied": "all"}, {"kind": "restore", "states": ["done"]}], [0, 1], id="what allowed later runs"
        ),
        pytest.param(
            [{"states": ["done"]}, {"undoes": 0, "states": ["done"]}], [0, 1], id="taken back, so not allowed"
        ),
        pytest.param(
            [{"applied": "all"}, {"applied": "all"}, {"undoes": 1}],
            [0, 1, 2],
            id="the newest that allows was taken back",
        ),
        pytest.param(
            [{"applied": "all"}, {"applied": "albums"}], [0, 1], id="what allowed all, before what allowed albums"
        ),
        pytest.param([{"states": ["planned"]}, {}], [0], id="a plan that waits"),
        pytest.param([{"states": ["begun"]}, {}], [0], id="a write of which nobody knows whether it came"),
        pytest.param([{"status": "running"}, {}], [0], id="a run that works, as far as is known"),
        pytest.param(
            [{"days_ago": 400}, {"steps": sorted(WHOLE)}, {"status": "failed"}],
            [1, 2],
            id="how far the library is taken in",
        ),
    ],
)
def test_what_stays_however_old(store, fresh, drawn, stay):
    library, made = f"library-{next(fresh)}", list[str]()
    for run in [*({**OLD, **run} for run in drawn), NEWEST]:
        made.append(ran(store, library, run, made))
    gone = old_runs(store, library, 1, NOW - timedelta(days=1))
    assert set(made) - set(gone) == {made[-1], *(made[n] for n in stay)}


def needed(store: Store, library: str) -> tuple[Any, ...]:
    """Return all that hangs on runs: what would be taken back, what is allowed, what is open, and the ledger."""
    standing = runs_that_stand(store, library, WRITING)[:1]
    return (
        [(run, store.journal.of_run(library, run)) for run in standing],
        {far for _, far in allowing(store, library)},
        bool(applied_runs(store, library)),
        store.journal.planned(library),
        store.journal.pending(library),
        [run.id for run in store.runs.list(library) if run.status == "running"],
        store.ledger.load(library),
        watermark(store, library),
    )


@given(drawn=RUNS, keep=st.integers(1, 2), days=st.sampled_from([1, 60]), twice=st.booleans())
@settings(max_examples=20, deadline=None)
def test_no_run_that_is_needed_is_removed(store, fresh, drawn, keep, days, twice):
    library, made = f"library-{next(fresh)}", list[str]()
    store.ledger.save_albums(library, [LedgerAlbum("e", "event", "g1", title="Sea", members={"p": "ours"})])
    for run in drawn:
        made.append(ran(store, library, run, made))
    before, all_runs = needed(store, library), store.runs.list(library)
    for _ in range(1 + twice):  # what is left may not make more of it old
        gone = old_runs(store, library, keep, NOW - timedelta(days=days))
        store.purging.forget_runs(library, gone)
        left = {run.id for run in store.runs.list(library)}
        assert left == {run.id for run in all_runs} - set(gone) or twice
    assert needed(store, library) == before
    assert {run.id for run in all_runs[:keep]} <= left
    assert {run.id for run in all_runs if run.started_at >= NOW - timedelta(days=days)} <= left


@given(shown=st.sets(st.sampled_from("abcdef")), known=st.sets(st.sampled_from("abcdefgh")))
@settings(max_examples=25, deadline=None)
def test_no_vector_of_a_picture_that_a_library_has_is_removed(store, fresh, shown, known):
    n = next(fresh)
    shown, known = {f"{n}-{content}" for content in shown}, {f"{n}-{content}" for content in known}
    known_of(store, *known)
    store.photos.replace("one", [photo(content) for content in shown if content[-1] < "d"])
    store.photos.replace("other", [photo(content) for content in shown])
    assert vanished(store, NOW).keys() == known - shown
    store.purging.forget_contents({*known, *shown})  # also of those that came back meanwhile
    assert set(store.features.matrix(known, "vgg16", "1")[0]) == known & shown
    assert set(store.faces.missing(known, "facenet", "1")) == known - shown
    store.photos.replace("one", [])
    store.photos.replace("other", [])
    store.purging.forget_contents(store.purging.contents_without_photo())
    assert store.purging.contents_without_photo() == set()


def test_vectors_wait_for_the_grace_and_a_photo_that_comes_back_has_them(place):
    with open_store(load_settings()) as store:
        known_of(store, "kept", "gone", "back")
        store.photos.replace(LIBRARY, [photo("kept")])
    assert remove_vanished.fn(TINY, apply=False) == {"vectors": 0, "pictures": 0, "waiting": 2, "bytes": 0}
    with open_store(load_settings()) as store:
        assert store.steps.summary("", "vanished", "") is None  # a look notes nothing
    remove_vanished.fn(TINY, apply=True)
    with open_store(load_settings()) as store:
        noted = store.steps.summary("", "vanished", "")
        store.steps.record("", "vanished", "", {LONG_AGO: [*chain.from_iterable(noted.values())]})
        store.photos.replace(LIBRARY, [photo("kept"), photo("back")])
    assert remove_vanished.fn(TINY, apply=False) == {"vectors": 2, "pictures": 1, "waiting": 0, "bytes": 16}
    assert remove_vanished.fn(TINY, apply=True)["pictures"] == 1
    with open_store(load_settings()) as store:
        assert store.features.matrix(["kept", "gone", "back"], "vgg16", "1")[0] == ["kept", "back"]
        store.photos.replace(LIBRARY, [photo("kept")])
    assert remove_vanished.fn(TINY, apply=True)["waiting"] == 1  # its grace begins anew


def test_a_library_that_is_gone_as_a_whole_takes_seconds(place):
    keys = [f"k{n}" for n in range(20_000)]
    with open_store(load_settings()) as store:
        store.measures.put("sharpness", "1", ((key, 0.5) for key in keys))
        store.steps.record("", "vanished", "", {LONG_AGO: keys})
    began = time.process_time()
    assert remove_vanished.fn(TINY, apply=True)["pictures"] == len(keys)
    assert time.process_time() - began < 4  # looking through all of them for each would be five times that


def test_old_runs_go_with_their_changes_and_reports(place):
    with open_store(load_settings()) as store:
        made = [store.runs.start(LIBRARY, "curate") for _ in range(4)]
        for run, days in zip(made, (400, 300, 200, 0), strict=True):
            store.journal.plan(LIBRARY, run, [AddTags(("boat",), ("p",))])
            store.journal.drop_planned(LIBRARY)
            (report_folder(place, LIBRARY) / run).mkdir(parents=True)
            (report_folder(place, LIBRARY) / run / "report.html").write_bytes(b"x" * 100)
            store.runs.finish(run, "done", {})
            started(store, run, days)
        wrote = store.journal.plan(LIBRARY, made[0], [AddTags(("boat",), ("p",))])[0]
        store.journal.begin(wrote.id)
        store.journal.confirm(wrote.id, Outcome("done"))
        store.runs.finish(made[2], "done", {})
    counted = remove_old_runs.fn(LIBRARY, TINY, apply=False)
    assert (counted["runs"], counted["reports"]) == (2, 2)
    assert remove_old_runs.fn(LIBRARY, TINY, apply=True) == counted
    with open_store(load_settings()) as store:
        assert [run.id for run in store.runs.list(LIBRARY)] == [made[3], made[0]]  # the first is what undo would take
    assert sorted(f.name for f in report_folder(place, LIBRARY).iterdir()) == [made[0], made[3]]
    assert remove_old_runs.fn(LIBRARY, TINY, apply=True) == dict.fromkeys(counted, 0)


def test_files_that_were_not_used_for_long_go_and_receipts_that_hold_stay(place):
    storage = get_current_settings().results.local_storage_path / "albumen" / "cluster_events"
    pictures = place / "review" / "pictures" / "ab"
    files = [storage / name for name in ("held", "old", "fresh")] + [pictures / name for name in ("seen", "unseen")]
    for file in files:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"x" * 10)
        if file.name not in {"fresh", "seen"}:
            os.utime(file, (0, 0))
    with open_store(load_settings()) as store:
        store.steps.record(LIBRARY, "cluster_events", "held", {})
    try:
        counted = remove_unused_files.fn(TINY, apply=False)
        assert counted == {"pictures": 1, "receipts": 1, "bytes": 20}
        assert all(file.exists() for file in files)
        assert remove_unused_files.fn(TINY, apply=True) == counted
        assert {file.name for file in files if file.exists()} == {"held", "fresh", "seen"}
    finally:
        for file in files:
            file.unlink(missing_ok=True)


def test_a_picture_that_the_pages_put_away_meanwhile_stops_nothing(place, monkeypatch):
    picture = place / "review" / "pictures" / "ab" / "seen"
    picture.parent.mkdir(parents=True)
    monkeypatch.setattr("tasks.cleanup._files", lambda folder: [folder / "ab" / "seen"])  # listed, and gone since
    assert remove_unused_files.fn(TINY, apply=True) == {"pictures": 0, "receipts": 0, "bytes": 0}


def test_libraries_are_those_of_the_settings_and_those_that_were_curated(place):
    with open_store(load_settings()) as store:
        store.runs.start("folder:/photos", "curate")
        store.photos.replace("gone", [photo("a")])
    assert libraries_known(load_settings()) == [LIBRARY, "folder:/photos", "gone"]
