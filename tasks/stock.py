"""The tagged stock of a library: the user's own words on the photos of it, and of libraries that let it learn."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import chain, count, pairwise
from typing import Final

import numpy as np

from plugins.changes import AddTags
from plugins.features import PictureExtractor
from plugins.galleries import GalleryError
from plugins.garbage import uncollected
from plugins.people.named_groups import named_groups
from plugins.publishing.ledger import Ledger
from plugins.publishing.settle import tag_pairs
from plugins.records import Photo
from plugins.settings import UnknownLibrary
from plugins.tags import Stock, Vectors
from plugins.tags.said import Ledgered, Said, WordsOf, said_of
from plugins.tags.vocabulary import Unsuggested, same_word, spellings
from tasks.caching import digest
from tasks.context import Opened

IN_MEMORY: Final = 512 << 20
"""Bytes of vectors from which on they are read from the store piece by piece."""


@dataclass(frozen=True, slots=True)
class Told:
    """One library's curated photos, what the ledger and the user say of their tags, and what it never suggests."""

    photos: Sequence[Photo]
    ledgered: Ledgered
    said: Said
    unsuggested: Unsuggested
    post: Mapping[str, int]

    @property
    def contents(self) -> list[str]:
        """Return the content keys, by time, each once."""
        return list(dict.fromkeys(photo.content_key for photo in self.photos))

    def words(self) -> WordsOf:
        """Return the user's own words of each content, without those that are never suggested."""
        left_out = {tag for tag in frozenset().union(*self.said.own.values()) if tag in self.unsuggested}
        found = {key: of_one - left_out for key, of_one in self.said.own.items() if not of_one <= left_out}
        return found if left_out else self.said.own


def told(here: Opened, every: Iterable[Photo] | None = None, ledger: Ledger | None = None) -> Told:
    """Return what a library has to say of tags; `every` photo of it, by time, and its whole ledger may be given."""
    photos, _ = here.curated(every)
    store, name = here.store, here.name
    unsettled = {
        pair for entry in store.journal.pending(name) if isinstance(entry.change, AddTags)
        for pair in tag_pairs(entry.change)
    }  # fmt: skip
    ledgered = Ledgered(store.ledger.of_tags(name) if ledger is None else ledger.tags, unsettled)
    decisions = store.suggestions.decisions(name)
    said = said_of(photos, ledgered, decisions, named_groups(decisions, store.suggestions.names(name)))
    unsuggested = Unsuggested.of(
        cameras=(photo.camera for photo in photos),
        people=(person.name for person in store.people.all(name)),
        never=store.suggestions.never_tags(name),
        ignore=here.config.tags.ignore,
    )
    return Told(photos, ledgered, said, unsuggested, _posts(here, photos))


def _posts(here: Opened, photos: Sequence[Photo]) -> dict[str, int]:
    """Number the contents by post: what counts once when tags are counted (patent 002 (CN 110704657 A) ¶66)."""
    of_photo = {"burst": _bursts, "pile": _piles, "photo": _each}[here.config.tags.post](here, photos)
    posts: dict[str, int] = {}
    for photo, post in zip(photos, of_photo, strict=True):
        posts.setdefault(photo.content_key, post)
    return posts


def _bursts(here: Opened, photos: Sequence[Photo]) -> Iterator[int]:
    post, burst_s = 0, here.config.albums.burst_s
    yield from (post,)[: len(photos)]
    for before, photo in pairwise(photos):
        post += (photo.taken_at - before.taken_at).total_seconds() > burst_s
        yield post


def _piles(here: Opened, photos: Sequence[Photo]) -> Iterator[int]:
    numbers, of_photo = count(), dict[str, int]()
    for event in here.store.events.all(here.name):
        for pile in event.piles:
            post = next(numbers)
            for photo in pile.photos:
                of_photo.setdefault(photo, post)
    yield from (of_photo[photo.id] if photo.id in of_photo else next(numbers) for photo in photos)


def _each(_: Opened, photos: Sequence[Photo]) -> Iterator[int]:
    yield from range(len(photos))


@dataclass(frozen=True, slots=True)
class TaggedStock:
    """The stock without its vectors: n contents of which the user has said something, those of this library first.

    `tags` are written as `written` says, by `same_word`; `refused` by `same_word`'s spelling there as well. `own` tells
    what this library says, `seen` are its contents with a vector, by time; `note` says which other libraries are left
    out and why; `is_whole` is False where one of them is left out for now only.
    """

    own: Told
    seen: tuple[str, ...]
    keys: tuple[str, ...]
    tags: tuple[frozenset[str], ...]
    refused: tuple[frozenset[str], ...]
    post: tuple[int, ...]
    taken_s: tuple[float, ...]
    n_own: int
    written: Mapping[str, str]
    note: str
    is_whole: bool = True

    @property
    def n_tagged(self) -> int:
        """Return how many contents have words."""
        return sum(map(bool, self.tags))

    @property
    def fingerprint(self) -> str:
        """Return 32 hexadecimal digits that change whenever a method may learn something else from it."""
        rows = zip(self.keys, map(sorted, self.tags), map(sorted, self.refused), self.post, self.taken_s, strict=True)
        return digest([*rows])

    def with_vectors(self, here: Opened, extractor: PictureExtractor) -> Stock:
        """Return the stock as methods take it, its vectors read at once, or when they are used if they are many."""
        _, stored = here.store.features.stored(self.keys, extractor.name, extractor.version, extractor.dim)
        small = 4 * int(np.prod(stored.shape)) <= IN_MEMORY
        vectors: Vectors = stored[np.arange(len(self.keys))] if small else stored
        return Stock(vectors, self.tags, np.array(self.post, np.int64), np.array(self.taken_s), self.refused)


