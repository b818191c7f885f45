"""The words that are asked: of very many photos only the first so many, kept as the photos are looked at."""

from __future__ import annotations

from collections.abc import Sequence

from plugins.tags import Recommendation


class Asked:
    """At most so many words of all photos: those for photos without a word of the user's first, then the surer ones.

    Of words that are as sure those of the photo that was added first come first.

    Args:
        most: so many words; never more than about twice as many are in memory.
    """

    def __init__(self, most: int) -> None:
        self._most, self._n_photos = most, 0
        self._kept: list[tuple[bool, float, int, int, str, Recommendation]] = []

    def add(self, content_key: str, words: Sequence[Recommendation], has_words: bool) -> None:
        """Add the words for a photo, best first; `has_words` says whether it has one of the user's."""
        row, self._n_photos = self._n_photos, self._n_photos + 1
        self._kept += ((has_words, -made.score, row, nth, content_key, made) for nth, made in enumerate(words))
        if len(self._kept) > 2 * self._most:
            self._cut()

    def _cut(self) -> None:
        self._kept.sort(key=lambda one: one[:4])
        del self._kept[self._most :]

    @property
    def words(self) -> dict[str, list[Recommendation]]:
        """Return what is asked by content key, photos in the order in which they were added."""
        self._cut()
        found: dict[str, list[Recommendation]] = {}
        for _, _, _, _, key, made in sorted(self._kept, key=lambda one: one[2:4]):
            found.setdefault(key, []).append(made)
        return found
