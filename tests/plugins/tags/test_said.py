"""What a user has said about tags, and that nothing they refused is ever suggested, learned or wanted."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from fakes.tiny import photo
from hypothesis import given
from hypothesis import strategies as st

from plugins.people.named_groups import NamedGroup
from plugins.store.suggestions import Decision
from plugins.tags import Recommendation
from plugins.tags.said import Ledgered, said_of, wanted_tags
from plugins.tags.suggesting import Known, Rules, parted, tag_key
from plugins.tags.vocabulary import same_word

NOW = datetime(2024, 5, 3, tzinfo=UTC)


def decided(content: str, tag: str, verdict: str) -> Decision:
    return Decision(tag_key(content, tag), "tag", content, tag, verdict, NOW)  # type: ignore[arg-type]


NEVER = Decision("never:sea", "tag", "", "sea", "rejected", NOW)
PHOTO = photo(1, tags=("Sea", "sun"))  # its content is key1
COPY = photo(2, content_key="key1")


@pytest.mark.parametrize(
    ("states", "decisions", "own", "refused"),
    [
        pytest.param({}, [], {"Sea", "sun"}, set(), id="the user's own"),
        pytest.param({("p01", "Sea"): "ours"}, [], {"sun"}, set(), id="what we have set says nothing"),
        pytest.param({("p01", "Sea"): "user"}, [], {"Sea", "sun"}, set(), id="until the user confirms it"),
        pytest.param(
            {("p01", "cat"): "user"}, [], {"Sea", "sun", "cat"}, set(), id="confirmed, told by the ledger alone"
        ),
        pytest.param({("p01", "Sea"): "rejected"}, [], {"sun"}, {"sea"}, id="taken off, whatever was last read"),
        pytest.param({("p02", "Cat"): "rejected"}, [], {"Sea", "sun"}, {"cat"}, id="taken off a copy"),
        pytest.param({("p09", "cat"): "rejected"}, [], {"Sea", "sun"}, set(), id="of a photo that is gone"),
        pytest.param(
            {("p01", "Sea"): "ours"}, [decided("key1", "Sea", "accepted")], {"Sea", "sun"}, set(), id="accepted and set"
        ),
        pytest.param({}, [decided("key1", "cat", "accepted")], {"Sea", "sun", "cat"}, set(), id="accepted"),
        pytest.param({}, [decided("key1", "cat", "rejected")], {"Sea", "sun"}, {"cat"}, id="rejected"),
        pytest.param({}, [decided("key1", "sea", "rejected")], {"Sea", "sun"}, {"sea"}, id="rejected, then put there"),
        pytest.param(
            {("p01", "cat"): "rejected"},
            [decided("key1", "Cat", "accepted")],
            {"Sea", "sun"},
            {"cat"},
            id="accepted, set, and taken off",
        ),
        pytest.param({}, [decided("key9", "cat", "accepted"), NEVER], {"Sea", "sun"}, set(), id="said of others"),
    ],
)
def test_what_was_said_of_a_content(states, decisions, own, refused):
    said = said_of([PHOTO, COPY], Ledgered(states), decisions)
    assert said.own.get("key1", frozenset()) == own
    assert said.refused.get("key1", frozenset()) == refused


def test_what_a_killed_run_was_writing_says_nothing():
    assert said_of([PHOTO], Ledgered({}, {("p01", "Sea")})).own == {"key1": {"sun"}}


@pytest.mark.parametrize(
    ("states", "own"),
    [
        pytest.param({}, {"key2": {"Hut"}}, id="the name that the user gave"),
        pytest.param({("p02", "hut"): "rejected"}, {}, id="not where it was taken off since"),
    ],
)
def test_names_of_groups_are_the_users_words(states, own):
    group = NamedGroup("group-1", "Hut", ("key2", "key9"), 0.9)
    assert said_of([photo(2)], Ledgered(states), (), [group]).own == own


@pytest.mark.parametrize(
    ("states", "decisions", "auto", "barred", "wanted"),
    [
        pytest.param({}, [], [], [], set(), id="nothing"),
        pytest.param(
            {},
            [decided("key1", "cat", "accepted")],
            [],
            [],
            {("p01", "Cat"), ("p02", "Cat")},
            id="accepted, as written",
        ),
        pytest.param({}, [], [("key1", "Dog")], [], {("p01", "Dog"), ("p02", "Dog")}, id="sure enough"),
        pytest.param({}, [], [("key1", "dog")], ["dog"], set(), id="never"),
        pytest.param(
            {},
            [decided("key1", "cat", "accepted")],
            [],
            ["cat"],
            {("p01", "Cat"), ("p02", "Cat")},
            id="accepted before",
        ),
        pytest.param({("p01", "DOG"): "rejected"}, [], [("key1", "dog")], [], set(), id="taken off, in any spelling"),
        pytest.param({}, [], [("key1", "sea")], [], {("p02", "sea")}, id="not where the user has it"),
        pytest.param(
            {("p01", "Sea"): "ours"}, [], [("key1", "Sea")], [], {("p01", "Sea"), ("p02", "Sea")}, id="still ours"
        ),
        pytest.param({}, [], [("key9", "dog")], [], set(), id="of a photo that is left out or gone"),
    ],
)
def test_what_is_wanted(states, decisions, auto, barred, wanted):
    ledgered = Ledgered(states)
    said = said_of([PHOTO, COPY], ledgered, decisions)
    assert set(wanted_tags([PHOTO, COPY], ledgered, said, auto, barred, {"cat": "Cat"})) == wanted


TAGS = st.sampled_from(["sea", "Sea", "SEA ", "cat", "Cat", "hut", "é", "e\u0301"])
CONTENTS = st.sampled_from(["key1", "key2", "key9"])
PHOTOS = st.lists(
    st.builds(
        lambda n, key, tags: photo(n, content_key=key, tags=tuple(tags)), st.integers(1, 4), CONTENTS, st.sets(TAGS)
    ),
    max_size=4,
    unique_by=lambda one: one.id,
)
STATES = st.dictionaries(
    st.tuples(st.sampled_from(["p01", "p02", "p03", "p09"]), TAGS), st.sampled_from(["ours", "user", "rejected"])
)
DECISIONS = st.lists(
    st.builds(decided, CONTENTS, TAGS, st.sampled_from(["accepted", "rejected"])), unique_by=lambda one: one.key
)
GROUPS = st.lists(st.builds(NamedGroup, st.just("group-1"), TAGS, st.tuples(CONTENTS), st.just(0.9)), max_size=2)


@given(PHOTOS, STATES, DECISIONS, GROUPS, st.sets(st.tuples(CONTENTS, TAGS)), st.frozensets(TAGS.map(same_word)))
def test_what_the_user_refused_is_never_suggested_nor_wanted(photos, states, decisions, groups, auto, barred):
    ledgered = Ledgered(states)
    said = said_of(photos, ledgered, decisions, groups)
    content = {one.id: one.content_key for one in photos}
    refused = {
        (content[p], same_word(tag)) for (p, tag), state in states.items() if state == "rejected" and p in content
    }
    refused |= {(d.subject, same_word(d.value)) for d in decisions if d.verdict == "rejected"}
    accepted = {(d.subject, same_word(d.value)) for d in decisions if d.verdict == "accepted"}

    wanted = set(wanted_tags(photos, ledgered, said, auto, barred, {"sea": "Sea"}))
    asked_for = {(content[p], same_word(tag)) for p, tag in wanted}
    assert asked_for.isdisjoint(refused)
    assert {word for pair in asked_for - accepted for word in pair[1:]}.isdisjoint(barred)
    carried = {(one.id, same_word(tag)) for one in photos for tag in ledgered.of_user(one)}
    assert {(p, same_word(tag)) for p, tag in wanted}.isdisjoint(carried)

    words = [Recommendation(tag, 0.9, 0.9, 20, 20) for tag in ("sea", "cat", "hut", "é")]
    for key in content.values():
        there = frozenset(map(same_word, said.own.get(key, ())))
        sure, asked = parted(
            words, Known(there, said.refused.get(key, frozenset())), barred, Rules(4, ask=0.0, auto=True)
        )
        pairs = {(key, same_word(made.tag)) for made in [*sure, *asked]}
        assert pairs.isdisjoint(refused)
        assert {word for _, word in pairs}.isdisjoint(barred | there)

    theirs = {(one.content_key, tag) for one in photos for tag in ledgered.of_user(one)}
    theirs |= {(content[p], tag) for (p, tag), state in states.items() if state == "user" and p in content}
    theirs |= {(d.subject, d.value) for d in decisions if d.verdict == "accepted"}
    theirs |= {(key, group.name) for group in groups for key in group.contents}
    assert {(key, tag) for key, tags in said.own.items() for tag in tags} <= theirs  # nothing that only we have set
