"""Routes of pictures and files: what cannot be shown is a drawing with status 200, a bad token one with 403."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from fakes.http.drawing import encoded, picture, scaled
from fakes.photoprism.answers import PUBLIC, Answer, Call, Refusal, route
from fakes.photoprism.records import File
from fakes.photoprism.state import State
from PIL import Image, ImageOps

_TILES = ("tile_50", "tile_100", "tile_224", "left_224", "right_224", "tile_384", "tile_480", "tile_500", "tile_1080")
_CROPS = ("tile_50", "tile_100", "tile_160", "tile_224", "tile_320", "tile_500")
_FITS = (720, 1280, 1600, 1920, 2048, 2560, 3840, 4096, 5120, 7680)
_SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="24" height="24"><path d="M0 0h24v24H0z"/></svg>'
_FOREVER = "private, max-age=31536000, immutable"
_FORMATS = ("avc", "mp4", "hevc", "vp9", "av1", "webm")


@route("GET HEAD", "/t/{thumb}/{token}/{size}", PUBLIC, draws=True)
def thumbnail(call: Call) -> Answer:
    """Answer with a preview of a file, or of a region of it that its hash and 12 hex digits name."""
    if not call.server.access.is_preview_token(call.params["token"]):
        return _drawing(403)
    digest, _, area = call.params["thumb"].partition("-")
    size = call.params["size"]
    file = _file(call.state, digest)
    if file is None or file.missing or file.error or not _is_size(size, is_crop=bool(area)):
        return _drawing()
    shown = _largest(size, call.server.thumb_size)
    data = _drawn(file.hash, file.source, (file.width, file.height), area, shown)
    return Answer(data, headers={"Content-Type": "image/jpeg", "Cache-Control": _FOREVER})


@route("GET HEAD", "/videos/{hash}/{token}/{format}", PUBLIC, draws=True)
def video(call: Call) -> Answer:
    """Answer with the video of a photo, by the hash of any file of it, or with a part of it."""
    if not call.server.access.is_preview_token(call.params["token"]):
        return _drawing(403)
    if call.params["format"] not in _FORMATS:
        return _drawing(400)
    asked = _file(call.state, call.params["hash"])
    photo = call.state.photos.get(asked.photo) if asked else None
    files = [call.state.files[f] for f in photo.files] if photo else []
    found = next((f for f in files if f.media == "video" and f.source and not f.missing), None)
    if found is None or found.source is None:
        return _drawing()
    return _part(call, found.source.read_bytes(), "video/mp4")


@route("GET HEAD", "/dl/{hash}", PUBLIC, draws=True)
def download(call: Call) -> Answer:
    """Answer with an original, to a token for downloads or, since 260728, to a session."""
    is_let_in = call.server.access.is_download_token(call.query.get("t", ""))
    if not is_let_in and not (call.version >= 260728 and call.server.access.session(call.headers)):
        raise Refusal(403)
    file = _file(call.state, call.params["hash"])
    if file is None or file.missing:
        raise Refusal(404)
    data = file.source.read_bytes() if file.source else _drawn(file.hash, None, (file.width, file.height), "", "")
    return _part(call, data, "video/mp4" if file.media == "video" else "image/jpeg")


def _file(state: State, digest: str) -> File | None:
    return state.files.get(state.by_hash.get(digest, ""))


def _drawing(status: int = 200) -> Answer:
    return Answer(_SVG, status, {"Content-Type": "image/svg+xml"})


def _is_size(size: str, is_crop: bool) -> bool:
    if is_crop:
        return size in _CROPS
    return size in _TILES or size in {f"fit_{fit}" for fit in _FITS}


def _largest(size: str, limit: int) -> str:
    """Return the size that is sent for one that is asked for: none above what was made before, without a word."""
    if not size.startswith("fit_") or int(size[4:]) <= limit:
        return size
    return f"fit_{max(fit for fit in _FITS if fit <= max(limit, 720))}"


def _part(call: Call, data: bytes, mime: str) -> Answer:
    headers = {"Content-Type": mime, "Accept-Ranges": "bytes"}
    asked = re.fullmatch(r"bytes=(\d+)-(\d*)", call.headers.get("range", ""))
    if asked is None:
        return Answer(data, headers=headers)
    first, last = int(asked[1]), min(int(asked[2] or len(data)), len(data) - 1)
    headers["Content-Range"] = f"bytes {first}-{last}/{len(data)}"
    return Answer(data[first : last + 1], 206, headers)


@lru_cache(maxsize=256)
def _drawn(name: str, source: Path | None, size: tuple[int, int], area: str, shown: str) -> bytes:
    """Return a picture: upright, cut to a region, then to a size; without a size as it is."""
    image = picture(name, source, size)
    if area:
        image = image.crop(_box(area, image))
    return encoded(_sized(image, shown), "jpeg")


def _box(area: str, image: Image.Image) -> tuple[int, int, int, int]:
    x, y, w, h = (int(area[n : n + 3], 16) / 1000 for n in range(0, 12, 3))
    left, top = round(x * image.width), round(y * image.height)
    right, bottom = round((x + w) * image.width), round((y + h) * image.height)
    return left, top, max(right, left + 1), max(bottom, top + 1)


def _sized(image: Image.Image, shown: str) -> Image.Image:
    """Return a picture that fits into a box, or a square of the middle, the left or the right of it."""
    kind, _, px = shown.partition("_")
    if not px:
        return image
    if kind == "fit":
        return scaled(image, int(px) / max(image.size))
    centre = {"left": 0.0, "right": 1.0}.get(kind, 0.5)
    return ImageOps.fit(image, (int(px), int(px)), centering=(centre, 0.5))
