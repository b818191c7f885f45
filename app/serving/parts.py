"""The parts of the service as they are started: their commands, environments and sockets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.serving.checking import USUAL, WORKER
from app.serving.environment import client_environment, module, own_auth, own_environment, server_environment
from app.serving.part import Part
from app.serving.processes import mark

if TYPE_CHECKING:
    from app.serving.doors import Door
    from plugins.settings import Settings


def all_parts(settings: Settings, service: str, prefect: Door, review: Door, hooks: Door) -> list[Part]:
    """Return Prefect's server, what prepares it, the worker and the web pages, in the order in which they start."""
    ours, auth = own_environment(settings), own_auth(settings.data_dir)
    server = server_environment(settings, prefect.url, auth, prefect.port)
    client = {"PREFECT_API_URL": f"{prefect.url}/api"}
    numbers = [door.listening.fileno() for door in (prefect, review, hooks)]
    return [
        Part(
            "server",
            module("app.serving.prefect_server", str(numbers[0])),
            {**ours, **server, **mark(service, "server")},
            (numbers[0],),
        ),
        Part(
            "prepare",
            module("app.serving.preparing"),
            {**ours, **client_environment(settings.data_dir, prefect.url, auth), **mark(service, "prepare")},
            once=True,
        ),
        worker_part(settings, service, prefect.url, auth, WORKER, USUAL),
        Part(
            "web",
            module("app.serving.web", *(str(number) for number in numbers[1:])),
            {**ours, **client, **mark(service, "web")},
            (numbers[1], numbers[2]),
        ),
    ]


def worker_part(settings: Settings, service: str, url: str, auth: str, name: str, *queues: str) -> Part:
    """Return a worker of the Prefect server at a URL (without /api), and of these queues."""
    return Part(
        "worker",
        module("app.serving.worker", name, str(settings.serve.runs_at_once), *queues),
        {**own_environment(settings), **client_environment(settings.data_dir, url, auth), **mark(service, "worker")},
    )
