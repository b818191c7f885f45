"""Groups of photos that look alike and that the user has named: the patent's automatic labelling, once allowed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from plugins.records import Photo
from plugins.store.suggestions import Decision


@dataclass(frozen=True, slots=True)
class NamedGroup:
    """A group by its key, the name that the user gave or accepted, its contents, and how alike they are, 0 to 1."""

    key: str
    name: str
    contents: tuple[str, ...]
    similarity: float


def named_groups(decisions: Iterable[Decision], names: Mapping[str, str]) -> list[NamedGroup]:
    """Return the groups that the user has accepted, by what `names` calls them, else by the name that was proposed.

    Source: CN115331039A, claim 1, of groups of pictures in place of single ones; the user's word comes before it.
    """
    return [
        NamedGroup(d.key, names.get(d.key, d.value), d.evidence.photos, d.evidence.similarity)
        for d in decisions
        if d.kind == "group" and d.verdict == "accepted" and names.get(d.key, d.value)
    ]


def group_tags(groups: Iterable[NamedGroup], photos: Iterable[Photo]) -> Iterator[tuple[str, str]]:
    """Yield (photo's id, name) for each photo that shows a content of a named group."""
    of_content: dict[str, list[str]] = {}
    for photo in photos:
        of_content.setdefault(photo.content_key, []).append(photo.id)
    for group in groups:
        yield from ((photo, group.name) for content in group.contents for photo in of_content.get(content, ()))
