"""Changes to the tags of many photos, as few and as large as they may be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from plugins.changes import TagChange
from plugins.chunking import chunks


def tag_changes(make: type[TagChange], pairs: Iterable[tuple[str, str]], most: int) -> Iterator[TagChange]:
    """Yield the changes that add or take away (photo, tag) pairs: all tags of a photo are in the same one.

    Photos with the same set of tags share a change, at most `most` of them; a server that works on a photo after each
    call, and may lose what comes meanwhile, is so called once for each photo.
    """
    of_photo: dict[str, list[str]] = {}
    for photo, tag in sorted(set(pairs)):
        of_photo.setdefault(photo, []).append(tag)
    alike: dict[tuple[str, ...], list[str]] = {}
    for photo, tags in of_photo.items():
        alike.setdefault(tuple(tags), []).append(photo)
    for word_set, photos in sorted(alike.items()):
        yield from (make(word_set, tuple(chunk)) for chunk in chunks(photos, most))
