"""Tags: the user's own words for photos that look like those which have them; set where sure enough, else suggested."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

from plugins.features import PictureExtractor
from plugins.pages.wording import count
from plugins.store import Suggestion
from plugins.tags import Recommender
from plugins.tags.cluster_frequency import STRICT_K
from plugins.tags.cluster_frequency import Plugin as ClusterFrequency
from plugins.tags.suggesting import Known
from plugins.tags.vocabulary import same_word
from tasks.caching import Skipped, cached_step, digest
from tasks.context import Opened
from tasks.features import tag_pictures_or_skip
from tasks.stock import TaggedStock, stock_of
from tasks.tag_looking import MOST_WAITING, Looking
from tasks.tag_models import KIND, kept_model, learned, method_inputs, tag_method

VERSION: Final = "1"


@dataclass(frozen=True, slots=True)
class _StockOf:
    """Tells the stock of a library: once for the step and its key, as all photos are looked at for it."""

    extractor: PictureExtractor

    def __call__(self, here: Opened) -> TaggedStock:
        return stock_of(here, self.extractor)


def _inputs(here: Opened) -> Sequence[object]:
    extractor, wanted = tag_pictures_or_skip(here), here.config.tags
    stock = here.once(_StockOf(extractor))
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
    stock = here.once(_StockOf(extractor))
    if not stock.n_tagged:
        sure = _unjudged(here, stock, frozenset(stock.seen))
        with here.store.transaction():
            _save(here, sure, [])
        note = f"No photo has a tag of yours to learn from: `albumen tags {here.name}` shows groups to name at once."
        return {**_figures(stock, note=f"{note} {stock.note}".strip()), "auto": len(sure)}
    model = learned(here, extractor, stock.with_vectors(here, extractor), stock.fingerprint)
    looking = Looking(here, extractor, model.recommender, stock, known_words(here, stock))
    looking.at(stock.seen)
    sure = sorted({*looking.sure, *_unjudged(here, stock, frozenset(stock.seen))})
    questions = looking.questions()
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
    looking = Looking(here, extractor, recommender, stock, known_words(here, stock))
    looking.at(wanted)
    unjudged = (pair for pair in _unjudged(here, stock, frozenset(stock.seen)) if pair[0] in contents)
    sure, questions = [*looking.sure, *unjudged], looking.questions()
    here.store.parts.put_tags(here.name, contents, sure, questions)
    return {"photos": len(wanted), "auto": len(sure), "suggestions": len(questions)}


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


def _unjudged(here: Opened, stock: TaggedStock, seen: frozenset[str]) -> list[tuple[str, str]]:
    """Return what was set unasked and cannot be judged in this run: it stays.

    That is all on photos without a vector, as after a change of the extractor; and all that there is, where a library
    that is learned from cannot be asked.
    """
    held = here.store.auto_tags.all(here.name)
    if not held:
        return []
    refused, barred = stock.own.said.refused, stock.own.unsuggested.never
    waiting = frozenset(stock.own.contents) - (seen if stock.is_whole else frozenset())
    return [
        (key, tag)
        for key, tag in held
        if key in waiting and (word := same_word(tag)) not in barred and word not in refused.get(key, ())
    ]


def _waiting_note(n_waiting: int) -> str:
    if n_waiting < MOST_WAITING:
        return ""
    return f"{n_waiting} suggestions wait, those for photos without a tag first; others come when these are answered."
