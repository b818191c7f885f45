"""Where in the pictures tags are: a box for each, kept with the decision or with what waits for one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from PIL import Image

from plugins.decoding import decoders
from plugins.features import ExtractionFailed, PictureExtractor
from plugins.galleries import GalleryError
from plugins.pictures import WORKING_SHORT_PX, PictureNotThere, UnreadablePicture
from plugins.records import Box, Photo
from plugins.store import Decision, Suggestion
from plugins.tags.cluster_frequency import ClusterModel
from plugins.tags.regions import map_of, region_of
from tasks.caching import Skipped
from tasks.context import Opened
from tasks.features import tag_pictures_or_skip
from tasks.tag_models import kept_model

WHOLE: Final[Box] = (0.0, 0.0, 1.0, 1.0)
"""The box that says nothing."""


class NoPlace(RuntimeError):
    """It cannot be said where in the picture the thing is; the tag holds all the same."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A tag by the key of its suggestion, and where it is in its picture, or in words why nobody knows."""

    key: str
    box: Box | None = None
    reason: str = ""


def place_tags(here: Opened, decisions: Sequence[Decision | Suggestion]) -> Iterator[Placed]:
    """Find where in their pictures tags are that were accepted, or wait; keep each place with it, and yield them.

    Nothing is lost where it cannot be found: the decision stays as it was, and `reason` says why.

    Source: patent 002 (CN 110704657 A) ¶59.
    """
    try:
        extractor = tag_pictures_or_skip(here)
        model = _model(here, extractor)
    except (Skipped, NoPlace) as reason:
        yield from (Placed(decision.key, reason=str(reason)) for decision in decisions)
        return
    photos = {photo.content_key: photo for photo in here.store.photos.all(here.name)}
    for decision in decisions:
        try:
            box = _place(here, extractor, model, photos, decision.subject)
        except (NoPlace, GalleryError, UnreadablePicture, PictureNotThere, ExtractionFailed) as reason:
            yield Placed(decision.key, reason=str(reason))
        else:
            here.store.suggestions.place(here.name, decision.key, box)
            yield Placed(decision.key, box)


def _model(here: Opened, extractor: PictureExtractor) -> ClusterModel:
    kept = kept_model(here, extractor)
    if kept.model is None or not len(kept.model.centres):
        raise NoPlace(f"no model of tags can be used: {kept.note or 'nothing is learned yet'}")
    return kept.model


def _place(
    here: Opened, extractor: PictureExtractor, model: ClusterModel, photos: Mapping[str, Photo], content: str
) -> Box:
    photo = photos.get(content)
    if photo is None:
        raise NoPlace("the photo is not there any more")
    if photo.kind != "image":
        raise NoPlace("it is a video")
    keys, vectors = here.store.features.matrix([content], extractor.name, extractor.version, extractor.dim)
    if not keys:
        raise NoPlace("it has no picture vector")
    found = map_of(extractor, _picture(here, photo))
    if found is None:
        raise NoPlace(f"{extractor.name} does not say what is where in a picture")
    box = region_of(found, model.direction(int(model.nearest(vectors)[0])))
    if box is None or box == WHOLE:
        raise NoPlace("no part of it speaks for the tag more than others")
    return box


def _picture(here: Opened, photo: Photo) -> Image.Image:
    return decoders().decode(here.gallery.preview(photo, WORKING_SHORT_PX).source)[0].picture
