"""Dates, counts and names in English words, the same in pages, reports and the terminal."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

_LINE_BREAKS = re.compile(r"[\t\n\v\f\r\x85\u2028\u2029]+")
# Control characters, lone surrogates, non-characters, and the marks that turn the direction of the text around them.
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069\ufdd0-\ufdef\ufffe\uffff]")


def clean(text: str) -> str:
    """Return text that is safe to print on one line: breaks become spaces, what cannot be shown becomes `\ufffd`."""
    return _UNPRINTABLE.sub("\ufffd", _LINE_BREAKS.sub(" ", text))


def shorten(text: str, most: int) -> str:
    """Return text of at most `most` characters, with an ellipsis where it was cut."""
    return text if len(text) <= most else text[: most - 1] + "…"


def count(n: int, noun: str, many: str = "") -> str:
    """Return a number with its noun: "1 photo", "1,200 photos"; `many` where the plural is not the noun and an s."""
    return f"{n:,} {noun if n == 1 else many or noun + 's'}"


def day(when: date, year: bool = True) -> str:
    """Return a date as "Friday 3 May 2024"."""
    return f"{WEEKDAYS[when.weekday()]} {when.day} {MONTHS[when.month - 1]}" + (f" {when.year}" if year else "")


def clock(when: datetime) -> str:
    """Return a time of day as "14:05"."""
    return f"{when:%H:%M}"


def days(start: date, end: date) -> str:
    """Return the days from start to end: "Friday 3 May 2024", "3–5 May 2024", "30 April – 2 May 2024"."""
    start, end = (d.date() if isinstance(d, datetime) else d for d in (start, end))
    last = f"{end.day} {MONTHS[end.month - 1]} {end.year}"
    if start == end:
        return day(start)
    if (start.year, start.month) == (end.year, end.month):
        return f"{start.day}–{last}"
    first = f"{start.day} {MONTHS[start.month - 1]}"
    return f"{first} – {last}" if start.year == end.year else f"{first} {start.year} – {last}"


def hours(start: datetime, end: datetime) -> str:
    """Return the times of day from start to end: "14:05–16:30", or "14:05" when they are the same minute."""
    return clock(start) if clock(start) == clock(end) else f"{clock(start)}–{clock(end)}"


def span(start: datetime, end: datetime) -> str:
    """Return when an album was: the days, and within one day the times too."""
    same = start.date() == end.date()
    return f"{days(start, end)}, {hours(start, end)}" if same else days(start, end)


def both(words: Sequence[str]) -> str:
    """Return words as a list in a sentence: "Anna", "Anna and Ben", "Anna, Ben and Carla"."""
    *first, last = words or ("",)
    return f"{', '.join(first)} and {last}" if first else last


def pile_title(people: Sequence[str]) -> str:
    """Return the title of a pile by its people: "Anna and Ben", "no faces"; an empty name is somebody not named yet."""
    named = [name for name in people if name]
    unnamed = len(people) - len(named)
    if not people:
        return "no faces"
    if not named:
        return "somebody not named yet" if unnamed == 1 else f"{unnamed} people not named yet"
    return both([*named, f"{unnamed} more"] if unnamed else named)


def seconds(duration_s: float) -> str:
    """Return a duration as "0.4 s", "12 s" or "3 min 20 s"."""
    if duration_s < 9.95:
        return f"{duration_s:.1f} s"
    minutes, rest = divmod(round(duration_s), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def tidy(value: Any) -> Any:
    """Return what a template is about to print, with its text cleaned; markup made by us stays as it is."""
    return clean(value) if type(value) is str else value
