"""The reports of runs, as files of the data folder: they are looked at, and nothing in them can act."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, HTTPException
from starlette.responses import FileResponse, Response

from app.web.run_views import report_folder
from app.web.site import LibraryHere

router = APIRouter(prefix="/libraries/{library}/reports")
CSP: Final = (
    # A report's own style is in it, and its meta element says by its digest that there is no other. `allow-same-origin`
    # sends the cookie with its pictures; without allow-scripts and allow-forms nothing can make use of that.
    "default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; sandbox allow-same-origin allow-popups"
)
TYPES: Final = {".html": "text/html; charset=utf-8", ".jpg": "image/jpeg", ".png": "image/png", ".webp": "image/webp"}


@router.get("/{run}/{path:path}")
def report_file(here: LibraryHere, run: str, path: str) -> Response:
    """Send a file of a report."""
    folder = report_folder(here, run).resolve()
    try:
        file = (folder / path).resolve()
        there = file.is_relative_to(folder) and file.is_file()
    except (ValueError, OSError):  # a NUL in it, or far too long
        there = False
    if not there or file.suffix not in TYPES:
        raise HTTPException(404, "report")
    return FileResponse(file, media_type=TYPES[file.suffix], headers={"content-security-policy": CSP})
