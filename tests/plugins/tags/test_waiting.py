"""Tag suggestions by word: however it is written, what helps most first, nothing that was barred."""

from __future__ import annotations

import pytest

from plugins.store import Suggestion
from plugins.tags.waiting import waiting_words


def tag(key: str, word: str, score: float) -> Suggestion:
    return Suggestion(key, "tag", f"photo {key}", word, score)


CAT, CATS, DOG = tag("1", "Cat", 0.9), tag("2", "cat ", 0.5), tag("3", "dog", 0.95)


@pytest.mark.parametrize(
    ("waiting", "never", "words"),
    [
        pytest.param([], (), [], id="none waits"),
        pytest.param([Suggestion("1", "person", "a", "cat")], (), [], id="other kinds are no words"),
        pytest.param([DOG], {"dog"}, [], id="barred since it was suggested"),
        pytest.param(
            [DOG, CAT, CATS], (), [("tag:Cat", (CAT, CATS)), ("tag:dog", (DOG,))], id="two sure ones beat one"
        ),
        pytest.param([CATS, CAT], (), [("tag:cat ", (CATS, CAT))], id="written as by the first, in the given order"),
    ],
)
def test_words(waiting, never, words):
    assert [(word.key, word.suggestions) for word in waiting_words(waiting, never)] == words
