"""The whole way of a new photo: an upload, Immich's webhook, the receiver, a flow run, and the photo is known."""

from __future__ import annotations

import subprocess
import sys

import psutil
import pytest
from fakes.serving import FAMILY, Service

from plugins.store import open_store
from plugins.store.arrivals import Arrivals

pytestmark = pytest.mark.flow


def install(service: Service) -> None:
    """Let the command make the workflow, with a key that may, for the port that the service has this time."""
    service.server.state.keys[service.server.key].permissions = ("all",)
    hooks = {"ALBUMEN_SERVE__HOOKS_URL": service.addresses.hooks}
    command = [sys.executable, "-c", "from app.cli import main; main()", "webhook", "install", FAMILY]
    subprocess.run(command, cwd=service.folder, env={**service.environment, **hooks}, check=True, timeout=120)


def asked(service: Service) -> list[str]:
    """Return Prefect's ids of the runs that were asked for and have not been seen to end."""
    with Arrivals(service.data / "arrivals.db") as spool:
        return [one.run for one in spool.asked(FAMILY) if one.run]


def is_idle(service: Service) -> bool:
    with Arrivals(service.data / "arrivals.db") as spool:
        return not spool.asked(FAMILY) and spool.waiting(FAMILY) is None


def test_an_upload_is_in_a_finished_run_although_the_receiver_is_killed_after_its_answer(service):
    install(service)
    service.server.calls_out = True
    try:
        photos = service.server.add_photos([{"name": "new.jpg", "taken": service.server.state.now()}])
        service.until(lambda: service.server.called, "the webhook to be sent")
    finally:
        service.server.calls_out = False
    assert service.server.called == [202]
    psutil.Process(service.addresses.parts["web"]).kill()
    (run,) = service.until(lambda: asked(service), "a flow run to be asked for")
    assert service.finished(run).done
    service.until(lambda: is_idle(service), "the arrival to be settled")
    with open_store(service.settings) as store:
        assert set(photos) <= {photo.id for photo in store.photos.all(FAMILY)}
        assert [run.status for run in store.runs.list(FAMILY, 1)] == ["done"]
