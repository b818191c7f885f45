"""A receiver that listens on a free port of this machine, in a thread of the test's process, and a caller for it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from fakes.prefect_api import AUTH
from fastapi import FastAPI

from app.hooks.callers import HEADER, hook_secret
from app.prefect_api import PrefectApi
from app.receiver import create_receiver
from plugins.settings import Settings


def settings_with(data: Path, *libraries: str, **serve: Any) -> Settings:
    """Return settings of libraries that need no gallery: folders beside the data."""
    table = {name: {"gallery": "folder", "path": str(data / "photos")} for name in libraries}
    serve = {"poll_minutes": 0, "quiet_s": 0.1, "longest_s": 0.5, **serve}
    return Settings.model_validate({"data_dir": data, "libraries": table, "serve": serve})


class Caller:
    """Posts to the webhook of a library, with its secret unless told otherwise."""

    def __init__(self, app: FastAPI, port: int, settings: Settings, address: str = "127.0.0.1") -> None:
        self.app = app
        self.socket = ("127.0.0.1", port)
        self.settings = settings
        transport = httpx.HTTPTransport(local_address=address, verify=False)  # plain HTTP; certificates load slowly
        self.http = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30, transport=transport)

    def elsewhere(self, address: str) -> Caller:
        """Return a caller with another address of this machine, all of which begin with 127."""
        return Caller(self.app, self.socket[1], self.settings, address)

    def __call__(self, library: str = "family", headers: dict[str, str] | None = None, **said: Any) -> httpx.Response:
        if headers is None:
            headers = {HEADER: hook_secret(self.settings.data_dir, library)}
        return self.http.post(f"/hooks/{library}", headers=headers, **said)


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listens = threading.Event()

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        self.listens.set()


@contextmanager
def receiving(settings: Settings, prefect_url: str = "http://127.0.0.1:9/api") -> Iterator[Caller]:
    """Serve the receiver of these settings."""
    prefect = PrefectApi(prefect_url, AUTH)
    app = create_receiver(settings, prefect)
    config = uvicorn.Config(app, port=0, log_level="warning", access_log=False)
    server = _Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    assert server.listens.wait(30), "the receiver does not listen"
    port = server.servers[0].sockets[0].getsockname()[1]
    caller = Caller(app, port, settings)
    try:
        yield caller
    finally:
        caller.http.close()
        server.should_exit = True
        thread.join(30)
        prefect.close()
