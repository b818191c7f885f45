"""What the user's own choices say: who likes what, which covers were chosen, and what is learned from them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from plugins.covers import Album, Chosen, Pictures
from plugins.covers.signals import Choice, Liked, choices, history_of, liked_of, samples_of
from plugins.publishing.ledger import LedgerAlbum
from plugins.records import Event, Photo, Signals

START = datetime(2024, 1, 1, tzinfo=UTC)
ABC = ("a", "b", "c")


def photo(id_: str, minute: int = 0, **known: Any) -> Photo:
    taken = START + timedelta(minutes=minute)
    return Photo(id_, f"{id_}.jpg", taken, taken.replace(tzinfo=None), f"key-{id_}", **known)


def ledger(**known: Any) -> list[LedgerAlbum]:
    members = {"a": "ours", "b": "user", "c": "removed"}
    return [LedgerAlbum("k", "event", gallery_id="our", cover="b", members=members, **known)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "known",
    [
        pytest.param({}, id="we chose it"),
        pytest.param({"user_cover": True, "state": "deleted"}, id="the album was deleted"),
        pytest.param({"user_cover": True, "state": "readonly"}, id="found without memory: nobody knows who chose it"),
    ],
)
def test_a_cover_of_our_album_that_is_not_the_users_choice(known: dict[str, Any]) -> None:
    assert choices(Signals(covers=(("our", "b"),)), {}, ledger(**known)) == ()


def test_a_cover_that_the_user_took_away_is_none() -> None:
    (album,) = ledger(user_cover=True)
    assert choices(Signals(), {}, [LedgerAlbum("k", "event", "our", user_cover=True, members=album.members)]) == ()


@pytest.mark.parametrize(
    ("covers", "members", "known", "found"),
    [
        pytest.param((("best", "b"),), {"best": ABC}, {}, [Choice(ABC, "b")], id="of the user's album"),
        pytest.param((("best", "b"),), {}, {}, [], id="of an album whose members nobody knows"),
        pytest.param((("our", "b"),), {}, {"user_cover": True}, [Choice(("a", "b"), "b")], id="of ours, once"),
        pytest.param((), {}, {"user_cover": True}, [Choice(("a", "b"), "b")], id="the ledger alone knows it"),
        pytest.param((("our", "b"),), {"our": ABC}, {"state": "released"}, [], id="ours before, and still our cover"),
        pytest.param(
            (("our", "c"),), {"our": ABC}, {"state": "released"}, [Choice(ABC, "c")], id="ours before, another cover"
        ),
        pytest.param(
            (("our", "b"),),
            {"our": ABC},
            {"state": "released", "user_cover": True},
            [Choice(ABC, "b")],
            id="ours before, chosen by the user already then",
        ),
        pytest.param(
            (("our", "b"),),
            {"our": ABC},
            {"state": "deleted"},
            [Choice(ABC, "b")],
            id="named as one of ours was",
        ),
    ],
)
def test_covers_that_the_user_chose(covers: Any, members: Any, known: dict[str, Any], found: list[Choice]) -> None:
    assert list(choices(Signals(covers=covers), members, ledger(**known))) == found


@pytest.mark.parametrize(
    ("photos", "signals"),
    [
        pytest.param([photo("a", rating=3)], Signals(), id="three stars"),
        pytest.param([photo("a", favourite=True, rating=-1)], Signals(), id="rejected, whatever else it is"),
        pytest.param([photo("a", favourite=True)], Signals(ratings=(("a", -1),)), id="rejected since"),
        pytest.param([], Signals(favourites=frozenset("a"), ratings=(("a", 5),)), id="archived, excluded or gone"),
    ],
)
def test_photos_that_say_nothing(photos: list[Photo], signals: Signals) -> None:
    assert liked_of(photos, signals, [Choice(("a", "b"), "a")] if not photos else []).n_signals == 0


@pytest.mark.parametrize(
    ("photos", "signals", "liked"),
    [
        pytest.param([photo("a", favourite=True)], Signals(), "a", id="a favourite where the gallery tells nothing"),
        pytest.param([photo("a")], Signals(favourites=frozenset("a")), "a", id="a favourite as the gallery tells"),
        pytest.param([photo("a", rating=4), photo("b", rating=5)], Signals(), "ab", id="four stars and five"),
        pytest.param([photo("a"), photo("b")], Signals(ratings=(("b", 4),)), "b", id="stars as the gallery tells"),
        pytest.param([photo("a", 9, favourite=True), photo("b", 1, rating=4)], Signals(), "ba", id="oldest first"),
        pytest.param(
            [photo("a", rating=5, favourite=True)], Signals(favourites=frozenset("a")), "a", id="each photo once"
        ),
    ],
)
def test_what_the_user_likes(photos: list[Photo], signals: Signals, liked: str) -> None:
    assert liked_of(photos, signals).photos == tuple(liked)


@pytest.mark.parametrize(
    ("choice", "kept"),
    [
        pytest.param(Choice(("a", "b"), "c"), False, id="no member of the album any more"),
        pytest.param(Choice(("a", "gone"), "gone"), False, id="deleted later"),
        pytest.param(Choice(("a", "rejected"), "rejected"), False, id="rejected later"),
        pytest.param(Choice(("a", "b", "gone"), "b"), True, id="another photo is gone"),
    ],
)
def test_a_chosen_cover_counts_while_it_is_there(choice: Choice, kept: bool) -> None:
    photos = [photo("a"), photo("b"), photo("c"), photo("rejected", rating=-1)]
    liked = liked_of(photos, Signals(), [choice])
    assert (liked.photos, liked.choices) == ((("b",), (Choice(("a", "b"), "b"),)) if kept else ((), ()))


def test_a_favourite_that_is_two_covers_is_one_signal() -> None:
    twice = [Choice(("a", "b"), "a"), Choice(("a", "c"), "a")]
    liked = liked_of([photo("a", favourite=True), photo("b"), photo("c")], Signals(), twice)
    assert (liked.n_signals, len(liked.choices)) == (1, 2)


PICTURES = Pictures.of([*"abcdefgh"], 60.0 * np.arange(8, dtype=np.float64))
"""A minute apart."""


def said(samples: Sequence[Chosen]) -> list[tuple[str, str, str, float]]:
    """Return each sample as letters: candidates, cover and history; and its weight."""
    letters = [
        ("".join(PICTURES.ids[row] for row in rows) for rows in (s.album.candidates, s.album.history)) for s in samples
    ]
    covers = [PICTURES.ids[s.album.candidates[s.cover]] for s in samples]
    return [
        (candidates, cover, history, s.weight)
        for (candidates, history), cover, s in zip(letters, covers, samples, strict=True)
    ]


def likes(marked: str = "", *chosen: tuple[str, str]) -> Liked:
    covers = {cover for _, cover in chosen}
    photos = tuple(sorted({*marked} | covers))
    return Liked(photos, frozenset(marked), tuple(Choice(tuple(album), cover) for album, cover in chosen))


@pytest.mark.parametrize(
    ("liked", "events"),
    [
        pytest.param(likes(), ["abcd"], id="nothing is liked"),
        pytest.param(likes("a"), ["a"], id="an event of one photo"),
        pytest.param(likes("abc"), ["abc"], id="all of an event are liked"),
        pytest.param(likes("", ("a", "a")), [], id="an album of one photo"),
    ],
)
def test_what_gives_no_sample(liked: Liked, events: list[str]) -> None:
    assert samples_of(PICTURES, liked, [Event(key, tuple(key)) for key in events]) == []


@pytest.mark.parametrize(
    ("liked", "events", "samples"),
    [
        pytest.param(likes("", ("cab", "b")), [], [("abc", "b", "", 1.0)], id="candidates in order of time"),
        pytest.param(
            likes("ah", ("def", "e")), [], [("def", "e", "a", 1.0)], id="the history is what was liked before it"
        ),
        pytest.param(likes("", ("bcd", "c"), ("ce", "c")), [], [("bcd", "c", "", 1.0), ("ce", "c", "", 1.0)], id="two"),
        pytest.param(likes("b"), ["abc", "def"], [("abc", "b", "", 0.3)], id="a favourite of an event is a hint"),
        pytest.param(likes("be"), ["abc", "def"], [("abc", "b", "", 0.3), ("def", "e", "b", 0.3)], id="one an event"),
        pytest.param(likes("bc"), ["abcd"], [("acd", "c", "", 0.3)], id="beside others: they would be as right"),
        pytest.param(likes("bc", ("ab", "b")), ["abcd"], [("ab", "b", "", 1.0)], id="no hint where a cover was chosen"),
        pytest.param(likes("b", ("fg", "g")), ["abc"], [("abc", "b", "", 0.3), ("fg", "g", "b", 1.0)], id="both"),
    ],
)
def test_what_is_learned_from(liked: Liked, events: list[str], samples: list[tuple[str, str, str, float]]) -> None:
    found = samples_of(PICTURES, liked, [Event(key, tuple(key)) for key in events])
    assert said(found) == samples
    assert [sample.album.blind for sample in found] == [sample.weight < 1 for sample in found]


def test_photos_that_are_no_pictures_are_left_out() -> None:
    liked = likes("b", ("efx", "e"), ("ghy", "y"))
    assert said(samples_of(PICTURES, liked, [Event("e", ("a", "b", "z"))])) == [
        ("ab", "b", "", 0.3),
        ("ef", "e", "b", 1.0),
    ]


def test_the_candidates_are_those_of_the_album_and_the_cover() -> None:
    def album_of(_: Pictures, members: np.ndarray[Any, Any]) -> Album:
        return Album(members[[0, -1]], category="home")

    (sample,) = samples_of(PICTURES, likes("", ("bcde", "d")), [], album_of)
    assert said([sample]) == [("bde", "d", "", 1.0)]
    assert sample.album.category == "home"


def test_a_hint_does_not_tell_what_is_marked() -> None:
    seen: list[list[bool]] = []

    def album_of(pictures: Pictures, members: np.ndarray[Any, Any]) -> Album:
        seen.append(pictures.favourite.tolist())
        return Album(members)

    pictures = Pictures.of([*"abcd"], np.arange(4.0), favourite=np.array([True, False, True, False]))
    samples_of(pictures, likes("ac", ("cd", "c")), [Event("e", ("a", "b"))], album_of)
    assert sorted(map(any, seen)) == [False, True]  # one hint, and one cover that the user chose


def test_of_many_the_chosen_covers_and_the_latest_are_kept() -> None:
    liked = likes("ce", ("ab", "b"))
    events = [Event("one", ("c", "d")), Event("two", ("e", "f"))]
    assert said(samples_of(PICTURES, liked, events, most=2)) == [("ab", "b", "", 1.0), ("ef", "e", "bc", 0.3)]


def test_the_history_of_an_album_is_all_that_is_liked_outside_it() -> None:
    assert history_of(likes("adh").rows(PICTURES), np.array([2, 3, 4])).tolist() == [0, 7]


def test_ten_thousand_favourites_give_a_bounded_stock() -> None:
    n = 20_000
    pictures = Pictures.of([f"{row:05}" for row in range(n)], 600.0 * np.arange(n, dtype=np.float64))
    marked = pictures.ids[::2]
    liked = Liked(tuple(marked), frozenset(marked))
    events = [Event(str(at), tuple(pictures.ids[at : at + 5])) for at in range(0, n, 5)]
    samples = samples_of(pictures, liked, events)
    assert (liked.n_signals, len(samples)) == (10_000, 300)
    assert samples[-1].album.candidates.max() >= n - 5
