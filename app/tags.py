"""Tags on the command line: which words are known, what waits for the user's answer, and the answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from app.answering import last_step
from app.messages import WrongUse, tell, tell_json
from app.people import opened_store
from plugins.settings import load_settings

if TYPE_CHECKING:
    from plugins.store import Decision, Store, Suggestion
    from plugins.tags.waiting import WaitingWord

MOST_SHOWN: Final = 50
"""Words, and groups of photos, on a terminal; --json has all of them."""
MOST_OF_WORD: Final = 3
"""Photos of one word on a terminal."""


@dataclass(frozen=True, slots=True)
class TagsView:
    """What is known of the tags of a library: the user's own words, what was learned from them, and what waits.

    `words` counts the photos of each word; `made_at` and `facts` are those of what was learned, `note` what the last
    run had to say; `decided` are answers by key, `never` the words that the user has barred; `names` those of photos
    by content key.
    """

    library: str
    photos: int
    tagged: int
    words: Mapping[str, int]
    method: str
    made_at: datetime | None
    facts: Mapping[str, object]
    note: str
    waiting: tuple[WaitingWord, ...]
    groups: tuple[Suggestion, ...]
    decided: Mapping[str, Decision]
    never: tuple[str, ...]
    names: Mapping[str, str]

    @property
    def suggestions(self) -> dict[str, Suggestion]:
        """Return the tags that wait, by key."""
        return {made.key: made for word in self.waiting for made in word.suggestions}


def check_use(*asked: bool) -> None:
    """Check that one thing is asked for: answers, a name for a group, contact sheets, or words for pictures.

    Raises:
        WrongUse: several are.
    """
    if sum(asked) > 1:
        raise WrongUse("answers, --name, --sheets and --photo go one at a time")


def check_belongs(sure: bool, without: bool, files: bool) -> None:
    """Check that what belongs to another option comes with it, or does not come at all.

    Raises:
        WrongUse: it comes alone.
    """
    if not sure:
        raise WrongUse("--sure belongs to --accept tag:WORD: the least score of the photos that get the word")
    if not without:
        raise WrongUse("--without belongs to --name: the numbers of photos that do not get the word")
    if not files:
        raise WrongUse("pictures are given with --photo FILE")


def numbers(text: str) -> tuple[int, ...]:
    """Return the numbers of photos in a list such as "3,7".

    Raises:
        WrongUse: something in it is no number of a photo, which are counted from 1.
    """
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if wrong := [part for part in parts if not (part.isascii() and part.isdigit() and len(part) < 10 and int(part))]:
        raise WrongUse(f"--without takes the numbers of photos, such as 3,7; {', '.join(map(repr, wrong))} is none")
    return tuple(dict.fromkeys(int(part) for part in parts))


def show_tags(library: str, json: bool) -> None:
    """Print what is known of the tags of a library and the suggestions that wait."""
    with opened_store(library) as (store, name):
        view = tags_view(store, name)
    if json:
        tell_json(_as_json(view))
        return
    for line in (*_known_lines(view), *_waiting_lines(view, library), *_group_lines(view, library)):
        tell(line)


def tags_view(store: Store, library: str) -> TagsView:
    """Read all that is known of the tags of a library."""
    from plugins.people.named_groups import named_groups  # noqa: PLC0415
    from plugins.tags.said import Ledgered, said_of  # noqa: PLC0415
    from plugins.tags.waiting import waiting_words  # noqa: PLC0415

    photos, waiting = store.photos.all(library), store.suggestions.open(library)
    decisions = store.suggestions.decisions(library)
    groups = named_groups(decisions, store.suggestions.names(library))
    own = said_of(photos, Ledgered(store.ledger.load(library).tags), decisions, groups).own
    of_photo = [own.get(photo.content_key, frozenset()) for photo in photos]
    of_tags = [decision for decision in decisions if decision.kind == "tag"]
    learned = store.trained.active(library, "tags")
    return TagsView(
        library=library,
        photos=len(photos),
        tagged=sum(map(bool, of_photo)),
        words=_counted(of_photo),
        method=load_settings().library(library).tags.method,
        made_at=learned.made_at if learned else None,
        facts=learned.facts if learned else {},
        note=_note(last_step(store, library, "recommend_tags")),
        waiting=waiting_words(waiting, store.suggestions.never_tags(library)),
        groups=tuple(made for made in waiting if made.kind == "group"),
        decided={decision.key: decision for decision in of_tags if decision.subject},
        never=tuple(decision.value for decision in of_tags if not decision.subject),
        names={photo.content_key: photo.name for photo in photos},
    )


def _counted(of_photo: Sequence[frozenset[str]]) -> dict[str, int]:
    """Return how many photos have each word, the most frequent first, as it is written most often."""
    from plugins.tags.vocabulary import same_word, spellings  # noqa: PLC0415

    written = spellings(tag for tags in of_photo for tag in tags)
    counts = Counter(word for tags in of_photo for word in {same_word(tag) for tag in tags})
    return {written[word]: n for word, n in sorted(counts.items(), key=lambda item: (-item[1], item[0]))}


def _note(step: Mapping[str, Any]) -> str:
    """Return what the last run that recommended tags has to say, or why it could not."""
    return str(step.get("mend") or step.get("figures", {}).get("note", ""))


def _as_json(view: TagsView) -> dict[str, Any]:
    from plugins.pages.suggestion_words import because, suggestion_text  # noqa: PLC0415

    def told(made: Suggestion) -> dict[str, Any]:
        return {**asdict(made), "text": suggestion_text(made, view.names), "because": because(made)}

    return {
        "library": view.library,
        "photos": view.photos,
        "tagged": view.tagged,
        "words": view.words,
        "learned": {"method": view.method, "made_at": view.made_at, "facts": view.facts} if view.made_at else None,
        "note": view.note,
        "waiting": [
            {"word": word.tag, "key": word.key, "suggestions": [told(made) for made in word.suggestions]}
            for word in view.waiting
        ],
        "groups": [told(made) for made in view.groups],
        "decided": [asdict(decision) for decision in view.decided.values()],
        "never": view.never,
    }


def _known_lines(view: TagsView) -> Iterator[str]:
    """Yield how much of the library has words of the user's, which, and what was learned from them."""
    from plugins.pages.wording import clean, count  # noqa: PLC0415

    tagged = f"{view.tagged:,} of {count(view.photos, 'photo')} with {count(len(view.words), 'word')} of yours"
    yield f"{view.library}: {tagged}"
    if view.words:
        yield f"  {_listed(f'{_column(word)} {n:,}' for word, n in view.words.items())}"
    if view.made_at:
        tagged = count(int(str(view.facts.get("tagged", 0))), "tagged photo")
        yield f"Learned from {tagged} by {view.method}, {view.made_at.astimezone():%Y-%m-%d %H:%M}."
    else:
        yield "Nothing is learned from them yet."
    if view.note:
        yield f"Note: {clean(view.note)}"
    if view.never:
        yield f"Never suggested: {_listed(map(_column, view.never))}"


