"""The doctor: each thing that can be wrong is found, and what is well is not complained about."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fakes.immich import FakeImmich
from fakes.photoprism import FakePhotoPrism

from app import doctor
from app.doctor import checks
from plugins.checks import Check
from plugins.galleries.immich.marker import with_marker
from plugins.locks import library_lock
from plugins.publishing.ledger import LedgerAlbum
from plugins.records import Marker
from plugins.settings import load_settings
from plugins.store import open_store

Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., dict[str, Check]]:
    """Return a function that gives the checks by name, in a place where all is well."""
    for name, value in {
        "ALBUMEN_DATA_DIR": str(tmp_path / "data"),
        "ALBUMEN_FEATURES__ENABLED": "false",
        "PREFECT_HOME": str(tmp_path / "prefect"),
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "photos").mkdir()
    return lambda library="": {check.name: check for check in checks(library)}


def test_all_is_well_on_a_fresh_machine(found: Callable[..., dict[str, Check]], tmp_path: Path) -> None:
    library = f"folder:{tmp_path / 'photos'}"
    states = {name: check.state for name, check in found(library).items() if not name.endswith("time zone")}
    assert set(states) == {
        *("settings", "data folder", "disk space", "database", "clock", "prefect", "weights"),
        *(f"{library}: {what}" for what in ("folder", "albums", "lock")),
    }
    assert set(states.values()) == {"ok"}


def test_a_missing_folder_fails(found: Callable[..., dict[str, Check]]) -> None:
    assert found("folder:nowhere")["folder:nowhere"].state == "fail"


def test_wrong_settings_fail_and_end_it(found: Callable[..., dict[str, Check]], tmp_path: Path) -> None:
    (tmp_path / "albumen.toml").write_text("[albums]\nmin_fotos = 3\n", encoding="utf-8")
    assert list(found()) == ["settings"]
    assert "min_fotos" in found()["settings"].finding


def test_a_data_folder_that_is_a_file_fails(found: Callable[..., dict[str, Check]], tmp_path: Path) -> None:
    (tmp_path / "data").write_text("", encoding="utf-8")
    check = found()["data folder"]
    assert check.state == "fail"
    assert "ALBUMEN_DATA_DIR" in check.mend


def test_a_broken_database_fails(found: Callable[..., dict[str, Check]], tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "albumen.db").write_text("no database" * 100, encoding="utf-8")
    check = found()["database"]
    assert check.state == "fail"
    assert "backups/" in check.finding


def test_missing_weights_are_a_warning_with_the_mend(
    found: Callable[..., dict[str, Check]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALBUMEN_FEATURES__ENABLED", "true")
    monkeypatch.delenv("ALBUMEN_WEIGHTS", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    check = found()["weights of vgg16"]
    assert check.state == "warn"
    assert "vgg16_features.safetensors" in check.mend


def test_a_held_lock_is_told_with_its_holder(found: Callable[..., dict[str, Check]], tmp_path: Path) -> None:
    library = f"folder:{tmp_path / 'photos'}"
    with library_lock(tmp_path / "data", library):
        check = found(library)[f"{library}: lock"]
    assert check.state == "warn"
    assert "is being worked on by" in check.finding


@pytest.mark.parametrize(
    ("free_bytes", "state"),
    [
        pytest.param(5_000_000_000, "ok", id="enough"),
        pytest.param(1_000_000_000, "warn", id="little"),
        pytest.param(1_000_000, "fail", id="a run would fill the disk"),
    ],
)
def test_disk_space(
    free_bytes: int, state: str, found: Callable[..., dict[str, Check]], monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = doctor.shutil.disk_usage("/")._replace(free=free_bytes)
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda _path: usage)
    assert found()["disk space"].state == state


def test_one_failure_is_exit_status_1(albumen: Command) -> None:
    child = albumen("doctor", "folder:nowhere", "--json")
    answer = json.loads(child.stdout)
    assert child.returncode == 1
    assert not answer["healthy"]
    assert [check["name"] for check in answer["checks"] if check["state"] == "fail"] == ["folder:nowhere"]


@pytest.fixture
def immich(tmp_path: Path) -> Iterator[FakeImmich]:
    """Lend a server with a user whose library `anna` is in the settings."""
    with FakeImmich() as server:
        write_libraries(tmp_path, server, anna=server.key)
        yield server


def write_libraries(folder: Path, server: FakeImmich, **keys: str) -> None:
    tables = (
        f'[libraries.{name}]\ngallery = "immich"\nurl = "{server.url}"\napi_key = "{key}"\n'
        for name, key in keys.items()
    )
    (folder / "albumen.toml").write_text("".join(tables), encoding="utf-8")


def test_an_immich_library(found: Callable[..., dict[str, Check]], immich: FakeImmich) -> None:
    checks = {name: check for name, check in found("anna").items() if name.startswith("anna: ")}
    assert {name.removeprefix("anna: ") for name in checks} == {
        *("time zone", "address", "version", "clock", "key", "permissions", "pages", "immich", "lock")
    }
    assert checks["anna: immich"].finding == "Admin (immich 3.1.0) can be read"
    assert not [check for check in checks.values() if check.state == "fail"]


def test_a_wrong_key_ends_the_look_at_an_immich(found: Callable[..., dict[str, Check]], immich: FakeImmich) -> None:
    immich.revoke(immich.key)
    given = found("anna")
    assert given["anna: key"].state == "fail"
    assert "anna: immich" not in given


def test_two_libraries_of_one_user_are_found(
    found: Callable[..., dict[str, Check]], immich: FakeImmich, tmp_path: Path
) -> None:
    other = immich.add_user("Ben")
    keys = {name: immich.add_key(["all"], user) for name, user in (("again", immich.user), ("ben", other))}
    write_libraries(tmp_path, immich, anna=immich.key, **keys)
    given = found()
    assert {name for name in given if name.endswith(": account")} == {"anna: account", "again: account"}
    assert given["anna: account"].state == "fail"
    assert "'again'" in given["anna: account"].finding


@pytest.mark.parametrize(
    ("known", "warned"),
    [
        pytest.param(None, True, id="no database"),
        pytest.param(LedgerAlbum("event-2", "event"), True, id="another album"),
        pytest.param(LedgerAlbum("event-1", "event", state="readonly"), True, id="seen, not made"),
        pytest.param(LedgerAlbum("event-1", "event"), False, id="ours"),
    ],
)
def test_albums_of_another_albumen_are_found(
    known: LedgerAlbum | None, warned: bool, found: Callable[..., dict[str, Check]], immich: FakeImmich
) -> None:
    immich.add_album("Porto", description=with_marker("Three days", Marker("event", "event-1")))
    immich.add_album("My own")
    if known:
        with open_store(load_settings()) as store:
            store.ledger.save_albums("anna", [known])
    check = found("anna").get("anna: other Albumens")
    assert (check is not None) == warned
    if check:
        assert "1 album" in check.finding
        assert "“Porto”" in check.finding
        assert "albumen adopt anna" in check.mend


@pytest.fixture
def photoprism(tmp_path: Path) -> Iterator[FakePhotoPrism]:
    """Lend a PhotoPrism whose library `anna` is in the settings."""
    with FakePhotoPrism() as server:
        server.add_photos(1)
        (tmp_path / "albumen.toml").write_text(
            f'[libraries.anna]\ngallery = "photoprism"\nurl = "{server.url}"\napi_key = "{server.token}"\n',
            encoding="utf-8",
        )
        yield server


def test_a_photoprism_library(found: Callable[..., dict[str, Check]], photoprism: FakePhotoPrism) -> None:
    checks = {name.removeprefix("anna: "): check for name, check in found("anna").items() if name.startswith("anna: ")}
    assert set(checks) == {
        *("time zone", "address", "clock", "version", "key", "scope", "pictures", "websocket", "photoprism", "lock")
    }
    assert "can be read" in checks["photoprism"].finding
    assert not [check for check in checks.values() if check.state == "fail"]


def test_a_wrong_key_ends_the_look_at_a_photoprism(
    found: Callable[..., dict[str, Check]], photoprism: FakePhotoPrism
) -> None:
    photoprism.expire(photoprism.token)
    given = found("anna")
    assert given["anna: key"].state == "fail"
    assert "anna: photoprism" not in given


def test_a_gallery_that_is_not_there_is_named(found: Callable[..., dict[str, Check]], tmp_path: Path) -> None:
    (tmp_path / "albumen.toml").write_text('[libraries.anna]\ngallery = "of-tomorrow"\n', encoding="utf-8")
    check = found("anna")["anna: of-tomorrow"]
    assert check.state == "fail"
    assert "photoprism" in check.finding
