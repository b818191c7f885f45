"""Tags and covers by another method, beside what the store holds of the one that publishes; nothing is kept."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from plugins.comparing import ComparedCover, Difference, covers_compared, tags_compared
from plugins.pages.wording import count
from plugins.tags.suggesting import Rules, parted
from plugins.tags.vocabulary import same_word
from tasks.compare_groups import Compare
from tasks.context import Opened
from tasks.cover_albums import groups_of
from tasks.cover_models import acceptance_of, cover_method
from tasks.cover_pictures import as_seen
from tasks.cover_signals import told
from tasks.features import tag_pictures_or_skip
from tasks.publish import wanted_albums_of
from tasks.stock import stock_of
from tasks.tag_models import tag_method
from tasks.tags import known_words

MOST_PHOTOS: Final = 2_000
"""More photos are a sample: what a method would suggest for all of them is not read by anybody."""
BESIDE: Final = 20
"""Words that are looked at beyond those that may be asked, as a photo may have them or the user not want them."""


def compare_tags(here: Opened) -> Compare:
    """Return how words by other methods are compared with the suggestions in the store, on photos by lot."""
    extractor, wanted = tag_pictures_or_skip(here), here.config.tags
    stock = stock_of(here, extractor)
    known, vectors = known_words(here, stock), stock.with_vectors(here, extractor)
    chosen = np.random.default_rng(0).permutation(len(stock.seen))[:MOST_PHOTOS]
    asked = [stock.seen[n] for n in sorted(chosen.tolist())]
    _, stored = here.store.features.stored(asked, extractor.name, extractor.version, extractor.dim)
    of_these = frozenset(asked)

    def written(tag: str) -> str:
        return stock.written.get(same_word(tag), tag)  # of words that differ in their spelling alone each is the other

    published = {
        (made.subject, written(made.value))
        for made in here.store.suggestions.open(here.name, "tag")
        if made.subject in of_these
    }
    rules = Rules(wanted.most, wanted.ask)
    sample = f"of {count(len(stock.seen), 'photo')} {len(asked):,} by lot" if len(asked) < len(stock.seen) else ""

    def compare(other: Opened) -> Difference:
        words = tag_method(other).fit(vectors).recommend(stored[np.arange(len(asked))], rules.most + BESIDE)
        never = stock.own.unsuggested.never
        found = {
            (key, written(word.tag))
            for key, of_one in zip(asked, words, strict=True)
            for word in parted(of_one, known[key], never, rules)[1]
        }
        return tags_compared(published, found, sample)

    return compare


def compare_covers(here: Opened) -> Compare:
    """Return how covers by other methods are compared with those in the store, of the albums that would be made."""
    known = told(here)
    photos = {photo.id: photo for photo in here.store.photos.all(here.name)}
    albums = {album.key: album for album in wanted_albums_of(here, photos) if album.cover in photos}
    groups = {key: group for key, group in groups_of(known.events).items() if key in albums}
    made = known.maker.albums(known.pictures, groups, known.liked.rows(known.pictures))

    def compare(other: Opened) -> Difference:
        method = cover_method(other)
        pictures = as_seen(other, method, known.photos, known.pictures)
        taste = acceptance_of(other, method, pictures, known.samples(), known.liked.n_signals)
        rankings = method(taste.personal).rank(pictures, [one.album for one in made.values()])

        def covers() -> Iterator[ComparedCover]:
            for (key, one), ranking in zip(made.items(), rankings, strict=True):
                album, best = albums[key], pictures.ids[int(one.album.candidates[ranking.best])]
                now = str(album.cover)
                yield ComparedCover(album.title, photos[now].name, photos[best].name, len(album.photos))

        return covers_compared(covers())

    return compare
