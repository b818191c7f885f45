"""Pictures of a library, by their content: the browser asks us, never the gallery."""

from __future__ import annotations

from typing import Annotated, Final

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, HTTPException, Query
from starlette.responses import Response

from app.web.picture_files import SIZES, Shown
from app.web.site import Here, LibraryHere
from plugins.records import Box

router = APIRouter(prefix="/libraries/{library}/picture")
AT_ONCE: Final = 4
"""Pictures that are fetched side by side; decoding has two processes."""
_limiter = CapacityLimiter(AT_ONCE)
ALONE: Final = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"
}
"""What goes with a picture that may be opened by itself: browsers show it in a page and with a style of their own."""
_KEPT: Final = {"cache-control": "private, max-age=86400", **ALONE}
PLACEHOLDER: Final = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" width="192" height="192" fill="none" '
    b'stroke="#888" stroke-width="1"><rect x="3" y="5" width="18" height="14" rx="2"/>'
    b'<path d="M3 16l5-5 4 4 3-3 6 6M4 21L20 3"/></svg>'
)


@router.get("")
async def picture(
    here: LibraryHere,
    photo: Annotated[str, Query(max_length=4096)],
    px: int = 192,
    box: str = "",
    at: Annotated[float | None, Query(ge=0, le=1e6, allow_inf_nan=False)] = None,
) -> Response:
    """Send a picture; a sign in its place where it cannot be had now."""
    shown = Shown(here.library, photo, px, _box(box), at)
    etag = f'"{shown.name[:32]}"'
    if px not in SIZES or await to_thread.run_sync(here.store.photos.showing, here.library, photo) is None:
        raise HTTPException(404, "picture")
    if here.request.headers.get("if-none-match") == etag:
        return Response(status_code=304, headers={"etag": etag, **_KEPT})
    data = await to_thread.run_sync(here.site.pictures.kept, shown)
    if data is None:
        data = await to_thread.run_sync(_made, here, shown, limiter=_limiter)
    if data is None:
        return Response(PLACEHOLDER, media_type="image/svg+xml", headers={"x-picture": "missing", **ALONE})
    return Response(data, media_type="image/jpeg", headers={"etag": etag, **_KEPT})


def _made(here: Here, shown: Shown) -> bytes | None:
    photo = here.store.photos.showing(here.library, shown.content_key)
    return None if photo is None else here.site.pictures.made(shown, photo)


def _box(text: str) -> Box | None:
    """Read a box, as shares of the picture."""
    if not text:
        return None
    try:
        left, top, right, bottom = (float(edge) for edge in text.split(","))
    except ValueError:
        raise HTTPException(404, "picture") from None
    if not (0 <= left < right <= 1 and 0 <= top < bottom <= 1):
        raise HTTPException(404, "picture")
    return (left, top, right, bottom)
