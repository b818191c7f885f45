"""The pipeline: every photo gets one answer, whatever happens to it, and memory stays bounded."""

from __future__ import annotations

import gc
import io
import threading
import weakref
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from PIL import Image

from plugins.decoding import Decoders, Frame
from plugins.features import FaceExtractor, PictureExtractor, Vectors, note_failure, pipeline
from plugins.features.meter import Meter
from plugins.features.pipeline import (
    CHUNK,
    LARGEST_BYTES,
    MOST_WORKERS,
    NOT_FINITE,
    Made,
    Wanted,
    extract,
    most_bytes,
    most_in_hand,
)
from plugins.galleries import NotReady
from plugins.records import FoundFace

POINTS = ((0.4, 0.4), (0.6, 0.4), (0.5, 0.5), (0.4, 0.6), (0.6, 0.6))
RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)
FRAME = Frame(Image.new("RGB", (16, 16), RED))


class Colours(PictureExtractor):
    """Says which of red, green and blue a picture is; refuses black, and has no numbers for white."""

    name: ClassVar[str] = "colours"
    needs: ClassVar[tuple[str, ...]] = ()
    version = "1"
    dim = 3

    def extract(self, images: Sequence[Image.Image], failures: dict[int, str] | None = None) -> Vectors:
        """Return the mean colour of each picture."""
        vectors = np.array([np.asarray(image, np.float32).mean((0, 1)) for image in images], np.float32)
        for index in np.flatnonzero(vectors.max(axis=1) < 16).tolist():
            note_failure(failures, index, ValueError("it is black"))
        vectors[vectors.min(axis=1) > 240] = np.nan
        return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)


