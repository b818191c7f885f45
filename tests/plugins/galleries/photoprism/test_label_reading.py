"""Whose labels are whose: the user's words, those of machines, and ours; and which photos carry them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest
from fakes.photoprism.server import FakePhotoPrism

from plugins.changes import AddTags
from plugins.galleries import GalleryRefused
from plugins.galleries.photoprism import Plugin

Open = Callable[..., Plugin]
FACE = (0.1, 0.1, 0.2, 0.2)


def tags(gallery: Plugin) -> Mapping[str, tuple[str, ...]]:
    return {photo.id: photo.tags for photo in gallery.photos() if photo.tags}


def looked_at(server: FakePhotoPrism, n: int = 0) -> set[str]:
    return {seen.path.rpartition("/")[2] for seen in server.requests[n:] if "/photos/p" in seen.path}


def test_whose_label_it_is_shows_on_one_photo(newest: FakePhotoPrism, open_it: Open) -> None:
    photos = newest.add_photos(10)
    newest.label("Beach", *photos[:4])
    newest.classify("Cat", *photos[2:8])
    gallery = open_it(newest)
    assert tags(gallery) == dict.fromkeys(photos[:4], ("Beach",))
    assert len(looked_at(newest)) == 2
    n = len(newest.requests)
    assert tags(gallery) == dict.fromkeys(photos[:4], ("Beach",))
    assert not looked_at(newest, n)


@pytest.mark.parametrize("way", ["deleted", "private", "the label taken off"])
def test_labels_stay_the_users_when_the_photo_that_showed_it_does_not(
    newest: FakePhotoPrism, open_it: Open, way: str
) -> None:
    photos = newest.add_photos(10)
    newest.label("Beach", *photos)
    gallery = open_it(newest)
    assert len(tags(gallery)) == 10
    (looked,) = looked_at(newest)
    if way == "deleted":
        newest.delete_photo(looked)
    elif way == "private":
        newest.make_private(looked)
    else:
        newest.unlabel("Beach", looked)
        newest.add_face(looked, FACE)
        list(gallery.all_regions(list(gallery.photos())))
    theirs = dict.fromkeys(set(photos) - {looked}, ("Beach",))
    assert [tags(gallery) == theirs for _ in range(3)] == [True] * 3
    n = len(newest.requests)
    assert tags(gallery) == theirs
    assert not looked_at(newest, n)


@pytest.mark.parametrize("way", ["private", "in review"])
def test_a_label_that_a_photo_shows_which_is_not_read_is_looked_at_once(
    newest: FakePhotoPrism, open_it: Open, way: str
) -> None:
    photos = newest.add_photos(4)
    newest.label("Beach", *photos)
    newest.add_face(photos[0], FACE)  # so that this one is looked at
    (newest.make_private if way == "private" else newest.review)(photos[0])
    gallery = open_it(newest)
    assert [tags(gallery) for _ in range(3)] == [dict.fromkeys(photos[1:], ("Beach",))] * 3
    assert [seen.path for seen in newest.requests if "/photos/p" in seen.path] == [f"/api/v1/photos/{photos[0]}"]


@pytest.mark.parametrize("src", ["manual", "batch", "meta", "xmp", "keyword", "admin"])
def test_words_of_a_person(newest: FakePhotoPrism, open_it: Open, src: str) -> None:
    photos = newest.add_photos(2)
    newest.classify("Beach", *photos, src=src)
    assert tags(open_it(newest)) == dict.fromkeys(photos, ("Beach",))


@pytest.mark.parametrize("src", ["image", "onnx", "ollama", "openai", "vision", "location", "title", "caption", ""])
def test_words_of_a_machine(newest: FakePhotoPrism, open_it: Open, src: str) -> None:
    newest.classify("Beach", *newest.add_photos(2), src=src)
    gallery = open_it(newest)
    assert tags(gallery) == {}
    assert gallery.tags() == ["Beach"]


def test_a_photo_with_faces_is_looked_at_as_it_is_asked_for_anyway(newest: FakePhotoPrism, open_it: Open) -> None:
    photos = newest.add_photos(6)
    newest.add_face(photos[3], FACE)
    newest.label("Beach", *photos)
    assert len(tags(open_it(newest))) == 6
    assert looked_at(newest) == {photos[3]}


def test_looking_for_faces_tells_whose_labels_are_whose(newest: FakePhotoPrism, open_it: Open) -> None:
    """The user gave `Beach` to one photo, the classifier to the others: known of those that were looked at."""
    photos = newest.add_photos(6)
    for photo in photos[:4]:
        newest.add_face(photo, FACE)
    newest.label("Beach", photos[0])
    newest.classify("Beach", *photos[1:])
    gallery = open_it(newest)
    found = list(gallery.photos())
    list(gallery.all_regions(found))
    after = tags(gallery)
    assert after.keys() >= {photos[0]}
    assert not after.keys() & set(photos[1:4])


def test_a_search_for_a_label_finds_those_below_it(newest: FakePhotoPrism, open_it: Open) -> None:
    """`Animal` is the category of `Cat`: who has only that is left out, where the photo was looked at."""
    photos = newest.add_photos(4)
    for photo in photos:
        newest.add_face(photo, FACE)
    newest.label("Animal", *photos[:1])
    newest.label("Cat", *photos[1:3])
    cat, animal = newest.state.make_label("Cat"), newest.state.make_label("Animal")
    animal.categories.add(cat.id)
    gallery = open_it(newest)
    list(gallery.all_regions(list(gallery.photos())))
    assert tags(gallery) == {photos[0]: ("Animal",), photos[1]: ("Cat",), photos[2]: ("Cat",)}


def test_a_label_that_nobody_has_is_looked_at_once_for_all(newest: FakePhotoPrism, open_it: Open) -> None:
    photos = newest.add_photos(3)
    newest.label("Cat", *photos)
    cat = newest.state.make_label("Cat")
    for above in ("Animal", "Mammal"):  # the same photo is looked at for both
        newest.state.make_label(above).categories.add(cat.id)
    gallery = open_it(newest)
    assert tags(gallery) == dict.fromkeys(photos, ("Cat",))
    n = len(newest.requests)
    assert tags(gallery) == dict.fromkeys(photos, ("Cat",))
    assert not looked_at(newest, n)


def test_a_label_that_the_user_blocks_is_none(newest: FakePhotoPrism, open_it: Open) -> None:
    photos = newest.add_photos(3)
    newest.label("Beach", *photos)
    newest.block_label("Beach", photos[1])
    gallery = open_it(newest)
    assert tags(gallery).keys() == {photos[0], photos[2]}
    assert gallery.tagged("Beach") == sorted([photos[0], photos[2]])
    assert gallery.tagged_among(["Beach"], [photos[1]]) == {"Beach": frozenset()}


def test_what_carries_a_label_whoever_gave_it(newest: FakePhotoPrism, open_it: Open) -> None:
    photos = newest.add_photos(5)
    newest.label("Beach", photos[0])
    newest.classify("Beach", *photos[1:3])
    gallery = open_it(newest)
    assert gallery.tagged("Beach") == sorted(photos[:3])
    assert gallery.tagged("beach ") == sorted(photos[:3])
    assert gallery.tagged("Nothing") == []


@pytest.mark.parametrize(
    ("n_tags", "n_photos", "n_requests"),
    [
        pytest.param(2, 4, 3, id="few labels: a search each, and the list of labels"),
        pytest.param(4, 1, 1, id="one photo: it is asked for"),
        pytest.param(0, 3, 0, id="no label"),
        pytest.param(3, 0, 0, id="no photo"),
    ],
)
def test_labels_of_some_photos(
    newest: FakePhotoPrism, open_it: Open, n_tags: int, n_photos: int, n_requests: int
) -> None:
    photos = newest.add_photos(6)
    for n in range(4):
        newest.label(f"Word {n}", *photos[n : n + 2])
    gallery = open_it(newest)
    gallery.account()
    n = len(newest.requests)
    wanted = [f"Word {k}" for k in range(n_tags)]
    found = gallery.tagged_among(wanted, photos[:n_photos])
    assert found == {f"Word {k}": frozenset(photos[k : k + 2]) & set(photos[:n_photos]) for k in range(n_tags)}
    assert len(newest.requests) - n == n_requests


def test_our_labels_are_not_the_users(newest: FakePhotoPrism, open_it: Open) -> None:
    photos = newest.add_photos(4)
    newest.label("Beach", photos[0])
    gallery = open_it(newest)
    assert gallery.apply(AddTags(("Beach", "Sea"), tuple(photos[1:3]))).status == "done"
    assert tags(gallery) == {photos[0]: ("Beach",)}
    newest.archive(photos[1])
    assert tags(gallery) == {photos[0]: ("Beach",)}
    assert gallery.tagged("Sea") == sorted(photos[1:3])
    newest.unlabel("Sea", photos[2])
    assert tags(gallery) == {photos[0]: ("Beach",)}
    assert gallery.tagged("Sea") == [photos[1]]


def test_labels_that_are_switched_off_stop_nothing(newest: FakePhotoPrism, open_it: Open) -> None:
    photos = newest.add_photos(2)
    newest.label("Beach", *photos)
    newest.features["labels"] = False
    gallery = open_it(newest)
    assert {photo.id for photo in gallery.photos()} == set(photos)
    assert not gallery.capabilities.tags


def test_labels_that_the_key_may_not_read_are_not_taken_for_gone(newest: FakePhotoPrism, open_it: Open) -> None:
    newest.label("Beach", *newest.add_photos(2))
    gallery = open_it(newest, newest.add_token("photos albums config sessions"))
    with pytest.raises(GalleryRefused, match="labels"):
        list(gallery.photos())
