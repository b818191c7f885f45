"""What a user has said about tags: own words, refusals and accepted suggestions, and which tags follow from them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias

from plugins.people.named_groups import NamedGroup
from plugins.publishing.ledger import TagState
from plugins.records import Photo
from plugins.store.suggestions import NEVER, Decision
from plugins.tags.vocabulary import same_word

WordsOf: TypeAlias = Mapping[str, frozenset[str]]
"""Words by content key; a content of which nothing is known is not in it."""


@dataclass(frozen=True)
class Ledgered:
    """What the gallery's photos carry that is not, or not yet, the user's word: (photo, tag) pairs.

    `states` are the ledger's; `unsettled` are those that a killed run was writing, so that nobody knows whose they are.
    """

    states: Mapping[tuple[str, str], TagState] = field(default_factory=dict)
    unsettled: Collection[tuple[str, str]] = ()

    def of_user(self, photo: Photo) -> Sequence[str]:
        """Return the tags of a photo that the user has put there, or confirmed."""
        if photo.id not in self._in_question:
            return photo.tags
        return [tag for tag in photo.tags if self._is_of_user((photo.id, tag))]

    def _is_of_user(self, pair: tuple[str, str]) -> bool:
        return self.states.get(pair) not in {"ours", "rejected"} and pair not in self.unsettled

    @cached_property
    def _in_question(self) -> frozenset[str]:
        """Return the photos with a pair: few of those that there are."""
        return frozenset(photo for photo, _ in self.states) | {photo for photo, _ in self.unsettled}

    @property
    def ours(self) -> Iterator[tuple[str, str]]:
        """Yield what we have put on photos and nobody has confirmed; galleries that can tell leave it out of theirs."""
        yield from (pair for pair, state in self.states.items() if state == "ours")


@dataclass(frozen=True, slots=True)
class Said:
    """What the user has said of each content.

    `own` are the words as they are written: those that its photos carry, accepted suggestions and names of groups.
    `refused` are the words, by `same_word`, that the user has rejected or taken off one of its photos; a word that
    was refused and is there all the same, since the user has put it there, is in both. `accepted` are the suggestions
    that still hold, as they were written.
    """

    own: WordsOf
    refused: WordsOf
    accepted: WordsOf


def said_of(
    photos: Iterable[Photo],
    ledgered: Ledgered,
    decisions: Iterable[Decision] = (),
    groups: Iterable[NamedGroup] = (),
) -> Said:
    """Return what the user has said of the contents of these photos; what was said of others is left out.

    Source: design, section 7: a tag of ours that the user removes is a refusal, whatever was accepted before.
    """
    photos, states = list(photos), ledgered.states.items()
    own: defaultdict[str, set[str]] = defaultdict(set)  # of most photos of a large library nothing is said
    for photo in photos:
        if carried := ledgered.of_user(photo):
            own[photo.content_key].update(carried)
    content = {photo.id: photo.content_key for photo in photos}
    contents = frozenset(content.values())
    for (photo_id, tag), state in states:
        if state == "user" and photo_id in content:  # a folder cannot tell its own word from one put back by the user
            own[content[photo_id]].add(tag)
    told = [d for d in decisions if d.kind == "tag" and d.subject in contents and not d.key.startswith(NEVER)]
    refused = _by_key(
        [(content[p], same_word(tag)) for (p, tag), state in states if state == "rejected" and p in content]
        + [(d.subject, same_word(d.value)) for d in told if d.verdict == "rejected"]
    )
    accepted = _by_key(_unrefused(((d.subject, d.value) for d in told if d.verdict == "accepted"), refused))
    named = ((key, group.name) for group in groups for key in group.contents if key in contents)
    for key, tag in _unrefused(named, refused):
        own[key].add(tag)
    for key, tags in accepted.items():
        own[key] |= tags
    return Said({key: frozenset(tags) for key, tags in own.items() if tags}, refused, accepted)


def _unrefused(pairs: Iterable[tuple[str, str]], refused: WordsOf) -> Iterator[tuple[str, str]]:
    return ((key, tag) for key, tag in pairs if same_word(tag) not in refused.get(key, ()))


def _by_key(pairs: Iterable[tuple[str, str]]) -> WordsOf:
    found: dict[str, set[str]] = {}
    for key, word in pairs:
        found.setdefault(key, set()).add(word)
    return {key: frozenset(words) for key, words in found.items()}


def wanted_tags(
    photos: Iterable[Photo],
    ledgered: Ledgered,
    said: Said,
    auto: Iterable[tuple[str, str]],
    barred: Collection[str],
    written: Mapping[str, str],
) -> Iterator[tuple[str, str]]:
    """Yield the (photo's id, tag) pairs that follow from accepted suggestions and from what is sure enough.

    Neither what the user refused nor, of what is sure, what they said "never" to; nor a word that the user has put on
    the photo already.

    Args:
        photos: the photos that may be tagged.
        ledgered: what the ledger says of their tags.
        said: what the user has said of their contents.
        auto: (content key, tag) pairs that nobody needs to be asked about.
        barred: words to which the user said "never", by `same_word`.
        written: how words are written, by `same_word`.
    """
    asked: dict[str, set[str]] = {key: set(map(same_word, tags)) for key, tags in said.accepted.items()}
    spelled = {same_word(tag): tag for tags in said.accepted.values() for tag in sorted(tags)}
    for key, tag in sorted(auto):
        word = same_word(tag)
        if word not in barred and word not in said.refused.get(key, ()):
            asked.setdefault(key, set()).add(word)
            spelled.setdefault(word, tag)
    for photo in photos:
        if words := asked.get(photo.content_key):
            there = set(map(same_word, ledgered.of_user(photo)))
            yield from ((photo.id, written.get(word, spelled[word])) for word in words - there)
