"""What runs want of a library of forty photos, and what later ones want that have found out more."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from plugins.drawn import drawn_face
from plugins.publishing.wanted import Wanted, WantedAlbum, natural_key
from plugins.publishing.wanted_people import WantedPeople, WantedPerson

N = 40
Means = Callable[[Sequence[str]], Wanted]
"""What a run wants, by the ids of the photos in time order."""


def event(photos: Sequence[str], title: str, cover: int, text: str = "Alfama; Belém") -> WantedAlbum:
    """Return an album of these photos, shown by one of them."""
    return WantedAlbum(natural_key("event", photos[0]), "event", title, text, tuple(photos), photos[cover])


def four_albums(photos: Sequence[str]) -> Wanted:
    """Return four albums of ten photos each, and tags of which several photos have the same, some all and some none."""
    titles = ("Lisbon", "Grandma’s 80th", "Hamburg with Anna", "Vienna, Saturday 15 June 2024")
    albums = [event(photos[10 * n : 10 * n + 10], title, 2 * n) for n, title in enumerate(titles)]
    tags = {(p, tag) for p in photos[:10] for tag in ("Lisbon", "Portugal")}
    tags |= {(p, tag) for p in photos[20:27] for tag in ("Hamburg", "Germany", "Auto/Harbour")}
    tags |= {(p, "Germany") for p in photos[27:30]} | {(p, "sky") for p in photos[5:25:5]} | {(photos[30], "Sky")}
    return Wanted(tuple(reversed(albums)), frozenset(tags))


def grown(photos: Sequence[str]) -> Wanted:
    """Return the same albums after more was found out: another title, text and cover, moved photos, other tags."""
    first = four_albums(photos)
    vienna, hamburg, grandma, lisbon = first.albums
    lisbon = event(photos[:11], "Lisbon, 3–4 May", 4, "Alfama; Belém; Sintra")
    grandma = WantedAlbum(grandma.key, "event", grandma.title, grandma.description, photos[11:20], photos[12])
    tags = {(p, t) for p, t in first.tags or () if t != "sky"} | {(photos[30], "Vienna"), (photos[1], "tram")}
    return Wanted((vienna, hamburg, grandma, lisbon), frozenset(tags))


def people(photos: Sequence[str], names: Sequence[str] = ("", "Ben")) -> Wanted:
    """Return two new people of four faces each, of which the server has found half."""
    faces = [drawn_face(photo, (0.1, 0.1, 0.3, 0.4)) for photo in photos[:8]]
    made = [WantedPerson(f"person-{n:012}", name, tuple(faces[4 * n : 4 * n + 4])) for n, name in enumerate(names)]
    return Wanted(people=WantedPeople(tuple(made)))


def many_albums(photos: Sequence[str]) -> Wanted:
    """Return an album for every forty photos, and one or two of seven tags on most photos."""
    albums = [event(photos[n : n + 40], f"Week {n // 40}", 7) for n in range(0, len(photos), 40)]
    tags = {(p, f"place {n % 7}") for n, p in enumerate(photos)} | {(p, "all") for p in photos[::3]}
    return Wanted(tuple(albums), frozenset(tags))
