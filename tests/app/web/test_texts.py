"""The catalogue of texts: nothing is said outside it, every text that is asked for is there, a language is one file."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from fakes.reviewing import NOWHERE, served

from app.prefect_api import PrefectApi
from app.review import create_review
from app.web.texts import FOLDER, NoSuchText, Texts, chosen, load_texts
from plugins.sections import Serve
from plugins.settings import LibrarySettings, Settings

APP = Path(__file__).resolve().parents[3] / "app"
TEMPLATES = sorted((APP / "templates").glob("*.html"))
CODE = sorted((APP / "web").glob("*.py"))
ENGLISH = load_texts()["en"]
JINJA = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
TAG = re.compile(r"<!doctype html>|<(?:[^<>\"']|\"[^\"]*\"|'[^']*')*>", re.IGNORECASE)
SPOKEN = re.compile(r'\b(?:alt|title|aria-label|placeholder|aria-description)="([^"]*)"')


def asked_in(file: Path) -> Iterator[tuple[str, bool]]:
    """Yield the keys that a file asks for, and whether each is but the beginning of one."""
    text = file.read_text(encoding="utf-8")
    yield from ((m[1], m[2] == "~") for m in re.finditer(r"""\bt\(\s*["']([\w.]+)["']\s*([,)~])""", text))
    yield from ((m[1], True) for m in re.finditer(r'\bt\(\s*f"([\w.]+)\{', text))


@pytest.mark.parametrize("file", [*TEMPLATES, *CODE], ids=lambda file: file.name)
def test_every_text_that_is_asked_for_is_there(file: Path) -> None:
    missing = [
        key
        for key, begins in asked_in(file)
        if not (any(known.startswith(key) for known in ENGLISH.said) if begins else key in ENGLISH)
    ]
    assert missing == []


@pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: file.name)
def test_no_text_stands_in_a_template(file: Path) -> None:
    text = JINJA.sub("", file.read_text(encoding="utf-8"))
    spoken = [said for said in SPOKEN.findall(text) if re.search(r"[^\W\d_]", said)]
    between = re.findall(r"[^\W\d_]{2,}", TAG.sub(" ", text))
    assert (spoken, between) == ([], [])


def test_every_text_is_used() -> None:
    written = "\n".join(file.read_text(encoding="utf-8") for file in [*TEMPLATES, *CODE, APP / "review.py"])
    begun = tuple(re.findall(r'"([a-z]\w*\.[\w.]*)"\s*~|f"([a-z]\w*\.[\w.]*)\{', written))
    beginnings = tuple(filter(None, (part for pair in begun for part in pair)))
    unused = [
        key
        for key in ENGLISH.said
        if not re.search(rf"""["']{re.escape(key)}["']""", written) and not key.startswith(beginnings)
    ]
    assert unused == []


@pytest.mark.parametrize("language", sorted(load_texts()))
def test_a_language_says_what_english_says(language: str) -> None:
    """Every key is one of English, with the same values in it, and as many forms as its plural counts."""
    texts = load_texts()[language]
    for key, said in texts.said.items():
        assert key in ENGLISH.said
        wanted = _names("".join(ENGLISH.said[key]))
        for form in (said,) if isinstance(said, str) else said:
            assert _names(form) <= wanted, key


def _names(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


GERMAN = """
[language]
name = "Deutsch"
thousands = "."
[login]
in = "Anmelden"
[plan]
photos = ["{n} Foto", "{n} Fotos"]
"""


@pytest.fixture
def languages(tmp_path: Path) -> dict[str, Texts]:
    (tmp_path / "en.toml").write_bytes((FOLDER / "en.toml").read_bytes())
    (tmp_path / "de.toml").write_text(GERMAN, encoding="utf-8")
    return load_texts(tmp_path)


def test_a_language_is_one_file(languages: dict[str, Texts]) -> None:
    german = languages["de"]
    assert german.language == "de"
    assert german("login.in") == "Anmelden"
    assert (german("plan.photos", n=1), german("plan.photos", n=12345)) == ("1 Foto", "12.345 Fotos")


def test_what_a_language_lacks_is_said_in_english(languages: dict[str, Texts]) -> None:
    german = languages["de"]
    assert german("login.wrong") == ENGLISH("login.wrong")
    assert "login.wrong" in german
    assert "login.nonsense" not in german
    with pytest.raises(NoSuchText, match=r"login\.nonsense"):
        german("login.nonsense")


@pytest.mark.parametrize(
    ("setting", "accepted", "expected"),
    [
        pytest.param("", "de", "Anmelden", id="as the browser asks"),
        pytest.param("", "fr", "Log in", id="a language that we lack"),
        pytest.param("de", "en", "Anmelden", id="the settings count for more"),
    ],
)
def test_a_page_is_in_the_language_that_is_asked_for(
    tmp_path: Path, languages: dict[str, Texts], setting: str, accepted: str, expected: str
) -> None:
    (tmp_path / "photos").mkdir()
    family = LibrarySettings(path=tmp_path / "photos")
    settings = Settings(data_dir=tmp_path / "data", libraries={"family": family}, serve=Serve(language=setting))
    made = create_review(settings, PrefectApi(NOWHERE))
    made.state.site = replace(made.state.site, texts=languages)
    with served(made) as address:
        page = httpx.get(f"{address}/login", headers={"accept-language": accepted}).text
    assert f'<button class="main">{expected}</button>' in page
    assert ENGLISH("login.token") in page  # which the other file lacks
    assert f'<html lang="{"de" if expected == "Anmelden" else "en"}">' in page


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        pytest.param("", "en", id="nothing asked for"),
        pytest.param("de", "de", id="one language"),
        pytest.param("de-AT,de;q=0.9,en;q=0.8", "de", id="of a country"),
        pytest.param("en-GB,en;q=0.9,de;q=0.8", "en", id="the first one"),
        pytest.param("fr,de;q=0.5,en;q=0.9", "en", id="the better one of those that there are"),
        pytest.param("fr-FR,fr", "en", id="none of ours"),
        pytest.param("DE", "de", id="in capitals"),
        pytest.param("*", "en", id="any"),
        pytest.param("de;q=x,;;,=,\x00", "en", id="nonsense"),
        pytest.param("de;q=1.1.1", "de", id="a number that is none"),
        pytest.param("de;q=" + "9" * 5000, "en", id="a long one"),
        pytest.param(",".join(["xx"] * 4000) + ",de", "en", id="far too many"),
        pytest.param("../../etc/passwd", "en", id="a path"),
    ],
)
def test_the_language_that_is_chosen(languages: dict[str, Texts], accepted: str, language: str) -> None:
    assert chosen(languages, accepted).language == language


