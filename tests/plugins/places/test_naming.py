"""Tests of event names."""

from __future__ import annotations

import locale
from datetime import datetime

import pytest

from plugins.places.geocode import Place
from plugins.places.naming import (
    MAX_TITLE,
    date_span,
    distinct_titles,
    event_title,
    main_places,
    often_seen,
    place_line,
    place_names,
    plain,
)

LISBON = Place("Lisbon", "Portugal", "PT", 517_802)
SINTRA = Place("Sintra", "Portugal", "PT", 26_193)
PORTO = Place("Porto", "Portugal", "PT", 249_633)
FARO = Place("Faro", "Portugal", "PT", 41_355)
SEVILLA = Place("Sevilla", "Spain", "ES", 684_234)
PARIS = Place("Paris", "France", "FR", 2_138_551)
ROME = Place("Rome", "Italy", "IT", 2_318_895)
PORTUGAL = Place("Portugal", "Portugal", "PT")
SINGAPORE = Place("Singapore", "Singapore", "SG", 5_638_700)


def at(text):
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("first", "last", "text"),
    [
        pytest.param("2024-05-12T10:00", "2024-05-12T10:00", "Sunday 12 May 2024", id="one photo"),
        pytest.param("2024-05-12T10:00", "2024-05-12T23:59", "Sunday 12 May 2024", id="one day"),
        pytest.param("2024-05-12T20:00", "2024-05-13T03:59", "Sunday 12 May 2024", id="a night out is one day"),
        pytest.param("2024-05-12T20:00", "2024-05-13T04:00", "12–13 May 2024", id="until the next morning"),
        pytest.param("2024-05-13T01:00", "2024-05-13T03:00", "Monday 13 May 2024", id="all after midnight"),
        pytest.param("2023-12-31T22:00", "2024-01-01T02:00", "Sunday 31 December 2023", id="New Year's Eve"),
        pytest.param("2024-05-03T10:00", "2024-05-05T10:00", "3–5 May 2024", id="days of a month"),
        pytest.param("2024-05-03T10:00", "2024-05-06T02:00", "3–5 May 2024", id="the last night belongs to the fifth"),
        pytest.param("2024-04-30T10:00", "2024-05-03T10:00", "30 April – 3 May 2024", id="across months"),
        pytest.param("2023-12-30T09:00", "2024-01-02T09:00", "30 December 2023 – 2 January 2024", id="across years"),
        pytest.param("2024-02-28T09:00", "2024-03-01T03:00", "28–29 February 2024", id="leap day"),
        pytest.param("2023-05-12T09:00", "2024-05-12T09:00", "12 May 2023 – 12 May 2024", id="a year later"),
    ],
)
def test_date_span(first, last, text):
    assert date_span(at(first), at(last)) == text


def test_names_of_days_do_not_follow_the_locale():
    before = locale.setlocale(locale.LC_TIME)
    there = [name for name in ("de_DE.UTF-8", "fr_FR.UTF-8", "pt_PT.UTF-8", "C.UTF-8") if _can_be_set(name)]
    try:
        for name in there:
            locale.setlocale(locale.LC_TIME, name)
            assert date_span(at("2024-05-12T10:00"), at("2024-05-12T11:00")) == "Sunday 12 May 2024"
    finally:
        locale.setlocale(locale.LC_TIME, before)
    assert there


def _can_be_set(name):
    before = locale.setlocale(locale.LC_TIME)
    try:
        locale.setlocale(locale.LC_TIME, name)
    except locale.Error:
        return False
    locale.setlocale(locale.LC_TIME, before)
    return True


