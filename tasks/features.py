"""Features: faces and picture vectors of every photo, in batches; what the store has is never made twice."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, TypeVar, cast

import plugins
from plugins.chunking import chunks
from plugins.decoding import decoders
from plugins.features import FaceExtractor, PictureExtractor, weights
from plugins.features.pipeline import Made, Wanted, extract
from plugins.features.weights_fetch import fetch_missing, in_lines
from plugins.galleries import Gallery, NotReady, PhotoGone
from plugins.pictures import WORKING_SHORT_PX, PictureNotThere
from plugins.records import Photo
from plugins.store import measures
from tasks.caching import Skipped, cached_step
from tasks.context import Opened
from tasks.progress import progress_of

KEPT_TOGETHER = 32  # photos whose features are written in one go: all that a killed run loses
MOST_TASKS = 500  # batches a run at the most: a task run costs Prefect's server tens of milliseconds
PROGRESS = "features"
THUMBNAIL = "thumbnail"  # what strict covers are chosen by; it needs no weights
SHARPNESS, EXPOSURE = measures.SHARPNESS, measures.EXPOSURE
log = logging.getLogger("albumen")
_E = TypeVar("_E", FaceExtractor, PictureExtractor)


@dataclass(frozen=True)
class Extractors:
    """What a library's features are made with; None where the weights are missing, with the mend in `missing`.

    `tag_pictures` makes the vectors for tags: the same object as `pictures` where the settings name no other.
    `thumbnails` makes those for covers beside these, where they are to be strict.
    """

    faces: FaceExtractor | None
    pictures: PictureExtractor | None
    tag_pictures: PictureExtractor | None
    missing: tuple[str, ...] = ()
    thumbnails: PictureExtractor | None = None

    @property
    def further(self) -> tuple[PictureExtractor, ...]:
        """Return the extractors of picture vectors beside `pictures`, each once."""
        beside = (e for e in (self.tag_pictures, self.thumbnails) if e is not None and e is not self.pictures)
        return tuple(dict.fromkeys(beside))

    @property
    def each(self) -> tuple[FaceExtractor | PictureExtractor, ...]:
        """Return those that there are, each once."""
        return tuple(e for e in (self.faces, self.pictures, *self.further) if e is not None)

    @property
    def versions(self) -> tuple[str, ...]:
        """Return name and version of each extractor, for keys."""
        return tuple(f"{e.name} {e.version}" for e in self.each)


@lru_cache
def _plugin(name: str) -> type[Any]:
    return plugins.load("features", name)  # asks all installed packages: too slow to do for each batch


@lru_cache(maxsize=8)
def _made(name: str, folder: Path | None) -> FaceExtractor | PictureExtractor:
    return cast("FaceExtractor | PictureExtractor", _plugin(name)(weights_dir=folder))


def extractors(here: Opened) -> Extractors:
    """Return the extractors of a library; the face embedder that it began with stays until the settings name another.

    Vectors of two embedders cannot be compared, so `auto` decides once: facenet where its weights are, else dlib_face.
    """
    folder, wanted = here.settings.weights_dir, here.config.features
    missing: list[str] = []

    def made(name: str) -> FaceExtractor | PictureExtractor | None:
        needs = _plugin(name).needs
        if mend := weights.missing(needs, folder):
            missing.append(f"{name}: {mend}")
            return None
        return _made(name, folder)

    faces = cast("FaceExtractor | None", made(_embedder(here, folder)))
    pictures = cast("PictureExtractor | None", made(wanted.picture))
    for_tags, for_covers = _tag_extractor(here), _cover_extractor(here)
    is_other = for_tags != wanted.picture
    tag_pictures = cast("PictureExtractor | None", made(for_tags)) if is_other else pictures
    thumbnails = cast("PictureExtractor", _made(for_covers, folder)) if for_covers else None
    return Extractors(faces, pictures, tag_pictures, tuple(missing), thumbnails)


def _tag_extractor(here: Opened) -> str:
    """Return the name of the extractor that tags are learned from: the text's own where they are to be strict."""
    wanted = here.config.tags
    return wanted.extractor or ("vgg16_map" if wanted.mode == "strict" else here.config.features.picture)


def _cover_extractor(here: Opened) -> str:
    """Return the name of the extractor that covers need beside the others; empty where they need none."""
    return THUMBNAIL if here.config.covers.mode == "strict" else ""


