"""Answers about tags on the command line: yes and no to what is suggested, for a photo or a word, and words barred."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from app.answering import MOST_NAMED, not_both, some, told
from app.answers import NeedsWord, NotAWord, NothingWaits
from app.answers.tags import allow, answer_tags, bar
from app.messages import WrongUse, shown_at_work, tell, tell_json
from app.people import opened_store
from app.tags import TagsView, tags_view
from plugins.settings import load_settings

if TYPE_CHECKING:
    from plugins.store import Store
    from plugins.store.suggestions import Verdict
    from tasks.tag_places import Placed


def answer(
    library: str,
    accept: Sequence[str],
    sure: float,
    reject: Sequence[str],
    never: Sequence[str],
    allow: Sequence[str],
    json: bool,
) -> None:
    """Keep the user's answers to suggested tags, and the words that are barred; the next run acts on them.

    An answer may be given again with the other verdict. What `accept` or `reject` names by its own key goes before
    what the other one means by `tag:WORD`, which accepts what scores at least `sure`.

    Raises:
        WrongUse: a key or word is unknown, one suggestion gets two answers, or a word cannot be one.
    """
    with opened_store(library) as (store, name), store.transaction():
        view = tags_view(store, name)
        verdicts = _verdicts(view, accept, sure, reject)
        said = _decided(store, view, verdicts)
        barred = [_barred(store, view, word) for word in never] + [_allowed(store, view, word) for word in allow]
    places = _places(library, [one["key"] for one in said if (one["kind"], one["verdict"]) == ("tag", "accepted")])
    if json:
        tell_json({"library": name, "decided": [*said, *barred], "places": [asdict(one) for one in places]})
        return
    for line in (*_lines(said), *_place_lines(places), *(f"{one['text']}." for one in barred)):
        tell(line)
    if said:
        from app.words import command_for  # noqa: PLC0415

        tell(f"What follows from this is planned by {command_for(library, 'curate')}, and written with --apply.")


def _verdicts(view: TagsView, accept: Sequence[str], sure: float, reject: Sequence[str]) -> dict[str, Verdict]:
    """Return the verdict on each suggestion by its key."""
    (yes, words_yes), (no, words_no) = _keys(accept, view), _keys(reject, view)
    enough = [key for key in words_yes if view.suggestions[key].score >= sure]
    if words_yes and not enough:
        raise WrongUse(f"no photo of these words scores {sure:g} or more")
    not_both(yes, no)
    not_both(words_yes, words_no)
    verdicts: dict[str, Verdict] = {}
    for keys, verdict in ((enough, "accepted"), (words_no, "rejected"), (yes, "accepted"), (no, "rejected")):
        verdicts |= dict.fromkeys(keys, "accepted" if verdict == "accepted" else "rejected")
    return verdicts


def _keys(given: Iterable[str], view: TagsView) -> tuple[list[str], list[str]]:
    """Return the keys that were given, one an option or several with commas, and those that whole words stand for.

    Raises:
        WrongUse: one of them is neither a suggestion that waits, nor one that was answered, nor a word that waits.
    """
    groups = {made.key for made in view.groups}
    single, of_words, unknown = list[str](), list[str](), list[str]()
    for key in (key for text in given for key in _parts(text, view)):
        if key in view.suggestions or key in view.decided or key in groups:
            single.append(key)
        elif found := _of_word(key, view):
            of_words += found
        else:
            unknown.append(key)
    if unknown:
        words = some([word.key for word in view.waiting]) or "none"
        raise WrongUse(f"no suggestion has the key {', '.join(map(repr, unknown))}; the words that wait are: {words}")
    return list(dict.fromkeys(single)), list(dict.fromkeys(of_words))


def _parts(text: str, view: TagsView) -> Iterator[str]:
    """Yield the keys in a text; a word with commas in it is one key."""
    parts = [text] if _of_word(text, view) else text.split(",")
    yield from (part.strip() for part in parts if part.strip())


def _of_word(key: str, view: TagsView) -> list[str]:
    """Return the keys of all suggestions of a word, given as `tag:WORD`, by the word itself or as it is shown."""
    from plugins.pages.wording import clean  # noqa: PLC0415
    from plugins.tags.vocabulary import same_word  # noqa: PLC0415
    from plugins.tags.waiting import ALL_OF  # noqa: PLC0415

    if not key.startswith(ALL_OF):
        return []
    wanted = same_word(key.removeprefix(ALL_OF))
    found = (word for word in view.waiting if wanted in {same_word(word.tag), same_word(clean(word.tag))})
    return [made.key for word in found for made in word.suggestions]


def _decided(store: Store, view: TagsView, verdicts: Mapping[str, Verdict]) -> list[dict[str, Any]]:
    """Keep the answers, first ones and others than before."""
    try:
        answer = answer_tags(store, view.library, verdicts)
    except NeedsWord as error:
        raise WrongUse(f"{error}: give it one by --name {error.key} WORD") from error
    return [
        told(made.suggestion, made.verdict, view.names) | {"again": made.key in answer.again} for made in answer.decided
    ]


def _barred(store: Store, view: TagsView, word: str) -> dict[str, Any]:
    """Bar a word from all photos.

    Raises:
        WrongUse: it cannot be a word.
    """
    from plugins.pages.plan_words import quoted  # noqa: PLC0415
    from plugins.pages.wording import count  # noqa: PLC0415

    try:
        made = bar(store, view.library, word)
    except NotAWord as error:
        raise WrongUse(str(error)) from error
    n = made.withdrawn
    withdrawn = f"; {count(n, 'suggestion is', 'suggestions are')} withdrawn" if n else ""
    text = f"{quoted(made.word)} is never suggested from now on{withdrawn}"
    return _barring(made.key, made.word, "rejected", text)


def _allowed(store: Store, view: TagsView, word: str) -> dict[str, Any]:
    """Take back that a word is barred.

    Raises:
        WrongUse: it is not.
    """
    from plugins.pages.plan_words import quoted  # noqa: PLC0415
    from plugins.store.suggestions import NEVER  # noqa: PLC0415

    try:
        allow(store, view.library, word)
    except NothingWaits as error:
        raise WrongUse(f"{word!r} is not barred; barred are: {some(view.never) or 'none'}") from error
    return _barring(f"{NEVER}{_same(word)}", word, "accepted", f"{quoted(word)} may be suggested again")


def _same(tag: str) -> str:
    from plugins.tags.vocabulary import same_word  # noqa: PLC0415

    return same_word(tag)


def _barring(key: str, word: str, verdict: str, text: str) -> dict[str, Any]:
    return {"key": key, "kind": "tag", "subject": "", "value": word, "verdict": verdict, "text": text}


def _places(library: str, accepted: Collection[str]) -> list[Placed]:
    """Find where in their pictures accepted tags are, where the settings ask for that; the answers are kept by now."""
    if not accepted or not load_settings().library(library).tags.regions:
        return []
    from tasks.context import opened  # noqa: PLC0415
    from tasks.tag_places import place_tags  # noqa: PLC0415

    with opened(library) as here, shown_at_work("Looking where in the pictures they are"):
        decisions = [made for made in here.store.suggestions.decisions(here.name) if made.key in accepted]
        return list(place_tags(here, decisions))


def _place_lines(places: Sequence[Placed]) -> Iterator[str]:
    """Yield of how many accepted tags it is known where in the picture they are, and why not of the others."""
    from plugins.pages.wording import count  # noqa: PLC0415

    if places:
        n_found = sum(one.box is not None for one in places)
        yield f"Where in the picture: found for {n_found:,} of {count(len(places), 'tag')}."
    reasons = Counter(one.reason for one in places if one.box is None)
    yield from (f"  not for {count(n, 'tag')}: {reason}" for reason, n in reasons.most_common(MOST_NAMED))


def _lines(said: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Yield the answers, those of one word and verdict as one line where there are several."""
    from plugins.pages.plan_words import quoted  # noqa: PLC0415
    from plugins.pages.wording import count  # noqa: PLC0415

    alike: dict[tuple[str, str, str, bool], list[dict[str, Any]]] = {}
    for one in said:
        alike.setdefault((one["verdict"], one["kind"], one["value"], one["again"]), []).append(one)
    for (verdict, kind, value, again), found in alike.items():
        together = f"{quoted(value)} for {count(len(found), 'photo')}"
        texts = [together] if kind == "tag" and len(found) > 1 else [one["text"] for one in found]
        then = "; where it was set it is taken off again" if again and verdict == "rejected" else ""
        yield from (f"{verdict.capitalize()}: {text}{then}." for text in texts)
