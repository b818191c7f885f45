"""Tag suggestions that wait for the user, word by word."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from plugins.tags.vocabulary import same_word

if TYPE_CHECKING:
    from plugins.store import Suggestion

ALL_OF: Final = "tag:"
"""What the key begins with that answers all suggestions of one word, which follows."""


@dataclass(frozen=True, slots=True)
class WaitingWord:
    """A word and the photos that it is suggested for, the surest first; `key` answers all of them at once."""

    tag: str
    suggestions: tuple[Suggestion, ...]

    @property
    def key(self) -> str:
        """Return the key that means all suggestions of this word."""
        return f"{ALL_OF}{self.tag}"


def waiting_words(waiting: Iterable[Suggestion], never: Collection[str] = ()) -> tuple[WaitingWord, ...]:
    """Return the words that are suggested, those first that would be right on the most photos by what they score.

    Args:
        waiting: suggestions of all kinds, the surest first, as the store has them.
        never: words that the user has barred since they were suggested, as `same_word` writes them.
    """
    of_word: dict[str, list[Suggestion]] = {}
    for made in waiting:
        if made.kind == "tag" and (word := same_word(made.value)) not in never:
            of_word.setdefault(word, []).append(made)
    words = [WaitingWord(found[0].value, tuple(found)) for found in of_word.values()]
    return tuple(sorted(words, key=lambda word: (-sum(s.score for s in word.suggestions), word.tag)))
