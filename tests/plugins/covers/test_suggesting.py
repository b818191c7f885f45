"""Covers that are suggested for the user's own albums: for which, which photo, and what is said of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from plugins.covers import Album, Pictures, Ranking
from plugins.covers.suggesting import UserAlbum, cover_key, suggested, to_ask
from plugins.records import Photo
from plugins.store import Decision
from plugins.store.suggestions import Verdict

AT = datetime(2024, 5, 3, tzinfo=UTC)
PHOTOS = {name: Photo(name, f"{name}.jpg", AT, AT, f"key-{name}") for name in "abcdxyz"}
PICTURES = Pictures.of(list(PHOTOS), np.arange(len(PHOTOS), dtype=np.float64))
ALBUM = Album(np.arange(4), np.arange(4, 7))
THEIRS = UserAlbum("lake", ("a", "b", "c", "d"))
CLEAR = Ranking(np.array([0.1, 0.6, 0.2, 0.1], np.float32))
LIKED = replace(CLEAR, interest=np.array([0.2, 0.83, 0.4, 0.1], np.float32), matches=(6, 4))


def decision(value: str, verdict: Verdict, album: str = "lake", kind: str = "cover") -> Decision:
    return Decision(cover_key(album, value), kind, album, value, verdict, AT)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("album", "chosen", "decisions", "asked"),
    [
        pytest.param(THEIRS, (), [], "abcd", id="nobody has said anything"),
        pytest.param(UserAlbum("lake", ("a", "b")), (), [], None, id="too small"),
        pytest.param(UserAlbum("lake"), (), [], None, id="empty"),
        pytest.param(
            UserAlbum("lake", ("a", "b", "b", "gone")), (), [], None, id="too small without what is not there"
        ),
        pytest.param(
            UserAlbum("lake", ("c", "other's", "a", "b")), (), [], "cab", id="others' photos are not to be it"
        ),
        pytest.param(THEIRS, ("lake",), [], None, id="the user chose one"),
        pytest.param(THEIRS, ("sea",), [], "abcd", id="of another album"),
        pytest.param(THEIRS, (), [decision("key-a", "rejected")], None, id="the user wants none of ours"),
        pytest.param(THEIRS, (), [decision("key-a", "rejected", "sea")], "abcd", id="for another album"),
        pytest.param(THEIRS, (), [decision("key-a", "accepted")], None, id="accepted: it is being set"),
        pytest.param(
            THEIRS, (), [decision("key-z", "accepted")], "abcd", id="accepted, but taken out of the album since"
        ),
        pytest.param(
            THEIRS, (), [decision("key-a", "rejected", kind="tag")], "abcd", id="a decision on something else"
        ),
    ],
)
def test_which_albums_are_asked_for(
    album: UserAlbum, chosen: tuple[str, ...], decisions: list[Decision], asked: str | None
) -> None:
    found = to_ask([album], PHOTOS, chosen, decisions)
    assert [one.photos for one in found] == ([] if asked is None else [tuple(asked)])


@pytest.mark.parametrize(
    ("shown", "waiting", "value"),
    [
        pytest.param(None, (), "key-b", id="the album shows none"),
        pytest.param("a", (), "key-b", id="it shows one that is clearly worse"),
        pytest.param("b", (), None, id="it shows this one"),
        pytest.param("gone", (), "key-b", id="it shows one that is gone"),
        pytest.param("x", (), "key-b", id="it shows one that is no candidate"),
        pytest.param("a", ("key-b",), "key-b", id="it is asked already"),
        pytest.param("a", ("key-c",), "key-b", id="another was asked, which is clearly worse"),
    ],
)
def test_what_is_suggested(shown: str | None, waiting: tuple[str, ...], value: str | None) -> None:
    made = suggested(replace(THEIRS, cover=shown), PICTURES, ALBUM, CLEAR, PHOTOS, waiting)
    assert (made and made.value) == value
    if made is not None:
        assert (made.kind, made.subject, made.score) == ("cover", "lake", 0.6)
        assert made.key == cover_key("lake", "key-b") != cover_key("sea", "key-b")


@pytest.mark.parametrize(
    ("title", "reason"),
    [
        pytest.param("At the lake", "«At the lake»: the best by all that is measured", id="its title first"),
        pytest.param(" \n", "the best by all that is measured", id="none to be seen"),
        pytest.param("a\nb\x1b[2J", "«a b\ufffd[2J»: the best by all that is measured", id="made fit for a line"),
        pytest.param("x" * 99, f"«{'x' * 79}…»: the best by all that is measured", id="a long one"),
    ],
)
def test_of_which_album_it_is_stands_in_the_reason(title: str, reason: str) -> None:
    made = suggested(replace(THEIRS, title=title), PICTURES, ALBUM, CLEAR, PHOTOS)
    assert made is not None
    assert made.reason == reason


def test_what_may_be_asked_keeps_the_title() -> None:
    named = replace(THEIRS, photos=("a", "b", "c", "gone"), cover="a", title="Lake")
    assert to_ask([named], PHOTOS, (), []) == [replace(named, photos=("a", "b", "c"))]


def test_nothing_is_suggested_for_a_hairs_difference() -> None:
    close = Ranking(np.array([0.28, 0.32, 0.2, 0.2], np.float32))
    assert suggested(replace(THEIRS, cover="a"), PICTURES, ALBUM, close, PHOTOS) is None
    asked = suggested(THEIRS, PICTURES, ALBUM, close, PHOTOS, ("key-a",))
    assert asked is not None
    assert asked.value == "key-a"


def test_the_same_picture_under_another_id_is_shown_already() -> None:
    twin = {**PHOTOS, "a": replace(PHOTOS["a"], content_key="key-b")}
    assert suggested(replace(THEIRS, cover="a"), PICTURES, ALBUM, CLEAR, twin) is None


@pytest.mark.parametrize(
    ("ranking", "waiting", "reason", "photos"),
    [
        pytest.param(
            LIKED, (), "match with your favourites: 0.83, like z.jpg and x.jpg", ("key-z", "key-x"), id="it matches"
        ),
        pytest.param(CLEAR, (), "the best by all that is measured", (), id="what is liked does not count"),
        pytest.param(
            replace(LIKED, interest=np.array([0.9, 0.1, 0.9, 0.9], np.float32)), (),
            "the best by all that is measured", (), id="others match better",
        ),
        pytest.param(
            replace(LIKED, scores=np.array([0.3, 0.35, 0.3, 0.05], np.float32)), ("key-c",),
            "the best by all that is measured", (), id="the one asked before stays: the matches are not its own",
        ),
    ],
)  # fmt: skip
def test_what_is_said_of_it(ranking: Ranking, waiting: tuple[str, ...], reason: str, photos: tuple[str, ...]) -> None:
    made = suggested(THEIRS, PICTURES, ALBUM, ranking, PHOTOS, waiting)
    assert made is not None
    assert (made.reason, made.evidence.photos) == (reason, photos)