@uncollected()
def stock_of(here: Opened, extractor: PictureExtractor) -> TaggedStock:
    """Return the stock of a library: its own, and that of the libraries of `[tags] stock` that share theirs."""
    parts, notes, is_whole = [told(here)], [], True
    for name in dict.fromkeys(here.config.tags.stock):
        try:
            found = _other(here, name, extractor)
        except GalleryError as reason:
            found, is_whole = f"its gallery cannot be asked which photos are excluded ({reason})", False
        if isinstance(found, str):
            notes.append(f"Library {name!r} is left out of the stock: {found}.")
        elif found is not None:
            parts.append(found)
    return replace(_joined(here, extractor, parts, " ".join(notes)), is_whole=is_whole)


def _other(here: Opened, name: str, extractor: PictureExtractor) -> Told | str | None:
    """Return what another library has to say, why it says nothing, or None where it is this one.

    Raises:
        GalleryError: its gallery cannot be asked now.
    """
    try:
        config = here.settings.library(name)
    except UnknownLibrary:
        return "there is no library of this name"
    if config.name == here.name:
        return None
    if not config.tags.share:
        return "it does not let others learn from it, [tags] share = true would"
    with _beside(Opened(here.settings, config, here.store)) as other:
        found = told(other)
    if not here.store.features.stored(found.words(), extractor.name, extractor.version, extractor.dim)[0]:
        return f"none of its tagged photos has a vector of {extractor.name}, curate it first"
    return found


@contextmanager
def _beside(other: Opened) -> Iterator[Opened]:
    try:
        yield other
    finally:
        if "gallery" in other.__dict__:
            other.gallery.__exit__(None, None, None)


@dataclass
class _Rows:
    """What libraries have told so far, by content: words and refusals by `same_word`, post, and when it was taken."""

    written: dict[str, str] = field(default_factory=dict)
    words: dict[str, frozenset[str]] = field(default_factory=dict)
    refused: dict[str, frozenset[str]] = field(default_factory=dict)
    post: dict[str, int] = field(default_factory=dict)
    taken_s: dict[str, float] = field(default_factory=dict)

    def add(self, part: Told, unsuggested: Unsuggested) -> None:
        """Add what a library tells, but for what is never suggested; of what is known already only words count."""
        said = part.words()
        self.written = {**spellings(chain.from_iterable(said.values())), **self.written}
        first = 1 + max(self.post.values(), default=-1)
        for photo in part.photos:
            self.taken_s.setdefault(photo.content_key, photo.taken_at.timestamp())
            self.post.setdefault(photo.content_key, first + part.post[photo.content_key])
        same = {tag: same_word(tag) for tag in frozenset().union(*said.values()) if tag not in unsuggested}
        for key, tags in said.items():
            words = frozenset(same[tag] for tag in tags if tag in same)
            self.words[key] = self.words[key] | words if key in self.words else words
        for key, words in part.said.refused.items():
            self.refused[key] = self.refused[key] | words if key in self.refused else words

    def of(self, key: str) -> tuple[frozenset[str], frozenset[str]]:
        """Return the words of a content and what was refused for it, as they are written; a word is not both."""
        has = self.words.get(key, frozenset())
        not_this = self.refused.get(key, frozenset()) - has
        return frozenset(map(self.written.__getitem__, has)), frozenset(self.written.get(w, w) for w in not_this)


def _joined(here: Opened, extractor: PictureExtractor, parts: Sequence[Told], note: str) -> TaggedStock:
    rows, own = _Rows(), parts[0]
    for part in parts:
        rows.add(part, own.unsuggested)
    told_of = {key: both for key in rows.taken_s if any(both := rows.of(key))}
    found, _ = here.store.features.stored([*own.post, *told_of], extractor.name, extractor.version, extractor.dim)
    has_vector = frozenset(found)
    keys = [key for key in told_of if key in has_vector]
    return TaggedStock(
        own=own,
        seen=tuple(key for key in found if key in own.post),
        keys=tuple(keys),
        tags=tuple(told_of[key][0] for key in keys),
        refused=tuple(told_of[key][1] for key in keys),
        post=tuple(rows.post[key] for key in keys),
        taken_s=tuple(rows.taken_s[key] for key in keys),
        n_own=sum(key in own.post for key in keys),
        written=rows.written,
        note=note,
    )
