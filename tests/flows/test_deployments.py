"""The deployments: one table, as `albumen serve` makes them and as prefect.yaml says; and their forms."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from prefect import Flow
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.client.schemas.responses import DeploymentResponse
from prefect.server.schemas.schedules import CronSchedule
from prefect.settings import PREFECT_API_URL
from prefect.utilities.importtools import import_object

from flows.deployments import DEPLOYMENTS, POOL, Deployment, made, make_deployments, prefect_yaml
from plugins.sections import Serve

ROOT = Path(__file__).resolve().parents[2]
FORMS = Path(__file__).with_name("forms.json")
SERVE = Serve(nightly="15 3 * * *", time_zone="Europe/Lisbon", poll_minutes=7)


def test_prefect_yaml_says_the_same_as_the_table():
    said = yaml.safe_load((ROOT / "prefect.yaml").read_text(encoding="utf-8"))
    assert said.pop("definitions")  # what the entries share
    assert said == prefect_yaml(Serve(time_zone="UTC"))


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=lambda deployment: deployment.name)
def test_every_deployment_leads_to_a_flow_that_takes_its_parameters(deployment):
    flow = import_object(deployment.entrypoint)
    assert isinstance(flow, Flow)
    assert deployment.parameters.keys() <= flow.parameters.properties.keys()
    assert not {"api_key", "key", "password", "token", "url"} & flow.parameters.properties.keys()


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=lambda deployment: deployment.name)
def test_every_field_of_a_form_explains_itself(deployment):
    fields = deployment.flow.parameters.properties
    assert [name for name, field in fields.items() if not field.get("description", "").endswith(".")] == []


def form(deployment: Deployment) -> dict[str, Any]:
    """Return what a form takes: fields with their kinds, choices, bounds and defaults, without the texts."""
    schema = deployment.flow.parameters.model_dump(exclude_unset=True)
    fields = {
        name: {key: said for key, said in field.items() if key not in {"description", "title", "position"}}
        for name, field in schema["properties"].items()
    }
    return {"fields": fields, "required": schema.get("required", [])}


def test_the_forms_are_as_they_were():
    """Who starts flows by Prefect's API relies on them: change the snapshot on purpose only."""
    forms = {deployment.name: form(deployment) for deployment in DEPLOYMENTS}
    assert forms == json.loads(FORMS.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("serve", "active", "runs"),
    [
        pytest.param(SERVE, True, {"nightly", "cleanup", "poll"}, id="as the settings say"),
        pytest.param(SERVE, False, {"nightly", "cleanup"}, id="the receiver polls in its own process"),
        pytest.param(Serve(nightly="", poll_minutes=0), True, {"cleanup"}, id="neither at night nor by asking"),
    ],
)
def test_what_runs_by_itself(serve, active, runs):
    there = [made(d, serve, active=active or d.name != "poll") for d in DEPLOYMENTS]
    assert {deployment.name for deployment in there if deployment.schedules} == runs


def test_the_nightly_run_keeps_to_the_clock_on_the_wall_and_is_called_off_where_one_works():
    nightly = made(DEPLOYMENTS[0], SERVE)
    (schedule,) = nightly.schedules or ()
    assert (schedule.schedule.cron, schedule.schedule.timezone) == ("15 3 * * *", "Europe/Lisbon")
    assert nightly.concurrency_limit == 1
    options = nightly.concurrency_options.model_dump(mode="json")
    assert options == {"collision_strategy": "CANCEL_NEW", "grace_period_seconds": 120}


def test_new_photos_of_one_library_do_not_wait_for_those_of_another():
    at_once = {deployment.name: made(deployment, SERVE).concurrency_limit for deployment in DEPLOYMENTS}
    assert at_once.pop("on-upload") == Serve().runs_at_once == 2
    assert at_once.pop("extract") == 64  # one for each other worker, however many there are
    assert set(at_once.values()) == {1}


@pytest.mark.parametrize(
    ("start", "skipped"),
    [
        pytest.param(datetime(2026, 3, 27, tzinfo=UTC), "2026-03-29", id="the hour of the run is left out once"),
        pytest.param(datetime(2026, 10, 23, tzinfo=UTC), "2026-10-25", id="the hour of the run comes twice"),
    ],
)
def test_every_day_has_its_night_when_clocks_change(start, skipped):
    berlin = ZoneInfo("Europe/Berlin")
    nights = asyncio.run(CronSchedule(cron="30 2 * * *", timezone="Europe/Berlin").get_dates(5, start=start))
    days = [f"{night.astimezone(berlin):%Y-%m-%d}" for night in nights]
    assert skipped in days
    assert len(days) == len(set(days))


def there() -> dict[str, DeploymentResponse]:
    with get_client(sync_client=True) as client:
        return {made.name: made for made in client.read_deployments() if made.work_pool_name == POOL}


@pytest.fixture
def pool(prefect_server: None) -> None:
    with get_client(sync_client=True) as client:
        client.create_work_pool(WorkPoolCreate(name=POOL, type="process"), overwrite=True)


@pytest.mark.flow
@pytest.mark.usefixtures("pool")
def test_all_are_made_at_a_server_and_made_again_without_another():
    make_deployments(SERVE, library="family", polling=False)
    assert {name: len(made.schedules) for name, made in there().items() if made.schedules} == {
        "nightly": 1,
        "cleanup": 1,
    }
    make_deployments(Serve(nightly="", time_zone="UTC"), library="family")
    found = there()
    assert found.keys() == {deployment.name for deployment in DEPLOYMENTS}
    assert [found[name].entrypoint for name in ("nightly", "undo")] == ["flows.nightly.nightly", "flows.undo.undo"]
    assert not any(deployment.pull_steps for deployment in found.values())
    assert {name: len(made.schedules) for name, made in found.items() if made.schedules} == {"cleanup": 1, "poll": 1}
    assert found["cleanup"].schedules[0].schedule.timezone == "UTC"
    assert (found["curate-now"].parameters, found["nightly"].parameters) == ({"library": "family"}, {})
    apply = found["curate-now"].parameter_openapi_schema["properties"]["apply"]
    assert apply["enum"] == ["plan", "settings", "albums", "all"]


@pytest.mark.flow
@pytest.mark.usefixtures("pool")
def test_what_the_user_switched_off_stays_off():
    make_deployments(SERVE)
    nightly = there()["nightly"]
    with get_client(sync_client=True) as client:
        client.update_deployment_schedule(nightly.id, nightly.schedules[0].id, active=False)
    make_deployments(SERVE.model_copy(update={"nightly": "0 4 * * *"}))
    (schedule,) = there()["nightly"].schedules
    assert (schedule.schedule.cron, schedule.active) == ("0 4 * * *", False)


@pytest.mark.flow
@pytest.mark.usefixtures("pool")
def test_prefect_deploys_all_of_prefect_yaml(tmp_path):
    child = subprocess.run(
        [sys.executable, "-m", "prefect", "--no-prompt", "deploy", "--all"],
        cwd=ROOT,
        env={**os.environ, "PREFECT_API_URL": PREFECT_API_URL.value(), "PREFECT_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert child.returncode == 0, child.stdout + child.stderr
    found = there()
    assert found.keys() == {deployment.name for deployment in DEPLOYMENTS}
    assert not any(deployment.pull_steps for deployment in found.values())
    assert {made.schedules[0].schedule.timezone for made in found.values() if made.name in {"nightly", "cleanup"}} == {
        "UTC"
    }
