"""Groups of photos that look alike and that the user has named: the patent's automatic labelling, once allowed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from plugins.records import Photo
from plugins.store.suggestions import Decision
from plugins.tags.vocabulary import same_word


@dataclass(frozen=True, slots=True)
class NamedGroup:
    """A group by its key, the name that the user gave or accepted, its contents, and how alike they are, 0 to 1."""

    key: str
    name: str
    contents: tuple[str, ...]
    similarity: float


def named_groups(decisions: Sequence[Decision], names: Mapping[str, str]) -> list[NamedGroup]:
    """Return the groups that the user has accepted, by what `names` calls them, else by the name that was proposed.

    A photo whose group has a word that the user refused for it is not in that group.

    Source: CN115331039A, claim 1, of groups of pictures in place of single ones; the user's word comes before it.
    """
    refused = _refused(decisions)
    named = [
        (d, name)
        for d in decisions
        if d.kind == "group" and d.verdict == "accepted" and (name := names.get(d.key, d.value))
    ]
    return [
        NamedGroup(
            d.key,
            name,
            tuple(key for key in d.evidence.photos if same_word(name) not in refused.get(key, ())),
            d.evidence.similarity,
        )
        for d, name in named
    ]


def _refused(decisions: Iterable[Decision]) -> dict[str, set[str]]:
    """Return by content key the words, as `same_word` writes them, that the user has rejected as tags for it."""
    refused: dict[str, set[str]] = {}
    for decision in decisions:
        if decision.kind == "tag" and decision.verdict == "rejected" and decision.subject:
            refused.setdefault(decision.subject, set()).add(same_word(decision.value))
    return refused


def group_tags(groups: Iterable[NamedGroup], photos: Iterable[Photo]) -> Iterator[tuple[str, str]]:
    """Yield (photo's id, name) for each photo that shows a content of a named group."""
    of_content: dict[str, list[str]] = {}
    for photo in photos:
        of_content.setdefault(photo.content_key, []).append(photo.id)
    for group in groups:
        yield from ((photo, group.name) for content in group.contents for photo in of_content.get(content, ()))
