"""Groups of untagged photos that look alike: which are asked of, by which key and name, and which never again."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from plugins.people import DROPPED, Grouping, look_alikes
from plugins.people.look_alikes import Group, asked_of, grouped, groups_of
from plugins.store.suggestions import Decision, Evidence, Suggestion


def grouped_as(*cluster: int) -> Grouping:
    return Grouping(np.array(cluster, dtype=np.int64), np.full(len(cluster), np.nan, dtype=np.float32))


@pytest.mark.parametrize(
    ("cluster", "tags", "groups"),
    [
        pytest.param([0, 0, 0], ["", "", ""], {"abc": ""}, id="three that nobody tagged"),
        pytest.param([0, 0, 1], ["", "", ""], {}, id="too few"),
        pytest.param([DROPPED] * 3, ["", "", ""], {}, id="nothing is known of them"),
        pytest.param([0, 0, 0], ["boat", "", ""], {}, id="a tagged one does not count"),
        pytest.param([0, 0, 0, 0], ["boat", "", "", ""], {"bcd": "boat"}, id="but gives the name"),
        pytest.param([0] * 6, ["boat", "sea", "x", "", "", ""], {"def": ""}, id="tags that agree on nothing"),
        pytest.param([0] * 5, ["boat sea", "sea", "", "", ""], {"cde": "sea"}, id="the tag that most have"),
        pytest.param([0, 0, 0, 1, 1, 1, 1], [""] * 7, {"defg": "", "abc": ""}, id="the largest first"),
    ],
)
def test_groups(cluster, tags, groups):
    keys, units = "abcdefg"[: len(cluster)], np.ones((len(cluster), 1), dtype=np.float32)
    found = groups_of(keys, units, grouped_as(*cluster), [tag.split() for tag in tags], lambda photos: len(photos) >= 3)
    assert {"".join(group.photos): group.name for group in found} == groups
    assert ["".join(group.photos) for group in found] == list(groups)
    assert all(group.similarity == pytest.approx(1) for group in found)


GROUP = Group(tuple("abcd"), "boat", 0.9)


def waiting(photos: str) -> Suggestion:
    return Suggestion("group-0", "group", "group-0", "", evidence=Evidence(photos=tuple(photos)))


def decision(photos: str, verdict: str) -> Decision:
    evidence = Evidence(photos=tuple(photos))
    return Decision("group-1", "group", "group-1", "", verdict, datetime(2024, 5, 3, tzinfo=UTC), evidence)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("before", "photos"),
    [
        pytest.param("abcd", "abcd", id="as it was"),
        pytest.param("dba", "dbac", id="one has joined: behind the others, which keep their numbers"),
        pytest.param("c", "cabd", id="many have joined"),
    ],
)
def test_a_key_stays_while_its_numbers_hold(before, photos):
    (one,) = asked_of([GROUP], [waiting(before)], [])
    assert (one.key, one.evidence.photos, one.value, one.score) == ("group-0", tuple(photos), "boat", 0.9)


@pytest.mark.parametrize(
    "before",
    [
        pytest.param("", id="a new one"),
        pytest.param("abcx", id="one has left: the numbers of a sheet would mean other photos"),
        pytest.param("awxyz", id="another one by now"),
    ],
)
def test_other_numbers_have_another_key(before):
    (one,) = asked_of([GROUP], [waiting(before)], [])
    assert one.key != "group-0"
    assert one.evidence.photos == GROUP.photos
    assert asked_of([GROUP], [], []) == [one]
    assert asked_of([Group(tuple("bacd"), "boat", 0.9)], [], [])[0].key != one.key


@pytest.mark.parametrize(
    ("decided", "asked"),
    [
        pytest.param(decision("abcd", "rejected"), False, id="rejected"),
        pytest.param(decision("abcdefgh", "rejected"), False, id="a part of what was rejected"),
        pytest.param(decision("ab", "accepted"), False, id="grown from what was accepted"),
        pytest.param(decision("axyz", "rejected"), True, id="one photo of what was rejected"),
    ],
)
def test_answers_hold(decided, asked):
    assert bool(asked_of([GROUP], [waiting("abcd")], [decided])) == asked


@pytest.mark.parametrize(
    ("refused", "name"),
    [
        pytest.param({}, "Boat", id="nothing refused"),
        pytest.param({"d": {"boat"}}, "sea", id="by one of its photos: the next word"),
        pytest.param({"d": {"boat"}, "c": {"sea"}}, "", id="all refused"),
        pytest.param({"a": {"boat"}}, "Boat", id="by a photo that is not asked of"),
    ],
)
def test_no_name_is_proposed_that_a_photo_must_not_get(refused, name):
    tags = [["Boat", "sea"], ["Boat", "sea"], [], []]
    (group,) = groups_of("abcd", np.ones((4, 1), np.float32), grouped_as(0, 0, 0, 0), tags, bool, refused)
    assert (group.photos, group.name) == (("c", "d"), name)


class Fixed:
    """A method whose answer is known."""

    def __init__(self, *cluster: int) -> None:
        self.answer = grouped_as(*cluster)

    def cluster(self, *_: object) -> Grouping:
        return self.answer


PAIR = np.repeat(np.eye(2, 3, dtype=np.float32), 5, axis=0)


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        pytest.param(Fixed(*[0] * 4, *range(1, 7)), [0] * 4 + [*range(1, 7)], id="a group is enough"),
        pytest.param(Fixed(*range(10)), None, id="none at all: by what is nearest"),
        pytest.param(Fixed(*[DROPPED] * 10), None, id="nothing kept"),
    ],
)
def test_small_libraries_have_groups_too(method, expected):
    found = grouped(method, PAIR, lambda rows: len(rows) >= 4).cluster.tolist()
    if expected is None:
        assert found[:5] == [found[0]] * 5
        assert found[5:] == [1 - found[0]] * 5
    else:
        assert found == expected


def test_what_says_nothing_is_in_no_group():
    units = np.concatenate([PAIR, np.zeros((1, 3), np.float32), np.full((1, 3), np.nan, np.float32)])
    found = grouped(Fixed(*[DROPPED] * 12), units, lambda _: False).cluster.tolist()
    assert found[10:] == [DROPPED] * 2
    assert DROPPED not in found[:10]


@pytest.mark.parametrize("n", [1, 3, 40])
def test_photos_that_are_all_the_same_are_one_group(n):
    found = grouped(Fixed(*[DROPPED] * n), np.eye(1, 3, dtype=np.float32).repeat(n, axis=0), lambda _: False)
    assert found.cluster.tolist() == [0] * n


def test_large_libraries_are_left_to_the_method(monkeypatch):
    monkeypatch.setattr(look_alikes, "SMALL", 9)
    assert grouped(Fixed(*range(10)), PAIR, lambda _: False).cluster.tolist() == [*range(10)]
