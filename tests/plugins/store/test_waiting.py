"""Pages of what waits and of what was decided: words as one however written, no suggestion left out, answers undone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from plugins.store import Evidence, Store, Suggestion
from plugins.store.suggestions import UnknownSuggestion
from plugins.store.waiting import place_of

AT = datetime(2024, 5, 1, 12, tzinfo=UTC)
LIKE = Evidence(photos=("key8", "key9"), similarity=0.8)
HOSTILE = "Ev\x1b[2Jil\0 \ud800<b>%_'"


def tag(key: str, photo: int, word: str, score: float) -> Suggestion:
    return Suggestion(key, "tag", f"key{photo}", word, score, f"«{word}»", LIKE)


CATS = [
    tag("tag-1", 0, "Big cat", 0.9),
    tag("tag-2", 1, "big  CAT", 0.8),
    tag("tag-3", 2, "Big cat", 0.8),
    tag("tag-4", 3, "Big cat", 0.1),
]
DOG = tag("tag-5", 0, "dog", 0.95)
EVIL = tag("tag-6", 4, HOSTILE, 0.5)
GROUP = Suggestion("group-1", "group", "group-1", "", 0.5, "", Evidence(photos=("key0", "key1", "key2")))


@pytest.fixture
def filled(store: Store) -> Store:
    store.suggestions.save("a", "tag", [*CATS, DOG, EVIL])
    store.suggestions.save("a", "group", [GROUP])
    store.suggestions.save("b", "tag", [tag("tag-1", 0, "cow", 0.9)])
    return store


def keys(store: Store) -> list[str]:
    return [made.key for made in store.suggestions.open("a")]


def test_words_are_counted_as_one_however_they_are_written(filled: Store) -> None:
    cats, dog, evil = filled.waiting.words("a")
    assert (cats.tag, cats.n, cats.best, cats.least) == ("Big cat", 4, 0.9, 0.1)
    assert cats.total == pytest.approx(2.6)
    assert cats.spellings == ("Big cat", "big  CAT")
    assert (dog.tag, dog.n, evil.tag) == ("dog", 1, HOSTILE)
    assert [word.tag for word in filled.waiting.words("a", never={"big cat"})] == ["dog", HOSTILE]
    assert filled.waiting.words("nowhere") == []
    assert (filled.waiting.count("a", "tag"), filled.waiting.count("a", "group")) == (6, 1)


def test_pages_of_a_word_leave_none_out_while_they_are_answered(filled: Store) -> None:
    cats = filled.waiting.words("a")[0]
    first = filled.waiting.of_word("a", cats, 2)
    assert first == CATS[:2]
    filled.suggestions.decide("a", "tag-2", "accepted")
    assert filled.waiting.of_word("a", cats, 2, place_of(first[-1])) == CATS[2:]
    assert filled.waiting.of_word("a", cats, 2, place_of(CATS[-1])) == []


@pytest.mark.parametrize("after", ["x", "0.5", ":tag-1", "nan:tag-1", "inf:", "0.85:"])
def test_a_place_that_is_made_up_is_before_the_first(after: str, filled: Store) -> None:
    assert filled.waiting.of_word("a", filled.waiting.words("a")[2], 9, after) == [EVIL]


def test_a_hostile_word_comes_back_as_it_is(filled: Store) -> None:
    assert filled.waiting.of_word("a", filled.waiting.words("a")[2], 9) == [EVIL]


def test_photo_by_photo(filled: Store) -> None:
    assert filled.waiting.of_photo("a", "key0") == [DOG, CATS[0]]
    seen = [filled.waiting.next_photo("a")]
    while following := filled.waiting.next_photo("a", seen[-1]):
        seen.append(following)
    assert seen == ["key0", "key1", "key2", "key3", "key4"]
    filled.suggestions.decide("a", "tag-5", "rejected")
    assert [d.value for d in filled.waiting.decided_on("a", "key0")] == ["dog"]


def test_one_answer_to_many_is_taken_back_at_once(filled: Store) -> None:
    filled.suggestions.answer("a", CATS, "accepted", AT)
    filled.suggestions.answer("a", [DOG], "rejected", AT + timedelta(seconds=1))
    found, n = filled.waiting.decided("a", ["tag"], most=2)
    assert (n, [d.key for d in found]) == (5, ["tag-5", "tag-4"])
    assert [d.key for d in filled.waiting.decided("a", ["tag"], most=2, offset=4)[0]] == ["tag-1"]
    assert len(filled.suggestions.take_back("a", AT, ["tag"])) == 4
    assert [filled.suggestions.of_keys("a", [made.key])[made.key] for made in CATS] == CATS
    assert [d.key for d in filled.suggestions.decisions("a")] == ["tag-5"]
    assert filled.suggestions.take_back("a", AT, ["tag"]) == []


def test_answers_are_counted_by_the_moment_not_by_what_they_are_about(filled: Store) -> None:
    filled.suggestions.answer("a", CATS[:2], "accepted", AT)
    filled.suggestions.answer("a", [DOG], "rejected", AT + timedelta(seconds=1))
    filled.suggestions.answer("a", [EVIL], "accepted", AT + timedelta(seconds=1))
    filled.suggestions.answer("a", [Suggestion("cover-1", "cover", "album", "key0")], "accepted", AT)
    of_tags = ["tag", "group"]
    assert (filled.answers.count("a", of_tags), filled.answers.count("b", of_tags)) == (2, 0)
    last, first = filled.answers.page("a", of_tags, 9)
    assert [(one.n, one.verdict, one.value) for one in (last, first)] == [(2, None, None), (2, "accepted", None)]
    assert [made.key for made in first.decided] == ["tag-1", "tag-2"]
    assert filled.answers.page("a", of_tags, 1, offset=1) == filled.answers.page("a", of_tags, 9, at=AT) == [first]
    assert [made.key for made in filled.answers.of_moment("a", of_tags, AT, 1, offset=1)] == ["tag-2"]


def test_what_was_answered_anew_holds_as_before_and_can_then_wait_again(filled: Store) -> None:
    filled.suggestions.answer("a", [DOG], "accepted", AT)
    again = filled.suggestions.decide_again("a", DOG.key, "rejected")
    filled.suggestions.take_back("a", again.decided_at, ["tag"])
    (first,) = filled.suggestions.decisions("a")
    assert (first.verdict, first.decided_at, first.evidence) == ("accepted", AT, DOG.evidence)
    filled.suggestions.take_back("a", AT, ["tag"])
    assert filled.suggestions.of_keys("a", [DOG.key]) == {DOG.key: DOG}


def test_a_named_group_waits_again_with_all_its_photos_and_what_was_never_asked_is_forgotten(filled: Store) -> None:
    kept = Suggestion(GROUP.key, "group", GROUP.subject, "sea", evidence=Evidence(photos=("key0", "key2")))
    unasked = Suggestion("tag-9", "tag", "key1", "sea")
    filled.suggestions.answer("a", [kept], "accepted", AT)
    filled.suggestions.answer("a", [unasked], "rejected", AT)
    assert len(filled.suggestions.take_back("a", AT, ["tag", "group"])) == 2
    assert filled.suggestions.of_keys("a", [GROUP.key, "tag-9"]) == {GROUP.key: GROUP}
    assert filled.suggestions.decisions("a") == []


def test_answers_of_other_kinds_and_libraries_stay(filled: Store) -> None:
    filled.suggestions.answer("a", [Suggestion("cover-1", "cover", "album", "key0")], "accepted", AT)
    filled.suggestions.answer("b", [tag("tag-1", 0, "cow", 0.9)], "accepted", AT)
    assert filled.suggestions.take_back("a", AT, ["tag", "group"]) == []
    assert len(filled.suggestions.decisions("a") + filled.suggestions.decisions("b")) == 2


def test_a_bar_is_an_answer_too(filled: Store) -> None:
    barred = filled.suggestions.never("a", "Café")
    assert filled.suggestions.never_tags("a") == {"café"}
    assert filled.suggestions.barred("a") == ["Café"]
    filled.suggestions.take_back("a", barred.decided_at, ["tag"])
    assert filled.suggestions.never_tags("a") == frozenset()


def test_the_place_in_a_photo_is_kept_with_what_waits_and_stays_when_it_is_answered(filled: Store) -> None:
    box = (0.25, 0.0, 0.75, 0.5)
    placed = filled.suggestions.place("a", DOG.key, box)
    assert filled.suggestions.of_keys("a", [DOG.key]) == {DOG.key: placed}
    filled.suggestions.decide("a", DOG.key, "accepted")
    assert filled.suggestions.decisions_of("a", [DOG.key])[DOG.key].evidence.box == box
    with pytest.raises(UnknownSuggestion):
        filled.suggestions.place("b", DOG.key, box)
