"""Copies: one a day, whole or not at all, seven kept; and they can be put back."""

from __future__ import annotations

import stat
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from plugins.settings import Settings
from plugins.store import Store, StoreUnusable, open_store
from plugins.store.tables import metadata

DAY = date(2026, 11, 21)
ON_SQLITE = pytest.mark.parametrize("store", ["sqlite"], indirect=True)
"""Postgres has tools of its own for copies."""


@ON_SQLITE
def test_one_copy_a_day(store: Store, settings: Settings) -> None:
    made = store.backup.daily(DAY)
    assert made == settings.data_dir / "backups/albumen-2026-11-21.db"
    assert stat.S_IMODE(made.stat().st_mode) == 0o600
    before = made.stat().st_mtime_ns
    assert store.backup.daily(DAY) is None
    assert made.stat().st_mtime_ns == before


@ON_SQLITE
def test_today_when_no_day_is_given(store: Store) -> None:
    made = store.backup.daily()
    assert made is not None
    assert made.name in {f"albumen-{datetime.now(UTC).date() - timedelta(days=d)}.db" for d in (0, 1)}


@ON_SQLITE
def test_seven_are_kept_and_other_files_too(store: Store, settings: Settings) -> None:
    folder = settings.data_dir / "backups"
    folder.mkdir()
    (folder / "mine.db").touch()
    for days in range(9):
        store.backup.daily(DAY + timedelta(days=days))
    assert sorted(p.name for p in folder.iterdir()) == [f"albumen-2026-11-{day}.db" for day in range(23, 30)] + [
        "mine.db"
    ]


def test_a_copy_in_the_place_of_the_store_works(settings: Settings) -> None:
    with open_store(settings) as store:
        run = store.runs.start("a", "curate")
        copy = store.backup.daily(DAY)
        store.runs.start("a", "later")
    assert copy is not None
    restored = Settings(data_dir=settings.data_dir.parent / "restored")
    restored.data_dir.mkdir()
    (restored.data_dir / "albumen.db").write_bytes(copy.read_bytes())
    with open_store(restored) as store:
        assert [found.id for found in store.runs.list("a")] == [run]


@ON_SQLITE
def test_a_copy_that_fails_leaves_nothing(store: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(StoreUnusable, match=r"No space.*the store itself is as it was"):
        store.backup.daily(DAY)
    assert list((settings.data_dir / "backups").iterdir()) == []


def test_status_counts_every_table(store: Store) -> None:
    store.runs.start("a", "curate")
    assert store.status() == {**dict.fromkeys(sorted(metadata.tables), 0), "runs": 1}
