"""The first page: the libraries, and what waits in each."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from app.web.site import LibraryHere, Visitor

router = APIRouter()


@router.get("/")
def home(here: Visitor) -> Response:
    """List the libraries."""
    return here.page("home.html")


@router.get("/libraries/{library}")
def library(here: LibraryHere) -> Response:
    """Lead to the plan of a library."""
    return RedirectResponse(here.url("plan"), 303)
