"""Helpers of an extraction, as Prefect has them: asked for by the run, called off where they never began."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest
from fakes.family import LIBRARY, Family, draw_family
from fakes.small_folder import refresh
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.client.schemas.objects import FlowRun

from flows.deployments import HELP, POOL, make_deployments
from flows.extract import extract
from plugins.sections import Serve
from tasks.context import opened
from tasks.extraction import extract_features
from tasks.helping import BY_WORKER, helped, workers_wanted

pytestmark = pytest.mark.flow


@pytest.fixture
def family(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Family:
    drawn = draw_family(tmp_path)
    drawn.enter(monkeypatch)
    refresh(LIBRARY)
    return drawn


@pytest.fixture
def deployed(prefect_server: None) -> None:
    with get_client(sync_client=True) as client:
        client.create_work_pool(WorkPoolCreate(name=POOL, type="process"), overwrite=True)
    make_deployments(Serve())


def workers_wanted_of(library: str) -> int:
    with opened(library) as here:
        return workers_wanted(here)


def helpers() -> list[FlowRun]:
    with get_client(sync_client=True) as client:
        return [run for run in client.read_flow_runs() if run.work_queue_name == HELP]


def test_helpers_wait_in_a_queue_of_their_own_and_are_called_off(family: Family, deployed: None) -> None:
    with helped(LIBRARY, 2):
        assert [(run.work_queue_name, run.parameters) for run in helpers()] == [(HELP, {"library": LIBRARY})] * 2
    assert {run.state_name for run in helpers()} == {"Cancelled"}


def test_the_run_does_everything_where_no_helper_comes(
    family: Family, prefect_server: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where Prefect's server knows nothing of the run that asks for them."""
    monkeypatch.setenv(BY_WORKER, str(uuid4()))
    assert workers_wanted_of(LIBRARY) == 1
    monkeypatch.setenv("ALBUMEN_FEATURES__WORKERS", "4")
    receipt = extract_features(LIBRARY)
    assert receipt.figures["made"] == receipt.figures["photos"] == len(family.year.all)
    assert extract_features(LIBRARY).status == "cached"


def test_a_helper_without_a_run_has_nothing_to_do(family: Family) -> None:
    assert extract(LIBRARY)["status"] == "skipped"
