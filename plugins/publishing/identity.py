"""Which wanted album is which album of the ledger: identity over runs by largest overlap, and what must stay out.

What the user did follows the photos, not the key: a photo taken out of an album is never put into its successor,
and an event whose album was deleted is not made again, whatever the clustering calls it today.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, count
from typing import TypeAlias

from plugins.changes import Change, RemoveMembers
from plugins.publishing.ledger import Ledger, LedgerAlbum
from plugins.publishing.wanted import WantedAlbum, natural_key

_DEAD = frozenset({"deleted", "released", "readonly"})


@dataclass(frozen=True, slots=True)
class Suppressed:
    """A wanted album that is not made, the album of the ledger that is the reason, and those of ours it would continue.

    The latter (keys) stay as they are: what the user did to one album is no reason to delete another.
    """

    title: str
    because: LedgerAlbum
    left: tuple[str, ...] = ()


def family_of(key: str) -> str:
    """Return the family in which albums follow each other: an event may become a trip, Anna's pile stays Anna's."""
    return key.rpartition("-")[0] if key.startswith("pile-") else "happening"


def match(wanted: Sequence[WantedAlbum], ledger: Ledger) -> tuple[list[WantedAlbum], list[Suppressed]]:
    """Give every wanted album its key: that of the ledger album which it continues, else a new one.

    Of several albums that one event continues, the one that the user touched lives on, else the larger; of several
    events that continue one album, the larger part keeps it. Photos that the user took out are left out.
    """
    matched: dict[int, WantedAlbum] = {}
    suppressed: list[Suppressed] = []
    given: set[str] = set()
    families: dict[str, dict[int, WantedAlbum]] = {}
    for n, idea in enumerate(wanted):
        families.setdefault(family_of(idea.key), {})[n] = idea
    of_family = by_family(ledger)
    for family, ideas in sorted(families.items()):
        known = of_family.get(family, [])
        overlaps = _overlaps(ideas, known)
        ended = _homes((album, album.members) for album in known if album.state in _DEAD)
        dead = {n: album for n in ideas if (album := _dead(ideas[n], ended)) is not None}
        for n, album in dead.items():
            left = tuple(sorted(a.key for _, a in overlaps[n] if a.state == "live"))
            suppressed.append(Suppressed(ideas[n].title, album, left))
        keys = _continued({n: overlaps[n] for n in ideas if n not in dead})
        given |= set(keys.values())
        out = kept_out(known)
        for n in sorted(ideas.keys() - dead.keys()):
            key = keys.get(n) or _new_key(ideas[n], ledger, given)
            given.add(key)
            inside = ledger.albums[key].photos("ours", "user") if key in ledger.albums else frozenset()
            photos = tuple(p for p in ideas[n].photos if p not in out or p in inside)
            if photos:
                matched[n] = replace(ideas[n], key=key, photos=photos)
    return [matched[n] for n in sorted(matched)], suppressed


_Overlaps: TypeAlias = list[tuple[int, LedgerAlbum]]


def by_family(ledger: Ledger) -> dict[str, list[LedgerAlbum]]:
    """Return the albums of the ledger by their families."""
    found: dict[str, list[LedgerAlbum]] = {}
    for album in ledger.albums.values():
        found.setdefault(family_of(album.key), []).append(album)
    return found


def _homes(albums: Iterable[tuple[LedgerAlbum, Iterable[str]]]) -> dict[str, list[LedgerAlbum]]:
    """Return in which of these albums, each given with photos, each photo is."""
    homes: dict[str, list[LedgerAlbum]] = {}
    for album, photos in albums:
        for photo in photos:
            homes.setdefault(photo, []).append(album)
    return homes


def _overlaps(ideas: Mapping[int, WantedAlbum], known: Sequence[LedgerAlbum]) -> dict[int, _Overlaps]:
    """Return for each idea the albums that it may continue, with the number of photos in common.

    One continues the other when they share at least half of either: a single photo put elsewhere carries nothing over.
    """
    own = {album.key: album.photos("ours") or album.photos("user") for album in known}
    homes = _homes((album, own[album.key]) for album in known)
    by_key = {album.key: album for album in known}
    found: dict[int, _Overlaps] = {}
    for n, idea in ideas.items():
        shared = Counter(album.key for photo in idea.photos for album in homes.get(photo, ()))
        found[n] = [
            (count, by_key[key]) for key, count in shared.items() if 2 * count >= min(len(own[key]), len(idea.photos))
        ]
    return found


def _dead(idea: WantedAlbum, ended: Mapping[str, Sequence[LedgerAlbum]]) -> LedgerAlbum | None:
    """Return the album that forbids this event: half of its photos or more were in albums that the user `ended`.

    It depends on these photos alone, not on where the others are now: a run killed half-way must decide the same.
    """
    found = {album.key: album for photo in idea.photos for album in ended.get(photo, ())}
    shared = Counter(album.key for photo in set(idea.photos) for album in ended.get(photo, ()))
    if not shared or 2 * shared.total() < len(idea.photos):
        return None
    return found[max(shared, key=lambda key: (shared[key], key))]


def _continued(overlaps: Mapping[int, _Overlaps]) -> dict[int, str]:
    """Return the album that each idea continues; what this run writes only makes the same answer surer in the next."""
    pairs = [(count, album, n) for n, found in overlaps.items() for count, album in found if album.state == "live"]
    keys: dict[int, str] = {}
    taken: set[str] = set()
    for _, album, n in sorted(pairs, key=lambda p: (not p[1].photos("ours"), not p[1].touched, -p[0], p[1].key, p[2])):
        if n not in keys and album.key not in taken:
            keys[n] = album.key
            taken.add(album.key)
    return keys


def kept_out(known: Iterable[LedgerAlbum]) -> frozenset[str]:
    """Return the photos that the user took out of one of these albums, and all of those that they deleted or took over.

    Of the latter also the photos that the user had put in: who throws an album away throws it away as it was.
    """
    ended = (frozenset(album.members) if album.state in _DEAD else album.photos("removed") for album in known)
    return frozenset().union(*ended)


def kept_out_of(key: str, ledger: Ledger) -> frozenset[str]:
    """Return the photos that are kept out of the albums of this key's family."""
    return kept_out(album for album in ledger.albums.values() if family_of(album.key) == family_of(key))