def test_the_forms_of_a_language_with_more_than_two(tmp_path: Path) -> None:
    polish = "n==1 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : 2"
    (tmp_path / "en.toml").write_text('[a]\nb = ["{n} photo", "{n} photos"]\n', encoding="utf-8")
    forms = '[a]\nb = ["{n} zdjęcie", "{n} zdjęcia", "{n} zdjęć"]\n'
    (tmp_path / "pl.toml").write_text(f'[language]\nplural = "{polish}"\n{forms}', encoding="utf-8")
    said = [load_texts(tmp_path)["pl"]("a.b", n=n) for n in (1, 2, 5, 12, 22)]
    assert said == ["1 zdjęcie", "2 zdjęcia", "5 zdjęć", "12 zdjęć", "22 zdjęcia"]


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param("[a]\nb = 3\n", id="a number"),
        pytest.param("[a]\nb = []\n", id="no form"),
        pytest.param('[language]\nplural = "__import__(1)"\n', id="a plural that is no rule"),
    ],
)
def test_a_file_that_is_wrong_is_told_of_at_the_start(tmp_path: Path, wrong: str) -> None:
    (tmp_path / "en.toml").write_text(wrong, encoding="utf-8")
    with pytest.raises(ValueError, match=r"a\.b|plural"):
        load_texts(tmp_path)


def test_a_value_is_never_taken_for_a_name() -> None:
    texts = Texts("en", {"a": "{title} and {n}"})
    assert texts("a", title="{n} {title}", n=3) == "{n} {title} and 3"
