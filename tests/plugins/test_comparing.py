"""Where two methods differ: what would become of albums, faces, tags and covers, counted and in words."""

from __future__ import annotations

import pytest

from plugins.comparing import (
    EXAMPLES,
    ComparedCover,
    albums_compared,
    covers_compared,
    faces_compared,
    tags_compared,
)
from plugins.publishing.wanted import WantedAlbum


def albums(**photos: str) -> list[WantedAlbum]:
    """Return albums by title; each letter is a photo."""
    return [WantedAlbum(title, "event", title, "", tuple(ids)) for title, ids in photos.items()]


@pytest.mark.parametrize(
    ("published", "other", "same", "counts", "said"),
    [
        pytest.param({"A": "abc"}, {"B": "cba"}, 1, {}, (), id="a title is no difference"),
        pytest.param(
            {"A": "abcd"},
            {"A": "ab", "B": "cd"},
            0,
            {"split": 1},
            ("“A” (4 photos) would be split into “A” and “B”",),
            id="split",
        ),
        pytest.param(
            {"A": "ab", "B": "cd"},
            {"C": "abcd"},
            0,
            {"joined": 1},
            ("“A” and “B” would be one album, “C”",),
            id="joined",
        ),
        pytest.param({"A": "ab"}, {}, 0, {"not made": 1}, ("“A” (2 photos) would not be made",), id="not made"),
        pytest.param({}, {"A": "a"}, 0, {"made too": 1}, ("“A” (1 photo) would be made too",), id="made too"),
        pytest.param(
            {"A": "abc"},
            {"A": "bcde"},
            0,
            {"with other photos": 1},
            ("“A” (3 photos) would have 2 more and 1 fewer",),
            id="other photos",
        ),
        pytest.param(
            {"A": "ab", "B": "cd", "C": "e"},
            {"X": "a", "Y": "bc", "Z": "d", "C": "e"},
            1,
            {"split": 2, "joined": 1},
            (
                "“A” (2 photos) would be split into “X” and “Y”",
                "“A” and “B” would be one album, “Y”",
                "“B” (2 photos) would be split into “Y” and “Z”",
            ),
            id="a boundary elsewhere",
        ),
        pytest.param({}, {}, 0, {}, (), id="nothing at all"),
    ],
)
def test_albums(published, other, same, counts, said):
    found = albums_compared(albums(**published), albums(**other))
    assert (found.same, found.counts, found.examples) == (same, counts, said)


def test_piles_are_no_albums_of_events():
    pile = WantedAlbum("p", "pile", "Anna", "", ("a",))
    assert albums_compared([pile], []).counts == {}


def test_many_cases_are_counted_and_the_largest_told():
    published = albums(**{f"T{n:02}": "abcdefghijklmnopqrstuvwxyz"[: n + 1] for n in range(1)})
    many = [WantedAlbum(f"{n}", "event", f"T{n:02}", "", tuple(f"{n}-{i}" for i in range(n + 1))) for n in range(20)]
    found = albums_compared(many, published)
    assert found.counts == {"not made": 20, "made too": 1}
    assert len(found.examples) == EXAMPLES
    assert found.examples[0] == "“T19” (20 photos) would not be made"


def test_faces_by_name():
    found = faces_compared(["Anna", "Anna", "Anna", "", "", "Ben"], ["Anna", "Ben", "", "Anna", "", "Ben"])
    assert found.same == 2  # what is nobody's by both counts nowhere
    assert found.counts == {"to somebody else": 1, "to nobody": 1, "found": 1}
    assert found.examples == (
        "1 face of Anna would be Ben’s",
        "1 face of Anna would be nobody’s",
        "1 face of nobody would be Anna’s",
    )


def test_tags_by_word():
    published = {("p1", "Beach"), ("p2", "Beach"), ("p3", "Cat")}
    found = tags_compared(published, {("p1", "Beach"), ("p3", "Sea"), ("p2", "Sea")}, "of 9 photos 3 by lot")
    assert (found.same, found.counts) == (1, {"suggested too": 2, "not suggested": 2})
    assert found.examples == (
        "“Sea” would be suggested for 2 more photos",
        "“Beach” would be suggested for 1 fewer photo",
        "“Cat” would be suggested for 1 fewer photo",
    )
    assert found.told()["sample"] == "of 9 photos 3 by lot"


def test_covers():
    found = covers_compared([ComparedCover("Lake", "1.jpg", "1.jpg", 9), ComparedCover("Sea", "2.jpg", "3.jpg", 4)])
    assert (found.same, found.counts) == (1, {"another cover": 1})
    assert found.examples == ("“Sea” would show 3.jpg instead of 2.jpg",)
