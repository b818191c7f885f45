"""`albumen serve` as users run it: real processes, ended in every way, with nothing left and nothing lost."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from zoneinfo import ZoneInfo

import httpx
import psutil
import pytest
from fakes.serving import FAMILY, FOLDER, Service

from plugins.store import open_store

CURATE = "curate/curate-now"


def albumen(service: Service, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from app.cli import main; main()", *arguments],
        cwd=service.folder,
        env={**service.environment, **more},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@contextmanager
def waiting_in_a_run(service: Service) -> Iterator[str]:
    """Start a run whose gallery does not answer before the block ends; lend its id once it waits."""
    asked, go_on = threading.Event(), threading.Event()

    def hold(*_request: object) -> None:
        asked.set()
        go_on.wait(60)

    service.server.before_request = hold
    try:
        run = service.prefect.start(CURATE, {"library": FAMILY})
        service.until(asked.is_set, "a run to ask the gallery")
        yield run
    finally:
        service.server.before_request = None
        go_on.set()


def kill(service: Service, part: str) -> None:
    """Kill a part, and wait until it runs again."""
    before = service.addresses.parts[part]
    psutil.Process(before).kill()
    service.until(lambda: service.addresses.parts.get(part, before) != before, f"another {part}")


def test_all_of_it_answers_and_says_so(service):
    there = service.addresses
    for url in (f"{there.review}/health", f"{there.hooks}/health", f"{there.api}/health"):
        assert httpx.get(url).status_code == 200
    checked = albumen(service, "serve", "--check")
    assert checked.returncode == 0, checked.stderr
    assert there.review in checked.stdout


def test_prefect_asks_for_its_password_and_its_pages_know_where_it_is(service):
    there = service.addresses
    assert httpx.post(f"{there.api}/flow_runs/filter", json={}).status_code == 401
    assert httpx.get(f"{there.prefect}/ui-settings").json()["api_url"] == there.api


def test_only_the_user_can_read_its_secrets_and_none_is_in_the_log(service):
    secrets = [*(service.data / "secrets").iterdir()]
    private = [*secrets, service.data / "serve.log", service.data / "serve.json"]
    assert {file.stat().st_mode & 0o077 for file in private} == {0}
    assert [file.name for file in secrets if file.read_text().strip() in service.log()] == []
    assert service.server.key not in service.log()


def test_what_prefect_shows_is_what_we_want_to_run(service):
    there = service.prefect._http  # the deployments as the server has them
    found = {d["name"]: d for d in there.post("/deployments/filter", json={}).json()}
    by_hand = {"curate-now", "extract", "undo", "train", "evaluate"}
    assert set(found) == {"nightly", "on-upload", "cleanup", "poll"} | by_hand
    assert not any(s["active"] for s in found["poll"]["schedules"])
    assert [a["name"] for a in there.post("/automations/filter", json={}).json()] == [
        "albumen: end runs whose process is gone"
    ]


def test_what_has_a_time_is_scheduled(service):
    there = service.prefect._http
    (cleanup,) = there.post("/deployments/filter", json={"deployments": {"name": {"any_": ["cleanup"]}}}).json()
    wanted = {"deployments": {"id": {"any_": [cleanup["id"]]}}, "sort": "EXPECTED_START_TIME_ASC"}
    runs = service.until(lambda: there.post("/flow_runs/filter", json=wanted).json(), "scheduled runs", 40)
    first = datetime.fromisoformat(runs[0]["expected_start_time"]).astimezone(ZoneInfo("Europe/Lisbon"))
    assert (first.weekday(), first.hour, first.minute) == (6, 4, 30)


def test_who_guesses_a_secret_has_to_wait_whatever_address_they_claim(service):
    hook = f"{service.addresses.hooks}/hooks/{FAMILY}"
    told = [httpx.post(hook, headers={"X-Forwarded-For": f"198.51.100.{n}"}).status_code for n in range(11)]
    assert told == [401] * 10 + [429]
    assert httpx.post(hook, headers={"X-Albumen-Secret": service.hook_secret(FAMILY)}).status_code == 202


def test_a_second_one_on_the_same_data_is_refused_and_told_who_is_there(service):
    second = albumen(service, "serve")
    assert second.returncode == 1
    assert f"process {service.addresses.pid} on" in second.stderr
    assert "Traceback" not in second.stderr


@pytest.mark.parametrize(
    ("setting", "part"),
    [pytest.param("port", "review", id="of the review page"), pytest.param("hooks_port", "hooks", id="of webhooks")],
)
def test_a_port_that_is_taken_is_told_with_its_setting_and_who_has_it(service, tmp_path, setting, part):
    port = getattr(service.addresses, part).rpartition(":")[2]
    own = {"ALBUMEN_DATA_DIR": str(tmp_path), f"ALBUMEN_SERVE__{setting.upper()}": port}
    refused = albumen(service, "serve", **own)
    assert refused.returncode == 1
    assert f"[serve] {setting} = {port}" in refused.stderr
    assert f"process {service.addresses.pid}," in refused.stderr or "listens there" in refused.stderr


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        pytest.param({"ALBUMEN_SERVE__NIGHTLY": "half past two"}, "no time as cron writes it", id="no cron"),
        pytest.param({"ALBUMEN_LIBRARIES__FOLDER__PATH": "/nowhere"}, "is its disk mounted?", id="no folder"),
    ],
)
def test_wrong_settings_are_told_before_anything_starts(service, tmp_path, environment, told):
    refused = albumen(service, "serve", **environment, ALBUMEN_DATA_DIR=str(tmp_path))
    assert refused.returncode == 2
    assert told in refused.stderr
    assert not (tmp_path / "serve.log").exists()


def test_the_command_line_uses_the_server_that_runs(service):
    done = albumen(service, "curate", FOLDER, "--steps", "photos", "--json")
    assert done.returncode == 0, done.stderr
    by_hand = {"flow_runs": {"deployment_id": {"is_null_": True}}}
    runs = service.prefect._http.post("/flow_runs/filter", json=by_hand).json()
    assert {run["state_type"] for run in runs} == {"COMPLETED"}


@pytest.mark.parametrize("part", ["web", "server"])
def test_a_part_that_dies_is_started_again(service, part):
    kill(service, part)
    service.until(lambda: albumen(service, "serve", "--check").returncode == 0, f"the new {part} to answer")


def test_a_worker_that_dies_takes_its_run_with_it_and_the_next_one_does_what_was_asked(service):
    with waiting_in_a_run(service) as run:
        kill(service, "worker")
        assert service.finished(run).kind == "CRASHED"
    again = service.prefect.start(CURATE, {"library": FAMILY, "steps": ["photos"]})
    assert service.finished(again).done, service.log()


def test_kill_9_takes_all_with_it_and_the_next_start_says_which_runs_were_cut(service):
    with waiting_in_a_run(service) as run:
        assert len(service.processes()) > len(service.addresses.parts)
        service.stop(signal.SIGKILL)
        service.until(lambda: not service.processes(), "all of it to end")
    assert albumen(service, "serve", "--check").returncode == 1
    service.start()
    assert service.finished(run).kind == "CRASHED"
    assert "was cut and is marked as crashed" in service.log()
    with open_store(service.settings) as store:
        assert "running" not in {known.status for known in store.runs.list(FAMILY, 50)}


@pytest.mark.soak
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_all_of_it_with_what_runs(service, number):
    with waiting_in_a_run(service) as run:
        assert service.stop(number) == 0
        assert service.processes() == []
    assert not (service.data / "serve.json").exists()
    service.start()
    assert service.finished(run).kind == "CRASHED"
