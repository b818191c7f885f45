"""Answers about groups of photos that look alike: one word for all of a group, but for some of its photos."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from app.answers import NotAWord, NothingLeft, NothingWaits
from plugins.people.names_file import fit_name
from plugins.store import Store, Suggestion
from plugins.tags.suggesting import tag_key
from plugins.tags.vocabulary import same_word, spellings


@dataclass(frozen=True, slots=True)
class Named:
    """A group that has got a word: `kept` are the contents that get it, `left_out` those that never will.

    `at` names the answer, to take it back.
    """

    at: datetime
    key: str
    tag: str
    kept: tuple[str, ...]
    left_out: tuple[str, ...]


def waiting_group(store: Store, library: str, key: str) -> Suggestion:
    """Return a group that waits for a name.

    Raises:
        NothingWaits: there is none under this key.
    """
    made = store.suggestions.of_keys(library, [key]).get(key)
    if made is None or made.kind != "group":
        raise NothingWaits(key)
    return made


def name_group(store: Store, library: str, key: str, word: str, without: Collection[str] = ()) -> Named:
    """Give a word to all photos of a group, but for the contents `without`, which never get it from us.

    Raises:
        NothingWaits: no such group waits.
        NotAWord: the word cannot be a tag.
        NothingLeft: all its photos are left out.
    """
    with store.transaction():
        group = waiting_group(store, library, key)
        tag = fit_tag(store, library, word)
        kept = tuple(content for content in group.evidence.photos if content not in without)
        left_out = tuple(content for content in group.evidence.photos if content in without)
        if not kept:
            raise NothingLeft(key)
        at = datetime.now(UTC)
        named = replace(group, value=tag, evidence=replace(group.evidence, photos=kept))
        store.suggestions.answer(library, [named], "accepted", at)
        _refuse(store, library, left_out, tag, at)
        _allow(store, library, kept, tag, at)
    return Named(at, key, tag, kept, left_out)


def known_words(store: Store, library: str, most: int) -> list[str]:
    """Return words that a group could be called: the tags of the library and what was accepted, each once, sorted.

    Of more than `most` words those on the most photos are returned.
    """
    counts = _counts(store, library)
    of_word = Counter[str]()
    for tag, n in counts.items():
        of_word[same_word(tag)] += n
    written = spellings(counts.elements())
    frequent = sorted(of_word, key=lambda word: (-of_word[word], word))[:most]
    return sorted(written[word] for word in frequent)


def _counts(store: Store, library: str) -> Counter[str]:
    """Return how often each word of the library is written so: on photos, and by accepting it."""
    return Counter(store.photos.words(library)) + Counter(store.waiting.accepted_words(library))


def fit_tag(store: Store, library: str, word: str) -> str:
    """Return a word as the library writes it already, else as the user does.

    Raises:
        NotAWord: it cannot be a tag.
    """
    tag = " ".join(word.split()) if word.isprintable() else word
    try:
        fit_name(tag)
    except ValueError as error:
        raise NotAWord(word, str(error)) from error
    if not all(level.strip() for level in tag.split("/")):
        raise NotAWord(word, "a level of it is empty")
    return spellings(_counts(store, library).elements()).get(same_word(tag), tag)


def _refuse(store: Store, library: str, contents: Collection[str], tag: str, at: datetime) -> None:
    """Note that the user does not want a tag on some photos, whether or not it was suggested."""
    unasked = {tag_key(content, tag): Suggestion(tag_key(content, tag), "tag", content, tag) for content in contents}
    decided = store.suggestions.decisions_of(library, unasked)
    asked = {key: made.suggestion for key, made in decided.items()} | store.suggestions.of_keys(library, unasked)
    refused = {key for key, made in decided.items() if made.verdict == "rejected"}
    new = [made for key, made in (unasked | asked).items() if key not in refused]
    store.suggestions.answer(library, new, "rejected", at)


def _allow(store: Store, library: str, contents: Collection[str], tag: str, at: datetime) -> None:
    """Take back that the user did not want a tag on photos of a group that has it now: the last word holds."""
    decided = store.suggestions.decisions_of(library, [tag_key(content, tag) for content in contents])
    again = [made.suggestion for made in decided.values() if made.verdict == "rejected"]
    store.suggestions.answer(library, again, "accepted", at)
