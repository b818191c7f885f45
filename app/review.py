"""The review page: where the user sees what Albumen would do, and decides. Parts are the modules of `app.web`."""

from __future__ import annotations

import hashlib
import importlib
import logging
import pkgutil
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from typing import Final

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

import app.web
from app.prefect_api import PrefectApi, PrefectRefused, PrefectUnreachable
from app.web.picture_files import PictureFiles
from app.web.security import HEADERS, Gate, allowed_names, no_forgery
from app.web.sessions import Sessions
from app.web.site import Site, Visit
from app.web.texts import load_texts
from plugins.pages import wording
from plugins.settings import Settings
from plugins.store import StoreBusy, StoreError, open_store

STATIC: Final = Path(__file__).parent / "static"
log = logging.getLogger("albumen")


def create_review(settings: Settings, prefect: PrefectApi) -> FastAPI:
    """Return the review page of the libraries that the settings name; its end closes the store.

    Raises:
        StoreUnusable, StoreBusy: the database cannot be used.
    """
    closing = ExitStack()
    site = _site(settings, prefect, closing)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        with closing:
            yield

    made = FastAPI(
        lifespan=lifespan, dependencies=[Depends(no_forgery)], docs_url=None, redoc_url=None, openapi_url=None
    )
    made.state.site = site
    made.add_middleware(Gate, sessions=site.sessions, names=allowed_names(settings.serve))
    for router in _routers():
        made.include_router(router)
    made.mount("/static", StaticFiles(directory=STATIC))
    _explain_errors(made)
    return made


def _site(settings: Settings, prefect: PrefectApi, closing: ExitStack) -> Site:
    store = closing.enter_context(open_store(settings))
    pictures = PictureFiles(settings, store)
    closing.callback(pictures.close)
    sessions, static = Sessions(settings.data_dir), _static(STATIC)
    return Site(settings, store, prefect, load_texts(), environment(), sessions, pictures, static)


def environment() -> Environment:
    """Return what makes pages of templates: everything escaped and cleaned, nothing undefined."""
    return Environment(
        loader=PackageLoader("app"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=wording.tidy,
    )


def _static(folder: Path) -> Mapping[str, str]:
    """Return the URLs of our own files by name: another content has another URL, so that browsers may keep them."""
    digests = {file.name: hashlib.sha256(file.read_bytes()).hexdigest()[:12] for file in folder.iterdir()}
    return {name: f"/static/{name}?v={digest}" for name, digest in digests.items()}


def _routers() -> list[APIRouter]:
    """Return the routers of all parts: a module of `app.web` that has one is a part."""
    names = sorted(module.name for module in pkgutil.iter_modules(app.web.__path__))
    modules = (importlib.import_module(f"app.web.{name}") for name in names)
    return [module.router for module in modules if hasattr(module, "router")]


_PROBLEMS: Final[Mapping[type[Exception], tuple[int, str]]] = {
    RequestValidationError: (400, "wrong"),
    StoreBusy: (503, "busy"),
    StoreError: (500, "broken"),
    PrefectUnreachable: (503, "prefect_away"),
    PrefectRefused: (502, "prefect_refused"),
    Exception: (500, "broken"),
}
"""What each error is answered by: the status, and which problem of the texts the page tells."""
_STATUSES: Final[Mapping[int, str]] = {403: "forged", 404: "not_found", 405: "not_found"}


def _explain_errors(made: FastAPI) -> None:
    """Answer errors by pages in the visitor's language; no detail of ours is in them."""

    async def refused(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        return _problem(request, status, _STATUSES.get(status, "refused"))

    made.add_exception_handler(HTTPException, refused)
    for kind, (status, what) in _PROBLEMS.items():
        made.add_exception_handler(kind, _explained(status, what))


def _explained(status: int, what: str) -> Callable[[Request, Exception], Response]:
    def explained(request: Request, error: Exception) -> Response:
        if status >= 500:
            log.error("%s %s failed: %s: %s", request.method, request.url.path, type(error).__name__, error)
        return _problem(request, status, what)

    return explained


def _problem(request: Request, status: int, what: str) -> Response:
    answer = Visit(request).page("problem.html", status, what=what)
    answer.headers.update(HEADERS)  # the last resort's answer does not pass through the gate
    return answer
