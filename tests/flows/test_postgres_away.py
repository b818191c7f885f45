"""A whole run on a real Postgres that goes away in the middle of it: the run waits, and ends as an undisturbed one."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from fakes.curated import LIBRARY, enter
from fakes.immich import FakeImmich
from fakes.postgres import Postgres
from fakes.served import LONG_AGO
from fakes.snaps import draw_year

import flows.running
from flows.curate import curate
from flows.running import running
from plugins.galleries.immich.marker import split_marker
from plugins.locks import this_process
from plugins.settings import load_settings
from plugins.store import StoreUnusable, open_store
from tasks.helping import BY_WORKER

pytestmark = pytest.mark.flow


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pictures")
    draw_year(folder)
    return folder


def is_preview(method: str, path: str) -> bool:
    return method == "GET" and path.endswith("/thumbnail")


def is_write(method: str, path: str) -> bool:
    return method in {"POST", "PUT", "PATCH"} and "/albums" in path


@dataclass
class Outage:
    """Takes Postgres away at the n-th of some requests to the gallery, for some seconds."""

    postgres: Postgres
    of: Callable[[str, str], bool]
    nth: int
    seconds: float
    seen: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    back: threading.Timer | None = None

    def __call__(self, method: str, path: str, _number: int) -> None:
        with self.lock:
            self.seen += self.of(method, path)
            if self.back is None and self.seen >= self.nth:
                self.postgres.stop()
                self.back = threading.Timer(self.seconds, self.postgres.start)
                self.back.start()


def albums(server: FakeImmich) -> dict[str, tuple[list[str], str]]:
    """Return the albums of ours by title: the names of their photos, and that of the cover."""
    name = {id_: asset.file_name for id_, asset in server.state.assets.items()}
    ours = (album for album in server.state.albums.values() if split_marker(album.description)[1] is not None)
    return {album.name: (sorted(name[id_] for id_ in album.members), name[album.cover or ""]) for album in ours}


def curated(server: FakeImmich, pictures: Path, place: Path, patch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Curate a library from nothing, as far as it goes."""
    place.mkdir()
    server.add_library(pictures, with_user=False, created=LONG_AGO)
    enter(place, patch, "immich", f"{server.url}/api", server.key)
    patch.setenv("ALBUMEN_FEATURES__BATCH_PHOTOS", "16")
    return curate(LIBRARY, apply="all")


@pytest.mark.parametrize("seconds", [2.0, pytest.param(60.0, marks=pytest.mark.soak)])
def test_the_run_waits_and_ends_as_an_undisturbed_one(
    pictures: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    postgres: Postgres,
    seconds: float,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with FakeImmich() as server:
        curated(server, pictures, tmp_path / "on SQLite", monkeypatch)
        expected = albums(server)
    monkeypatch.setenv("ALBUMEN_DATABASE_URL", postgres.store())
    with FakeImmich() as server:
        away = [Outage(postgres, is_preview, 20, seconds), Outage(postgres, is_write, 2, seconds)]

        def both(method: str, path: str, number: int) -> None:
            for outage in away:
                outage(method, path, number)

        server.before_request = both
        first = curated(server, pictures, tmp_path / "on Postgres", monkeypatch)
        assert all(outage.back is not None for outage in away)
        assert first["applied"]["refused"] == []
        assert len(expected) >= 2
        assert albums(server) == expected
        previews = [seen.path for seen in server.requests if is_preview(seen.method, seen.path)]
        n = len(previews)
        second = curate(LIBRARY, apply="all")
        assert (second["plan"]["changes"], second["applied"]["done"]) == (0, 0)
        assert sum(is_preview(seen.method, seen.path) for seen in server.requests) == n
    told = [record.getMessage() for record in caplog.records if record.name == "albumen.store"]
    assert [line for line in told if "does not answer" in line]
    assert "pa55word" not in "".join(told)


def test_a_run_that_waits_for_its_turn_waits_for_the_server_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, postgres: Postgres
) -> None:
    """It has reached the server before: a restart in the half hour that it waits costs nobody a night."""
    monkeypatch.setenv("ALBUMEN_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("ALBUMEN_DATABASE_URL", postgres.store())
    monkeypatch.setenv(BY_WORKER, "1")
    monkeypatch.setattr(flows.running, "LOOK_S", 0.05)
    (tmp_path / "photos").mkdir()
    library, free = f"folder:{tmp_path / 'photos'}", threading.Event()

    def restart() -> None:
        postgres.start()
        with open_store(load_settings()) as store:
            store.leases.give_back(f"library/{library}", "another")
        free.set()

    def stop(_text: str, *said: object) -> None:
        if not free.is_set() and said:  # it has said that it waits
            postgres.stop()
            threading.Timer(1.0, restart).start()

    with open_store(load_settings()) as store:
        assert store.leases.take(f"library/{library}", "another", 600, this_process())
    monkeypatch.setattr(flows.running.log, "info", stop)
    with running(library, "curate") as run:
        assert run.library == library
    assert free.wait(60)


def test_a_wrong_address_is_said_at_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A run that begins waits for nothing that it has never reached."""
    monkeypatch.setenv("ALBUMEN_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("ALBUMEN_DATABASE_URL", "postgresql+psycopg://me:pa55word@127.0.0.1:1/nothing")
    with pytest.raises(StoreUnusable, match=r"cannot be reached.*Check database_url") as error:
        curate(f"folder:{tmp_path}")
    assert "pa55word" not in str(error.value)
    with pytest.raises(StoreUnusable, match="cannot be reached"), open_store(load_settings()):
        pytest.fail("it opened")