class Halves(Colours):
    """The mean colours of a picture's left and right half, of which those of the whole can be made."""

    name: ClassVar[str] = "halves"
    dim = 6

    def extract(self, images: Sequence[Image.Image], failures: dict[int, str] | None = None) -> Vectors:
        """Return the two mean colours of each picture."""
        middles = [image.width // 2 for image in images]
        left = [image.crop((0, 0, x, image.height)) for image, x in zip(images, middles, strict=True)]
        right = [image.crop((x, 0, *image.size)) for image, x in zip(images, middles, strict=True)]
        both = [super(Halves, self).extract(some, failures) for some in (left, right)]
        return np.concatenate(both, axis=1) / np.sqrt(np.float32(2))

    def as_given_by(self, other: PictureExtractor, vectors: Vectors) -> Vectors | None:
        """Return the mean colours of whole pictures."""
        return vectors.reshape(-1, 2, 3).mean(axis=1) * np.sqrt(np.float32(2)) if type(other) is Colours else None


class Asked(Colours):
    """The same as `Colours`, and nobody knows; counts the pictures that it was asked for."""

    name: ClassVar[str] = "asked"

    def __init__(self) -> None:
        self.pictures = 0

    def extract(self, images: Sequence[Image.Image], failures: dict[int, str] | None = None) -> Vectors:
        """Return the mean colour of each picture."""
        self.pictures += len(images)
        return super().extract(images, failures)


class OneEach(FaceExtractor):
    """Finds one face in every picture: the person of its colour."""

    name: ClassVar[str] = "one_each"
    needs: ClassVar[tuple[str, ...]] = ()
    version = "1"
    dim = 3
    threshold: ClassVar[float] = 0.95
    event_threshold: ClassVar[float] = 0.9
    calibrated: ClassVar[bool] = False

    def extract(
        self, images: Sequence[Image.Image], failures: dict[int, str] | None = None
    ) -> list[tuple[FoundFace, ...]]:
        """Return the face of each picture."""
        box = (0.0, 0.0, 0.5, 0.5)
        vectors = Colours().extract(images, {})
        return [(FoundFace(box, POINTS, 0.99, 100.0, 0.5, 1.0, vector),) for vector in vectors]


class Sized(OneEach):
    """Finds no faces; notes how many pictures it was given at a time."""

    def __init__(self) -> None:
        self.chunks: list[int] = []

    def extract(
        self, images: Sequence[Image.Image], failures: dict[int, str] | None = None
    ) -> list[tuple[FoundFace, ...]]:
        """Return no faces of each picture."""
        self.chunks.append(len(images))
        return [()] * len(images)


@pytest.fixture(scope="module")
def decoders() -> Iterator[Decoders]:
    """Lend two decoding processes."""
    with Decoders() as made:
        yield made


def jpeg(colour: tuple[int, int, int], side: int = 64) -> bytes:
    """Encode a picture of one colour."""
    out = io.BytesIO()
    Image.new("RGB", (side, side), colour).save(out, "JPEG")
    return out.getvalue()


def given(data: bytes) -> Callable[[], bytes]:
    """Return a source that has the picture at hand."""
    return lambda: data


def not_ready() -> bytes:
    """Fetch a photo that the gallery still works on."""
    raise NotReady("the gallery makes its preview")


def by_key(results: Iterator[Made]) -> dict[str, Made]:
    """Collect the results, each photo once."""
    found = list(results)
    assert len({made.key for made in found}) == len(found)
    return {made.key: made for made in found}


def test_every_photo_gets_one_answer(decoders: Decoders, tmp_path: Path) -> None:
    good = [Wanted(f"good {n}", given(jpeg((RED, GREEN, BLUE)[n % 3]))) for n in range(3 * CHUNK + 1)]
    bad = [
        Wanted("broken", given(b"\xff\xd8\xff" + bytes(60))),
        Wanted("not ready", not_ready),
        Wanted("gone", lambda: tmp_path / "gone.jpg"),
        Wanted("black", given(jpeg((0, 0, 0)))),
        Wanted("white", given(jpeg((255, 255, 255)))),
    ]
    made = by_key(extract([*bad, *good], decoders, OneEach(), Colours()))
    assert set(made) == {wanted.key for wanted in [*good, *bad]}
    for n in range(len(good)):
        one = made[f"good {n}"]
        assert one.vector is not None
        assert one.faces
        assert one.vector.argmax() == one.faces[0].vector.argmax() == n % 3
        assert (one.problems, one.failed) == ({}, None)
    assert made["broken"].problems.keys() == {"one_each", "colours"}
    assert isinstance(made["not ready"].failed, NotReady)
    assert isinstance(made["gone"].failed, OSError)
    assert made["black"].problems == {"colours": "ValueError: it is black"}
    assert made["black"].faces is not None
    assert made["black"].vector is None
    assert made["white"].problems == {"one_each": NOT_FINITE, "colours": NOT_FINITE}
    assert (made["white"].faces, made["white"].vector) == (None, None)


@pytest.mark.parametrize(
    ("faces", "picture"),
    [
        pytest.param(True, False, id="faces only"),
        pytest.param(False, True, id="picture only"),
        pytest.param(False, False, id="neither"),
    ],
)
def test_only_what_is_wanted_is_made(decoders: Decoders, faces: bool, picture: bool) -> None:
    wanted = [Wanted("one", given(jpeg(RED)), faces, picture)]
    for extractors in ((OneEach(), Colours()), (OneEach() if faces else None, Colours() if picture else None)):
        (made,) = extract(wanted, decoders, *extractors)
        assert (made.faces is not None, made.vector is not None) == (faces, picture)
        assert made.sharpness is not None


BOTH, ONE, OTHER, NEITHER = (True, True), (True, False), (False, True), (False, False)
"""Whether the vector for pictures is wanted, and that for tags."""


@pytest.mark.parametrize(
    "wanted",
    [
        pytest.param([BOTH] * 5, id="both of each photo: one can be made of the other"),
        pytest.param([OTHER] * 5, id="only those for tags"),
        pytest.param([ONE] * 5, id="only the usual ones"),
        pytest.param([BOTH, ONE, OTHER, NEITHER, BOTH], id="something else of each photo"),
    ],
)
@pytest.mark.parametrize("first", [pytest.param(Colours, id="made of those for tags"), pytest.param(Asked, id="asked")])
def test_vectors_for_tags_come_from_the_same_pictures(decoders: Decoders, wanted, first: type[Colours]) -> None:
    fetched: list[str] = []

    def fetch(key: str, data: bytes) -> bytes:
        fetched.append(key)
        return data

    files = [jpeg((RED, GREEN, BLUE)[n % 3]) for n in range(len(wanted))]
    asked = [
        Wanted(str(n), partial(fetch, str(n), data), False, plain, frozenset({"halves"} if tagged else ()))
        for n, (data, (plain, tagged)) in enumerate(zip(files, wanted, strict=True))
    ]
    made = by_key(extract(asked, decoders, None, first(), further=[Halves()]))
    assert sorted(fetched) == [str(n) for n in range(len(wanted))]
    for n, (plain, tagged) in enumerate(wanted):
        one, colour = made[str(n)], np.eye(3)[n % 3]
        assert (one.vector is not None, "halves" in one.further) == (plain, tagged)
        assert one.vector is None or one.vector == pytest.approx(colour, abs=0.02)
        assert not tagged or one.further["halves"] == pytest.approx(np.tile(colour, 2) / np.sqrt(2), abs=0.02)


def test_pictures_are_looked_at_once_where_one_vector_is_made_of_the_other(decoders: Decoders) -> None:
    usual, for_tags = Asked(), Asked()
    list(extract([Wanted("one", given(jpeg(RED)))], decoders, None, usual, further=[for_tags]))
    assert (usual.pictures, for_tags.pictures) == (1, 1)
    usual.as_given_by = for_tags.as_given_by = lambda other, vectors: vectors  # type: ignore[method-assign]
    list(extract([Wanted("one", given(jpeg(RED)))], decoders, None, usual, further=[for_tags]))
    assert (usual.pictures, for_tags.pictures) == (1, 2)


def test_each_extractor_says_what_it_could_not_take(decoders: Decoders) -> None:
    wanted = [Wanted(name, given(data)) for name, data in (("black", jpeg((0, 0, 0))), ("broken", b"\xff\xd8\xff"))]
    made = by_key(extract(wanted, decoders, None, Colours(), further=[Halves()]))
    assert made["black"].problems == dict.fromkeys(("colours", "halves"), "ValueError: it is black")
    assert made["broken"].problems.keys() == {"colours", "halves"}
    assert (made["black"].vector, made["black"].further) == (None, {})


@pytest.mark.parametrize(
    ("side", "most"),
    [
        pytest.param(16, most_in_hand(2), id="small pictures: so many"),
        pytest.param(2_000, most_bytes(2) // LARGEST_BYTES, id="pictures of the largest size: by their bytes"),
    ],
)
def test_few_pictures_are_in_memory_at_a_time(decoders: Decoders, monkeypatch, side: int, most: int) -> None:
    """However many photos there are, and however slowly the caller takes the results."""
    monkeypatch.setattr(pipeline, "_workers", lambda: (2, 1))
    alive: set[int] = set()
    seen = 0

    def source(number: int) -> Frame:
        picture = Image.new("RGB", (side, side), RED)
        alive.add(number)
        weakref.finalize(picture, alive.discard, number)
        return Frame(picture)

    asked = (Wanted(str(n), partial(source, n), picture=False) for n in range(8 * most))
    for _ in extract(asked, decoders, Sized(), None):
        seen = max(seen, len(alive))
        if seen > most:
            break
    assert most / 2 <= seen <= most
    gc.collect()
    assert not alive


def test_the_caller_s_list_is_not_read_far_ahead(decoders: Decoders) -> None:
    asked = 0

    def library() -> Iterator[Wanted]:
        nonlocal asked
        data = jpeg(GREEN)
        for asked in range(1, 10_001):
            yield Wanted(str(asked), given(data))

    results = extract(library(), decoders, OneEach(), Colours())
    for n in range(1, 101):
        next(results)
        assert asked <= n + most_in_hand(MOST_WORKERS)
    results.close()


@pytest.mark.parametrize("photos", [1, CHUNK, CHUNK + 1, 2 * CHUNK + 3], ids=lambda n: f"{n} photos")
def test_the_last_photos_are_shared_out_between_the_workers(decoders: Decoders, monkeypatch, photos: int) -> None:
    monkeypatch.setattr(pipeline, "_workers", lambda: (2, 1))
    sized = Sized()
    done = list(extract([Wanted(str(n), lambda: FRAME, picture=False) for n in range(photos)], decoders, sized, None))
    assert len(done) == sum(sized.chunks) == photos
    assert 1 in sized.chunks


def test_a_caller_may_stop_early(decoders: Decoders) -> None:
    before = threading.active_count()
    results = extract((Wanted(str(n), given(jpeg(BLUE))) for n in range(1_000)), decoders, None, Colours())
    next(results)
    results.close()
    assert threading.active_count() == before


def test_an_error_of_the_caller_s_iterator_reaches_the_caller(decoders: Decoders) -> None:
    def library() -> Iterator[Wanted]:
        yield Wanted("one", given(jpeg(RED)))
        raise KeyError("the store is gone")

    with pytest.raises(KeyError, match="the store is gone"):
        list(extract(library(), decoders, None, Colours()))


def test_a_meter_knows_where_the_time_went(decoders: Decoders) -> None:
    meter = Meter()
    list(extract([Wanted("one", given(jpeg(RED)))], decoders, OneEach(), Colours(), meter))
    assert {"fetch", "decode", "networks", "sharpness"} <= meter.seconds.keys()
    assert meter.workers >= 1
    assert meter.forward_s == 0  # these extractors have no network