def _listed(parts: Iterable[str]) -> str:
    """Return the first parts, and how many more there are."""
    every = list(parts)
    more = [f"… and {len(every) - MOST_SHOWN:,} more; --json has all"] if len(every) > MOST_SHOWN else []
    return ", ".join([*every[:MOST_SHOWN], *more])


def _column(name: str) -> str:
    from app.people import MOST_NAME  # noqa: PLC0415
    from plugins.pages.wording import clean, shorten  # noqa: PLC0415

    return shorten(clean(name), MOST_NAME)


def _waiting_lines(view: TagsView, library: str) -> Iterator[str]:
    """Yield the tags that wait, by word, the surest photos of each with what speaks for them, and how to answer."""
    from app.words import command_for  # noqa: PLC0415
    from plugins.pages.suggestion_words import because, photo_name  # noqa: PLC0415
    from plugins.pages.wording import count  # noqa: PLC0415

    if not view.waiting:
        yield "No tag waits for you."
        return
    yield "For you to decide:"
    for word in view.waiting[:MOST_SHOWN]:
        yield f"  {_column(word.tag)}: {count(len(word.suggestions), 'photo')}, {_scores(word)}"
        for made in word.suggestions[:MOST_OF_WORD]:
            yield f"    {made.key}  {photo_name(made.subject, view.names)} ({because(made)})"
    if len(view.waiting) > MOST_SHOWN:
        yield f"  … and {len(view.waiting) - MOST_SHOWN:,} more words; --json has all"
    yield f"Answer by {command_for(library, 'tags', '--accept', 'KEY')}, or --reject KEY; the last report shows photos."
    yield "tag:WORD as the key means all photos of a word, with --sure 0.5 those that score so much."
    yield "--never WORD bars a word, --allow WORD takes that back."


def _scores(word: WaitingWord) -> str:
    """Return the range of the scores of a word's suggestions, the surest first."""
    first, last = (f"{word.suggestions[n].score:.2f}" for n in (0, -1))
    return f"score {first}" if first == last else f"scores {first} to {last}"


def _group_lines(view: TagsView, library: str) -> Iterator[str]:
    """Yield the groups of photos that look alike and have no tag, and how to give them a word."""
    from app.words import command_for  # noqa: PLC0415
    from plugins.pages.wording import count  # noqa: PLC0415

    if not view.groups:
        return
    yield "Photos without a tag that look alike:"
    for made in view.groups[:MOST_SHOWN]:
        yield f"  {made.key}  {count(len(made.evidence.photos), 'photo')}"
    if len(view.groups) > MOST_SHOWN:
        yield f"  … and {len(view.groups) - MOST_SHOWN:,} more; --json has all"
    yield f"See them by {command_for(library, 'tags', '--sheets', 'DIR')}; one word tags a group: --name KEY WORD."
