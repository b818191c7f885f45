"""The review page as a browser meets it: served by uvicorn on a free port, and somebody who is logged in."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
import uvicorn
from starlette.types import ASGIApp

from app.prefect_api import PrefectApi
from app.review import create_review
from plugins.own_secrets import own_secret
from plugins.settings import Settings, load_settings
from plugins.store import Store, open_store

NOWHERE = "http://127.0.0.1:9/api"
"""Where no Prefect answers."""


class Browser(httpx.Client):
    """A client that keeps cookies and follows no redirect by itself; `submit` fills in the form's csrf field."""

    def log_in(self, settings: Settings) -> httpx.Response:
        """Log in as the user does."""
        return self.post("/login", data={"token": own_secret(settings.data_dir, "review")})

    def csrf(self) -> str:
        """Return the token that forms carry, as every page has it."""
        return re.findall(r'name="csrf" content="([^"]+)"', self.get("/no-such-page").text)[0]

    def submit(self, path: str, data: Mapping[str, object] | None = None, **more: object) -> httpx.Response:
        """Send a form of ours."""
        return self.post(path, data={"csrf": self.csrf(), **(data or {})}, **more)


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.up.set()


@contextmanager
def served(app: ASGIApp) -> Iterator[str]:
    """Serve an app for as long as the block lasts; give its address."""
    server = _Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning", access_log=False))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    assert server.up.wait(20), "the app did not start"
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(20)


@contextmanager
def reviewing(settings: Settings, prefect: str = NOWHERE, auth: str = "") -> Iterator[Browser]:
    """Serve the review page of some settings; give a browser that is logged in."""
    with served(create_review(settings, PrefectApi(prefect, auth))) as address, Browser(base_url=address) as browser:
        assert browser.log_in(settings).status_code == 303
        yield browser


@contextmanager
def reviewing_new(place: Path, *libraries: str) -> Iterator[tuple[Browser, Store]]:
    """Serve the review page of new, empty folder libraries; give a browser that is logged in, and the store."""
    (place / "photos").mkdir()
    tables = "".join(f"[libraries.{name}]\ngallery = 'folder'\npath = 'photos'\n" for name in libraries)
    (place / "albumen.toml").write_text(tables, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ALBUMEN_CONFIG", str(place / "albumen.toml"))
        patch.setenv("ALBUMEN_DATA_DIR", str(place / "data"))
        settings = load_settings()
        with reviewing(settings) as browser, open_store(settings) as store:
            yield browser, store
