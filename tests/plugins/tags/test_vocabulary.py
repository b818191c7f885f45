"""When two tags are one word, how it is written, and what is never suggested."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.tags.vocabulary import LONGEST, Unsuggested, same_word, spellings


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("Beach", "beach", id="case"),
        pytest.param("beach ", "\tbeach", id="blanks around it"),
        pytest.param("old  town", "Old town", id="repeated blanks in it"),
        pytest.param("old\u00a0town", "old town", id="a blank that does not break"),
        pytest.param("Café", "Cafe\u0301", id="an accent of its own"),
        pytest.param("Straße", "STRASSE", id="sharp s has no capital"),
        pytest.param("ΟΔΟΣ", "οδος", id="Greek final sigma"),
        pytest.param("İstanbul", "i\u0307stanbul", id="Turkish capital I with its dot"),
        pytest.param("海滩", " 海滩", id="Chinese"),
        pytest.param("شاطئ", "شاطئ ", id="Arabic"),
        pytest.param("Animals/Dog", "animals/dog", id="a hierarchy"),
    ],
)
def test_one_word(one, other):
    assert same_word(one) == same_word(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("cafe", "café", id="accents count"),
        pytest.param("ılık", "ilik", id="Turkish ı is another letter"),
        pytest.param("İstanbul", "Istanbul", id="and so is İ"),
        pytest.param("Animals/Dog", "Dog", id="levels count"),
        pytest.param("old town", "oldtown", id="a blank counts"),
        pytest.param("海滩", "海灘", id="simplified and traditional"),
        pytest.param("beach", "beaches", id="no stemming"),
    ],
)
def test_two_words(one, other):
    assert same_word(one) != same_word(other)


@given(st.text())
def test_a_word_is_the_same_as_itself(tag):
    assert same_word(same_word(tag)) == same_word(tag) == same_word(f" {tag}\t")


@pytest.mark.parametrize(
    ("tags", "written"),
    [
        pytest.param([], {}, id="none"),
        pytest.param(["beach", "Beach", "Beach"], {"beach": "Beach"}, id="the most used"),
        pytest.param(["beach", "Beach"], {"beach": "Beach"}, id="among equals the first sorted"),
        pytest.param([" Beach", "beach", "Beach "], {"beach": "Beach"}, id="blanks are no spelling"),
        pytest.param(["Cafe\u0301", "CAFÉ", "Café"], {"café": "Café"}, id="nor how Unicode writes it"),
        pytest.param(["شاطئ", "海滩"], {"شاطئ": "شاطئ", "海滩": "海滩"}, id="any script"),
    ],
)
def test_a_word_is_written_as_the_user_writes_it(tags, written):
    assert spellings(tags) == written


UNSUGGESTED = Unsuggested.of(
    cameras=["Apple iPhone 6", "Canon EOS 5D Mark II", "NIKON D90", "Ricoh", ""],
    people=["Anna Müller"],
    never=["todo"],
    ignore=["work*", "*/tmp", "Caf\u00e9"],
)


@pytest.mark.parametrize(
    "tag",
    [
        *("beach", "Strand", "海滩", "شاطئ", "İstanbul", "Animals/Dog", "❤", "👨\u200d👩\u200d👧", "می\u200cروم"),
        pytest.param("apple", id="a fruit, whoever makes the camera"),
        pytest.param("6", id="a number, whatever the camera's"),
        *(
            "Summer 2024",
            "my people",
            "photo",
            "scan",
            "homework",
            "todo list",
            "Anna",
            "24",
            "image 3",
            "90 mile beach",
        ),
        pytest.param("b" * LONGEST, id="long"),
    ],
)
def test_words_may_be_suggested(tag):
    assert tag not in UNSUGGESTED


@pytest.mark.parametrize(
    "tag",
    [
        *("", "  ", "\u200b", "...", "\ufe0f"),
        *("a\x00b", "a\x07", "a\ud800", "b" * (LONGEST + 1)),
        *("NIKON D90", "d90", "nikon", "iPhone 6", "iphone", "Apple iPhone 6", "EOS", "eos 5d mark ii", "Ricoh"),
        *("2024", "1980s", "2024-05", "2024:05:03", "20240503", "3.5.2024", "Dates/2019"),
        *("IMG_1234", "DSC01234", "beach.jpg", "IMG_1234.HEIC", "20240503_101500", "9f86d081884c7d65"),
        *("albumen", "Albumen: event", "[albumen:event key=1 v=1]"),
        *("People", "people/Anna", "PEOPLE/Family/Ben", "anna  müller", "Anna Mu\u0308ller"),
        *("todo", " ToDo "),
        *("black / white", "/", "Animals//Dog", "Dog/"),
        *("Work", "workshop", "x/tmp", "cafe\u0301"),
    ],
)  # fmt: skip
def test_words_are_never_suggested(tag):
    assert tag in UNSUGGESTED


def test_nothing_special_is_known_of_a_bare_library():
    assert "nikon" not in Unsuggested.of()
