"""The environment of the parts: what Prefect is told, and Albumen's own settings with paths that hold anywhere."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from plugins.own_secrets import own_secret
from plugins.settings import settings_file

if TYPE_CHECKING:
    from plugins.settings import Settings

HEARTBEAT_S: Final = 30
"""How often a flow run says that it lives, in seconds; Prefect takes no less."""
POLL_S: Final = 5
"""How often the worker asks for work, in seconds."""
_PATHS: Final = ("_DIR", "_PATH", "_FILE", "_WEIGHTS", "_CONFIG")
_DAY_S: Final = 86_400
_OVERRULED: Final = frozenset({"PREFECT_API_URL", "PREFECT_API_AUTH_STRING", "PREFECT_API_KEY", "PREFECT_PROFILE"})
_USUAL: Final = {
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_BATCH_SIZE": "200",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_READ_BATCH_SIZE": "200",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_FLUSH_INTERVAL": "1",
    # Idle work that nobody here waits for: Prefect looks every 5 s (the foreman every 15) for thousands of runs.
    "PREFECT_SERVER_SERVICES_PAUSE_EXPIRATIONS_LOOP_SECONDS": "60",
    "PREFECT_SERVER_SERVICES_LATE_RUNS_LOOP_SECONDS": "30",
    "PREFECT_SERVER_SERVICES_CLEANUP_RECONCILER_LOOP_SECONDS": "30",
    "PREFECT_SERVER_SERVICES_FOREMAN_LOOP_SECONDS": "30",
    "PREFECT_SERVER_EVENTS_PROACTIVE_GRANULARITY": "PT30S",
    "PREFECT_SERVER_LOGGING_LEVEL": "WARNING",
    "PREFECT_LOGGING_EXTRA_LOGGERS": "albumen",
    "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
    "PREFECT_LOGGING_COLORS": "false",
    "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": str(HEARTBEAT_S),
    "PREFECT_WORKER_QUERY_SECONDS": str(POLL_S),
}
"""What may be set otherwise by the user."""


def client_environment(data_dir: Path, url: str, auth: str) -> Mapping[str, str]:
    """Return Prefect's variables for those who use the server at `url` (without /api) with this auth string."""
    return {
        "PREFECT_HOME": str(data_dir / "prefect"),
        "PREFECT_API_URL": f"{url}/api",
        "PREFECT_API_AUTH_STRING": auth,
        "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "false",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
    }


def server_environment(settings: Settings, url: str, auth: str, port: int) -> Mapping[str, str]:
    """Return the variables of Prefect's server itself."""
    serve = settings.serve
    return {
        **client_environment(settings.data_dir, url, auth),
        "PREFECT_SERVER_API_AUTH_STRING": auth,
        "PREFECT_SERVER_API_HOST": serve.prefect_host,
        "PREFECT_SERVER_API_PORT": str(port),  # its pages take the address of the API from here
        # By default they are unpacked beside Prefect's own code, which in a container or under systemd is read-only.
        "PREFECT_UI_STATIC_DIRECTORY": str(settings.data_dir / "prefect" / "pages"),
        "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
        "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
        "PREFECT_SERVER_SERVICES_DB_VACUUM_RETENTION_PERIOD": str(serve.keep_days * _DAY_S),
    }


def own_environment(settings: Settings) -> dict[str, str]:
    """Return this process's environment for a part: without Prefect's addresses, and with absolute paths of ours.

    Flow runs begin in a folder of their own, where a relative path would lead elsewhere.
    """
    kept = {name: value for name, value in os.environ.items() if name not in _OVERRULED}
    kept |= {n: _absolute(v) for n, v in kept.items() if n.startswith("ALBUMEN_") and n.endswith(_PATHS) and v}
    kept["ALBUMEN_DATA_DIR"] = str(settings.data_dir)
    if file := settings_file():
        kept["ALBUMEN_CONFIG"] = str(file)
    kept["PYTHONUNBUFFERED"] = "1"
    kept["PYTHONSAFEPATH"] = "1"  # no module comes from the folder in which somebody has started us
    return {**_USUAL, **kept}


def own_auth(data_dir: Path) -> str:
    """Return the auth string of our Prefect server."""
    return f"albumen:{own_secret(data_dir, 'prefect')}"


def module(name: str, *arguments: str) -> list[str]:
    """Return the command that runs a module of ours."""
    return [sys.executable, "-m", name, *arguments]


def _absolute(path: str) -> str:
    return str(Path(path).expanduser().absolute())
