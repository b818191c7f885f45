"""Tags, titles and descriptions as PhotoPrism keeps them, and when two labels are the same to it."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from plugins.galleries import TextKind

LONGEST_TITLE: Final = 159
"""Bytes of an album's title. PhotoPrism counts bytes, cuts characters and puts a dot more behind whatever has 160, so
that a long title would be another one after each change (`txt.Shorten`, 2025-11)."""
LONGEST_LABEL: Final = 160
"""Characters of a label."""
LONGEST_SLUG: Final = 80
"""Letters of a label's slug, which PhotoPrism cuts: two labels that begin with the same so many are one to it."""
LONGEST_DESCRIPTION: Final = 2048
"""Bytes of an album's description: the width of the column, which some databases count in characters."""
_TRIMMED: Final = "_&|{}<>: \n\r\t\\"
_UNFIT: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_BREAKS: Final = re.compile(r"\s+")
_RESPELLED: Final = {"koeln": "koln", "muenchen": "munchen", "zuerich": "zurich"}
"""Words that PhotoPrism writes with an umlaut, after which their slug is made."""
_WORD_START: Final = re.compile(r"(?<![0-9A-Za-z'\u0080-\U0010ffff])[^\W\d_]")
"""A letter that begins a word: after what is ASCII but no letter, digit or apostrophe."""


def as_kept(kind: TextKind, text: str) -> str:
    """Return a text that PhotoPrism keeps as it is; empty where it keeps none. Doing it twice is doing it once."""
    text = _UNFIT.sub("", text)
    if kind == "tag":
        return _label(text)
    return _title(text) if kind == "title" else _cut(text, LONGEST_DESCRIPTION)


def label_key(name: str) -> str:
    """Return what is the same of two labels that PhotoPrism takes for one: it knows labels by their slug.

    So capitals, accents and what stands between words make no other label.
    """
    return _slug(name)[:LONGEST_SLUG].strip("-") or _BREAKS.sub(" ", name).strip().casefold()


def _slug(name: str) -> str:
    """Return the words of a label with hyphens between them; empty where it has none."""
    text = unicodedata.normalize("NFKD", name.replace("&", " and ").replace("@", " at ")).casefold()
    plain = "".join(sign if sign.isalnum() else " " for sign in text if not unicodedata.combining(sign))
    return "-".join(_RESPELLED.get(word, word) for word in plain.split())


def _label(text: str) -> str:
    """Return a label as PhotoPrism writes it: each word begins with a capital, and slashes stand apart.

    It also writes words such as "of" small and knows some names ("BER"); the label is the same to it. One that is so
    long that it might be taken for another is cut.
    """
    while (shorter := _capitals(_fitting(text[:LONGEST_LABEL]))) != text:
        text = shorter
    return text


def _fitting(text: str) -> str:
    """Return the beginning of a text whose slug is not cut."""
    while len(_slug(text)) > LONGEST_SLUG:
        text = text[:-1]
    return text


def _capitals(text: str) -> str:
    parts = (" ".join(part.split()) for part in text.replace("_", " ").strip("/ -").split("/"))
    return _WORD_START.sub(_capital, " / ".join(part for part in parts if part))


def _capital(letter: re.Match[str]) -> str:
    """Return the capital of a letter; one that has none of a single character (ß) stays."""
    capital = letter[0].title()
    return capital if len(capital) == 1 else letter[0]


def _title(text: str) -> str:
    text = _BREAKS.sub(" ", text).replace('"', "“").strip(_TRIMMED)
    if len(text.encode()) <= LONGEST_TITLE:
        return text
    return f"{_cut(text, LONGEST_TITLE - len('…'.encode())).rstrip(_TRIMMED)}…"


def _cut(text: str, most: int) -> str:
    """Return the beginning of a text that has at most so many bytes."""
    return text.encode()[:most].decode(errors="ignore")
