"""The cold start: groups of untagged photos, one word for each, and the words suggested for others like them."""

from __future__ import annotations

from pathlib import Path

import pytest
from fakes.tagged import Shots, enter

from app.tag_groups import name_group
from plugins.store import Suggestion
from tasks.context import opened
from tasks.look_alikes import group_look_alikes, looked_at
from tasks.publish import wanted_of
from tasks.tags import recommend_tags

HOME = "home"


@pytest.fixture
def shots(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shots:
    """Take photos of beaches and cats that nobody has tagged."""
    enter(tmp_path, monkeypatch, HOME)
    shots = Shots(HOME)
    shots.take(12, "beach")
    shots.take(9, "cat")
    return shots


def groups(shots: Shots) -> dict[frozenset[str], Suggestion]:
    """Group the photos; return the groups that wait, by the photos in them."""
    shots.save()
    group_look_alikes.as_task.fn(shots.library, "key")
    of_key = {photo.content_key: id_ for id_, photo in shots.photos.items()}
    with opened(shots.library) as here:
        waiting = here.store.suggestions.open(here.name, "group")
    return {frozenset(of_key[key] for key in made.evidence.photos): made for made in waiting}


@pytest.mark.parametrize(
    ("tagged", "rows"),
    [
        pytest.param("", [], id="no photo at all"),
        pytest.param("t.t..t", [0, 1, 2, 3, 4, 5], id="as many as there may be: all"),
        pytest.param("t.t..t...", [2, 4, 5, 6, 7, 8], id="a third of them tagged, and the newest of each"),
        pytest.param("........", [2, 3, 4, 5, 6, 7], id="nothing is tagged: the newest"),
        pytest.param("tttttttt", [2, 3, 4, 5, 6, 7], id="all is tagged: the newest"),
        pytest.param("t.tttttt.", [1, 4, 5, 6, 7, 8], id="few without a word: all these, and the newest others"),
    ],
)
def test_of_very_many_photos_the_newest_are_grouped(tagged: str, rows: list[int]) -> None:
    assert looked_at([mark == "t" for mark in tagged], most=6).tolist() == rows


def of_scene(shots: Shots, scene: str) -> list[str]:
    return [id_ for id_, shown in shots.scenes.items() if shown == scene]


def wanted(shots: Shots) -> set[tuple[str, str]]:
    with opened(shots.library) as here:
        return set(wanted_of(here).tags or ())


def test_from_no_tag_at_all_to_suggestions(shots: Shots) -> None:
    beach, cats = of_scene(shots, "beach"), of_scene(shots, "cat")
    found = groups(shots)
    assert set(found) == {frozenset(beach), frozenset(cats)}
    name_group(HOME, found[frozenset(beach)].key, "Beach", [2], json=False)
    name_group(HOME, found[frozenset(cats)].key, "Cats/Tom", [], json=False)
    named = {(photo, "Beach") for photo in beach if photo != beach[1]} | {(photo, "Cats/Tom") for photo in cats}
    assert wanted(shots) == named

    new = {(photo, "Beach") for photo in shots.take(2, "beach")} | {
        (photo, "Cats/Tom") for photo in shots.take(1, "cat")
    }
    assert groups(shots) == {}
    recommend_tags.as_task.fn(HOME, "key")
    assert {(photo, tag) for photo, tag in shots.asked() if tag != "Cats"} == new
    assert wanted(shots) == named


def test_photos_left_out_are_asked_of_again_with_others_but_never_by_that_word(shots: Shots) -> None:
    beach = of_scene(shots, "beach")
    name_group(HOME, groups(shots)[frozenset(beach)].key, "Beach", [1, 2], json=False)
    new = shots.take(3, "beach")
    again = groups(shots)
    assert again[frozenset([*beach[:2], *new])].value == ""


def test_photos_that_join_a_named_group_are_offered_its_name(shots: Shots) -> None:
    beach = of_scene(shots, "beach")
    name_group(HOME, groups(shots)[frozenset(beach)].key, "Beach", [], json=False)
    new = shots.take(5, "beach")
    assert groups(shots)[frozenset(new)].value == "Beach"


def test_the_users_own_tag_takes_a_photo_out_of_its_group_and_one_of_ours_does_not(shots: Shots) -> None:
    beach = of_scene(shots, "beach")
    shots.tag(beach[:2], "Sea")
    shots.ledger({(beach[0], "Sea"): "ours"})
    (found,) = (made for photos, made in groups(shots).items() if beach[2] in photos)
    assert len(found.evidence.photos) == len(beach) - 1
    assert found.value == "Sea"


def test_a_number_on_a_sheet_means_one_photo_as_long_as_the_key_waits(shots: Shots) -> None:
    beach = frozenset(of_scene(shots, "beach"))
    first = groups(shots)[beach]
    new = shots.take(1, "beach", day=-1)
    grown = groups(shots)[beach | {*new}]
    assert grown.key == first.key
    assert grown.evidence.photos == (*first.evidence.photos, shots.photos[new[0]].content_key)
    shots.tag([min(beach)], "Sea")
    shrunk = groups(shots)[(beach | {*new}) - {min(beach)}]
    assert shrunk.key != first.key


def test_by_time_they_are_numbered(shots: Shots) -> None:
    beach = of_scene(shots, "beach")
    keys = groups(shots)[frozenset(beach)].evidence.photos
    assert keys == tuple(shots.photos[photo].content_key for photo in beach)