def _embedder(here: Opened, folder: Path | None) -> str:
    if settled := _settled_embedder(here):
        return settled
    return "dlib_face" if weights.missing(_plugin("facenet").needs, folder) else "facenet"


def _settled_embedder(here: Opened) -> str:
    """Return the embedder that the settings name or that the library began with; empty while it is free to choose."""
    named = here.config.features.embedder
    if named != "auto":
        return named
    chosen = here.store.models.chosen(here.name, "faces")
    return "" if chosen is None else chosen.name


def fetch_weights(here: Opened) -> None:
    """Download what is missing of the weights that this library would best have, where the settings allow it."""
    names = (_settled_embedder(here) or "facenet", here.config.features.picture, _tag_extractor(here))
    needs = dict.fromkeys(need for name in names for need in _plugin(name).needs)
    if said := fetch_missing([*needs], here.settings.weights_dir, tell=in_lines(log.info)):
        log.info("%s", said)


def batches_of(here: Opened, batch_photos: int = 0) -> list[list[str]]:
    """Return the ids of the photos in batches by time: new ones come last, so that the batches before them stay.

    Batches grow by doubling, so that they also stay when a library slowly grows beyond what `MOST_TASKS` can take.
    They begin with the settings' size, or another one.
    """
    photos = [photo.id for photo in here.store.photos.all(here.name)]
    size = batch_photos or here.config.features.batch_photos
    while len(photos) > size * MOST_TASKS:
        size *= 2
    return [photos[i : i + size] for i in range(0, len(photos), size)]


def _contents(here: Opened, photos: Sequence[str]) -> dict[str, Photo]:
    """Return the photos of these ids by content, in their order; of two with the same content one is enough."""
    known = here.store.photos.get(here.name, photos)
    return {known[id_].content_key: known[id_] for id_ in photos if id_ in known}


def _inputs(here: Opened, number: int, photos: Sequence[str]) -> Sequence[object]:  # noqa: ARG001 (the body's)
    return (extractors(here).versions, list(_contents(here, photos)))


@dataclass(frozen=True)
class _Missing:
    """The contents of which the store has no faces, no picture vector, and none of further extractors, by name."""

    faces: frozenset[str]
    pictures: frozenset[str]
    further: Mapping[str, frozenset[str]]

    @property
    def any(self) -> frozenset[str]:
        return self.faces.union(self.pictures, *self.further.values())

    def of(self, key: str) -> frozenset[str]:
        """Return the names of the further extractors whose vector of a content is missing."""
        return frozenset(name for name, missing in self.further.items() if key in missing)


def missing_of(here: Opened, keys: Iterable[str], made: Extractors) -> _Missing:
    """Return of which of these contents the store has not all that these extractors make."""
    wanted, store = list(keys), here.store

    def without(extractor: PictureExtractor | None) -> frozenset[str]:
        if extractor is None:
            return frozenset()
        return frozenset(store.features.missing(wanted, extractor.name, extractor.version, extractor.dim))

    faces = made.faces and store.faces.missing(wanted, made.faces.name, made.faces.version, made.faces.dim)
    return _Missing(frozenset(faces or ()), without(made.pictures), {one.name: without(one) for one in made.further})


def _nothing_missing(here: Opened, figures: dict[str, Any], number: int, photos: Sequence[str]) -> bool:  # noqa: ARG001
    return not missing_of(here, _contents(here, photos), extractors(here)).any


@cached_step(_inputs, holds=_nothing_missing)
def extract_batch(here: Opened, number: int, photos: Sequence[str]) -> dict[str, Any]:  # noqa: ARG001 (for the key)
    """Make the faces and picture vectors of one batch that the store does not have yet.

    The figures: `photos` of the batch, those whose features were `made` now with the `faces` in them, those known to
    be `unreadable`, and those that are `not_ready` in the gallery.
    """
    return make_missing(here, photos)[0]


def make_missing(here: Opened, photos: Sequence[str]) -> tuple[dict[str, Any], frozenset[str]]:
    """Make what the store does not have yet of these photos; return figures, and the photos without a preview so far.

    The figures are those of `extract_batch`.
    """
    made, contents = extractors(here), _contents(here, photos)
    missing = missing_of(here, contents, made)
    todo = [photo for key, photo in contents.items() if key in missing.any]
    progress, n_faces, waiting = progress_of(PROGRESS, len(todo)), 0, set[str]()
    for part in chunks(_features_of(here, todo, made, missing), KEPT_TOGETHER):
        n_faces += keep(here, made, part)
        waiting |= {contents[result.key].id for result in part if isinstance(result.failed, NotReady)}
        progress.advance(len(part))
    unreadable, left = _unreadable(here, list(contents), made), missing_of(here, missing.any, made).any
    figures = {
        "photos": len(photos),
        "made": len(missing.any - unreadable - left),
        "faces": n_faces,
        "unreadable": len(unreadable),
        "not_ready": len(left),
    }
    return figures, frozenset(waiting)


