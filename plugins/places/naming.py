"""What an event is called: where, with whom, when; English, whatever the language of the computer."""

from __future__ import annotations

import math
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, timedelta

from plugins.places.geocode import Place

MAX_TITLE = 120
HOME = "Home"

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_DAY_STARTS_H = 4
"""A night out belongs to the day on which it began."""
_NOON_H, _EVENING_H = 12, 18
_ENOUGH = 0.8
"""A title names the places, most visited first, that together hold so many of the photos …"""
_BESIDE = 0.25
"""… and of these only those with so many photos beside the first one's."""
_MAX_PLACES, _MAX_COUNTRIES, _MAX_AT_HOME = 2, 3, 3
_OFTEN, _MAX_PEOPLE = 0.3, 3
_MAX_NAME = 40


def event_title(
    taken_local: Sequence[datetime],
    places: Sequence[Place | None] = (),
    at_home: Sequence[bool] = (),
    people: Sequence[Collection[str]] = (),
    home_country: str = "",
) -> str:
    """Name an event or a trip: "Lisbon with Anna and Ben, 3–5 May 2024", "Home, Sunday 12 May 2024".

    Args:
        taken_local: wall times of the photos, any order, at least one.
        places: where they were taken, in the same order.
        at_home: which of them were taken at home, in the same order; most of those with a place make it "Home".
        people: the names of the people on each photo, in the same order; nobody without a name.
        home_country: where home is: a journey there is named by its towns, as "Germany" says nothing to a German.
    Returns:
        Plain text of at most `MAX_TITLE` characters; people give way first when it would be longer.
    """
    when = date_span(min(taken_local), max(taken_local))
    where, who = place_names(places, at_home, home_country), _listed(often_seen(people))
    for subject in _subjects(where, who):
        title = f"{subject}, {when}" if subject else when
        if len(title) <= MAX_TITLE:
            return title
    return f"{_shortened(where, MAX_TITLE - len(when) - 2)}, {when}"


def _subjects(where: str, who: str) -> tuple[str, ...]:
    if not who:
        return (where,)
    return (f"{where} with {who}", where) if where else (f"With {who}", "")


def date_span(first: datetime, last: datetime) -> str:
    """Say when: "Sunday 12 May 2024", "3–5 May 2024", "30 April – 3 May 2024".

    What ends before four in the morning ends on the day before, unless it also began that morning.
    """
    start, end = first.date(), last.date()
    if last.hour < _DAY_STARTS_H and end > start:
        end -= timedelta(days=1)
    if start == end:
        return f"{_DAYS[start.weekday()]} {_day(start)}"
    if (start.year, start.month) == (end.year, end.month):
        return f"{start.day}–{_day(end)}"
    begin = f"{start.day} {_MONTHS[start.month - 1]}" if start.year == end.year else _day(start)
    return f"{begin} – {_day(end)}"


def _day(day: date) -> str:
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def place_names(places: Sequence[Place | None], at_home: Sequence[bool] = (), home_country: str = "") -> str:
    """Say where: "Lisbon", "Lisbon and Sintra", of more places their countries, "Home" for most at home, or nothing.

    More places in the home country are named by the three with most photos.
    """
    home = sum(at_home)
    elsewhere = [place for row, place in enumerate(places) if place and not (row < len(at_home) and at_home[row])]
    if home and home >= len(elsewhere):
        return HOME
    chosen = main_places(elsewhere)
    if len(chosen) <= _MAX_PLACES:
        return _listed([plain(place.name) for place in chosen])
    countries = list(dict.fromkeys(place.country for place in chosen))
    if countries == [home_country]:
        return _listed([plain(place.name) for place in chosen[:_MAX_AT_HOME]])
    if len(countries) > _MAX_COUNTRIES:
        countries[_MAX_COUNTRIES - 1 :] = [f"{len(countries) - _MAX_COUNTRIES + 1} other countries"]
    return _listed(countries)


def place_line(places: Sequence[Place | None]) -> str:
    """Say where for a page: "Lisbon, Portugal", "Lisbon and Sintra, Portugal", "Portugal", or nothing."""
    chosen = main_places([place for place in places if place])
    names = place_names(chosen)
    countries = _listed(list(dict.fromkeys(place.country for place in chosen)))
    if len(chosen) > _MAX_PLACES or not names or names == countries:
        return names
    return f"{names}, {countries}"


