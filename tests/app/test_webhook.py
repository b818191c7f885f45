"""`albumen webhook`: the gallery is told, or the user is told how; the secret is shown to nobody who did not ask."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest
from fakes.immich import FakeImmich
from fakes.immich.server import PERMISSIONS
from fakes.receiving import receiving
from typer.testing import CliRunner

from app.cli import app
from app.hooks.callers import hook_secret, hook_secret_file
from app.hooks.listening_notes import Heard, note
from plugins.galleries.immich.permissions import CALLING, permissions_for
from plugins.locks import service_lock
from plugins.settings import load_settings
from plugins.store.arrivals import Arrivals

URL = "http://127.0.0.1:9"
RUNNER = CliRunner()


@pytest.fixture
def server():
    with FakeImmich("3.1.0") as fake:
        fake.key = fake.add_key([*PERMISSIONS, *permissions_for(CALLING)])
        yield fake


@pytest.fixture
def settled(own_folder, server):
    """Write settings with an Immich and a folder."""
    write(own_folder, server)
    return own_folder


def write(folder: Path, server: FakeImmich, hooks_url: str = URL, key: str = "") -> None:
    (folder / "photos").mkdir(exist_ok=True)
    (folder / "albumen.toml").write_text(
        f'[serve]\nhooks_url = "{hooks_url}"\nquiet_s = 0.1\npoll_minutes = 7\n'
        f'[libraries.family]\ngallery = "immich"\nurl = "{server.url}"\napi_key = "{key or server.key}"\n'
        "retry = { backoff_s = 0.001 }\n"
        '[libraries.films]\ngallery = "folder"\npath = "photos"\n'
    )


def run(*arguments: str) -> tuple[int, str, str]:
    done = RUNNER.invoke(app, ["webhook", *arguments])
    return done.exit_code, done.stdout, done.stderr


def secret(folder: Path, library: str = "family") -> str:
    return hook_secret(folder / "data", library)


def test_install_makes_the_workflow_with_the_librarys_secret_and_says_where_it_calls(settled, server):
    status, out, _ = run("install", "family")
    (made,) = server.state.workflows.values()
    config = made.steps[0]["config"]
    assert (status, config["url"], config["headerValue"]) == (0, f"{URL}/hooks/family", secret(settled))
    assert f"{URL}/hooks/family" in out
    with Arrivals(settled / "data" / "arrivals.db") as spool:
        assert spool.watched("family").installed


def test_install_again_after_a_new_secret_brings_it_to_the_gallery(settled, server):
    run("install", "family")
    hook_secret_file(settled / "data", "family").unlink()
    status, out, _ = run("install", "family")
    (made,) = server.state.workflows.values()
    assert (status, made.steps[0]["config"]["headerValue"]) == (0, secret(settled))
    assert "updated" in out


def test_remove_takes_it_away_and_the_library_is_polled_again(settled, server):
    run("install", "family")
    status, out, _ = run("remove", "family")
    assert (status, server.state.workflows) == (0, {})
    assert "removed" in out
    with Arrivals(settled / "data" / "arrivals.db") as spool:
        assert not spool.watched("family").installed


@pytest.mark.parametrize(
    ("change", "because"),
    [
        pytest.param(lambda server: setattr(server, "version", "2.7.5"), "2.7.5 has no webhooks", id="an older server"),
        pytest.param(lambda server: setattr(server, "has_core_plugin", False), "no webhook among", id="no plugin"),
    ],
)
def test_where_it_cannot_be_the_steps_by_hand_are_printed(settled, server, change, because):
    change(server)
    status, out, err = run("install", "family")
    assert (status, because in err) == (1, True)
    assert f"{URL}/hooks/family" in out
    assert "X-Albumen-Secret" in out
    assert str(hook_secret_file(settled / "data", "family")) in out
    assert secret(settled) not in out + err


def test_a_key_that_may_not_is_told_what_it_lacks(settled, server):
    write(settled, server, key=server.add_key(PERMISSIONS))
    status, out, err = run("install", "family")
    assert (status, server.state.workflows) == (1, {})
    assert "workflow.create" in err
    assert "plugin.read workflow.read workflow.create workflow.update workflow.delete" in out


def test_a_folder_calls_nobody_and_whatever_fills_it_may(settled):
    status, out, err = run("install", "films")
    assert (status, "calls nobody" in err) == (1, True)
    assert f"{URL}/hooks/films" in out
    assert "Immich" not in out


@pytest.mark.parametrize("command", ["install", "show"])
@pytest.mark.parametrize("library", ["family", "films"])
def test_the_secret_is_shown_only_to_who_asks(settled, server, command, library):
    server.has_core_plugin = False
    assert secret(settled, library) not in "".join(map(str, run(command, library)))
    assert secret(settled, library) in run(command, library, "--show-secret")[1]


@pytest.mark.parametrize(
    ("hooks_url", "says"),
    [
        pytest.param("", "set hooks_url", id="none"),
        pytest.param("albumen:8485", "no address", id="without http"),
        pytest.param("file:///etc", "no address", id="a file"),
    ],
)
def test_an_address_is_needed(settled, server, hooks_url, says):
    write(settled, server, hooks_url)
    status, _, err = run("install", "family")
    assert (status, says in err, server.state.workflows) == (2, True, {})


@pytest.mark.parametrize("command", ["install", "remove", "show"])
@pytest.mark.parametrize("library", ["nobody", "folder:photos"])
def test_only_libraries_of_the_settings_have_webhooks(settled, command, library):
    status, _, err = run(command, library)
    assert (status, "no library of the settings" in err) == (2, True)


def test_show_says_where_it_stands(settled, server):
    before = json.loads(run("show", "family", "--json")[1])
    assert (before["asked"], before["heard_at"], before["waiting"]) == ("every 7 minutes", "", 0)
    assert "no workflow" in before["gallery"]
    run("install", "family")
    with Arrivals(settled / "data" / "arrivals.db") as spool:
        spool.note("family", ["a", "b"], heard=True).result()
    after = json.loads(run("show", "family", "--json")[1])
    assert (after["asked"], bool(after["heard_at"]), after["waiting"]) == ("hourly", True, 2)
    assert after["gallery"] == "a workflow calls us"
    assert "secret" not in after
    write(settled, server, "http://127.0.0.1:10")
    assert "another address" in json.loads(run("show", "family", "--json")[1])["gallery"]


def test_show_says_what_it_knows_while_the_gallery_is_away(settled, server):
    write(settled, server, key="wrong")
    status, out, _ = run("show", "family")
    assert (status, "unknown" in out) == (0, True)


def test_a_photo_that_comes_to_the_gallery_is_told_to_the_receiver(settled, server):
    with receiving(load_settings()) as call:
        write(settled, server, f"http://127.0.0.1:{call.socket[1]}")
        status, _, err = run("install", "family")
        assert (status, "is `albumen serve` running" in err) == (0, False)
        server.calls_out = True
        photo = server.add_photos(1)[0]
        told, tick = server.called, threading.Event()
        for _ in range(3_000):
            if told:
                break
            tick.wait(0.01)
        assert told == [202]
        dispatcher = call.app.state.dispatcher
        assert not dispatcher.is_idle("family")
        rows = dispatcher._arrivals._file.hand_in(
            lambda of: of.execute("SELECT library, photo FROM arrivals").fetchall()
        )
        assert rows.result() == [("family", photo)]


@pytest.fixture
def listened(own_folder):
    """Write settings with a PhotoPrism, which nobody has to reach."""
    (own_folder / "albumen.toml").write_text(
        '[serve]\npoll_minutes = 7\n[libraries.anna]\ngallery = "photoprism"\nurl = "http://127.0.0.1:9"\n'
    )
    return own_folder / "data"


def test_a_photoprism_has_no_webhooks_and_is_listened_to_instead(listened):
    status, out, err = run("install", "anna")
    assert (status, err) == (0, "")
    assert "PhotoPrism has no webhooks" in out
    assert "`albumen serve` does not run" in out
    assert run("remove", "anna")[0] == 0


def test_show_says_of_a_photoprism_whether_it_is_connected_and_when_it_last_said_something(listened):
    assert json.loads(run("show", "anna", "--json")[1])["told_at"] == ""
    note(listened, {"anna": Heard(connected_at=1_764_000_000.0, heard_at=1_764_000_100.0)})
    with service_lock(listened):
        found = json.loads(run("show", "anna", "--json")[1])
        text = run("show", "anna")[1]
        note(listened, {"anna": Heard(why_not="there is no PhotoPrism at http://127.0.0.1:9")})
        away = json.loads(run("show", "anna", "--json")[1])
    assert "it is connected, since 2025-11-24" in found["websocket"]
    assert found["told_at"].startswith("2025-11-24")
    assert found["asked"] == "hourly"
    assert found["websocket"] in text
    assert found["told_at"] in text
    assert "there is no PhotoPrism" in away["websocket"]
    assert away["asked"] == "every 7 minutes"


def test_a_note_of_a_service_that_does_not_run_any_more_counts_for_nothing(listened):
    note(listened, {"anna": Heard(connected_at=1_764_000_000.0)})
    found = json.loads(run("show", "anna", "--json")[1])
    assert "does not run" in found["websocket"]
    assert found["asked"] == "every 7 minutes"
