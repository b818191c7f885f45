"""The review page and the receiver of webhooks, in one process and one event loop: run as a module with two sockets."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import uvicorn

from app.prefect_api import PrefectApi
from app.receiver import create_receiver
from app.review import create_review
from app.serving.environment import own_auth
from plugins.settings import load_settings

if TYPE_CHECKING:
    from fastapi import FastAPI

GRACE_S: Final = 3
"""How long an answer that is being made may take at the end."""


class _Server(uvicorn.Server):
    """One of two servers in a process: signals are for both."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def main() -> None:
    """Serve until SIGTERM: the review page on the first socket, webhooks on the second."""
    sockets = [socket.socket(fileno=int(number)) for number in sys.argv[1:3]]
    settings = load_settings()
    prefect = PrefectApi(os.environ["PREFECT_API_URL"], own_auth(settings.data_dir))
    asyncio.run(_serve([create_review(settings, prefect), create_receiver(settings, prefect)], sockets))


async def _serve(apps: list[FastAPI], sockets: list[socket.socket]) -> None:
    # Who sends a webhook is whose connection it is: a header that names somebody else would let them guess for ever.
    servers = [_Server(_config(app, proxied=app is apps[0])) for app in apps]

    def stop() -> None:
        for server in servers:
            server.should_exit = True

    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop)
    serving = [
        asyncio.ensure_future(server.serve(sockets=[listening]))
        for server, listening in zip(servers, sockets, strict=True)
    ]
    await asyncio.wait(serving, return_when=asyncio.FIRST_COMPLETED)
    stop()  # one that cannot start takes the other with it: the process is begun again
    await asyncio.gather(*serving)


def _config(app: FastAPI, proxied: bool) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=proxied,
        timeout_graceful_shutdown=GRACE_S,
    )


if __name__ == "__main__":
    main()
