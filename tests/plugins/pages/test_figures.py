"""Figures of a report: nothing is left out unsaid, and every bar stays inside its drawing."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugins.pages.figures import MOST_BARS, WIDTH, bars, events_over_time, height, most_frequent
from plugins.pages.views import FigureView
from plugins.records import Event, Photo


def happened(*days: str) -> tuple[list[Event], dict[str, Photo]]:
    """Return an event a day, each of one photo."""
    times = [datetime.fromisoformat(day) for day in days]
    photos = {f"p{n}": Photo(f"p{n}", f"{n}.jpg", t.replace(tzinfo=UTC), t, f"k{n}") for n, t in enumerate(times)}
    return [Event(f"e{n}", (f"p{n}",)) for n in range(len(days))], photos


@pytest.mark.parametrize(
    ("days", "rows"),
    [
        pytest.param((), (), id="no event"),
        pytest.param(("2024-05-03",), (("May 2024", 1),), id="one"),
        pytest.param(
            ("2023-12-31", "2024-02-01", "2024-02-29"),
            (("Dec 2023", 1), ("Jan 2024", 0), ("Feb 2024", 2)),
            id="a month without one is there",
        ),
        pytest.param(
            ("2020-01-01", "2024-01-01"), (("2020", 1), ("2021", 0), ("2022", 0), ("2023", 0), ("2024", 1)), id="years"
        ),
    ],
)
def test_events_are_counted_by_month_or_by_year(days, rows):
    assert events_over_time(*happened(*days)).rows == rows


def test_years_that_do_not_fit_are_counted_all_the_same():
    figure = events_over_time(*happened("1900-01-01", "1901-01-01", "2024-01-01"))
    assert (figure.rows[0][0], figure.rows[-1], figure.note) == (
        "1985",
        ("2024", 1),
        "2 events before 1985 are not shown",
    )


def test_an_event_whose_photos_are_gone_is_none():
    events, _ = happened("2024-05-03")
    assert events_over_time(events, {}).rows == ()


def test_the_most_frequent_come_first_and_the_rest_is_counted():
    figure = most_frequent("Tags", "photos", {f"tag {n:02}": n % 40 for n in range(50)}, "tags")
    assert figure.rows[:2] == (("tag 39", 39), ("tag 38", 38))
    assert (len(figure.rows), figure.note) == (MOST_BARS, "The first 12 of 48 tags")
    assert most_frequent("Tags", "photos", {"a": 1, "b": 0}, "tags") == FigureView("Tags", "photos", (("a", 1),))


@given(rows=st.lists(st.tuples(st.text(), st.integers(0, 10**9)), max_size=60), upright=st.booleans())
@settings(max_examples=50, deadline=None)
def test_every_bar_is_inside_its_drawing(rows, upright):
    figure = FigureView("Tags", "photos", tuple(rows), upright)
    drawn = bars(figure)
    assert [bar.n for bar in drawn] == [n for _, n in rows]
    for bar in drawn:
        assert bar.x >= 0
        assert bar.y >= 0
        assert bar.x + bar.width <= WIDTH
        assert bar.y + bar.height <= height(figure)
