"""Prefect's environment: what the user has set stays, and what a first run needs is made."""

from __future__ import annotations

import os
import stat

import httpx
import pytest

from app.prefect_home import PrefectUnreachable, answering, set_environment


@pytest.fixture(autouse=True)
def _no_word_about_prefect(monkeypatch):
    """Begin without a word about Prefect in the environment, and forget what the test has set."""
    monkeypatch.setattr(os, "environ", {k: v for k, v in os.environ.items() if not k.startswith("PREFECT_")})


def test_with_a_server_of_the_users_own_nothing_is_made(tmp_path):
    os.environ["PREFECT_API_URL"] = "http://127.0.0.1:4200/api"
    set_environment(tmp_path / "data")
    assert not (tmp_path / "data").exists()
    assert "PREFECT_HOME" not in os.environ


@pytest.mark.parametrize(
    ("own", "home"),
    [
        pytest.param({}, "deep/data/prefect", id="without a word Prefect's home is in the data folder"),
        pytest.param(
            {"PREFECT_HOME": "own"}, "own", id="the user's home stays: the server's log lies in the data folder"
        ),
    ],
)
def test_a_first_run_makes_the_data_folder_for_its_user_alone(tmp_path, own, home):
    os.environ.update({name: str(tmp_path / folder) for name, folder in own.items()})
    data_dir = tmp_path / "deep" / "data"
    set_environment(data_dir)
    assert stat.S_IMODE(data_dir.stat().st_mode) == 0o700
    assert os.environ["PREFECT_HOME"] == str(tmp_path / home)


def test_a_data_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(PrefectUnreachable, match=r"cannot be made: .*ALBUMEN_DATA_DIR"):
        set_environment(tmp_path / "file" / "data")


def _failed() -> Exception:
    """Return what Prefect's client raises when its server answers 500, as with a full disk."""
    request = httpx.Request("POST", "http://127.0.0.1:4200/api/flow_runs/")
    return httpx.HTTPStatusError("500 Internal Server Error\nmore", request=request, response=httpx.Response(500))


def _caused(by: Exception) -> Exception:
    error = RuntimeError("Failed to reach API")
    error.__cause__ = by
    return error


@pytest.mark.parametrize(
    ("raised", "told"),
    [
        pytest.param(ValueError("ours"), ValueError, id="the flow's own errors pass"),
        pytest.param(_caused(OSError("ours")), RuntimeError, id="so do those with a cause of their own"),
        pytest.param(_failed(), PrefectUnreachable, id="a server that fails is told"),
        pytest.param(_caused(_failed()), PrefectUnreachable, id="also where Prefect has wrapped it"),
        pytest.param(httpx.ReadTimeout("timed out"), PrefectUnreachable, id="a server that went away is told"),
        pytest.param(httpx.ReadError(""), PrefectUnreachable, id="also one that left without a word"),
    ],
)
def test_a_server_that_fails_in_a_flow_is_told_and_nothing_else_is(raised, told):
    with pytest.raises(told) as caught, answering():
        raise raised
    if told is PrefectUnreachable:
        assert "is the disk full" in str(caught.value)
        assert "\n" not in str(caught.value)
    else:
        assert caught.value is raised