def noting_kept_out(changes: Iterable[Change], ledger: Ledger) -> list[Change]:
    """Return the changes with `out_before` of the removals filled in."""
    of_family = by_family(ledger)
    families: dict[str, frozenset[str]] = {}

    def noted(change: Change) -> Change:
        if not isinstance(change, RemoveMembers):
            return change
        family = family_of(change.key)
        if family not in families:
            families[family] = kept_out(of_family.get(family, ()))
        out = families[family]
        return replace(change, out_before=tuple(p for p in change.photos if p in out))

    return [noted(change) for change in changes]


def _new_key(idea: WantedAlbum, ledger: Ledger, given: set[str]) -> str:
    """Return a key for a new album: of its first photo, unless another album has that key; then of a later one.

    Albums keep their keys when their first photos move on, so all photos of an event may have named others already.
    """
    family = idea.key.rpartition("-")[0]
    names = chain(idea.photos, (f"{idea.photos[0]}#{n}" for n in count(2)))
    return next(key for name in names if _is_free(key := natural_key(family, name), ledger, given))


def _is_free(key: str, ledger: Ledger, given: set[str]) -> bool:
    """Say whether a new album may have a key; a live one without photos is what a killed run had just created."""
    known = ledger.albums.get(key)
    unused = known is None or known.state == "retired" or (known.state == "live" and not known.photos("ours", "user"))
    return unused and key not in given
