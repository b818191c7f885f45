"""Tags against those that the user put on photos: recommended as if these photos had none."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import numpy as np
from prefect import task

from plugins.evaluation import Role, Row, dealt, sampled
from plugins.features import PictureExtractor
from plugins.pages.wording import count
from plugins.tag_scores import tag_figures
from plugins.tags import IntArray, Stock
from plugins.tags.vocabulary import same_word
from tasks.caching import NEVER_CACHED, Receipt, ran
from tasks.context import Opened, opened
from tasks.evaluation import scored, told
from tasks.features import tag_pictures_or_skip
from tasks.stock import IN_MEMORY as MOST_BYTES
from tasks.stock import TaggedStock, stock_of
from tasks.tag_models import tag_method

FOLDS: Final = 5
MOST_WORDS: Final = 5
MOST_PHOTOS: Final = 4_000
"""More tagged photos are a sample: each method learns five times."""
SEED: Final = 0


@dataclass(frozen=True, eq=False)
class _Asked:
    """The photos that methods learn from, and the words by which those are scored that have any, by `same_word`.

    `fold` is the part in which each is asked, shape (n,); -1 for what is only learned from.
    """

    stock: Stock
    truth: tuple[frozenset[str], ...]
    fold: IntArray


@task(name="evaluate_tags", **NEVER_CACHED)
def _evaluate(library: str) -> dict[str, Any]:
    """Score the tag methods on the words that the user put on photos."""
    with opened(library) as here:
        extractor = tag_pictures_or_skip(here)
        tagged = stock_of(here, extractor)
        truth = _own_words(tagged)
        has_words, most = np.array([bool(words) for words in truth], np.bool_), MOST_BYTES // (4 * extractor.dim)
        rows = sampled(np.array(tagged.post, np.int64), has_words, min(MOST_PHOTOS, most), SEED)
        asked = _asked(here, extractor, tagged, truth, rows)
        n_all = int(has_words.sum())
        n, words = int((asked.fold >= 0).sum()), len(frozenset().union(*asked.truth))
        sample = f"of {count(n_all, 'tagged photo')} a sample of {n:,}" if n < n_all else ""
        methods = scored(here, "tags", n, partial(_score, asked))
        return told("photos", n, methods, words=words, sample=sample, note=tagged.note)


def evaluate_tags(library: str) -> Receipt:
    """Score the tag methods on photos that the user tagged, each while it is left out of what they learn from.

    The figures: `scored` photos with so many `words`; `sample`, in words, where there are too many photos to learn from
    again and again; `note`, which other libraries are not learned from and why; `rows` as of `plugins.evaluation.Row`.
    """
    return ran(_evaluate, library)


def _own_words(tagged: TaggedStock) -> list[frozenset[str]]:
    """Return the words of each photo that the user thought of: not those that were suggested or given to groups.

    Those too are the user's word, and methods learn from them; but who suggested them would be scored by them.
    """
    accepted = tagged.own.said.accepted
    own = [
        frozenset(map(same_word, words)) - frozenset(map(same_word, accepted.get(key, ())))
        for key, words in zip(tagged.keys[: tagged.n_own], tagged.tags, strict=False)
    ]
    return own + [frozenset()] * (len(tagged.keys) - tagged.n_own)


def _asked(
    here: Opened, extractor: PictureExtractor, tagged: TaggedStock, truth: list[frozenset[str]], rows: IntArray
) -> _Asked:
    keys = [tagged.keys[row] for row in rows.tolist()]
    _, stored = here.store.features.stored(keys, extractor.name, extractor.version, extractor.dim)
    post = np.array(tagged.post, np.int64)[rows]
    stock = Stock(
        stored[np.arange(len(keys))],
        [tagged.tags[row] for row in rows.tolist()],
        post,
        np.array(tagged.taken_s)[rows],
        [tagged.refused[row] for row in rows.tolist()],
    )
    words = tuple(truth[row] for row in rows.tolist())
    return _Asked(stock, words, np.where([bool(one) for one in words], dealt(post, FOLDS, SEED), -1))


def _score(asked: _Asked, here: Opened, name: str, role: Role) -> Iterator[Row]:
    method, began = tag_method(here), time.monotonic()
    found: dict[int, list[str]] = {}
    for fold in np.unique(asked.fold[asked.fold >= 0]).tolist():
        out = np.flatnonzero(asked.fold == fold)
        held = np.isin(asked.stock.post, asked.stock.post[out])  # the others of their shots tell of them
        model = method.fit(_part(asked.stock, np.flatnonzero(~held)))
        for row, words in zip(out.tolist(), model.recommend(asked.stock.vectors[out], MOST_WORDS), strict=True):
            found[row] = [same_word(word.tag) for word in words]
    rows = sorted(found)
    truth, said = [asked.truth[row] for row in rows], [found[row] for row in rows]
    figures = tag_figures(truth, said, asked.stock.post[rows], SEED)
    yield Row(name, role, len(rows), figures, seconds=time.monotonic() - began)


def _part(stock: Stock, rows: IntArray) -> Stock:
    picked = rows.tolist()
    return Stock(
        stock.vectors[rows],
        [stock.tags[row] for row in picked],
        stock.post[rows],
        stock.taken_s[rows],
        [stock.refused[row] for row in picked],
    )
