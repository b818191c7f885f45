"""Prefect's server by plain HTTP: a run is started once a key, and every failure says what to do next."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid

import pytest
from fakes.doors import Says, door
from fakes.prefect_api import AUTH, FakePrefect

from app.prefect_api import FlowRunGone, PrefectApi, PrefectRefused, PrefectUnreachable

ON_UPLOAD = "ingest/on-upload"


@pytest.fixture
def prefect():
    with FakePrefect() as server:
        yield server


def test_a_run_is_started_with_its_parameters_and_its_state_is_told(prefect):
    api = PrefectApi(prefect.url, AUTH)
    run = api.start(ON_UPLOAD, {"library": "family"})
    (made,) = prefect.list()
    assert (made.id, made.parameters, made.deployment) == (run, {"library": "family"}, prefect.deployments[ON_UPLOAD])
    assert (api.state(run).kind, api.state(run).over, api.state(run).done) == ("SCHEDULED", False, False)
    prefect.become(made, "COMPLETED")
    assert (api.state(run).over, api.state(run).done) == (True, True)
    prefect.become(made, "CRASHED")
    assert (api.state(run).over, api.state(run).done) == (True, False)
    assert api.page(run) == f"http://127.0.0.1:{prefect.port}/runs/flow-run/{run}"


def test_the_same_key_is_the_same_run(prefect):
    api = PrefectApi(prefect.url + "/", AUTH)
    assert api.start(ON_UPLOAD, {}, "a key") == api.start(ON_UPLOAD, {}, "a key") != api.start(ON_UPLOAD, {}, "b key")


@pytest.mark.parametrize("status", [500, 503, 429, 408])
def test_a_server_that_is_busy_is_asked_again_later(prefect, status):
    prefect.says = status
    with pytest.raises(PrefectUnreachable, match=str(status)):
        PrefectApi(prefect.url, AUTH).start(ON_UPLOAD, {})


def test_a_server_that_is_not_there_or_hangs_up_is_asked_again_later(prefect):
    api = PrefectApi(prefect.url, AUTH)
    prefect.loses = True
    with pytest.raises(PrefectUnreachable):
        api.start(ON_UPLOAD, {})
    prefect.down()
    with pytest.raises(PrefectUnreachable, match="does not answer"):
        api.start(ON_UPLOAD, {})


def test_a_wrong_password_is_named_without_either(prefect):
    with pytest.raises(PrefectRefused, match="PREFECT_API_AUTH_STRING") as refused:
        PrefectApi(prefect.url, "albumen:another").start(ON_UPLOAD, {})
    assert "another" not in str(refused.value) + repr(PrefectApi(prefect.url, "albumen:another"))


@pytest.mark.parametrize(
    "run",
    [
        pytest.param(str(uuid.uuid4()), id="nobody knows it"),
        pytest.param("../deployments", id="no id, but a way elsewhere"),
        pytest.param("", id="nothing"),
    ],
)
def test_a_run_that_there_is_not(prefect, run):
    with pytest.raises(FlowRunGone):
        PrefectApi(prefect.url, AUTH).state(run)


def test_a_deployment_that_there_is_not(prefect):
    with pytest.raises(PrefectRefused, match="albumen serve"):
        PrefectApi(prefect.url, AUTH).start("curate/no-such", {})


@pytest.mark.parametrize(
    "says",
    [
        pytest.param(Says("<html>hello"), id="a web page"),
        pytest.param(Says({"id": "7"}), id="an id that is none"),
        pytest.param(Says([]), id="another shape"),
    ],
)
def test_an_answer_that_is_not_prefects(says):
    with door({}, says) as other, pytest.raises(PrefectRefused, match="as Prefect does not"):
        PrefectApi(f"{other.address}/api").start(ON_UPLOAD, {})


def test_neither_prefect_nor_torch_is_loaded_by_what_the_web_process_needs():
    """They cost hundreds of megabytes, for all the time that the service runs."""
    code = "import sys, app.receiver, app.prefect_api; print({'prefect', 'torch'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ)
    assert done.stdout.strip() == "set()"
