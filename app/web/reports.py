"""The reports of runs, as files of the data folder: they are looked at, and nothing in them can act."""

from __future__ import annotations

import re
from typing import Final

from fastapi import APIRouter, HTTPException
from starlette.responses import Response

from app.web.run_views import report_folder
from app.web.site import LibraryHere

router = APIRouter(prefix="/libraries/{library}/reports")
CSP: Final = (
    # A report's own style is in it, and its meta element says by its digest that there is no other. `allow-same-origin`
    # sends the cookie with its pictures; without allow-scripts and allow-forms nothing can make use of that.
    "default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; sandbox allow-same-origin allow-popups"
)
_OUT: Final = re.compile(rb' href="\.\./[^"]*"')
"""A link to an album's page, which is a file beside the photos: only where the report is read as a file it is there."""
TYPES: Final = {".html": "text/html; charset=utf-8", ".jpg": "image/jpeg", ".png": "image/png", ".webp": "image/webp"}


@router.get("/{run}/{path:path}")
def report_file(here: LibraryHere, run: str, path: str) -> Response:
    """Send a file of a report."""
    folder = report_folder(here, run).resolve()
    try:
        file = (folder / path).resolve()
        is_there = file.is_relative_to(folder) and file.suffix in TYPES and file.is_file()
        data = file.read_bytes() if is_there else None
    except (ValueError, OSError):  # a NUL in it, or far too long, or gone meanwhile
        data = None
    if data is None:
        raise HTTPException(404, "report")
    data = _OUT.sub(b"", data) if file.suffix == ".html" else data
    return Response(data, media_type=TYPES[file.suffix], headers={"content-security-policy": CSP})
