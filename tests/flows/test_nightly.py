"""What runs by itself: the night of every library, asking for new photos, and cleaning up."""

from __future__ import annotations

import shutil
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fakes.family import LIBRARY, Family, draw_family
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterKey, DeploymentFilter, DeploymentFilterName
from prefect.states import Scheduled

import flows.running
from flows.cleanup import cleanup
from flows.curate import curate
from flows.deployments import POOL, make_deployments
from flows.nightly import NightFailed, nightly
from flows.poll import PollFailed, poll
from flows.running import BY_WORKER, running
from flows.waiting import ON_UPLOAD
from plugins.locks import LibraryBusy, library_lock
from plugins.sections import Serve
from plugins.settings import UnknownLibrary, load_settings
from tasks.context import opened
from tasks.nights import waiting_since
from tasks.watermark import keep_watermark

pytestmark = pytest.mark.flow


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Family:
    return draw_family(tmp_path_factory.mktemp("drawn"))


@pytest.fixture
def family(drawn: Family, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Family:
    """Lend a copy of the library that was never curated, and beside it one whose disk is not there."""
    copy = Family(shutil.copytree(drawn.place, tmp_path / "family"), drawn.year)
    copy.enter(monkeypatch)
    with (copy.place / "albumen.toml").open("a") as settings:
        settings.write(f"[libraries.away]\npath = '{tmp_path / 'away'}'\n")
    return copy


def written(family: Family) -> bool:
    """Say whether anything of ours is in the gallery."""
    with opened(LIBRARY) as here:
        return bool(list(here.gallery.albums()))


def test_nights_do_what_is_allowed_and_one_library_does_not_stop_the_others(family):
    with pytest.raises(NightFailed, match=r"^1 of 2 libraries failed: away: GalleryRefused: there is no folder"):
        nightly()
    assert not written(family)  # never applied so far: planned only
    with opened(LIBRARY) as here:
        (first,) = here.store.runs.list(LIBRARY)
        since, away = waiting_since(here.store, LIBRARY), waiting_since(here.store, "away")
        assert since is not None
        assert first.summary["plan"]["changes"] > 0
        assert away is not None  # noted when it began: two days from now it is an alert

    curate(LIBRARY, steps=["plan"], apply="all")  # from now on it is allowed
    done = nightly(LIBRARY)
    with opened(LIBRARY) as here:
        run = here.store.runs.get(LIBRARY, done[LIBRARY]["run"])
        assert run.summary["applied"]["extent"] == "all"
        assert waiting_since(here.store, LIBRARY) > since
        assert waiting_since(here.store, "away") == away


def test_a_library_that_may_have_albums_gets_these_alone_and_the_report_says_so(family, monkeypatch):
    settings = family.place / "albumen.toml"
    settings.write_text(settings.read_text().replace("time_zone", "apply = 'albums'\ntime_zone", 1))
    done = nightly(LIBRARY)
    page = Path(done[LIBRARY]["report"]).read_text(encoding="utf-8")
    assert "held back: this run was to write albums only" in page
    assert "albumen curate --apply family" in page
    assert written(family)
    with opened(LIBRARY) as here:
        assert here.store.ledger.load(LIBRARY).tags == {}
    with get_client(sync_client=True) as client:
        key = ArtifactFilter(key=ArtifactFilterKey(any_=[f"report-{LIBRARY}"]))
        newest = max(client.read_artifacts(artifact_filter=key), key=lambda made: made.created)
    assert "Held back" in str(newest.data)
    assert len(str(newest.data).encode()) < 1_000_000


def test_a_library_that_nobody_knows_is_refused(family):
    with pytest.raises(UnknownLibrary):
        nightly("nobody")


def test_a_run_of_a_worker_waits_for_the_library_and_one_by_hand_does_not(family, monkeypatch):
    monkeypatch.setattr(flows.running, "LOOK_S", 0.05)
    free = threading.Event()
    held = library_lock(load_settings().data_dir, LIBRARY)
    held.__enter__()
    with pytest.raises(LibraryBusy), running(LIBRARY, "curate"):
        pass
    monkeypatch.setenv(BY_WORKER, "1")

    def give_back() -> None:
        free.wait(30)
        held.__exit__(None, None, None)

    other = threading.Thread(target=give_back)
    other.start()
    monkeypatch.setattr(flows.running.log, "info", lambda *_: free.set())  # it has said that it waits
    with running(LIBRARY, "curate") as run:
        assert run.library == LIBRARY
    other.join()
    assert free.is_set()


def test_a_run_for_new_photos_gives_its_worker_back_sooner(family, monkeypatch):
    """They are kept for the next run; what waits for long is whoever asked for just this run."""
    assert flows.running.INGEST_WAIT_S < Serve().longest_s < flows.running.WAIT_S
    monkeypatch.setattr(flows.running, "INGEST_WAIT_S", 0.0)
    monkeypatch.setenv(BY_WORKER, "1")
    held = library_lock(load_settings().data_dir, LIBRARY)
    with held, pytest.raises(LibraryBusy), running(LIBRARY, "ingest"):
        pass


def test_polling_starts_one_run_where_photos_are_new(family):
    with get_client(sync_client=True) as client:
        client.create_work_pool(WorkPoolCreate(name=POOL, type="process"), overwrite=True)
        make_deployments(Serve(time_zone="UTC"))
        ours = DeploymentFilter(name=DeploymentFilterName(any_=[ON_UPLOAD]))
        _forget_runs(client, ours)  # those that other tests have left at the server
        settings = family.place / "albumen.toml"
        settings.write_text(settings.read_text().partition("[libraries.away]")[0])
        assert poll() == []  # never curated: that is for the night
        curate(LIBRARY, steps=["photos"])
        with opened(LIBRARY) as here:
            keep_watermark(here.store, LIBRARY, datetime.now(UTC) + timedelta(minutes=10))
        assert poll() == []
        shutil.copy(family.photos / family.year.lisbon[0], family.photos / "new.jpg")
        assert poll() == [LIBRARY]
        assert poll() == []  # a run for it waits
        (waiting,) = client.read_flow_runs(deployment_filter=ours)
        assert waiting.parameters["library"] == LIBRARY
        client.delete_flow_run(waiting.id)
        later = Scheduled(scheduled_time=datetime.now(UTC) + timedelta(minutes=30))
        deployment = client.read_deployment_by_name(f"ingest/{ON_UPLOAD}").id
        client.create_flow_run_from_deployment(deployment, parameters={"library": LIBRARY}, state=later)
        with library_lock(load_settings().data_dir, LIBRARY):
            assert poll() == []  # whoever works on it may be finding it
        assert poll() == [LIBRARY]  # a run for photos that were not ready does not begin for long
        _forget_runs(client, ours)


def _forget_runs(client: SyncPrefectClient, of: DeploymentFilter) -> None:
    for made in client.read_flow_runs(deployment_filter=of):
        client.delete_flow_run(made.id)


def test_a_gallery_that_cannot_be_asked_is_told_and_the_others_are_asked(family):
    curate(LIBRARY, steps=["photos"])
    with opened("away") as here:
        keep_watermark(here.store, "away", datetime.now(UTC))
    with pytest.raises(PollFailed, match=r"^away: there is no folder"):
        poll()


def test_cleanup_is_a_dry_run_unless_told_otherwise(family):
    curate(LIBRARY, steps=["photos", "features"])
    for name in family.year.lisbon:
        (family.photos / name).unlink()
    curate(LIBRARY, steps=["photos"], force=True)
    looked = cleanup(keep_runs=1, keep_days=1, grace_days=1)
    assert (looked["removed"], looked["libraries"], looked["runs"]["runs"]) == (False, ["away", LIBRARY], 0)
    assert looked["vectors"]["waiting"] == len(family.year.lisbon)
    assert cleanup(LIBRARY, apply=True).keys() == {"removed", "libraries", "runs", "bytes"}
