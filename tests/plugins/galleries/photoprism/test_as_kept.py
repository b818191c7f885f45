"""Texts as PhotoPrism keeps them: what is written is what is read, and two labels that are one to it are one to us."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest
from fakes.photoprism import FakePhotoPrism
from fakes.photoprism.state import slug
from fakes.photoprism.texts import album_title, label_name
from fakes.photoprism_writer import only_album, open_writer
from hypothesis import given
from hypothesis import strategies as st

from plugins.changes import AddTags, CreateAlbum, DescribeAlbum, RenameAlbum
from plugins.galleries import TextKind
from plugins.galleries.photoprism.titles import as_kept, label_key

KINDS: tuple[TextKind, ...] = get_args(TextKind)
TEXTS = st.text(max_size=300) | st.text(alphabet="aB /-_'ßéñǆ.\"“…&|{}<>:\\\n\t", max_size=400)
LATIN = st.text(alphabet="abcdeéèôABC019 -_/'.,!", max_size=30)
KEY = "ev-1"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        pytest.param("beach", "Beach", id="a capital"),
        pytest.param("mountain bike", "Mountain Bike", id="each word has one"),
        pytest.param("iPhone photo", "IPhone Photo", id="the rest of a word stays, though PhotoPrism knows this one"),
        pytest.param("boston new year's", "Boston New Year's", id="an apostrophe parts no words"),
        pytest.param("photo-lover (1)", "Photo-Lover (1)", id="a hyphen and a bracket do"),
        pytest.param("travel/italy//rome/", "Travel / Italy / Rome", id="slashes stand apart"),
        pytest.param("old_town", "Old Town", id="an underscore is a blank"),
        pytest.param("  two   words\n", "Two Words", id="blanks"),
        pytest.param("- dash -", "Dash", id="ends"),
        pytest.param("été ça", "Été Ça", id="accents"),
        pytest.param("ßtraße ǆ", "ßtraße ǅ", id="letters without a single capital stay"),
        pytest.param("“quoted”", "“quoted”", id="a sign that is not ASCII parts no words"),
        pytest.param("x" * 200, "X" + "x" * 79, id="too long: its slug would be cut"),
        pytest.param("x" * 78 + " yz", "X" + "x" * 77 + " Y", id="too long with a blank, which the slug has too"),
        pytest.param("x" * 79 + " yz", "X" + "x" * 78, id="no blank at the end"),
        pytest.param(" _ / - ", "", id="nothing is left"),
        pytest.param("a\x00b\ud800", "Ab", id="what no database holds"),
    ],
)
def test_a_tag_as_a_label(text: str, kept: str) -> None:
    assert as_kept("tag", text) == kept


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        pytest.param("Lisbon, 3–5 May 2024", "Lisbon, 3–5 May 2024", id="as it is"),
        pytest.param('The "best" day', "The “best“ day", id="quotes"),
        pytest.param(" _{Rome: one}_ ", "Rome: one", id="signs at the ends"),
        pytest.param("Rome\n2024", "Rome 2024", id="lines"),
        pytest.param("a" * 159, "a" * 159, id="as long as can be"),
        pytest.param("a" * 160, "a" * 156 + "…", id="one too long"),
        pytest.param("я" * 100, "я" * 78 + "…", id="bytes count: PhotoPrism would put a dot behind it at each change"),
        pytest.param("a" * 155 + " b" * 20, "a" * 155 + "…", id="no blank before the dots"),
        pytest.param("_|_", "", id="nothing is left"),
    ],
)
def test_a_title(text: str, kept: str) -> None:
    assert as_kept("title", text) == kept


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        pytest.param("Three days\n of \tsun ", "Three days\n of \tsun ", id="lines and blanks stay"),
        pytest.param("a" * 2_049, "a" * 2_048, id="too long"),
        pytest.param("я" * 2_000, "я" * 1_024, id="bytes count in some databases"),
        pytest.param("\x00\x07a", "a", id="what no database holds"),
    ],
)
def test_a_description(text: str, kept: str) -> None:
    assert as_kept("description", text) == kept


@given(st.sampled_from(KINDS), TEXTS)
def test_a_kept_text_is_kept(kind: TextKind, text: str) -> None:
    kept = as_kept(kind, text)
    assert as_kept(kind, kept) == kept


@given(TEXTS)
def test_the_server_leaves_a_kept_title_as_it_is(text: str) -> None:
    kept = as_kept("title", text)
    assert album_title(kept) == kept


@given(TEXTS)
def test_the_server_leaves_a_kept_description_room(text: str) -> None:
    assert len(as_kept("description", 30 * text).encode()) <= 2_048


@given(TEXTS)
def test_the_server_takes_a_kept_label_for_the_same_however_it_spells_it(text: str) -> None:
    kept = as_kept("tag", text)
    if kept:
        assert label_key(label_name(kept)) == label_key(kept)
        assert len(label_name(kept)) <= 160


@given(LATIN, LATIN)
def test_labels_of_one_key_have_one_slug(one: str, other: str) -> None:
    a, b = as_kept("tag", one), as_kept("tag", other)
    if a and b and label_key(a) == label_key(b) and any(map(str.isalnum, a)):
        assert slug(label_name(a)) == slug(label_name(b))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        pytest.param("Beach", "BEACH", True, id="capitals"),
        pytest.param("Café", "Cafe", True, id="accents"),
        pytest.param("Mar & Sol", "mar and sol", True, id="an ampersand is a word"),
        pytest.param("New-York", "new york", True, id="what stands between words"),
        pytest.param("Köln", "Koeln", True, id="a word that it respells"),
        pytest.param("Poet", "Pot", False, id="but no others"),
        pytest.param("🎂", "🎈", False, id="no letter at all"),
        pytest.param("пляж", "море", False, id="other letters"),
        pytest.param("Beach", "Beaches", False, id="another word"),
    ],
)
def test_which_labels_are_one(one: str, other: str, same: bool) -> None:
    assert (label_key(one) == label_key(other)) == same


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("я" * 3_000, id="too long, in bytes"),
        pytest.param(' _"Trip"_ to\nthe {sea} ', id="signs, lines and blanks"),
        pytest.param("koeln", id="a word that PhotoPrism spells in its own way"),
    ],
)
def test_a_text_that_nobody_asked_about_before_is_written_as_it_is_kept(text: str, tmp_path: Path) -> None:
    title, words = as_kept("title", text), as_kept("description", text)
    with FakePhotoPrism() as server:
        writer, photo = open_writer(server, tmp_path), server.add_photos(1)[0]
        assert writer.apply(CreateAlbum(KEY, "event", text, text)).status == "done"
        album = only_album(server)
        assert (album.title, album.description) == (title, words)
        server.change_album(album.uid, title="a", description="b")
        assert writer.apply(RenameAlbum(KEY, text, was="a")).status == "done"
        assert writer.apply(DescribeAlbum(KEY, text, was="b")).status == "done"
        assert (album.title, album.description) == (title, words)
        assert writer.apply(AddTags((text,), (photo,))).status == "done"
        assert {label_key(name) for name in server.labels_of(photo)} == {label_key(as_kept("tag", text))}
