"""Answers about tags: yes and no to what is suggested, for a photo or a word, words barred, and answers taken back."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from app.answers import NeedsWord, NotAWord, NothingWaits
from plugins.pages.wording import clean
from plugins.people.names_file import fit_name
from plugins.store import CountedWord, Decision, Store, Suggestion
from plugins.store.suggestions import SuggestionKind, Verdict
from plugins.tags.vocabulary import same_word

OF_TAGS: Final[tuple[SuggestionKind, ...]] = ("tag", "group")
"""The kinds of suggestions that are about tags."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What was decided, in the order of the keys; `at` names the answer, to take it back.

    `again` are the keys of what had been decided before.
    """

    at: datetime
    decided: tuple[Decision, ...]
    again: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Barred:
    """A word that is never suggested from now on, and how many suggestions of it are withdrawn by that."""

    at: datetime
    key: str
    word: str
    withdrawn: int


def answer_tags(store: Store, library: str, verdicts: Mapping[str, Verdict]) -> Answer:
    """Keep verdicts by the keys of tags and groups that wait, or that were decided on before: the last word holds.

    Raises:
        NothingWaits: there is neither under one of the keys.
        NeedsWord: a group is accepted that has no word.
    """
    with store.transaction():
        decided = {key: d for key, d in store.suggestions.decisions_of(library, verdicts).items() if _about_tags(d)}
        waiting = {key: s for key, s in store.suggestions.of_keys(library, verdicts).items() if s.kind in OF_TAGS}
        asked = {key: made.suggestion for key, made in decided.items()} | waiting
        _check(verdicts, asked)
        at, made = datetime.now(UTC), dict(decided)
        for verdict in set(verdicts.values()):
            changed = [key for key, said in verdicts.items() if said == verdict and _is_new(decided.get(key), verdict)]
            kept = store.suggestions.answer(library, [asked[key] for key in changed], verdict, at)
            made |= {decision.key: decision for decision in kept}
        _want_again(store, library, [made[key] for key in decided if verdicts[key] == "accepted"])
    return Answer(at, tuple(made[key] for key in verdicts), frozenset(decided))


def _about_tags(decision: Decision) -> bool:
    return decision.kind in OF_TAGS and bool(decision.subject)  # a bar has no subject


def _is_new(decided: Decision | None, verdict: Verdict) -> bool:
    return decided is None or decided.verdict != verdict


def _check(verdicts: Mapping[str, Verdict], asked: Mapping[str, Suggestion]) -> None:
    if unknown := [key for key in verdicts if key not in asked]:
        raise NothingWaits(*unknown)
    for key, verdict in verdicts.items():
        if verdict == "accepted" and asked[key].kind == "group" and not asked[key].value:
            raise NeedsWord(key)


def _want_again(store: Store, library: str, accepted: Iterable[Decision]) -> None:
    """Forget that the user once took tags off photos: to accept one once more is to want it there."""
    wanted = {(decision.subject, same_word(decision.value)) for decision in accepted if decision.kind == "tag"}
    if not wanted:
        return
    states = store.ledger.load(library).tags.items()
    words = {word for _, word in wanted}
    rejected = [pair for pair, state in states if state == "rejected" and same_word(pair[1]) in words]
    photos = store.photos.get(library, {photo for photo, _ in rejected})
    taken_off = {
        (photo, tag): None
        for photo, tag in rejected
        if photo in photos and (photos[photo].content_key, same_word(tag)) in wanted
    }
    store.ledger.save_tags(library, taken_off)


def word_waiting(store: Store, library: str, word: str) -> CountedWord | None:
    """Return a word that is suggested, as it is written anywhere or shown; None where none of its suggestions waits."""
    return word_among(store.waiting.words(library), word)


def word_among(words: Iterable[CountedWord], asked: str) -> CountedWord | None:
    """Return the word that is asked for, as it is written anywhere or shown; None where it is not among them."""
    found = {same_word(word.tag): word for word in words}
    shown = {same_word(clean(word.tag)): word for word in found.values()}
    return (shown | found).get(same_word(asked))


def answer_word(store: Store, library: str, word: str, verdict: Verdict, sure: float = 0.0) -> Answer:
    """Keep one verdict on all suggestions of a word that score at least `sure`.

    Raises:
        NothingWaits: none does.
    """
    with store.transaction():
        known = word_waiting(store, library, word)
        waiting = store.waiting.of_word(library, known, known.n) if known else []
        return _answered(store, library, [made for made in waiting if made.score >= sure], verdict, word)


def answer_photo(store: Store, library: str, content_key: str, verdict: Verdict, never: Collection[str] = ()) -> Answer:
    """Keep one verdict on all tags that are suggested for a photo, but for barred ones (by `same_word`).

    Raises:
        NothingWaits: none is.
    """
    with store.transaction():
        waiting = store.waiting.of_photo(library, content_key)
        asked = [made for made in waiting if same_word(made.value) not in never]
        return _answered(store, library, asked, verdict, content_key)


def _answered(store: Store, library: str, said: list[Suggestion], verdict: Verdict, what: str) -> Answer:
    if not said:
        raise NothingWaits(what)
    at = datetime.now(UTC)
    return Answer(at, tuple(store.suggestions.answer(library, said, verdict, at)))


def bar(store: Store, library: str, word: str) -> Barred:
    """Bar a word from all photos of a library.

    Raises:
        NotAWord: it cannot be a tag.
    """
    with store.transaction():
        waiting = word_waiting(store, library, word)
        is_as_shown = waiting is not None and same_word(waiting.tag) != same_word(word)
        made = store.suggestions.never(library, waiting.tag if waiting and is_as_shown else _fit(word))
    return Barred(made.decided_at, made.key, made.value, waiting.n if waiting else 0)


def _fit(word: str) -> str:
    try:
        return fit_name(word.strip())
    except ValueError as error:
        raise NotAWord(word, str(error)) from error


def allow(store: Store, library: str, word: str) -> None:
    """Take back that a word is barred, given as it is written anywhere or shown.

    Raises:
        NothingWaits: it is not barred.
    """
    with store.transaction():
        wanted = same_word(word)
        barred = [tag for tag in store.suggestions.barred(library) if wanted in {same_word(tag), same_word(clean(tag))}]
        if not barred:
            raise NothingWaits(word)
        for tag in barred:
            store.suggestions.allow(library, tag)


def take_back(store: Store, library: str, at: datetime) -> list[Decision]:
    """Take back the answer about tags of one moment; return what it was, nothing where it was taken back before."""
    return store.suggestions.take_back(library, at, OF_TAGS)
