"""Who of the service does not answer: by plain HTTP, as the supervisor stays small."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPException
from typing import Final
from urllib.parse import urlsplit

from app.serving.addresses import Addresses

TIMEOUT_S: Final = 5.0
POOL: Final = "albumen"
"""As in flows.deployments, which would bring Prefect with it."""
USUAL, HELP = "default", "extract"
"""The queues of that pool: of runs, and of what helps them on other machines."""
WORKER: Final = "albumen"
"""Name of the service's own worker."""
SILENT_S: Final = 120.0
"""A worker tells the server every 30 s that it is there."""


class _NoAnswer(Exception):
    """There is no answer, or none that says that all is well."""


def missing(there: Addresses, auth: str, since: datetime | None = None, worker: str = WORKER) -> list[str]:
    """Return the parts that do not answer: server, worker, and web where there is one.

    Args:
        there: where they are.
        auth: of Prefect's server.
        since: the worker must have been heard of since then; by default within two minutes.
        worker: its name.
    """
    heard = since or datetime.now(UTC) - timedelta(seconds=SILENT_S)
    looks: dict[str, Callable[[], object]] = {
        "server": lambda: _ask("GET", f"{there.api}/health"),
        "worker": lambda: _worker(there, auth, heard, worker),
    }
    if there.review:
        looks["web"] = lambda: [_ask("GET", f"{url}/health") for url in (there.review, there.hooks)]
    return [name for name, look in looks.items() if not _answers(look)]


def _answers(look: Callable[[], object]) -> bool:
    try:
        look()
    except _NoAnswer:
        return False
    return True


def _worker(there: Addresses, auth: str, since: datetime, name: str) -> None:
    workers = json.loads(_ask("POST", f"{there.api}/work_pools/{POOL}/workers/filter", auth))
    seen = [worker["last_heartbeat_time"] for worker in workers if worker["name"] == name]
    if not any(time and datetime.fromisoformat(time) >= since for time in seen):
        raise _NoAnswer


def _ask(method: str, url: str, auth: str = "") -> bytes:
    parts = urlsplit(url)
    headers = {"authorization": f"Basic {base64.b64encode(auth.encode()).decode()}"} if auth else {}
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=TIMEOUT_S)
    try:
        if method == "POST":
            connection.request(method, parts.path, b"{}", {**headers, "content-type": "application/json"})
        else:
            connection.request(method, parts.path, headers=headers)
        answer = connection.getresponse()
        body = answer.read()
    except (OSError, HTTPException) as error:
        raise _NoAnswer from error
    finally:
        connection.close()
    if answer.status != 200:
        raise _NoAnswer
    return body
