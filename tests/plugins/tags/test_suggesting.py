"""From recommended words to what is set and what is asked, and what speaks for it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.tags import Recommendation
from plugins.tags.asked import Asked
from plugins.tags.suggesting import (
    FOLDED,
    MOST_EXAMPLES,
    SHOWN,
    Examples,
    Known,
    Rules,
    folded,
    parted,
    reason,
    suggested,
    tag_key,
    with_levels,
)
from plugins.tags.vocabulary import same_word

AUTO = Rules(most=3, auto=True)


def word(tag: str, frequency: float = 0.5, support: int = 12, similar: int = 14, cluster: int = 0) -> Recommendation:
    return Recommendation(tag, frequency, frequency, support, similar, cluster)


def known(there: str = "", refused: str = "", held: str = "") -> Known:
    return Known(*(frozenset(said.split()) for said in (there, refused, held)))


@pytest.mark.parametrize(
    ("what", "barred", "asked"),
    [
        pytest.param(known(), (), ["Beach", "sea", "Animals/Dog"], id="at most three"),
        pytest.param(known(there="beach"), (), ["sea", "Animals/Dog", "sun"], id="what it has is not asked"),
        pytest.param(known(refused="sea"), (), ["Beach", "Animals/Dog", "sun"], id="nor what was refused"),
        pytest.param(known(), ("beach", "sun"), ["sea", "Animals/Dog", "Animals"], id="nor what is never wanted"),
        pytest.param(known(there="animals/dog"), ("sun",), ["Beach", "sea"], id="nor the upper level of what it has"),
        pytest.param(known(there="animals", refused="sea"), (), ["Beach", "Animals/Dog", "sun"], id="but a lower one"),
        pytest.param(
            known(there="shore/sea", refused="toys/sun"), (), ["Beach", "Animals/Dog", "Animals"], id="nor its end"
        ),
        pytest.param(known(refused="dog"), ("sun",), ["Beach", "sea", "Animals"], id="nor what ends in a refused word"),
        pytest.param(known("beach sea animals sun", "animals/dog"), (), [], id="nothing is left"),
        pytest.param(known(held="beach"), (), ["Beach", "sea", "Animals/Dog"], id="set once, too rare now: asked"),
    ],
)
def test_what_is_asked(what, barred, asked):
    words = [word(tag) for tag in ("Beach", "sea", "Animals/Dog", "sun", "Animals")]
    assert [made.tag for made in parted(words, what, barred, Rules())[1]] == asked


@pytest.mark.parametrize(
    ("made", "what", "rules", "is_set"),
    [
        pytest.param(word("sea", 0.8, 10), known(), AUTO, True, id="just sure enough"),
        pytest.param(word("sea", 0.79, 10), known(), AUTO, False, id="too rare"),
        pytest.param(word("sea", 0.8, 9), known(), AUTO, False, id="too few"),
        pytest.param(word("sea", 1.0, 99), known(), Rules(), False, id="suggest: nothing is set"),
        pytest.param(word("sea", 0.61, 1), known(held="sea"), AUTO, True, id="what was set stays a little below"),
        pytest.param(word("sea", 0.59, 99), known(held="sea"), AUTO, False, id="not far below"),
        pytest.param(word("sea", 0.61, 9), known(held="sea"), Rules(), True, id="also when nothing new is set"),
        pytest.param(word("sea", 1.0, 99), known(refused="sea", held="sea"), AUTO, False, id="never what was refused"),
        pytest.param(
            word("sea", 1.0, 99), known(there="sea", held="sea"), AUTO, False, id="nor what is the user's now"
        ),
    ],
)
def test_what_is_set_unasked(made, what, rules, is_set):
    assert bool(parted([made], what, (), rules)[0]) == is_set


def test_of_two_words_with_one_end_the_first_is_asked():
    words = [word(tag) for tag in ("Animals/Dog", "Dog", "Toys/Dog", "Animals")]
    assert [made.tag for made in parted(words, known(), (), Rules())[1]] == ["Animals/Dog", "Toys/Dog", "Animals"]
    assert [made.tag for made in parted(words[1:], known(), (), Rules())[1]] == ["Dog", "Animals"]


def test_a_word_that_no_similar_photo_has_is_not_asked():
    assert parted([word("sea", 0.9, 0)], known(), (), Rules()) == ([], [])


def test_what_too_few_similar_photos_have_is_not_asked():
    words = [word("sea", 0.3), word("sun", 0.29)]
    assert [made.tag for made in parted(words, known(), (), Rules(ask=0.3))[1]] == ["sea"]


def test_what_is_set_counts_and_what_was_set_stays_beyond_the_most():
    words = [word(tag, 0.9) for tag in "abcde"]
    sure, asked = parted(words, known(held="e"), (), AUTO)
    assert ([made.tag for made in sure], asked) == (["a", "b", "c", "e"], [])


WORDS = st.sampled_from(["a", "b", "B ", "c", "c/d", "d", "e/d", "é", "e\u0301"])
MADE = st.lists(
    st.builds(word, WORDS, st.floats(0, 1), st.integers(0, 20)), max_size=7, unique_by=lambda m: same_word(m.tag)
)
SAID = st.frozensets(WORDS.map(same_word))


@given(MADE, st.builds(Known, SAID, SAID, SAID), SAID, st.builds(Rules, st.integers(1, 4), st.booleans()))
def test_nothing_unwanted_is_set_or_asked_and_doing_it_again_changes_nothing(made, what, barred, rules):
    sure, asked = parted(made, what, barred, rules)
    words = {same_word(one.tag) for one in [*sure, *asked]}
    assert words.isdisjoint(with_levels(what.there) | what.refused | barred)
    assert len(asked) <= rules.most
    set_now = frozenset(same_word(one.tag) for one in sure)
    assert parted(made, Known(what.there, what.refused, set_now), barred, rules) == (sure, asked)


@pytest.mark.parametrize(
    ("most", "kept"),
    [
        pytest.param(9, [["a", "b"], ["c"], ["d"]], id="room for all"),
        pytest.param(2, [[], ["c"], ["d"]], id="photos without a word first"),
        pytest.param(3, [["b"], ["c"], ["d"]], id="then the surer ones"),
        pytest.param(0, [[], [], []], id="none"),
    ],
)
def test_of_very_many_words_the_first_are_asked(most, kept):
    asked = [[word("a", 0.8), word("b", 0.9)], [word("c", 0.1)], [word("d", 0.2)]]
    found = Asked(most)
    for key, words, has_words in zip("xyz", asked, (True, False, False), strict=True):
        found.add(key, words, has_words)
    assert [[made.tag for made in found.words.get(key, ())] for key in "xyz"] == kept


@given(st.lists(st.tuples(st.booleans(), st.lists(st.sampled_from([0.1, 0.2, 0.3]), max_size=3)), max_size=40))
def test_what_is_asked_is_that_of_all_photos_however_few_are_kept_at_a_time(photos):
    found = Asked(4)
    for n, (has_words, scores) in enumerate(photos):
        found.add(f"{n}", [word(f"{nth}", score) for nth, score in enumerate(scores)], has_words)
    everything = [(has, -score, n, nth) for n, (has, scores) in enumerate(photos) for nth, score in enumerate(scores)]
    first = sorted((n, nth) for _, _, n, nth in sorted(everything)[:4])
    assert [(int(key), int(made.tag)) for key, words in found.words.items() for made in words] == first


def test_the_key_is_that_of_the_word_however_it_is_written():
    assert tag_key("k1", "Beach") == tag_key("k1", " beach ")
    assert len({tag_key("k1", "beach"), tag_key("k2", "beach"), tag_key("k1", "sea")}) == 3
    assert tag_key("k1", "beach").startswith("tag-")


@pytest.mark.parametrize(
    ("support", "similar", "said"),
    [(12, 14, "12 of 14 similar photos have «beach»"), (1, 1, "1 of 1 similar photo has «beach»")],
)
def test_the_reason_is_told(support, similar, said):
    assert reason(word("beach", 0.5, support, similar), "beach") == said


def examples(n: int, cluster: list[int] | None = None, post: list[int] | None = None) -> Examples:
    """Return n photos with «beach» whose vectors turn away from (1, 0), the last one also with «cat»."""
    angle = np.linspace(0, 1, n)
    units = np.stack([np.cos(angle), np.sin(angle)], axis=1).astype(np.float32)
    words = [["beach"]] * (n - 1) + [["beach", "cat"]]
    return Examples([f"k{i}" for i in range(n)], units, np.array(cluster or [0] * n), np.array(post or range(n)), words)


HERE = np.array([[1, 0]], np.float32)


@pytest.mark.parametrize(
    ("among", "cluster", "tag", "shown"),
    [
        pytest.param(examples(3), 0, "beach", ["k0", "k1", "k2"], id="the nearest first"),
        pytest.param(examples(3), 0, "cat", ["k2"], id="of those with the word"),
        pytest.param(examples(3), 0, "dog", [], id="nobody here has it: another library taught it"),
        pytest.param(examples(3, cluster=[0, 1, 1]), 1, "beach", ["k1", "k2"], id="of the cluster"),
        pytest.param(examples(3, cluster=[0, 1, 1]), 2, "beach", ["k0", "k1", "k2"], id="of all where it has none"),
        pytest.param(examples(3), -1, "beach", ["k0", "k1", "k2"], id="of a method without clusters"),
        pytest.param(examples(9), 0, "beach", [f"k{i}" for i in range(SHOWN)], id="not all of many"),
        pytest.param(examples(9, post=[0] * 4 + [1] * 5), 0, "beach", ["k0", "k4"], id="one of a post"),
    ],
)
def test_the_photos_that_speak_for_a_word(among, cluster, tag, shown):
    ((photos, similarity),) = among.of(HERE, cluster, tag)
    assert list(photos) == shown
    assert similarity == pytest.approx(1.0 if "k0" in shown else 0.0 if not shown else similarity)


def test_of_very_many_photos_a_sample_is_looked_through():
    ((photos, similarity),) = examples(MOST_EXAMPLES * 10).of(HERE, 0, "beach")
    assert (len(photos), photos[0], similarity) == (SHOWN, "k0", 1.0)


def test_suggestions_carry_what_speaks_for_them():
    asked = [[word("beach")], [], [word("Beach"), word("cat", 0.25)]]
    made = suggested(["p", "q", "r"], np.repeat(HERE, 3, axis=0), asked, examples(3), {"beach": "BEACH"})
    assert [(one.subject, one.value, one.score) for one in made] == [
        ("p", "BEACH", 0.5),
        ("r", "BEACH", 0.5),
        ("r", "cat", 0.25),
    ]
    assert made[0].reason == "12 of 14 similar photos have «BEACH»"
    assert made[0].evidence.photos == ("k0", "k1", "k2")
    assert made[0].key == tag_key("p", "beach")


def test_long_vectors_are_folded_so_that_likeness_stays():
    rng = np.random.default_rng(3)
    base, other = rng.normal(size=(2, 5_000)).astype(np.float32)
    vectors = np.stack([base, base + 0.5 * other, other])
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    short = folded(vectors)
    assert short.shape == (3, FOLDED)
    assert np.abs(short @ short.T - vectors @ vectors.T).max() < 0.15
    assert folded(short) is short
    np.testing.assert_array_equal(short[1:], folded(vectors[1:]))
