"""Tags in XMP: which words of a packet are tags, whose they are, and how the levels of a hierarchy are written.

A tag is one word, or the words of its levels with `/` between them, the outermost first (`Animals/Dog`). Lightroom
lists `Animals|Dog`, digiKam `Animals/Dog`, and both repeat `Dog` where programmes that know no levels look for words;
Lightroom may repeat `Animals` there too.
As in Immich, a `/` within a word of a hierarchy is `|` in the tag: `Music|AC/DC` is `Music/AC|DC`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

FLAT: Final = "dc:subject"
"""The property with all words and no levels."""
LISTS: Final[Mapping[str, str]] = {"lr:hierarchicalSubject": "|", "digiKam:TagsList": "/"}
"""The properties with levels, and what stands between these."""
OURS: Final = "albumen:tags"
"""The property with the tags that we have put into a packet."""
OUR_LEAVES: Final = "albumen:leaves"
"""The property with the words that only stand in `FLAT` because they end one of these tags."""
REPEATS: Final = {"lr:hierarchicalSubject": "albumen:lrRepeats", "digiKam:TagsList": "albumen:digiKamRepeats"}
"""The properties with the tags that we have only repeated in a list which we made."""


def levels_of(tag: str) -> tuple[str, ...]:
    """Return the words of a tag's levels as people write them, the outermost first."""
    levels = tuple(level for level in tag.split("/") if level)
    return tuple(level.replace("|", "/") for level in levels) if len(levels) > 1 else (tag,)


def tag_of(levels: tuple[str, ...]) -> str:
    """Return the tag of some levels: the inverse of `levels_of`."""
    return "/".join(level.replace("/", "|") for level in levels) if len(levels) > 1 else levels[0]


def listed_as(tag: str, mark: str) -> str | None:
    """Return how a list whose levels are parted by `mark` names a tag; None where it would be read as another."""
    levels = levels_of(tag)
    if mark == "|":
        return None if any("|" in level for level in levels) else "|".join(levels)
    return tag


def is_well_formed(tag: str) -> bool:
    """Say whether each level of a tag is a word without spaces around it."""
    return all(level and level == level.strip() for level in tag.split("/"))


def leaf_of(tag: str) -> str:
    """Return the last word of a tag, which stands for it where there are no levels."""
    return levels_of(tag)[-1]


def said_by(tags: Collection[str]) -> frozenset[str]:
    """Return these tags and the words of their levels: a photo that is `Animals/Dog` has the words of both."""
    return frozenset(tags) | words_of(tags)


@dataclass(frozen=True, slots=True)
class TagWords:
    """The tags of a packet: the user's, ours, and those of the user's that stand in a list with levels."""

    users: tuple[str, ...]
    ours: tuple[str, ...]
    listed: tuple[str, ...]


def read_words(words: Callable[[str], tuple[str, ...]]) -> TagWords:
    """Return the tags of a packet whose properties `words` gives, each once.

    A word of `FLAT` that is a level of a tag of the user's only repeats it, unless a list names the word by itself. A
    tag of ours of which one of its places has gone was taken off by whoever knew that place: it is nobody's.
    """
    subjects, claimed = dict.fromkeys(words(FLAT)), dict.fromkeys(words(OURS))
    lists = {name: _tags_in(words(name), mark) for name, mark in LISTS.items()}
    said = {name: tags.keys() - set(words(REPEATS[name])) for name, tags in lists.items()}
    listed = dict.fromkeys(tag for name, tags in lists.items() for tag in tags if tag in said[name])
    theirs = tuple(tag for tag in listed if tag not in claimed)
    repeated = {*words(OUR_LEAVES), *words_of(theirs)}
    flat = [word for word in subjects if word not in claimed and (word in listed or word not in repeated)]
    whole = (tag for tag in claimed if "/" in tag and leaf_of(tag) in subjects)
    carried = {*subjects, *(tag for tag in whole if all(tag in tags for tags in lists.values()))}
    return TagWords(
        users=tuple(dict.fromkeys((*flat, *theirs))),
        ours=tuple(tag for tag in claimed if tag in carried),
        listed=theirs,
    )


def leaves_of(tags: Iterable[str]) -> frozenset[str]:
    """Return the last words of those of the tags that have levels."""
    return frozenset(leaf_of(tag) for tag in tags if "/" in tag)


def words_of(tags: Iterable[str]) -> frozenset[str]:
    """Return the words of all levels of those of the tags that have levels."""
    return frozenset(word for tag in tags if "/" in tag for word in levels_of(tag))


def _tags_in(entries: Iterable[str], mark: str) -> dict[str, None]:
    return dict.fromkeys(tag for entry in entries if (tag := read_entry(entry, mark)))


def read_entry(entry: str, mark: str) -> str:
    """Return the tag of an entry of a list, empty when it has no words."""
    levels = tuple(word for part in entry.split(mark) if (word := part.strip()))
    return tag_of(levels) if levels else ""