@pytest.mark.parametrize(
    ("places", "at_home", "names", "line"),
    [
        pytest.param([], [], "", "", id="no photos with a place"),
        pytest.param([None, None], [], "", "", id="places unknown"),
        pytest.param([LISBON], [], "Lisbon", "Lisbon, Portugal", id="one place"),
        pytest.param([None, LISBON], [], "Lisbon", "Lisbon, Portugal", id="unknown ones do not count"),
        pytest.param([SINTRA, LISBON, LISBON], [], "Lisbon and Sintra", "Lisbon and Sintra, Portugal", id="two places"),
        pytest.param([LISBON] * 9 + [SINTRA], [], "Lisbon", "Lisbon, Portugal", id="a stop on the way is no name"),
        pytest.param([LISBON, SINTRA, PORTO], [], "Portugal", "Portugal", id="more than two places in one country"),
        pytest.param(
            [LISBON, SEVILLA], [], "Lisbon and Sevilla", "Lisbon and Sevilla, Portugal and Spain", id="border"
        ),
        pytest.param(
            [LISBON] * 3 + [PORTO] * 2 + [SEVILLA] * 2,
            [],
            "Portugal and Spain",
            "Portugal and Spain",
            id="two countries",
        ),
        pytest.param(
            [LISBON, SEVILLA, PARIS, ROME],
            [],
            "Portugal, Spain and 2 other countries",
            "Portugal, Spain and 2 other countries",
            id="four countries",
        ),
        pytest.param(
            [PORTUGAL] * 9 + [LISBON], [], "Lisbon", "Lisbon, Portugal", id="a town says more than its country"
        ),
        pytest.param([PORTUGAL], [], "Portugal", "Portugal", id="but the country is better than nothing"),
        pytest.param([SINGAPORE], [], "Singapore", "Singapore", id="a city that is its country"),
        pytest.param([LISBON] * 3, [True, True, False], "Home", "Lisbon, Portugal", id="most at home"),
        pytest.param([LISBON] * 3, [True, False, False], "Lisbon", "Lisbon, Portugal", id="a start from home"),
        pytest.param([None, None], [True, True], "Home", "", id="home far from any town"),
    ],
)
def test_where(places, at_home, names, line):
    assert place_names(places, at_home) == names
    assert place_line(places) == line


def test_a_journey_of_many_stops_keeps_them_all():
    stops = [LISBON, SINTRA, PORTO, FARO]
    assert main_places(stops * 2) == tuple(stops)


@pytest.mark.parametrize(
    ("people", "often"),
    [
        pytest.param([], (), id="no photos"),
        pytest.param([set(), {""}], (), id="nobody with a name"),
        pytest.param([{"Anna"}, set(), set(), set()], (), id="on one of four is not often"),
        pytest.param([{"Anna"}] * 3 + [set()] * 7, ("Anna",), id="on three of ten is"),
        pytest.param([{"Ben"}, {"Anna", "Ben"}], ("Ben", "Anna"), id="most frequent first"),
        pytest.param([{"D", "C", "B", "A"}], ("A", "B", "C"), id="at most three, a draw by name"),
        pytest.param([["Anna", "Anna"], [], [], []], (), id="twice on one photo is once"),
        pytest.param([{"Anna\u202e\n Lee"}], ("Anna Lee",), id="control characters go"),
    ],
)
def test_often_seen(people, often):
    assert often_seen(people) == often


DAY = ["2024-05-12T10:00", "2024-05-12T12:00"]
TRIP = ["2024-05-03T10:00", "2024-05-05T12:00"]


@pytest.mark.parametrize(
    ("times", "given", "title"),
    [
        pytest.param(DAY, {}, "Sunday 12 May 2024", id="nothing but a day"),
        pytest.param(TRIP, {"places": [LISBON, LISBON]}, "Lisbon, 3–5 May 2024", id="a trip"),
        pytest.param(
            DAY, {"places": [LISBON] * 2, "at_home": [True] * 2}, "Home, Sunday 12 May 2024", id="a day at home"
        ),
        pytest.param(DAY, {"places": [LISBON, None]}, "Lisbon, Sunday 12 May 2024", id="a day out"),
        pytest.param(
            TRIP,
            {"places": [LISBON, LISBON], "people": [{"Anna", "Ben"}, {"Anna"}]},
            "Lisbon with Anna and Ben, 3–5 May 2024",
            id="in company",
        ),
        pytest.param(DAY, {"people": [{"Anna"}, set()]}, "With Anna, Sunday 12 May 2024", id="company, no place"),
        pytest.param(TRIP[::-1], {"places": [SINTRA] * 2}, "Sintra, 3–5 May 2024", id="in any order"),
    ],
)
def test_event_title(times, given, title):
    assert event_title([at(time) for time in times], **given) == title


