"""Routes of pictures: previews drawn on request, with ETag, ranges, and redirects to the original."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from fakes.http.drawing import encoded, picture, scaled
from fakes.immich.answers import Answer, Call, Refusal, route
from fakes.immich.assets import readable
from fakes.immich.checks import can, good_id, one_of, queried, yes_no
from fakes.immich.state import Asset

_SHORT_SIDE = {"thumbnail": 250, "preview": 1440}
_CACHE = "private, max-age=86400, no-transform, stale-while-revalidate=2592000, stale-if-error=2592000"


@route("GET HEAD", "/assets/{id}/thumbnail", "asset.view", draws=True)
def thumbnail(call: Call) -> Answer:
    size = one_of("original", "fullsize", "preview", "thumbnail")
    asked = queried(call, {"size": can(size), "edited": can(yes_no)}).get("size", "thumbnail")
    found = readable(call, "asset.view")
    if asked in {"fullsize", "original"}:
        return Answer(status=302, headers={"Location": "original?", "Vary": "Accept"}, is_empty=True)
    if found.thumbhash is None:
        raise Refusal(404, "Asset media not found")
    kind = "jpeg" if asked == "preview" else "webp"
    return _file(call, draw(found, _SHORT_SIDE[asked], kind), f"image/{kind}", f"{found.thumbhash}-{asked}")


@route("GET HEAD", "/assets/{id}/original", "asset.download", draws=True)
def original(call: Call) -> Answer:
    found = readable(call, "asset.download")
    if found.offline:
        raise Refusal(404, "Asset media not found")
    data = found.source.read_bytes() if found.source else draw(found, 1440, "jpeg")
    return _file(call, data, found.mime, found.checksum)


@route("GET HEAD", "/assets/{id}/video/playback", "asset.view", draws=True)
def playback(call: Call) -> Answer:
    found = readable(call, "asset.view")
    if found.type != "VIDEO" or found.source is None or found.offline:
        raise Refusal(404, "Asset media not found")
    return _file(call, found.source.read_bytes(), "video/mp4", found.checksum)


@route("GET", "/people/{id}/thumbnail", "person.read", draws=True)
def portrait(call: Call) -> Answer:
    person = call.state.people.get(good_id(call.id))
    if person is None or person.owner != call.user.id:
        raise Refusal(400, "Not found or no person.read access")
    face = call.state.faces.get(person.feature or "")
    if not person.has_thumbnail or face is None:
        raise Refusal(404, "Not Found")
    return _file(call, draw(call.state.assets[face.asset], 250, "jpeg"), "image/jpeg", person.id)


def _file(call: Call, data: bytes, mime: str, mark: str) -> Answer:
    """Answer with a file, a part of it, or 304 where the asker has it."""
    etag = f'W/"{len(data):x}-{sum(mark.encode()):x}"'
    headers = {"Cache-Control": _CACHE, "ETag": etag, "Accept-Ranges": "bytes", "Content-Type": mime}
    headers["Last-Modified"] = "Mon, 01 Jan 2024 00:00:00 GMT"
    if call.headers.get("if-none-match") == etag:
        return Answer(status=304, headers=headers, is_empty=True)
    if part := re.fullmatch(r"bytes=(\d+)-(\d*)", call.headers.get("range", "")):
        first, last = int(part[1]), min(int(part[2] or len(data)), len(data) - 1)
        if first > last:
            return Answer(status=416, headers={**headers, "Content-Range": f"bytes */{len(data)}"}, is_empty=True)
        headers["Content-Range"] = f"bytes {first}-{last}/{len(data)}"
        return Answer(data[first : last + 1], 206, headers)
    return Answer(data, 200, headers)


def draw(asset: Asset, short_side: int, kind: str) -> bytes:
    """Return a picture of an asset, its shorter side at most so long: of its file, or a colour of its own."""
    size = (asset.width or 640, asset.height or 480)
    return _drawn(asset.id, asset.source, size, short_side, kind)


@lru_cache(maxsize=256)
def _drawn(name: str, source: Path | None, size: tuple[int, int], short_side: int, kind: str) -> bytes:
    image = picture(name, source, size)
    return encoded(scaled(image, short_side / min(image.size)), kind)
