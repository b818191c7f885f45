"""Texts of the pages, one file a language; what a language lacks is said in English."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from gettext import c2py
from pathlib import Path
from typing import Final, TypeAlias

FOLDER: Final = Path(__file__).parent / "texts"
ENGLISH: Final = "en"
_NAME = re.compile(r"\{(\w+)\}")
_ACCEPTED = re.compile(r"\s*([a-zA-Z]{1,8})(?:-[\w-]+)?\s*(?:;\s*q\s*=\s*([\d.]{1,5})\s*)?")

Said: TypeAlias = str | tuple[str, ...]
"""One text, or one a plural form."""


class NoSuchText(LookupError):
    """Neither the language nor English has this key: write it into texts/en.toml."""


@dataclass(frozen=True)
class Texts:
    """The texts of one language.

    Args:
        language: its code, such as en, for the page's `lang`.
        said: texts by key (`tags.title`).
        plural: which form a number takes, as gettext writes it (`n != 1`).
        thousands: what stands between groups of three digits.
        below: what is asked for a key that this language lacks.
    """

    language: str
    said: Mapping[str, Said]
    plural: str = "n != 1"
    thousands: str = ","
    below: Texts | None = field(default=None, repr=False)

    def __call__(self, key: str, **values: object) -> str:
        """Return a text with its `{names}` filled in; `n` chooses among plural forms. It is not HTML yet.

        Raises:
            NoSuchText: nobody has written it.
        """
        found = self.said.get(key)
        if found is None:
            if self.below is None:
                raise NoSuchText(f"there is no text {key!r}")
            return self.below(key, **values)
        text = found if isinstance(found, str) else self._form(found, values.get("n", 0))
        return _NAME.sub(lambda name: self._value(values.get(name[1], name[0])), text)

    def _form(self, forms: Sequence[str], n: object) -> str:
        which = c2py(self.plural)(n) if isinstance(n, int) else 0
        return forms[min(int(which), len(forms) - 1)]

    def _value(self, value: object) -> str:
        """Return a value as a person reads it: numbers in groups of three digits."""
        return f"{value:,}".replace(",", self.thousands) if type(value) is int else str(value)

    def __contains__(self, key: str) -> bool:
        return key in self.said or (self.below is not None and key in self.below)


def load_texts(folder: Path = FOLDER) -> dict[str, Texts]:
    """Return the languages by code: every file of the folder, such as de.toml, is one.

    Raises:
        ValueError: a file is not as texts/en.toml shows it.
    """
    english = _read(folder / f"{ENGLISH}.toml", None)
    others = {file.stem: _read(file, english) for file in sorted(folder.glob("*.toml")) if file.stem != ENGLISH}
    return {ENGLISH: english, **others}


def _read(file: Path, below: Texts | None) -> Texts:
    given = tomllib.loads(file.read_text(encoding="utf-8"))
    language = given.pop("language", {})
    plural = str(language.get("plural", "n != 1"))
    c2py(plural)  # a mistake in it is told when the file is read, not by the page that needs it
    said = dict(_flat(given, ""))
    return Texts(file.stem, said, plural, str(language.get("thousands", ",")), below)


def _flat(table: Mapping[str, object], before: str) -> Iterable[tuple[str, Said]]:
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{before}{key}.")
        elif isinstance(value, str):
            yield f"{before}{key}", value
        elif isinstance(value, list) and value and all(isinstance(form, str) for form in value):
            yield f"{before}{key}", tuple(value)
        else:
            raise ValueError(f"{before}{key} must be a text, or a list of texts, one a plural form")


def chosen(languages: Mapping[str, Texts], accepted: str) -> Texts:
    """Return the language that a browser asks for first (its Accept-Language), English where there is none of them."""
    asked = (_ACCEPTED.fullmatch(part) for part in accepted[:500].split(","))
    ranked = [(float(m[2]) if m[2] and m[2].count(".") < 2 and m[2] != "." else 1.0, m[1].lower()) for m in asked if m]
    for _, code in sorted(ranked, key=lambda one: -one[0]):
        if code in languages:
            return languages[code]
    return languages[ENGLISH]