def test_a_title_is_never_too_long_and_always_says_when():
    long = Place("Llanfair" * 30, "Wales" * 30, "GB")
    title = event_title([at(DAY[0])], [long], people=[{"A" * 500}])
    assert len(title) <= MAX_TITLE
    assert title.startswith("LlanfairLlanfair")
    assert title.endswith("…, Sunday 12 May 2024")


def test_people_give_way_before_places_do():
    two = [Place("Llanfairpwllgwyngyll upon the Strait", "UK", "GB", 1), Place("Bwlch" * 5, "UK", "GB", 1)]
    title = event_title([at(t) for t in TRIP], two, people=[{"Maximiliane " * 3, "Konstantin " * 3}] * 2)
    assert title == "Llanfairpwllgwyngyll upon the Strait and BwlchBwlchBwlchBwlchBwlch, 3–5 May 2024"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("Lisbon", "Lisbon", id="plain stays"),
        pytest.param("São João, <b>&'\"", "São João, <b>&'\"", id="marks are text; pages escape them"),
        pytest.param("می\u200cخواهم", "می\u200cخواهم", id="a joiner belongs to the word"),
        pytest.param(" a\n\tb\u2028c ", "a b c", id="one line"),
        pytest.param("a\x00\x1b[31mb", "a[31mb", id="no terminal codes"),
        pytest.param("a\u202eb\u2066c\ufeff", "abc", id="no change of direction"),
        pytest.param("a\ud800\uffff", "a", id="nothing that XML cannot hold"),
        pytest.param("x" * 200, "x" * 119 + "…", id="cut"),
    ],
)
def test_plain(text, shown):
    assert plain(text) == shown


@pytest.mark.parametrize(
    ("titles", "starts", "told"),
    [
        pytest.param([], [], [], id="nothing"),
        pytest.param(["A", "B"], ["10:00", "10:00"], ["A", "B"], id="unique titles stay"),
        pytest.param(["A", "A"], ["10:00", "15:00"], ["A (morning)", "A (afternoon)"], id="parts of the day"),
        pytest.param(
            ["A", "B", "A", "A"],
            ["19:00", "10:00", "10:00", "02:00"],
            ["A (evening)", "B", "A (morning)", "A (night)"],
            id="each part once, others stay",
        ),
        pytest.param(["A", "A"], ["10:00", "11:30"], ["A (10:00)", "A (11:30)"], id="one part of the day: times"),
        pytest.param(["A", "A"], ["10:00", "10:00"], ["A (10:00)", "A (10:00) (2)"], id="one minute: numbers"),
        pytest.param(["A", "A", "A (morning)"], ["10:00", "15:00", "9:00"], None, id="a mark that is taken already"),
    ],
)
def test_distinct_titles(titles, starts, told):
    result = distinct_titles(titles, [at(f"2024-05-12T{start:0>5}") for start in starts])
    assert len(set(result)) == len(titles)
    assert told is None or list(result) == told


def test_long_titles_are_told_apart_within_the_limit():
    result = distinct_titles(["x" * MAX_TITLE] * 3, [at("2024-05-12T10:00")] * 3)
    assert len(set(result)) == 3
    assert max(map(len, result)) <= MAX_TITLE


def test_a_journey_in_the_home_country_is_named_by_its_towns() -> None:
    where = [Place(name, "Germany", "DE", 5_000, 0.0) for name in ("Painten", "Riedenburg", "Hemau", "Kelheim")]
    assert place_names(where) == "Germany"
    assert place_names(where, home_country="Germany") == "Painten, Riedenburg and Hemau"
    assert place_names(where, home_country="Austria") == "Germany"
