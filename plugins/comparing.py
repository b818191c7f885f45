"""Where a method would do other than the one that publishes: how often, and the first cases in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final, TypeAlias

from plugins.pages.plan_words import quoted
from plugins.pages.wording import both, clean, count
from plugins.publishing.wanted import WantedAlbum

EXAMPLES: Final = 8
"""Cases of one method that are told in words."""
MOST_NAMED: Final = 3
"""Albums that are named in one of them."""
NOBODY: Final = "nobody"


@dataclass(frozen=True, slots=True)
class Difference:
    """How far a method agrees with the one that publishes.

    Args:
        same: how many albums, faces, tags or covers would be the same.
        counts: how many would not, by what would become of them, in words.
        examples: the first of them in words, the largest first.
        sample: of how many of all that is said, in words; empty for all.
    """

    same: int
    counts: Mapping[str, int] = field(default_factory=dict)
    examples: tuple[str, ...] = ()
    sample: str = ""

    def told(self) -> dict[str, Any]:
        """Return it as plain data."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class _Case:
    """Something that would be otherwise: what would become of it, in words, and of how many things that is said."""

    kind: str
    text: str
    size: int
    n: int = 1


def _difference(same: int, cases: Iterable[_Case], sample: str = "") -> Difference:
    counts, told = Counter[str](), sorted(cases, key=lambda case: (-case.size, case.text))
    for case in told:
        counts[case.kind] += case.n
    return Difference(same, dict(counts), tuple(case.text for case in told[:EXAMPLES]), sample)


def albums_compared(published: Sequence[WantedAlbum], other: Sequence[WantedAlbum]) -> Difference:
    """Compare the albums of events and trips that two methods ask for, by the photos in them."""
    ours, theirs = (_of_events(albums) for albums in (published, other))
    parts, wholes = _meeting(ours, theirs), _meeting(theirs, ours)
    alone = {n: some[0] for n, some in enumerate(parts) if len(some) == 1 and len(wholes[some[0]]) == 1}
    same = {n for n, one in alone.items() if set(ours[n].photos) == set(theirs[one].photos)}
    changed = ((ours[n], theirs[one]) for n, one in alone.items() if n not in same)
    cases = [
        *(_split(ours[n], [theirs[one] for one in some]) for n, some in enumerate(parts) if len(some) > 1),
        *(_joined(theirs[n], [ours[one] for one in some]) for n, some in enumerate(wholes) if len(some) > 1),
        *(_missing(ours[n]) for n, some in enumerate(parts) if not some),
        *(_new(theirs[n]) for n, some in enumerate(wholes) if not some),
        *(_changed(one, becomes) for one, becomes in changed),
    ]
    return _difference(len(same), cases)


def _of_events(albums: Iterable[WantedAlbum]) -> list[WantedAlbum]:
    return [album for album in albums if album.kind in {"event", "trip"}]


def _meeting(albums: Sequence[WantedAlbum], others: Sequence[WantedAlbum]) -> list[list[int]]:
    """Return which of the others share photos with each album."""
    where = {photo: n for n, other in enumerate(others) for photo in other.photos}
    return [sorted({where[photo] for photo in album.photos if photo in where}) for album in albums]


def _split(album: WantedAlbum, into: Sequence[WantedAlbum]) -> _Case:
    return _Case("split", f"{_titled(album)} would be split into {_named(into)}", len(album.photos))


def _joined(album: WantedAlbum, made_of: Sequence[WantedAlbum]) -> _Case:
    return _Case("joined", f"{_named(made_of)} would be one album, {quoted(album.title)}", len(album.photos))


def _missing(album: WantedAlbum) -> _Case:
    return _Case("not made", f"{_titled(album)} would not be made", len(album.photos))


def _new(album: WantedAlbum) -> _Case:
    return _Case("made too", f"{_titled(album)} would be made too", len(album.photos))


def _changed(album: WantedAlbum, becomes: WantedAlbum) -> _Case:
    n_left, n_added = (len(set(a.photos) - set(b.photos)) for a, b in ((album, becomes), (becomes, album)))
    other = both([part for n, part in ((n_added, f"{n_added} more"), (n_left, f"{n_left} fewer")) if n])
    return _Case("with other photos", f"{_titled(album)} would have {other}", n_left + n_added)


def _titled(album: WantedAlbum) -> str:
    return f"{quoted(album.title)} ({count(len(album.photos), 'photo')})"


def _named(albums: Sequence[WantedAlbum]) -> str:
    shown = [quoted(album.title) for album in albums[:MOST_NAMED]]
    rest = len(albums) - len(shown)
    return both([*shown, f"{rest} more"] if rest else shown)


Whose: TypeAlias = Sequence[str]
"""Whose each face is, by name, empty for nobody whom the user has named."""


def faces_compared(published: Whose, other: Whose) -> Difference:
    """Compare whose the faces are by two methods; faces that have no name by either count nowhere."""
    pairs = Counter((ours, theirs) for ours, theirs in zip(published, other, strict=True) if ours or theirs)
    same = sum(n for (ours, theirs), n in pairs.items() if ours == theirs)
    return _difference(same, (_moved(*pair, n) for pair, n in pairs.items() if pair[0] != pair[1]))


def _moved(ours: str, theirs: str, n: int) -> _Case:
    kind = "to nobody" if not theirs else "found" if not ours else "to somebody else"
    text = f"{count(n, 'face')} of {_called(ours)} would be {_called(theirs)}’s"
    return _Case(kind, text, n, n)


def _called(name: str) -> str:
    return clean(name) or NOBODY


def tags_compared(
    published: Collection[tuple[str, str]], other: Collection[tuple[str, str]], sample: str
) -> Difference:
    """Compare the words that two methods suggest.

    Args:
        published: what is suggested.
        other: what would be.
        sample: of how many of all photos that is said, in words; empty for all.
    """
    ours, theirs = frozenset(published), frozenset(other)
    cases = [
        *_of_words("suggested too", "more", theirs - ours),
        *_of_words("not suggested", "fewer", ours - theirs),
    ]
    return _difference(len(ours & theirs), cases, sample)


def _of_words(kind: str, more: str, pairs: Iterable[tuple[str, str]]) -> Iterator[_Case]:
    for word, n in Counter(word for _, word in pairs).items():
        yield _Case(kind, f"{quoted(word)} would be suggested for {n:,} {more} {'photo' if n == 1 else 'photos'}", n, n)


@dataclass(frozen=True, slots=True)
class ComparedCover:
    """The cover of an album by two methods, as names of photos, and how many photos the album has."""

    title: str
    published: str
    other: str
    photos: int


def covers_compared(covers: Iterable[ComparedCover]) -> Difference:
    """Compare the covers of albums by two methods."""
    all_covers = list(covers)
    others = [cover for cover in all_covers if cover.published != cover.other]
    cases = (
        _Case(
            "another cover",
            f"{quoted(one.title)} would show {clean(one.other)} instead of {clean(one.published)}",
            one.photos,
        )
        for one in others
    )
    return _difference(len(all_covers) - len(others), cases)
