"""Dockerfile, compose files and the systemd unit say what the program does: their commands, ports and paths exist."""

from __future__ import annotations

import configparser
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

from app.cli import app
from plugins.sections import Serve
from plugins.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = ("compose.yaml", "compose.postgres.yaml")


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def services(*files: str) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for file in files:
        for name, service in yaml.safe_load(read(file))["services"].items():
            found.setdefault(name, {}).update(service)
    return found


def options(command: str) -> set[str]:
    """Return the options of one of our commands."""
    found = get_command(app).commands[command]  # type: ignore[attr-defined]
    return {option for parameter in found.params for option in parameter.opts}


@pytest.mark.parametrize("file", COMPOSE)
def test_no_container_may_more_than_it_needs(file):
    ours = [service for service in services(file).values() if service.get("image") == "albumen"]
    assert [(s["cap_drop"], s["security_opt"]) for s in ours] == [(["ALL"], ["no-new-privileges:true"])] * len(ours)


def test_postgres_is_asked_as_the_others_reach_it():
    """On its socket it answers also while it makes its databases, before it is started as it is to run."""
    command = services(COMPOSE[1])["postgres"]["healthcheck"]["test"][1]
    assert "pg_isready -h 127.0.0.1 " in command


def test_pages_are_published_on_this_machine_alone_and_webhooks_to_the_gallery():
    ports = {str(port).rpartition(":")[2]: str(port) for port in services(COMPOSE[0])["albumen"]["ports"]}
    of = Serve()
    assert ports == {
        str(of.port): f"127.0.0.1:{of.port}:{of.port}",
        str(of.prefect_port): f"127.0.0.1:{of.prefect_port}:{of.prefect_port}",
        str(of.hooks_port): f"{of.hooks_port}:{of.hooks_port}",
    }


def test_what_containers_run_exists():
    commands = [service["command"] for service in services(*COMPOSE).values() if "command" in service]
    commands += [["serve", "--check"]]
    assert '"albumen", "serve", "--check"' in read("Dockerfile")
    for name, *rest in commands:
        assert {word for word in rest if word.startswith("--")} <= options(name)


def test_no_secret_stands_in_a_file():
    for file in (*COMPOSE, "Dockerfile"):
        assert not re.search(r"(?i)(password|secret|key)[A-Z_]*[=:] *['\"]?[A-Za-z0-9]{6,}", read(file)), file
    password = services(COMPOSE[1])["postgres"]["environment"]["POSTGRES_PASSWORD"]
    assert password.startswith("${POSTGRES_PASSWORD:?")  # compose stops where none is set


def test_both_workers_share_data_settings_and_databases():
    first, second = services(COMPOSE[0])["albumen"], services(COMPOSE[1])["worker"]
    databases = {"ALBUMEN_DATABASE_URL", "PREFECT_API_DATABASE_CONNECTION_URL"}
    assert second["volumes"] == first["volumes"]
    assert second["environment"].keys() == first["environment"].keys() | databases
    assert services(COMPOSE[1])["albumen"]["environment"].keys() == databases


def test_variables_of_the_image_are_settings():
    known = {f"ALBUMEN_SERVE__{field.upper()}" for field in Serve.model_fields}
    known |= {f"ALBUMEN_{field.upper()}" for field in Settings.model_fields} | {"ALBUMEN_CONFIG", "ALBUMEN_WEIGHTS"}
    assert set(re.findall(r"ALBUMEN_[A-Z_]+", read("Dockerfile"))) <= known
    compose = {name for service in services(*COMPOSE).values() for name in service.get("environment", {})}
    assert {name for name in compose if name.startswith("ALBUMEN_")} <= known


def test_what_the_image_is_built_of_is_let_in():
    copied = {
        word
        for line in re.findall(r"^COPY (?!--from)(.+)$", read("Dockerfile"), re.MULTILINE)
        for word in line.split()[:-1]
    }
    let_in = {line.removeprefix("!") for line in read(".dockerignore").splitlines() if line.startswith("!")}
    assert copied == let_in
    assert all((ROOT / name).exists() for name in copied)


def test_the_systemd_unit_runs_serve_and_waits_for_its_end():
    (unit,) = re.findall(r"```ini\n(.*?)```", read("docs/serve.md"), re.DOTALL)
    parsed = configparser.ConfigParser(strict=True, interpolation=None)
    parsed.optionxform = str  # type: ignore[assignment,method-assign]
    parsed.read_string(unit)
    service = parsed["Service"]
    assert service["ExecStart"].endswith("/albumen serve")
    assert int(service["TimeoutStopSec"]) > 15  # as long as serve may take
    assert service["ReadWritePaths"].split() == [service["Environment"].rpartition("ALBUMEN_DATA_DIR=")[2]]
