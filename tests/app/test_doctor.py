"""The doctor: each thing that can be wrong is found, and what is well is not complained about."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from app import doctor
from app.doctor import Check, checks
from plugins.locks import library_lock

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
