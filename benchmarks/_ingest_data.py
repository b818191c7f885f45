"""The library of `benchmarks.ingest`: a fake Immich with a life of photos, and a store with what was found in them."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np

import plugins
from plugins.events import _synthetic as lives
from plugins.people._synthetic import Gallery, simulate
from plugins.people._synthetic_faces import Traits as FaceTraits
from plugins.records import Box, FoundFace
from plugins.store import Store
from plugins.tags._synthetic import Traits as TagTraits
from plugins.tags._synthetic import library as tagged_library
from tasks.features import EXPOSURE, SHARPNESS

sys.path.append(str(Path(__file__).parents[1] / "tests"))
from fakes.immich import FakeImmich  # the tests' own server

SIZE: Final = (4032, 3024)
LONG_AGO: Final = datetime(2024, 6, 1, tzinfo=UTC)
EMBEDDER, PICTURE = "dlib_face", "vgg16"
FACES_A_PHOTO: Final = 1.2
FACES_A_PERSON: Final = 60
NAMED: Final = 80
WORDS: Final = TagTraits(scenes=150, families=30, details=60, tagged=0.25, trips=0.0)
LIKE_DLIB: Final = {"dim": 128, "effective": 30.0, "common": 2.0, "weight": 0.7}
THEIR_ALBUMS, IN_AN_ALBUM, FAVOURITES = 40, 30, 500
SHARPEST: Final = 0.9


@dataclass(frozen=True)
class World:
    """What there is to be seen, the same for the same numbers: a life, faces, words; photos in the order of time."""

    life: lives.Life
    faces: Gallery
    face_photo: np.ndarray[Any, np.dtype[np.int64]]
    boxes: np.ndarray[Any, np.dtype[np.float64]]
    words: Any
    n: int

    def name(self, photo: int) -> str:
        """Return the file name of a photo."""
        return f"IMG_{photo:06}.jpg"

    def content(self, photo: int) -> str:
        """Return the content key that our client makes of what the server says."""
        import base64  # noqa: PLC0415
        import hashlib  # noqa: PLC0415

        return f"sha1:{base64.b64encode(hashlib.sha1(self.name(photo).encode()).digest()).decode()}"  # noqa: S324


def world(n: int, seed: int) -> World:
    """Draw a library of n photos."""
    n_faces = round(FACES_A_PHOTO * n)
    people = max(3, n_faces // FACES_A_PERSON)
    faces = simulate(seed, FaceTraits(faces=n_faces, people=people, **LIKE_DLIB))  # type: ignore[arg-type]
    shown = np.unique(faces.photo, return_inverse=True)[1]
    photo = shown * n // (int(shown.max()) + 1)
    draw = np.random.default_rng(seed)
    corner, side = draw.uniform(0.05, 0.55, (len(photo), 2)), draw.uniform(0.05, 0.35, len(photo))
    boxes = np.column_stack([corner, corner + np.column_stack([side, side])])
    life = lives.repeated(lives.live(seed, min(n, 7_000)), n)
    return World(life, faces, photo, boxes, tagged_library(n, seed, WORDS), n)


def served(drawn: World) -> FakeImmich:
    """Return a server with this library and what its user has done; not running yet."""
    server = FakeImmich(seed=7)
    ids = [server.add_asset(**_asset(drawn, n), created=LONG_AGO, updated=LONG_AGO) for n in range(drawn.n)]
    _people(server, drawn, ids)
    by_tag: dict[str, list[str]] = {}
    for id_, tags in zip(ids, drawn.words.tags, strict=True):
        for tag in tags:
            by_tag.setdefault(tag, []).append(id_)
    for tag, photos in sorted(by_tag.items()):
        server.tag(tag, *photos)
    draw = np.random.default_rng(1)
    for number, first in enumerate(sorted(draw.integers(drawn.n - IN_AN_ALBUM, size=THEIR_ALBUMS).tolist())):
        photos = ids[first : first + IN_AN_ALBUM]
        server.set_cover(server.add_album(f"Of mine {number}", photos), photos[int(draw.integers(1, IN_AN_ALBUM - 1))])
    server.favourite(*(ids[n] for n in draw.choice(drawn.n, min(FAVOURITES, drawn.n // 4), replace=False)))
    for asset in server.state.assets.values():
        asset.updated = LONG_AGO
    server.idle()
    server.job_delay_s = 0.002
    return server


def _asset(drawn: World, photo: int) -> dict[str, Any]:
    taken = datetime.fromtimestamp(float(drawn.life.taken_s[photo]), UTC)
    exif = {"latitude": float(drawn.life.lat[photo]), "longitude": float(drawn.life.lon[photo])}
    exif |= {"timeZone": "UTC+1", "make": "Benchmark", "model": "One"}
    local = (taken + timedelta(hours=1)).replace(tzinfo=None)
    width, height = SIZE
    return {
        "name": drawn.name(photo), "taken": taken, "local": local, "exif": exif, "width": width, "height": height
    }  # fmt: skip


def _people(server: FakeImmich, drawn: World, ids: Sequence[str]) -> None:
    """Let the server have found all faces, made people of three or more, and the user have named the largest."""
    labels, counts = np.unique(drawn.faces.labels, return_counts=True)
    many = sorted((-int(c), int(who)) for who, c in zip(labels, counts, strict=True) if c >= 3 and who >= 0)
    people = {who: server.add_person(f"Person {n}" if n < NAMED else "") for n, (_, who) in enumerate(many)}
    pixels = np.round(drawn.boxes * np.array([*SIZE, *SIZE])).astype(int).tolist()
    for photo, box, who in zip(drawn.face_photo.tolist(), pixels, drawn.faces.labels.tolist(), strict=True):
        server.add_face(ids[photo], tuple(box), people.get(who))


def fill(store: Store, drawn: World, weights: Path | None) -> None:
    """Put what the extractors would have found into the store, so that nothing has to be looked at."""
    keys = [drawn.content(n) for n in range(drawn.n)]
    faces, pictures = (plugins.load("features", name)(weights_dir=weights) for name in (EMBEDDER, PICTURE))
    draw = np.random.default_rng(2)
    by_photo: dict[int, list[FoundFace]] = {}
    for row, photo in enumerate(drawn.face_photo.tolist()):
        by_photo.setdefault(photo, []).append(_face(drawn, row))
    store.faces.put(faces.name, faces.version, ((key, by_photo.get(n, [])) for n, key in enumerate(keys)))
    store.features.put(pictures.name, pictures.version, zip(keys, drawn.words.vectors, strict=True))
    for measure in (SHARPNESS, EXPOSURE):
        store.measures.put(*measure, zip(keys, draw.uniform(0.2, SHARPEST, drawn.n).tolist(), strict=True))


def _face(drawn: World, row: int) -> FoundFace:
    left, top, right, bottom = drawn.boxes[row].tolist()
    box: Box = (left, top, right, bottom)
    points = np.nan_to_num(drawn.faces.landmarks[row], nan=0.5) * (right - left) + (left, top)
    marks: Any = tuple((float(x), float(y)) for x, y in points)
    quality = float(np.nan_to_num(drawn.faces.quality[row], nan=0.5))
    return FoundFace(box, marks, 0.99, 100.0, max(0.05, quality), 0.8, drawn.faces.vectors[row])


def serve(folder: Path, drawn: World) -> None:
    """Serve the library until the process is ended; photos named in `upload.json` come in while it runs."""
    began = time.monotonic()
    with served(drawn) as server:
        (folder / "server.json").write_text(json.dumps({"url": f"{server.url}/api", "key": server.key}))
        print(f"{drawn.n:,} photos served after {time.monotonic() - began:.0f} s", flush=True)
        while True:
            _take_uploads(server, folder / "upload.json")
            time.sleep(0.05)


def _take_uploads(server: FakeImmich, spool: Path) -> None:
    if not spool.is_file():
        return
    for one in json.loads(spool.read_text()):
        one["taken"] = datetime.fromisoformat(one["taken"])
        one["local"] = (one["taken"] + timedelta(hours=1)).replace(tzinfo=None)
        one["source"] = Path(one["source"]) if one.get("source") else None
        server.add_asset(**one)
    spool.unlink()


def upload(folder: Path, photos: Sequence[dict[str, Any]]) -> None:
    """Let photos come in, and wait until the server has them."""
    spool, part = folder / "upload.json", folder / "upload.part"
    part.write_text(json.dumps(list(photos)))
    part.replace(spool)
    while spool.is_file():
        time.sleep(0.02)


def batches(drawn: World, n: int, sources: Sequence[Path], seed: int) -> Iterator[list[dict[str, Any]]]:
    """Yield uploads of n photos each, for ever: of an afternoon after the last one, and of one long ago in turn."""
    draw, last = np.random.default_rng(seed), float(drawn.life.taken_s[-1])
    for number in range(sys.maxsize):
        late = number % 2 == 1
        start = float(draw.choice(drawn.life.taken_s)) + 600 if late else last + 86_400 * (1 + number)
        place = draw.normal((48.6, 11.9), 0.2)
        yield [_upload(number, i, start + 90.0 * i, place, sources) for i in range(n)]


def _upload(number: int, i: int, taken_s: float, place: Any, sources: Sequence[Path]) -> dict[str, Any]:
    exif = {"latitude": float(place[0]), "longitude": float(place[1]), "timeZone": "UTC+1"}
    source = str(sources[(20 * number + i) % len(sources)]) if sources else None
    taken = datetime.fromtimestamp(taken_s, UTC).isoformat()
    return {"name": f"NEW_{number:03}_{i:03}.jpg", "taken": taken, "exif": exif, "source": source} | dict(
        zip(("width", "height"), SIZE, strict=True)
    )
