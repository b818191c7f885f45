"""What becomes of one change to several photos at a server, and which failures leave it open whether it was made."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final

from plugins.changes import Outcome, Status
from plugins.galleries import GalleryError, GalleryRefused, GalleryUnreachable
from plugins.galleries.http.answers import Forbidden

GONE: Final = "the photo is gone"
_UNFIT: Final = re.compile("[\x00\ud800-\udfff]")


def is_fit(text: str) -> bool:
    """Say whether a server's database can hold a text: no NUL, no half of a character."""
    return _UNFIT.search(text) is None


def is_unsure(error: GalleryError) -> bool:
    """Say whether a call that failed so may have been carried out, or may succeed when it is sent again.

    A redirect or a web page in place of data may come from a proxy that restarts; a missing permission does not.
    """
    return isinstance(error, GalleryUnreachable | GalleryRefused) and not isinstance(error, Forbidden)


def split_by(is_id: Callable[[str], object], photos: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """Return those that can be ids of photos, each once, and of the others the reason why not."""
    once = list(dict.fromkeys(photos))
    return [p for p in once if is_id(p)], {p: GONE for p in once if not is_id(p)}


def of_many(
    status: Status, photos: Collection[str], failed: Mapping[str, str], gallery_id: str = "", cover: str = ""
) -> Outcome:
    """Return what became of a change to several photos, of which some failed for a reason each.

    Args:
        status: what became of the photos that did not fail.
        photos: all of the change.
        failed: reason by photo.
        gallery_id: the album's id, empty for tags.
        cover: the photo by which the gallery shows the album now.
    """
    reason = reasons(failed)
    if failed and len(failed) == len(set(photos)):
        gone = not gallery_id and all(why == GONE for why in failed.values())
        return Outcome("gone" if gone else "refused", reason, gallery_id, tuple(failed), cover)
    return Outcome(status, reason, gallery_id, tuple(failed), cover)


def reasons(failed: Mapping[str, str]) -> str:
    """Name each reason once, with the first photos that it concerns."""
    photos: dict[str, list[str]] = {}
    for photo, why in failed.items():
        photos.setdefault(why, []).append(photo)
    return "; ".join(f"{why}: {_some(whose)}" for why, whose in list(photos.items())[:5])


def _some(photos: Sequence[str], most: int = 3) -> str:
    more = f" and {len(photos) - most} more" if len(photos) > most else ""
    return ", ".join(photos[:most]) + more
