"""The stock that tags are learned from: whose words count on which photos, once a post, and from which libraries."""

from __future__ import annotations

import gc
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from fakes.tagged import Shots, enter

from plugins.records import Event, Person, Pile
from tasks.context import opened
from tasks.features import tag_pictures_or_skip
from tasks.stock import TaggedStock, stock_of

HOME, OTHER = "home", "other"
SHARED = f"[libraries.{OTHER}.tags]\nshare = true\n"
LEARNING = f"[libraries.{HOME}.tags]\nstock = ['{OTHER}']\n"


@pytest.fixture
def shots(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shots:
    enter(tmp_path, monkeypatch, HOME)
    return Shots(HOME)


def stock(shots: Shots) -> TaggedStock:
    with opened(shots.save().library) as here:
        return stock_of(here, tag_pictures_or_skip(here))


def contents(shots: Shots, ids: list[str]) -> list[str]:
    return [shots.photos[id_].content_key for id_ in ids]


def test_words_are_written_as_the_user_writes_them_most(shots):
    _, second, third = shots.take(3, "beach", "Beach")
    shots.tag([second], " beach", "Sun")
    shots.tag([third], "Beach ")
    assert stock(shots).tags == ({"Beach"}, {"Beach", "Sun"}, {"Beach"})


def test_what_is_never_suggested_is_not_learned(shots, monkeypatch):
    monkeypatch.setenv("ALBUMEN_TAGS__IGNORE", '["todo*"]')
    tagged = shots.take(1, "beach", "Beach", "2024", "NIKON D90", "People/Anna", "Anna", "todo later", "sea")
    shots.photos |= {id_: replace(shots.photos[id_], camera="NIKON D90") for id_ in tagged}
    shots.take(1, "beach", "IMG_1234")
    with opened(HOME) as here:
        here.store.people.save(HOME, [Person("1", "Anna")])
        here.store.suggestions.never(HOME, "SEA")
    found = stock(shots)
    assert (found.keys, found.tags) == (tuple(contents(shots, tagged)), ({"Beach"},))


def test_photos_that_are_left_out_are_no_stock(shots, monkeypatch):
    monkeypatch.setenv("ALBUMEN_EXCLUDE__TAGS", '["private"]')
    shots.take(1, "beach", "Beach", "private")
    assert stock(shots).keys == ()


def test_two_photos_of_one_content_are_one(shots):
    one, copy = shots.take(2, "beach", "Beach")
    shots.photos[copy] = replace(shots.photos[copy], content_key=shots.photos[one].content_key, tags=("Sun",))
    found = stock(shots)
    assert (found.keys, found.tags, found.n_tagged) == (tuple(contents(shots, [one])), ({"Beach", "Sun"},), 1)
    assert found.taken_s == (shots.photos[one].taken_at.timestamp(),)


def test_refusals_alone_are_stock_too_but_nothing_tagged(shots):
    (photo,) = shots.take(1, "beach")
    shots.ledger({(photo, "Cat"): "rejected"})
    found = stock(shots)
    assert (found.tags, found.refused, found.n_tagged) == (({*()},), ({"cat"},), 0)


def test_garbage_is_searched_for_again_once_a_stock_is_read_or_cannot_be(shots):
    stock(shots)
    assert gc.isenabled()
    with opened(HOME) as here, pytest.raises(AttributeError):
        stock_of(here, None)
    assert gc.isenabled()


def test_photos_without_a_vector_are_left_out(shots):
    shots.take(2, "beach", "Beach")
    shots.save().forget_vectors()
    with opened(HOME) as here:
        assert stock_of(here, tag_pictures_or_skip(here)).keys == ()


@pytest.mark.parametrize(
    ("post", "expected"),
    [
        pytest.param("burst", [0, 0, 1, 2], id="a burst"),
        pytest.param("pile", [0, 1, 0, 2], id="a pile; a photo in none counts by itself"),
        pytest.param("photo", [0, 1, 2, 3], id="each photo"),
    ],
)
def test_what_counts_once(shots, monkeypatch, post, expected):
    monkeypatch.setenv("ALBUMEN_TAGS__POST", post)
    first, second, third, fourth = shots.take(4, "beach", "Beach")
    shots.photos[second] = replace(
        shots.photos[second], taken_at=shots.photos[first].taken_at + timedelta(seconds=2)
    )  # at most burst_s after
    with opened(shots.save().library) as here:
        here.store.events.save(
            HOME, [Event("e", (first, second, third), "", piles=(Pile(("Anna",), (first, third)), Pile((), (second,))))]
        )
    numbers = stock(shots).post
    _, counted = np.unique(numbers, return_inverse=True)
    assert counted.tolist() == expected
    assert fourth in shots.photos


def test_the_fingerprint_follows_what_may_be_learned(shots):
    tagged = shots.take(2, "beach", "Beach")
    seen = [stock(shots).fingerprint]
    shots.take(1, "cat")  # says nothing
    shots.tag(tagged, "Beach", "2024")  # nor does a date
    assert stock(shots).fingerprint == seen[0]
    for change in (
        lambda: shots.tag(tagged[:1], "Beach", "Sun"),
        lambda: shots.take(1, "cat", "Cat"),
        lambda: shots.ledger({(tagged[1], "Sun"): "rejected"}),
        lambda: shots.photos.pop(tagged[0]),
    ):
        change()
        seen.append(stock(shots).fingerprint)
    assert len(set(seen)) == len(seen)


def test_the_vectors_are_those_of_the_rows(shots):
    shots.take(2, "beach", "Beach")
    shots.take(1, "cat")
    shots.take(1, "wood", "Wood")
    with opened(shots.save().library) as here:
        extractor = tag_pictures_or_skip(here)
        found = stock_of(here, extractor)
        rows = found.with_vectors(here, extractor)
        _, expected = here.store.features.matrix(found.keys, "scenes", "1")
    np.testing.assert_array_equal(rows.vectors[np.arange(3)], expected)
    assert (list(rows.tags), rows.post.tolist(), rows.taken_s.tolist()) == (
        [{"Beach"}, {"Beach"}, {"Wood"}],
        list(found.post),
        list(found.taken_s),
    )


def two(place: Path, monkeypatch: pytest.MonkeyPatch, settings: str) -> tuple[Shots, Shots]:
    enter(place, monkeypatch, HOME, OTHER, settings=settings)
    mine, theirs = Shots(HOME), Shots(OTHER)
    mine.take(2, "beach", "beach")
    theirs.take(3, "beach", "Beach")
    theirs.take(2, "cat", "Cat", "People/Ben")
    return mine, theirs


def test_another_library_that_shares_is_learned_from(tmp_path, monkeypatch):
    mine, theirs = two(tmp_path, monkeypatch, LEARNING + SHARED)
    theirs.ledger({(next(iter(theirs.photos)), "Beach"): "ours"})  # its own rules say what counts there
    theirs.save()
    found = stock(mine)
    assert (found.n_own, found.n_tagged, found.note) == (2, 6, "")
    assert found.keys[:2] == tuple(contents(mine, [*mine.photos]))
    assert found.tags == ({"beach"},) * 4 + ({"Cat"},) * 2  # written as here, if it is a word here
    assert len(set(found.post)) == 6


def test_a_content_of_both_libraries_is_one_row_of_this_one(tmp_path, monkeypatch):
    mine, theirs = two(tmp_path, monkeypatch, LEARNING + SHARED)
    ours, other = next(iter(mine.photos)), next(iter(theirs.photos))
    theirs.photos[other] = replace(
        theirs.photos[other], content_key=mine.photos[ours].content_key, tags=("BEACH", "Sun")
    )
    theirs.save()
    found = stock(mine)
    assert (found.n_own, len(found.keys), found.tags[0]) == (2, 6, {"beach", "Sun"})


@pytest.mark.parametrize(
    ("settings", "note"),
    [
        pytest.param(LEARNING, "Library 'other' is left out of the stock: it does not let", id="not shared"),
        pytest.param(
            f"[libraries.{HOME}.tags]\nstock = ['nobody']\n", "Library 'nobody' is left out of the stock: there is no",
            id="unknown",
        ),
        pytest.param(f"[libraries.{HOME}.tags]\nstock = ['{HOME}']\n", "", id="itself"),
    ],
)  # fmt: skip
def test_another_library_is_left_out(tmp_path, monkeypatch, settings, note):
    mine, theirs = two(tmp_path, monkeypatch, settings)
    theirs.save()
    found = stock(mine)
    assert found.n_tagged == found.n_own == 2
    assert found.note.startswith(note)
    assert bool(found.note) == bool(note)


def test_another_library_without_vectors_is_left_out(tmp_path, monkeypatch):
    mine, theirs = two(tmp_path, monkeypatch, LEARNING + SHARED)
    theirs.save(vectors=False)
    found = stock(mine)
    assert found.n_tagged == 2
    assert "none of its tagged photos has a vector of scenes" in found.note


def test_another_library_whose_gallery_is_away_is_left_out(tmp_path, monkeypatch):
    mine, theirs = two(tmp_path, monkeypatch, LEARNING + SHARED + f"[libraries.{OTHER}.exclude]\nalbums = ['x']\n")
    theirs.save()
    settings, photos = tmp_path / "albumen.toml", str(tmp_path / "photos")
    home, other = settings.read_text().split(f"[libraries.{OTHER}]")
    settings.write_text(f"{home}[libraries.{OTHER}]{other.replace(photos, f'{photos}/away')}")
    found = stock(mine)
    assert found.n_tagged == 2
    assert "its gallery cannot be asked" in found.note
