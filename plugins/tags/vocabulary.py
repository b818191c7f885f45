"""The words of a library: when two tags are one word, how it is written, and which words are never suggested."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from plugins.exclusion import like

LONGEST: Final = 100
"""Characters of a word that may be suggested; what is longer is a sentence."""
PEOPLE: Final = "people"
"""The tag under which galleries and photo managers file people."""
ORDINARY_MAKES: Final = frozenset({"apple", "palm", "polar", "canyon"})
"""Makes of cameras that are also things to be seen in photos."""
_YEAR, _MONTH, _DAY = r"(?:1[89]|20)\d\d", r"(?:0?[1-9]|1[0-2])", r"(?:0?[1-9]|[12]\d|3[01])"
_DATE = re.compile(
    rf"{_YEAR}(?:s|er|年)?"  # a year, a decade
    rf"|{_YEAR}[-./:_ ]?{_MONTH}(?:[-./:_ ]?{_DAY})?"  # 2024-05, 20240503
    rf"|{_DAY}[-./_ ]{_MONTH}[-./_ ](?:1[89]|20)?\d\d"  # 03.05.2024
)
_FILE = re.compile(
    r".*\.(?:jpe?g|png|gif|heic|heif|avif|webp|tiff?|dng|cr[23w]|nef|arw|orf|raf|rw2|mp4|mov|avi|mkv|3gp|xmp|json)"
    r"|(?:_?dsc[fn]?|_?mg|p?img|vid|mvi|pict?|pxl|gopr|dji|mov|scan|image|photo|screenshot)[-_ ]?\d{3,}.*"
    r"|p\d{7}|\d{8}[-_]\d{6}.*|(?=.*\d)[0-9a-f]{12,}"
)
_OURS = re.compile(r"\[?albumen\b.*")


@lru_cache(maxsize=1 << 16)
def same_word(tag: str) -> str:
    """Return what two tags have in common when they are one word: without case, outer blanks and repeated inner ones.

    Letters that Unicode writes in two ways are one (é, and e with an accent); accents, the dotless ı of Turkish and
    the levels of a hierarchy count.
    """
    folded = unicodedata.normalize("NFD", tag).casefold()
    return " ".join(unicodedata.normalize("NFC", folded).split())


def spellings(tags: Iterable[str]) -> dict[str, str]:
    """Return how each word is written, by `same_word`: as it is most often in `tags`, among equals the first sorted."""
    counts = Counter[str]()
    for tag, times in Counter(tags).items():  # few tags, each on many photos
        counts[_tidy(tag)] += times
    written: dict[str, str] = {}
    for tag in sorted(counts, key=lambda tag: (-counts[tag], tag)):
        written.setdefault(same_word(tag), tag)
    return written


def _tidy(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


@dataclass(frozen=True)
class Unsuggested:
    """What is never suggested, nor learned.

    Args:
        technical: makes and models of cameras.
        people: the names of the people that the gallery knows.
        never: the words to which the user said "never", by `same_word`.
        ignore: names and globs of tags.
    """

    technical: frozenset[str] = frozenset()
    people: frozenset[str] = frozenset()
    never: frozenset[str] = frozenset()
    ignore: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        cameras: Iterable[str] = (),
        people: Iterable[str] = (),
        never: Collection[str] = (),
        ignore: Iterable[str] = (),
    ) -> Unsuggested:
        """Return the rule for a library with these cameras, people, decisions and settings."""
        technical = frozenset(part for camera in set(cameras) for part in _parts(camera))
        return cls(technical, frozenset(map(same_word, people)), frozenset(never), tuple(ignore))

    def __contains__(self, tag: str) -> bool:
        """Say whether a tag is never suggested."""
        word = same_word(tag)
        return (
            not _is_word(word)
            or word in self.never
            or word in self.people
            or word.split("/")[0].strip() == PEOPLE
            or self._is_technical(word)
            or any(like(_tidy(tag), _tidy(pattern)) for pattern in self.ignore)
        )

    def _is_technical(self, word: str) -> bool:
        """Say whether a word, or the last level of it, is a camera, a date, a file's name or ours."""
        if _OURS.fullmatch(word):
            return True
        levels = (word, word.rsplit("/", 1)[-1].strip())
        return any(level in self.technical or _DATE.fullmatch(level) or _FILE.fullmatch(level) for level in levels)


def _is_word(word: str) -> bool:
    """Say whether there is a letter, a digit or a sign in a tag, it is not too long, and nothing in it is invisible.

    Nor has a level of it blanks around it, or nothing in it: galleries do not keep such a tag as it is.
    """
    if any(not level or level != level.strip() for level in word.split("/")):
        return False
    kinds = [unicodedata.category(character) for character in word]
    said = any(kind[0] in "LNS" for kind in kinds)
    return said and len(word) <= LONGEST and not {"Cc", "Cs", "Co", "Zl", "Zp"} & set(kinds)


def _parts(camera: str) -> Iterator[str]:
    """Yield a camera as a tag may name it: make and model, the model, its last words or its family, or the make."""
    words = same_word(camera).split()
    numbered = [any(map(str.isdigit, word)) for word in words]
    yield from (" ".join(words[at:]) for at in range(len(words)) if any(numbered[at:]) and not words[at].isdigit())
    if len(words) > 1 and not numbered[1]:
        yield words[1]
    if words and words[0] not in ORDINARY_MAKES:
        yield words[0]
