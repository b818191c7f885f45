"""Dates, counts and names in words."""

from datetime import datetime

import pytest

from plugins.pages import wording

NOON = datetime(2024, 5, 3, 12, 0)


@pytest.mark.parametrize(
    ("end", "text"),
    [
        pytest.param(NOON, "Friday 3 May 2024", id="one day"),
        pytest.param(datetime(2024, 5, 5), "3–5 May 2024", id="within a month"),
        pytest.param(datetime(2024, 6, 1), "3 May – 1 June 2024", id="over a month's end"),
        pytest.param(datetime(2025, 1, 1), "3 May 2024 – 1 January 2025", id="over a year's end"),
        pytest.param(datetime(2025, 5, 4), "3 May 2024 – 4 May 2025", id="the same month of another year"),
    ],
)
def test_days(end: datetime, text: str) -> None:
    assert wording.days(NOON, end) == text


def test_span_tells_the_hours_of_one_day_only() -> None:
    assert wording.span(NOON, NOON.replace(hour=14, minute=5)) == "Friday 3 May 2024, 12:00–14:05"
    assert wording.span(NOON, NOON) == "Friday 3 May 2024, 12:00"
    assert wording.span(NOON, NOON.replace(day=5)) == "3–5 May 2024"


@pytest.mark.parametrize(
    ("people", "title"),
    [
        pytest.param((), "no faces", id="nobody"),
        pytest.param(("Anna",), "Anna", id="one"),
        pytest.param(("Anna", "Ben"), "Anna and Ben", id="two"),
        pytest.param(("Anna", "Ben", "Carla"), "Anna, Ben and Carla", id="three"),
        pytest.param(("",), "somebody not named yet", id="one without a name"),
        pytest.param(("", ""), "2 people not named yet", id="two without names"),
        pytest.param(("Anna", "", ""), "Anna and 2 more", id="named and not"),
    ],
)
def test_pile_title(people: tuple[str, ...], title: str) -> None:
    assert wording.pile_title(people) == title


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("Lisbon – 日本 🏖️ “x”", "Lisbon – 日本 🏖️ “x”", id="what can be shown stays"),
        pytest.param("two\r\n\nlines\ttab", "two lines tab", id="breaks become one space"),
        pytest.param("red\x1b[31m\x00", "red\ufffd[31m\ufffd", id="no terminal commands"),
        pytest.param("x\u202egpj.exe", "x\ufffdgpj.exe", id="no turned text"),
        pytest.param("half \ud83d", "half \ufffd", id="half a character"),
    ],
)
def test_clean(text: str, shown: str) -> None:
    assert wording.clean(text) == shown


@pytest.mark.parametrize(
    ("duration_s", "text"), [(0.04, "0.0 s"), (9.94, "9.9 s"), (9.96, "10 s"), (59.6, "1 min 0 s"), (200, "3 min 20 s")]
)
def test_seconds(duration_s: float, text: str) -> None:
    assert wording.seconds(duration_s) == text


def test_count() -> None:
    counted = [wording.count(1, "photo"), wording.count(0, "photo"), wording.count(1200, "photo")]
    assert counted == ["1 photo", "0 photos", "1,200 photos"]
    assert wording.count(2, "person", "people") == "2 people"
    assert wording.shorten("abcdef", 4) == "abc…"
