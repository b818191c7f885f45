"""Changes to people in plain words: who gets how many faces, and how many people there are without a name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

from plugins import changes as c
from plugins.pages.wording import clean, count, shorten

NAMELESS = "without a name"
MOST_ID = 40
"""Characters of an id in a line."""


def people_lines(plan: Iterable[c.PersonChange], name: Callable[[str], str]) -> tuple[str, ...]:
    """Return changes to people as lines: those with names one by one, all others together.

    `name` returns the name of somebody by key or id, empty for one who has none.
    """
    return tuple(_Lines(list(plan), name).all())


class _Lines:
    """The lines of one plan: `given` counts the faces by who gets them and whose they were."""

    def __init__(self, plan: Sequence[c.PersonChange], name: Callable[[str], str]) -> None:
        self.name = name
        self.new = [change.key for change in plan if isinstance(change, c.CreatePerson)]
        self.gone = [change for change in plan if isinstance(change, c.RemovePerson)]
        self.called = [change for change in plan if isinstance(change, c.NamePerson)]
        given = (change for change in plan if isinstance(change, c.AssignFace))
        self.given = Counter((change.person, change.was or "") for change in given)
        self.taken = Counter(change.person for change in plan if isinstance(change, c.UnassignFace))

    def all(self) -> Iterator[str]:
        """Yield what is new, who gets a name, what joins somebody, what moves, what is taken off, and who goes."""
        yield from self._new()
        for change in self.called:
            name = self._called(change.key)
            yield (
                f"“{shorten(clean(change.key), MOST_ID)}” becomes {name}"
                if change.name
                else f"{name}: without the name"
            )
        yield from self._joined()
        moved = {pair: n for pair, n in self.given.items() if pair[1]}
        for (one, other), n in self._by_name(moved).items():
            yield f"{one}: {count(n, 'face')} that {'was' if n == 1 else 'were'} of {other}"
        for (one, _), n in self._by_name({(person, ""): n for person, n in self.taken.items()}).items():
            yield f"{one}: {count(n, 'face')} less"
        yield from self._gone()

    def _new(self) -> Iterator[str]:
        named = [key for key in self.new if self.name(key)]
        yield from (f"{self.name(key)}, new: {count(self.given[key, ''], 'face')}" for key in named)
        nameless = [key for key in self.new if not self.name(key)]
        if nameless:
            faces = sum(self.given[key, ""] for key in nameless)
            people = count(len(nameless), "new person", "new people")
            yield f"{people} {NAMELESS}" + (f": {count(faces, 'face')}" if faces else "")

    def _joined(self) -> Iterator[str]:
        joined = {who: n for (who, was), n in self.given.items() if not was and who not in self.new}
        yield from (f"{self.name(who)}: {count(n, 'face')}" for who, n in joined.items() if self.name(who))
        nameless = [n for who, n in joined.items() if not self.name(who)]
        if nameless:
            yield f"{count(len(nameless), 'person', 'people')} {NAMELESS}: {count(sum(nameless), 'face')}"

    def _gone(self) -> Iterator[str]:
        named = [change.name for change in self.gone if change.name]
        yield from (f"{self.name(change.key) or change.name}: taken back" for change in self.gone if change.name)
        if nameless := len(self.gone) - len(named):
            yield f"{count(nameless, 'person', 'people')} {NAMELESS}: taken back"

    def _by_name(self, pairs: dict[tuple[str, str], int]) -> Counter[tuple[str, str]]:
        """Add up what is said in the same words."""
        found = Counter[tuple[str, str]]()
        for (one, other), n in pairs.items():
            found[self._called(one), self._called(other)] += n
        return found

    def _called(self, person: str) -> str:
        return self.name(person) or f"somebody {NAMELESS}"