def _unreadable(here: Opened, keys: Sequence[str], made: Extractors) -> set[str]:
    of_each = (here.store.problems.among(keys, e.name, e.version) for e in made.each)
    return {key for problems in of_each for key in problems}


def _features_of(here: Opened, photos: Sequence[Photo], made: Extractors, missing: _Missing) -> Iterator[Made]:
    def wanted(photo: Photo) -> Wanted:
        key = photo.content_key
        source = partial(_source, here.gallery, photo)
        return Wanted(key, source, key in missing.faces, key in missing.pictures, missing.of(key))

    photos_wanted = (wanted(photo) for photo in photos)
    return extract(photos_wanted, decoders(), made.faces, made.pictures, further=made.further)


def _source(gallery: Gallery, photo: Photo) -> bytes | Path:
    return gallery.preview(photo, WORKING_SHORT_PX).source


def keep(here: Opened, made: Extractors, results: Sequence[Made]) -> int:
    """Write what came of a few photos into the store; return how many faces there are in them.

    Raises:
        GalleryError: the gallery could not be asked for one of them; what is known of the others is kept first.
    """
    store, faces = here.store, [(result.key, result.faces) for result in results if result.faces is not None]
    # First, as a photo is looked at again where it lacks a vector, not where it lacks one of these.
    store.measures.put(*SHARPNESS, ((r.key, r.sharpness) for r in results if r.sharpness is not None))
    store.measures.put(*EXPOSURE, ((r.key, r.exposure) for r in results if r.exposure is not None))
    if made.faces is not None:
        store.faces.put(made.faces.name, made.faces.version, faces)
    if (one := made.pictures) is not None:
        store.features.put(one.name, one.version, ((r.key, r.vector) for r in results if r.vector is not None))
    for further in made.further:
        vectors = ((r.key, r.further[further.name]) for r in results if further.name in r.further)
        store.features.put(further.name, further.version, vectors)
    for extractor in made.each:
        _note(here, extractor, results)
    for result in results:
        _left_for_later(result)
    return sum(len(found) for _, found in faces)


def _note(here: Opened, extractor: FaceExtractor | PictureExtractor, results: Sequence[Made]) -> None:
    problems, name, version = here.store.problems, extractor.name, extractor.version
    problems.supersede(name, version, [result.key for result in results if result.failed is None])
    problems.record(name, version, [(r.key, r.problems[name]) for r in results if name in r.problems])


def _left_for_later(result: Made) -> None:
    """Pass over a photo that cannot be had now, with no note in the store: the next run asks for it again."""
    if isinstance(result.failed, PhotoGone | NotReady | PictureNotThere):
        log.info("%s", result.failed)
    elif result.failed is not None:
        raise result.failed


def faces_or_skip(here: Opened) -> FaceExtractor:
    """Return the face extractor.

    Raises:
        Skipped: its weights are missing, or features are switched off.
    """
    made = _extractors_or_skip(here)
    return _there(made.faces, made)


def pictures_or_skip(here: Opened) -> PictureExtractor:
    """Return the extractor of picture vectors.

    Raises:
        Skipped: its weights are missing, or features are switched off.
    """
    made = _extractors_or_skip(here)
    return _there(made.pictures, made)


def tag_pictures_or_skip(here: Opened) -> PictureExtractor:
    """Return the extractor of the picture vectors that tags are learned from.

    Raises:
        Skipped: its weights are missing, or features are switched off.
    """
    made = _extractors_or_skip(here)
    return _there(made.tag_pictures, made)


def _there(extractor: _E | None, made: Extractors) -> _E:
    if extractor is None:
        raise Skipped("; ".join(made.missing))
    return extractor


def _extractors_or_skip(here: Opened) -> Extractors:
    if not here.config.features.enabled:
        raise Skipped("features are switched off: [features] enabled = true switches them on")
    return extractors(here)
