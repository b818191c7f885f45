"""Tags: the user's own words for photos that look like those which have them; set where sure enough, else suggested."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from plugins.features import PictureExtractor
from plugins.pages.wording import count
from plugins.store import Suggestion
from plugins.tags import Floats, IntArray, Recommendation, Recommender
from plugins.tags.cluster_frequency import STRICT_K, ClusterModel
from plugins.tags.cluster_frequency import Plugin as ClusterFrequency
from plugins.tags.suggesting import Examples, Known, Rules, first_asked, folded, parted, suggested
from plugins.tags.vocabulary import same_word
from tasks.caching import Skipped, cached_step, digest
from tasks.context import Opened
from tasks.features import tag_pictures_or_skip
from tasks.stock import TaggedStock, stock_of
from tasks.tag_models import KIND, kept_model, learned, method_inputs, tag_method

VERSION: Final = "1"
READ_BYTES: Final = 64 << 20
MOST_AT_A_TIME: Final = 4096
"""Bytes of vectors, and photos, that are looked at in one go."""
MOST_WAITING: Final = 20_000
"""Suggestions that wait at a time: nobody answers more before the next run."""
MORE: Final = 50
"""Words that are looked at beyond those that a photo may get, where it has many already."""


def _inputs(here: Opened) -> Sequence[object]:
    extractor, wanted = tag_pictures_or_skip(here), here.config.tags
    stock = stock_of(here, extractor)
    known = known_words(here, stock)
    return (
        *(VERSION, method_inputs(here, extractor), stock.fingerprint, stock.note, digest(sorted(stock.seen))),
        *(wanted.apply, wanted.ask, wanted.frequency, wanted.support, wanted.most, sorted(stock.own.unsuggested.never)),
        digest({key: sorted(of_one.there) for key, of_one in known.items() if of_one.there}),
        digest({key: sorted(of_one.refused) for key, of_one in known.items() if of_one.refused}),
    )


def _holds(here: Opened, figures: dict[str, Any]) -> bool:
    """Say whether the model is still in use that the suggestions were made by."""
    active = here.store.trained.active(here.name, KIND)
    return not figures["model"] or (active is not None and active.version == figures["model"])


def known_words(here: Opened, stock: TaggedStock) -> dict[str, Known]:
    """Return what is known of the words of each content; of what we have set only the words that may be recommended."""
    held: dict[str, set[str]] = {}
    for key, tag in here.store.auto_tags.all(here.name):
        held.setdefault(key, set()).add(same_word(tag))
    there = {key: frozenset(map(same_word, tags)) for key, tags in stock.own.said.own.items()}
    if not stock.is_whole:  # what is held is not judged, see `_unjudged`, and so not asked either
        for key, words in held.items():
            there[key] = there.get(key, frozenset()) | words
    content = {photo.id: photo.content_key for photo in stock.own.photos}
    for photo_id, tag in stock.own.ledgered.ours:
        key, word = content.get(photo_id, ""), same_word(tag)
        if key and word in stock.written and word not in held.get(key, ()):
            there[key] = there.get(key, frozenset()) | {word}
    refused, no_words = stock.own.said.refused, frozenset[str]()
    return {
        key: Known(there.get(key, no_words), refused.get(key, no_words), frozenset(held.get(key, no_words)))
        for key in stock.own.contents
    }


@cached_step(_inputs, _holds)
def recommend_tags(here: Opened) -> dict[str, Any]:
    """Recommend tags from the photos that the user has tagged; what is sure enough is set, if the settings say so."""
    extractor = tag_pictures_or_skip(here)
    stock = stock_of(here, extractor)
    if not stock.n_tagged:
        sure = _unjudged(here, stock, frozenset(stock.seen))
        with here.store.transaction():
            _save(here, sure, [])
        note = f"No photo has a tag of yours to learn from: `albumen tags {here.name}` shows groups to name at once."
        return {**_figures(stock, note=f"{note} {stock.note}".strip()), "auto": len(sure)}
    model = learned(here, extractor, stock.with_vectors(here, extractor), stock.fingerprint)
    seen = list(_seen(here, extractor, model.recommender, stock))
    sure = [pair for part in seen for pair in part.sure]
    sure = sorted({*sure, *_unjudged(here, stock, frozenset(key for part in seen for key in part.keys))})
    questions = _questions(seen, stock)
    with here.store.transaction():
        model.keep(here)
        _save(here, sure, questions)
    notes = (model.note, _too_few(here, stock, model.n_clusters), _waiting_note(len(questions)), stock.note)
    return {
        **_figures(stock, note=" ".join(filter(None, notes))),
        "clusters": model.n_clusters,
        "suggestions": len(questions),
        "auto": len(sure),
        "model": model.version,
    }


def recommend_part(here: Opened, contents: Collection[str]) -> dict[str, Any]:
    """Recommend tags for these contents alone, by the model in use; what was found for all others stays.

    The figures: `photos` that have a vector, words that are `auto`, and `suggestions`.

    Raises:
        Skipped: no extractor is there, or no model of these settings: the next whole run learns one.
    """
    extractor = tag_pictures_or_skip(here)
    stock, method = stock_of(here, extractor), tag_method(here)
    if not stock.n_tagged:
        return {"photos": 0, "auto": 0, "suggestions": 0}
    recommender: Recommender | None = kept_model(here, extractor).model
    if not isinstance(method, ClusterFrequency):
        recommender = method.fit(stock.with_vectors(here, extractor))
    if recommender is None:
        raise Skipped("no tag model is there yet: the next whole run learns one")
    wanted = [key for key in stock.seen if key in contents]
    seen = list(_seen(here, extractor, recommender, replace(stock, seen=tuple(wanted))))
    sure = [pair for part in seen for pair in part.sure]
    sure += [pair for pair in _unjudged(here, stock, frozenset(stock.seen)) if pair[0] in contents]
    asked = any(any(part.asked) for part in seen)
    examples = list(_examples(here, extractor, recommender, stock, wanted)) if asked else []
    questions = _questions([*seen, *examples], stock) if asked else []
    here.store.parts.put_tags(here.name, contents, sure, questions)
    return {"photos": len(wanted), "auto": len(sure), "suggestions": len(questions)}


def _examples(
    here: Opened, extractor: PictureExtractor, recommender: Recommender, stock: TaggedStock, but: Collection[str]
) -> Iterator[_Seen]:
    """Yield the tagged photos of this library, of which nothing is asked: by them suggestions are shown."""
    known = set(but)
    for keys, vectors in _parts(here, extractor, [key for key in stock.keys[: stock.n_own] if key not in known]):
        cluster = _clusters(recommender, vectors, np.ones(len(keys), np.bool_))
        yield _Seen(keys, folded(vectors), cluster, [], [[] for _ in keys])


def _figures(stock: TaggedStock, note: str) -> dict[str, Any]:
    tags = len(frozenset().union(*stock.tags))
    zero = {"clusters": 0, "suggestions": 0, "auto": 0, "model": ""}
    return {"photos": len(stock.seen), "stock": stock.n_tagged, "tags": tags, **zero, "note": note}


def _too_few(here: Opened, stock: TaggedStock, n_clusters: int) -> str:
    wanted = here.config.tags
    asked = wanted.keywords.get("k") or (STRICT_K if wanted.mode == "strict" else None)
    if not isinstance(asked, int) or not 0 < n_clusters < asked:
        return ""
    tagged = count(stock.n_tagged, "tagged photo is", "tagged photos are")
    return f"{tagged} too few for {asked} clusters: there {'is' if n_clusters == 1 else 'are'} {n_clusters}."


def _save(here: Opened, sure: Sequence[tuple[str, str]], questions: Sequence[Suggestion]) -> None:
    here.store.auto_tags.save(here.name, sure)
    here.store.suggestions.save(here.name, "tag", questions)


@dataclass(frozen=True)
class _Seen:
    """A few photos and what the method says of them: vectors to find examples by, clusters, words to set and to ask."""

    keys: list[str]
    units: Floats
    cluster: IntArray
    sure: list[tuple[str, str]]
    asked: list[list[Recommendation]]


def _seen(here: Opened, extractor: PictureExtractor, recommender: Recommender, stock: TaggedStock) -> Iterator[_Seen]:
    """Yield what is said of all photos with a vector, those without a word of the user's first.

    Where these alone have more words to ask than may wait, and nothing is set unasked, the others are not looked at.
    """
    known, wanted, own = known_words(here, stock), here.config.tags, stock.own.said.own
    rules = Rules(
        most=wanted.most,
        ask=wanted.ask,
        auto=wanted.apply == "auto",
        frequency=wanted.frequency,
        support=wanted.support,
    )
    sets = rules.auto or any(of_one.held for of_one in known.values())
    first, n_asked = sorted(stock.seen, key=lambda key: (key in own, _n_beside(known[key]))), 0
    for keys, vectors in _parts(here, extractor, first):
        words: list[tuple[Recommendation, ...]] = [()] * len(keys)
        if sets or keys[0] not in own or n_asked < MOST_WAITING:
            words = recommender.recommend(vectors, rules.most + max(_n_beside(known[key]) for key in keys))
        both = [
            parted(of_one, known[key], stock.own.unsuggested.never, rules)
            for key, of_one in zip(keys, words, strict=True)
        ]
        n_asked += sum(len(asked) for key, (_, asked) in zip(keys, both, strict=True) if key not in own)
        sure = [(key, _written(stock, made.tag)) for key, (set_, _) in zip(keys, both, strict=True) for made in set_]
        cluster = _clusters(recommender, vectors, np.array([key in own for key in keys]))
        yield _Seen(keys, folded(vectors), cluster, sure, [asked for _, asked in both])


def _clusters(recommender: Recommender, vectors: Floats, tagged: NDArray[np.bool_]) -> IntArray:
    """Return the cluster of each tagged photo, -1 for the others and of a method without clusters."""
    cluster = np.full(len(vectors), -1)
    if isinstance(recommender, ClusterModel) and tagged.any():
        cluster[tagged] = recommender.nearest(vectors[tagged])
    return cluster


def _n_beside(known: Known) -> int:
    """Return how many words are to be looked at beside those that the photo may get."""
    return MORE if known.held else min(MORE, len(known.there) + len(known.refused))


def _written(stock: TaggedStock, tag: str) -> str:
    return stock.written.get(same_word(tag), tag)


def _parts(here: Opened, extractor: PictureExtractor, contents: Sequence[str]) -> Iterator[tuple[list[str], Floats]]:
    keys, stored = here.store.features.stored(contents, extractor.name, extractor.version, extractor.dim)
    size = min(MOST_AT_A_TIME, max(1, READ_BYTES // max(1, 4 * stored.shape[1])))
    for start in range(0, len(keys), size):
        rows = np.arange(start, min(start + size, len(keys)))
        yield keys[start : start + size], stored[rows]


def _unjudged(here: Opened, stock: TaggedStock, seen: frozenset[str]) -> list[tuple[str, str]]:
    """Return what was set unasked and cannot be judged in this run: it stays.

    That is all on photos without a vector, as after a change of the extractor; and all that there is, where a library
    that is learned from cannot be asked.
    """
    refused, barred = stock.own.said.refused, stock.own.unsuggested.never
    waiting = frozenset(stock.own.contents) - (seen if stock.is_whole else frozenset())
    return [
        (key, tag)
        for key, tag in here.store.auto_tags.all(here.name)
        if key in waiting and (word := same_word(tag)) not in barred and word not in refused.get(key, ())
    ]


def _questions(seen: Sequence[_Seen], stock: TaggedStock) -> list[Suggestion]:
    """Return the suggestions, each with photos of this library that speak for it."""
    if not seen:
        return []
    keys = [key for part in seen for key in part.keys]
    asked = first_asked(
        [asked for part in seen for asked in part.asked], [key in stock.own.said.own for key in keys], MOST_WAITING
    )
    units, cluster = (np.concatenate([getattr(part, name) for part in seen]) for name in ("units", "cluster"))
    row, own = {key: n for n, key in enumerate(keys)}, slice(stock.n_own)
    at = np.array([row[key] for key in stock.keys[own]], dtype=np.int64)
    words = [list(map(same_word, of_one)) for of_one in stock.tags[own]]
    examples = Examples(stock.keys[own], units[at], cluster[at], np.array(stock.post[own], np.int64), words)
    return suggested(keys, units, asked, examples, stock.written)


def _waiting_note(n_waiting: int) -> str:
    if n_waiting < MOST_WAITING:
        return ""
    return f"{n_waiting} suggestions wait, those for photos without a tag first; others come when these are answered."
