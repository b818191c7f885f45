"""What covers of albums and of videos alike depend on, as parts of the keys of the steps that choose them."""

from __future__ import annotations

from collections.abc import Iterator

from plugins.covers.signals import choices
from plugins.exclusion import excluded
from plugins.records import Photo
from tasks.caching import digest
from tasks.context import Opened
from tasks.cover_albums import theirs
from tasks.cover_pictures import cover_extractors
from tasks.features import EXPOSURE, SHARPNESS


def known_of_photos(here: Opened) -> Iterator[object]:
    """Yield what tells of changed photos and events, and of measures and vectors that came or went."""
    photos, rules, homes = here.store.photos.all(here.name), here.config.exclude, here.homes()
    keys = [photo.content_key for photo in photos]
    yield digest([(*_facts(photo), excluded(photo, rules, homes.get(photo.id, ()))) for photo in photos])
    yield digest([(event.key, event.photos, event.trip, event.away) for event in here.store.events.all(here.name)])
    for measure in (SHARPNESS, EXPOSURE):
        yield digest(sorted(here.store.measures.among(keys, *measure).items()))
    made = cover_extractors(here)
    if (faces := made.faces) is not None:
        yield (faces.name, faces.version, digest(here.store.faces.missing(keys, faces.name, faces.version, faces.dim)))
    for one in filter(None, (made.pictures, made.thumbnails)):
        yield (one.name, one.version, digest(here.store.features.missing(keys, one.name, one.version, one.dim)))


def _facts(photo: Photo) -> tuple[object, ...]:
    """Return what of a photo covers depend on: not its tags, for we write some."""
    looks = (photo.kind, photo.width, photo.height, photo.camera)
    said = (photo.favourite, photo.rating, photo.hidden)
    return (photo.id, photo.content_key, photo.name, photo.taken_at.timestamp(), *looks, *said)


def likes_of_user(here: Opened) -> Iterator[object]:
    """Yield what the user has said of what they like: favourites, ratings, and the covers that they chose."""
    said, ledger = theirs(here), here.store.ledger.load(here.name).albums.values()
    yield here.config.covers.personal
    yield digest(sorted(said.signals.favourites), sorted(said.signals.ratings))
    yield digest([(made.cover, made.photos) for made in choices(said.signals, said.members, ledger)])
