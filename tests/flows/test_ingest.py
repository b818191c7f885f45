"""New photos finished soon after they came: read since the watermark, put to what is known, all else untouched."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fakes import outside_parts
from fakes.immich import FakeImmich
from fakes.served import LONG_AGO
from fakes.served.immich import writes
from prefect.client.orchestration import get_client
from prefect.deployments.runner import RunnerDeployment

from flows.curate import curate
from flows.ingest import AGAIN, MOST_ATTEMPTS, ingest
from plugins.galleries import GalleryUnreachable
from plugins.galleries.immich.marker import split_marker
from plugins.locks import LibraryBusy, library_lock
from plugins.settings import load_settings
from plugins.store import open_store
from tasks import ingest as steps
from tasks.context import opened
from tasks.watermark import news_since, watermark

pytestmark = pytest.mark.flow
LIBRARY = "family"
LISBON, HAMBURG, VIENNA, ROME = (38.7139, -9.1394), (53.5503, 9.9920), (48.2085, 16.3721), (41.8919, 12.5113)
MAY, JUNE = datetime(2024, 5, 4, 10, tzinfo=UTC), datetime(2024, 6, 1, 10, tzinfo=UTC)


@dataclass
class Family:
    """A server with photos of a few days, and what its user does."""

    server: FakeImmich
    n: itertools.count[int]

    def photo(self, taken: datetime, where: tuple[float, float], **fields: Any) -> str:
        """Let a photo come in."""
        exif = {"latitude": where[0], "longitude": where[1], "timeZone": "UTC"}
        came: dict[str, Any] = {"created": LONG_AGO}  # one that has just come is not tagged for some minutes
        return self.server.add_asset(f"IMG_{next(self.n):04}.jpg", taken, exif=exif, **came | fields)

    def day(self, first: datetime, where: tuple[float, float], n: int = 12, **fields: Any) -> list[str]:
        """Let photos of one happening come in, three minutes apart."""
        return [self.photo(first + timedelta(minutes=3 * i), where, **fields) for i in range(n)]

    def ours(self) -> dict[str, Any]:
        """Return the albums of ours by title."""
        albums = self.server.state.albums.values()
        return {album.name: album for album in albums if split_marker(album.description)[1] is not None}

    def asked(self, since: int) -> int:
        """Return how many requests came since a number."""
        return len(self.server.requests) - since


@pytest.fixture
def family(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Family]:
    """Serve two happenings, and let the environment of this process name the library."""
    with FakeImmich() as server:
        made = Family(server, itertools.count())
        for first, where in ((MAY, LISBON), (MAY + timedelta(days=16), HAMBURG)):
            made.day(first, where, updated=LONG_AGO)
        (tmp_path / "key").write_text(f"{server.key}\n")
        table = {"gallery": "immich", "url": f"{server.url}/api", "api_key_file": "key", "time_zone": "UTC"}
        lines = [f'{name} = "{value}"' for name, value in table.items()]
        (tmp_path / "albumen.toml").write_text("\n".join([f"[libraries.{LIBRARY}]", *lines, ""]))
        environment = {
            "CONFIG": tmp_path / "albumen.toml",
            "DATA_DIR": tmp_path / "data",
            "FEATURES__EMBEDDER": "squares",
            "FEATURES__PICTURE": "tints",
            "RETRY__BACKOFF_S": 0,
            "RETRY__ATTEMPTS": 1,
        }
        for name, value in environment.items():
            monkeypatch.setenv(f"ALBUMEN_{name}", str(value))
        monkeypatch.setattr(steps, "WAITS_S", ())
        outside_parts.install(tmp_path / "outside", monkeypatch)
        yield made


def figures(summary: dict[str, Any], step: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one["figures"] for one in summary["steps"] if one["step"] == step)
    return found


def test_what_comes_is_finished_and_nothing_else_is_touched(family):
    server = family.server
    assert curate(LIBRARY, apply="all")["applied"]["refused"] == []
    lisbon, hamburg = sorted(family.ours().values(), key=lambda album: album.name, reverse=True)
    server.rename_album(lisbon.id, "Lisboa!")
    taken_out = next(iter(hamburg.members))
    server.remove_from_album(hamburg.id, taken_out)
    server.idle()
    before = server.dump()["albums"]

    vienna = family.day(JUNE, VIENNA, 10)
    late = family.photo(MAY + timedelta(minutes=10, seconds=30), LISBON)  # into the middle of what is there
    n = len(server.requests)
    summary = ingest(LIBRARY, photos=["not an id", vienna[0]])
    assert summary["applied"]["refused"] == []
    assert set(figures(summary, "read_new")["photos"]) == {*vienna, late}
    assert figures(summary, "extract_new")["made"] == 11
    (made,) = family.ours().keys() - {"Lisboa!", hamburg.name}
    assert "Vienna" in made
    assert set(family.ours()[made].members) == set(vienna)
    assert family.ours()[made].cover in vienna
    assert late in server.state.albums[lisbon.id].members
    assert {"Vienna", "Austria"} <= server.tags_of(vienna[3])
    assert {"Lisbon", "Portugal"} <= server.tags_of(late)
    assert [one for one in server.dump()["albums"] if hamburg.name in str(one)] == [
        one for one in before if hamburg.name in str(one)
    ]
    assert not any(hamburg.id in one for one in writes(server, n))
    assert "Vienna" in Path(summary["report"]).read_text()

    with opened(LIBRARY) as here:  # what the user does meanwhile is seen by the whole run
        assert here.store.ledger.load(LIBRARY).albums[split_marker(lisbon.description)[1].key].user_title
    n = len(server.requests)
    nothing = ingest(LIBRARY)
    assert (nothing["plan"], nothing["applied"], nothing["report"]) == (None, None, "")
    assert (writes(server, n), family.asked(n) <= 20) == ([], True)  # the look: what has changed, each photo's own tags

    whole = curate(LIBRARY, apply="all")
    assert whole["plan"]["changes"] == 0  # the whole run finds all as it would have made it
    assert taken_out not in server.state.albums[hamburg.id].members


def test_a_run_that_breaks_off_anywhere_is_finished_by_the_next(family):
    server = family.server
    curate(LIBRARY, apply="all")
    for number, (at, where) in enumerate([(3, VIENNA), (16, ROME), (24, LISBON), (30, HAMBURG)]):
        new = family.day(JUNE + timedelta(days=20 * number), where, 9)
        begun = len(server.requests)

        def away(_method: str, _path: str, n: int, last: int = begun + at) -> None:
            server.maintenance = n >= last

        server.before_request = away
        with pytest.raises(GalleryUnreachable):
            ingest(LIBRARY)
        server.before_request, server.maintenance = None, False
        assert ingest(LIBRARY)["applied"]["refused"] == []
        assert any(set(album.members) == set(new) for album in family.ours().values())
        with opened(LIBRARY) as here:
            assert watermark(here.store, LIBRARY).todo == ()
    server.idle()
    assert curate(LIBRARY, apply="all")["plan"]["changes"] == 0


def test_photos_without_a_preview_wait_and_the_others_do_not(family, monkeypatch):
    server = family.server
    curate(LIBRARY, apply="all")
    ready = family.day(JUNE, VIENNA, 9)
    waiting = family.photo(JUNE + timedelta(hours=1), VIENNA, thumbhash=None)
    young = family.photo(JUNE + timedelta(minutes=40), VIENNA, created=server.state.now())
    deployment = RunnerDeployment.from_flow(ingest, name="on-upload").apply()
    monkeypatch.setenv("PREFECT__RUNTIME__DEPLOYMENT__ID", str(deployment))

    first = ingest(LIBRARY, attempt=2)
    assert (figures(first, "extract_new")["made"], figures(first, "extract_new")["waiting"]) == (
        len(ready) + 1,
        [waiting],
    )
    assert any(set(ready) <= set(album.members) for album in family.ours().values())
    assert set(figures(first, "apply_plan")["later"]) == {young, waiting}
    with opened(LIBRARY) as here:
        assert set(watermark(here.store, LIBRARY).todo) == {waiting, young}
    (again,) = _scheduled()
    assert again.parameters == {"library": LIBRARY, "attempt": 3}
    assert AGAIN < again.expected_start_time - datetime.now(UTC) <= 3 * AGAIN
    ingest(LIBRARY)  # for other photos, say: one run looks again for all
    assert _scheduled() == [again]

    server.change_asset(waiting, thumbhash="ZmFrZQ==")
    server.change_asset(young, created=LONG_AGO)
    assert figures(ingest(LIBRARY, attempt=3), "extract_new")["made"] == 1
    with opened(LIBRARY) as here:
        assert watermark(here.store, LIBRARY).todo == ()

    family.photo(JUNE + timedelta(hours=2), VIENNA, thumbhash=None)
    assert figures(ingest(LIBRARY, attempt=MOST_ATTEMPTS), "extract_new")["not_ready"] == 1
    assert len(_scheduled()) == 1  # an end to it: the nightly run asks for what is left
    with opened(LIBRARY) as here:
        assert watermark(here.store, LIBRARY).todo == ()


def _scheduled() -> list[Any]:
    with get_client(sync_client=True) as client:
        return [run for run in client.read_flow_runs() if run.state is not None and run.state.is_scheduled()]


def test_before_the_user_has_allowed_it_the_plan_grows_and_nothing_is_written(family):
    server = family.server
    first = ingest(LIBRARY)  # never curated: as a whole
    assert "never curated" in figures(first, "read_new")["whole"]
    planned = first["plan"]["changes"]
    assert planned > 0
    new = family.day(JUNE, VIENNA, 9)
    second = ingest(LIBRARY)
    assert (second["applied"], writes(server)) == (None, [])
    assert 0 < second["plan"]["changes"] < planned
    with opened(LIBRARY) as here:
        run, entries = here.store.journal.latest_plan(LIBRARY) or ("", [])
        assert (run, len(entries)) == (second["run"], planned + second["plan"]["changes"])
        assert news_since(here.store, LIBRARY) is not None
    assert curate(LIBRARY, apply="all")["applied"]["refused"] == []
    assert any(set(album.members) == set(new) for album in family.ours().values())


def test_a_library_that_is_worked_on_is_busy(family):
    settings = load_settings()
    with library_lock(settings.data_dir, LIBRARY), pytest.raises(LibraryBusy):
        ingest(LIBRARY)
    with open_store(settings) as store:
        assert store.runs.list(LIBRARY) == []
