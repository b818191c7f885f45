"""The receiver of webhooks: `POST /hooks/LIBRARY` says that there may be new photos. It keeps that, and answers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Final

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from starlette.requests import ClientDisconnect

from app.hooks.asking import Asker
from app.hooks.bodies import BodyWrong, ids_in
from app.hooks.callers import Secrets, WrongTries
from app.hooks.debounce import Pace
from app.hooks.dispatcher import Dispatcher
from app.hooks.listener import Listener
from app.hooks.poller import Poller
from plugins.own_secrets import SecretUnusable
from plugins.store.arrivals import Arrivals
from plugins.store.database import StoreError
from plugins.turns import library_at_work

if TYPE_CHECKING:
    from app.prefect_api import PrefectApi
    from plugins.settings import Settings

FILE: Final = "arrivals.db"
MOST_BYTES: Final = 1_000_000
BODY_S: Final = 20.0
"""How long a body may take to come."""
DISK_S: Final = 10.0
"""How long the disk may take to keep an arrival; then the caller is told to come again."""


def create_receiver(settings: Settings, prefect: PrefectApi) -> FastAPI:
    """Return the receiver; while it is served, arrivals become flow runs, and galleries are listened to and polled.

    Args:
        settings: whose libraries are served; arrivals are kept in `arrivals.db` of the data folder.
        prefect: where flow runs are asked for.

    Raises:
        SecretUnusable: the secret of a library can be neither read nor made.
    """
    secrets, wrong = Secrets(settings.data_dir, settings.libraries), WrongTries()

    @asynccontextmanager
    async def alive(app: FastAPI) -> AsyncIterator[None]:
        with Arrivals(settings.data_dir / FILE) as arrivals:
            pace = Pace(settings.serve.quiet_s, settings.serve.longest_s)
            busy = partial(library_at_work, settings)
            dispatcher = Dispatcher(arrivals, prefect, settings.libraries, pace, busy)
            asker = Asker(settings, arrivals, dispatcher)
            listener = Listener(settings, asker)
            poller = Poller(settings, arrivals, asker, listener)
            app.state.dispatcher = dispatcher
            dispatcher.start()
            listener.start()
            poller.start()
            yield
            poller.stop()
            listener.stop()
            dispatcher.stop()

    app = FastAPI(lifespan=alive, openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)

    @app.post("/hooks/{library}")
    async def hook(library: str, request: Request) -> Response:
        if (refused := _refused(secrets, wrong, library, request)) is not None:
            return refused
        return await _taken(app.state.dispatcher, library, request)

    @app.get("/health")
    async def health() -> Response:
        return JSONResponse({"status": "ok"}) if app.state.dispatcher.alive else _said(503, "it has stopped")

    return app


def _refused(secrets: Secrets, wrong: WrongTries, library: str, request: Request) -> Response | None:
    """Return the answer to somebody who does not know the secret; whether there is such a library it does not tell."""
    try:
        if secrets.open_to(library, request.headers):
            return None
    except SecretUnusable:
        return _said(503, "the secret cannot be read")
    wait_s = wrong.another(request.client.host if request.client else "")
    # What is still coming is not read: the connection ends instead.
    more = {"retry-after": str(wait_s)} if wait_s else {"www-authenticate": "Bearer"}
    return Response(status_code=429 if wait_s else 401, headers={"connection": "close", **more})


async def _taken(dispatcher: Dispatcher, library: str, request: Request) -> Response:
    try:
        async with asyncio.timeout(BODY_S):
            body = await _body(request)
        ids = ids_in(body)
        async with asyncio.timeout(DISK_S):
            await asyncio.wrap_future(dispatcher.note(library, ids, heard=True))
    except _TooLong:
        return _said(413, f"a body has at most {MOST_BYTES:,} bytes", {"connection": "close"})
    except BodyWrong as error:
        return _said(400, str(error))
    except ClientDisconnect:
        return Response(status_code=400)
    except (StoreError, TimeoutError):
        return _said(503, "it could not be kept; try again", {"retry-after": "30"})
    return JSONResponse({"noted": len(ids)}, status_code=202)


class _TooLong(Exception):
    """The body is longer than anybody's who means well."""


async def _body(request: Request) -> bytes:
    """Return the body, read only as far as it may be long."""
    said = request.headers.get("content-length", "")
    if said.isdecimal() and int(said) > MOST_BYTES:
        raise _TooLong
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MOST_BYTES:
            raise _TooLong
    return bytes(body)


def _said(status: int, why: str, headers: dict[str, str] | None = None) -> Response:
    return JSONResponse({"detail": why}, status_code=status, headers=headers)
