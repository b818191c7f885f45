"""Photos: bring the snapshot up to date, and find out where each was taken."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from prefect import task

from plugins.galleries import PhotosVanished
from plugins.places import resolve, tracks
from plugins.records import Photo
from tasks.caching import NEVER_CACHED, Receipt, cached_step
from tasks.context import Opened, opened
from tasks.retrying import patient

PLACING_VERSION = "1"  # of plugins.places.resolve: a new one places every photo again
MOST_VANISHED = 20  # photos that may go at once without a question, however small the library
MOST_PROBLEMS = 200  # named in a receipt; the count is of all


@task(name="refresh_photos", **NEVER_CACHED)
def _refresh(library: str, force: bool) -> dict[str, Any]:
    """Bring the store's photos up to date with the gallery."""
    with opened(library) as here:
        known = () if force else here.store.photos.ids(here.name)
        there = _unless_vanished(here.gallery.photos(), known, here.gallery.capabilities.vanish_share)
        found = here.store.photos.replace(here.name, there)
        problems = [(p.path, p.reason) for p in here.gallery.problems]
        return {
            "photos": here.store.photos.count(here.name),
            "new": len(found.new),
            "changed": len(found.changed),
            "gone": len(found.gone),
            "unreadable": len(problems),
            "problems": problems[:MOST_PROBLEMS],
            "warnings": list(here.gallery.warnings()),
        }


def _unless_vanished(photos: Iterable[Photo], known: Collection[str], share: float) -> Iterator[Photo]:
    """Yield the photos; complain at the end, before the store forgets the others, if too many are gone."""
    missing = set(known)
    for photo in photos:
        missing.discard(photo.id)
        yield photo
    if len(missing) > MOST_VANISHED and len(missing) > share * len(known):
        raise PhotosVanished(
            f"{len(missing):,} of {len(known):,} photos are gone since the last run; that is more than {share:.0%}, so "
            "nothing is changed. Is the disk mounted, is it the right folder or account, does the server show them? "
            "If you removed them yourself, run again with --force"
        )


def refresh_photos(library: str, force: bool = False) -> Receipt:
    """Read the gallery's photos anew; never cached, as only the gallery knows what has changed.

    Raises:
        PhotosVanished: more of the photos are gone than the gallery's share for that, and `force` is not set.
    """
    began = time.monotonic()
    figures = patient(_refresh, library)(library, force)
    return Receipt("refresh_photos", "done", figures, time.monotonic() - began)


def _place_inputs(here: Opened) -> Sequence[object]:
    return (
        PLACING_VERSION,
        here.store.photos.fingerprint(here.name),
        [str(track) for track in here.config.places.tracks],  # a file that is not there is a problem to be told
        tracks.fingerprint(here.config.places.tracks),
        here.config.events.mode,
    )


def _all_placed(here: Opened, figures: dict[str, Any]) -> bool:
    """Say whether the store has as many positions as were found; a photo that was gone for a while has lost its own."""
    return bool(figures["placed"] == here.store.positions.count(here.name))


@cached_step(_place_inputs, holds=_all_placed)
def locate_photos(here: Opened) -> dict[str, Any]:
    """Find where each photo was taken: EXIF, location history, place words, neighbouring photos."""
    photos = here.store.photos.all(here.name)
    track, problems = tracks.read_tracks(here.config.places.tracks)
    strict = here.config.events.mode == "strict"
    origins = resolve.STRICT_ORIGINS if strict else resolve.ALL_ORIGINS
    positions = resolve.resolve(photos, track, origins=origins)
    found = {photo.id: p for photo, p in zip(photos, positions, strict=True) if p is not None}
    here.store.positions.save(here.name, found)
    counts = Counter(position.origin for position in found.values())
    return {
        "placed": len(found),
        "unplaced": len(photos) - len(found),
        "origins": dict(counts),
        "problems": [(str(p.file), p.reason) for p in problems][:MOST_PROBLEMS],
    }