def main_places(places: Sequence[Place | None]) -> tuple[Place, ...]:
    """Return the few places that hold most of an event's photos, most photos first.

    A place that is known only by its country says nothing beside a town in it.
    """
    known = [place for place in places if place]
    towns = [place for place in known if place.name != place.country or place.population]
    countries_with_towns = {place.country_code for place in towns}
    counted = [p for p in known if p.population or p.name != p.country or p.country_code not in countries_with_towns]
    counts = Counter((place.name, place.country_code) for place in counted)
    one_of = {(place.name, place.country_code): place for place in reversed(counted)}
    chosen: list[Place] = []
    held = 0
    for key, count in sorted(counts.items(), key=lambda item: -item[1]):
        if held >= _ENOUGH * len(counted) or count < _BESIDE * max(counts.values()):
            break
        chosen.append(one_of[key])
        held += count
    return tuple(chosen)


def often_seen(people: Sequence[Collection[str]]) -> tuple[str, ...]:
    """Return the names that are on three photos of ten or more, most frequent first, at most three."""
    counts = Counter(name for names in people for name in sorted({plain(name, _MAX_NAME) for name in names}) if name)
    often = [name for name, count in counts.items() if count >= math.ceil(_OFTEN * len(people) - 1e-9)]
    return tuple(sorted(often, key=lambda name: (-counts[name], name))[:_MAX_PEOPLE])


def distinct_titles(titles: Sequence[str], starts: Sequence[datetime]) -> tuple[str, ...]:
    """Tell events of one title apart: by part of the day, else by time, at last by number.

    Args:
        titles: titles in any order.
        starts: wall times of the events' first photos, in the same order.
    Returns:
        Titles in the same order, all different, those that were unique untouched, none above `MAX_TITLE` characters.
    """
    told = list(titles)
    for mark in (_part_of_day, _time_of_day):
        rows_of = _rows_by_title(titles)
        for rows in (rows for rows in rows_of.values() if len(rows) > 1):
            marks = [mark(starts[row]) for row in rows]
            still_same = len({told[row] for row in rows}) < len(rows)
            if still_same and (len(set(marks)) == len(rows) or mark is _time_of_day):
                for row, text in zip(rows, marks, strict=True):
                    told[row] = _marked(titles[row], text)
    return _numbered(told, starts)


def _rows_by_title(titles: Sequence[str]) -> dict[str, list[int]]:
    rows_of: dict[str, list[int]] = {}
    for row, title in enumerate(titles):
        rows_of.setdefault(title, []).append(row)
    return rows_of


def _numbered(titles: Sequence[str], starts: Sequence[datetime]) -> tuple[str, ...]:
    told, used = list(titles), set(titles)
    for rows in _rows_by_title(titles).values():
        number = 1
        for row in sorted(rows, key=lambda row: (starts[row], row))[1:]:
            while told[row] in used:
                number += 1
                told[row] = _marked(titles[row], str(number))
            used.add(told[row])
    return tuple(told)


def _marked(title: str, mark: str) -> str:
    return f"{_shortened(title, MAX_TITLE - len(mark) - 3)} ({mark})"


def _part_of_day(start: datetime) -> str:
    if start.hour < _DAY_STARTS_H:
        return "night"
    return "morning" if start.hour < _NOON_H else "afternoon" if start.hour < _EVENING_H else "evening"


def _time_of_day(start: datetime) -> str:
    return f"{start.hour:02}:{start.minute:02}"


def plain(text: str, longest: int = MAX_TITLE) -> str:
    """Return a name as one line of plain text: without control, formatting and unpaired surrogate characters."""
    shown = "".join(" " if c.isspace() else c for c in text if _is_shown(c))
    return _shortened(" ".join(shown.split()), longest)


def _is_shown(character: str) -> bool:
    # Formatting characters turn the direction of what follows, or hide; but words of Persian and Hindi need joiners.
    joins = character in {"\u200c", "\u200d"}
    return joins or character.isspace() or unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Co", "Cn"}


def _shortened(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


def _listed(names: Iterable[str]) -> str:
    *most, last = list(names) or [""]
    return f"{', '.join(most)} and {last}" if most else last
