"""A gallery's notes: what stays, what a new sweep forgets, and a file that is broken, older or not to be had."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import ClassVar

import pytest

from plugins.galleries import GalleryRefused, GalleryUnreachable
from plugins.galleries.server.known_file import KnownFile


class Words(KnownFile):
    """A file with a table of words."""

    schema: ClassVar[int] = 1
    tables: ClassVar[str] = "CREATE TABLE words (word TEXT PRIMARY KEY) WITHOUT ROWID;"

    def keep(self, word: str) -> None:
        with self._writing() as file:
            file.execute("INSERT INTO words VALUES (?)", (word,))

    def words(self) -> list[str]:
        return [row[0] for row in self._rows("SELECT word FROM words ORDER BY word")]


class NewWords(Words):
    """The same of a later version."""

    schema: ClassVar[int] = 2


class MoreWords(Words):
    """The same with a table that came later."""

    added: ClassVar[str] = "CREATE TABLE IF NOT EXISTS more (word TEXT);"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Lend where a file is that knows one word."""
    file = Words(tmp_path / "known.db")
    file.keep("sea")
    file.keep_account("anna")
    file.keep_note("page", "3")
    file.close()
    return file.path


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        pytest.param(Words, ["sea"], id="the same version"),
        pytest.param(NewWords, [], id="tables of another version are forgotten"),
        pytest.param(MoreWords, ["sea"], id="a table that came later forgets nothing"),
    ],
)
def test_versions(kind: type[Words], words: list[str], path: Path) -> None:
    file = kind(path)
    assert (file.words(), file.account()) == (words, "anna" if words else "")
    file.keep("sun")
    assert file.words() == [*words, "sun"]
    file.close()


def test_a_note_holds_until_the_next_sweep(path: Path) -> None:
    file = Words(path)
    file.keep_note("mine", "1")
    assert (file.begin_sweep(), file.note("page"), file.note("mine")) == (1, None, "1")
    assert (file.begin_sweep(), file.account()) == (2, "anna")
    file.close()


def test_another_users_key(path: Path) -> None:
    file = Words(path)
    file.keep_account("anna")
    with pytest.raises(GalleryRefused, match="another user's"):
        file.keep_account("ben")
    assert file.account() == "anna"
    file.close()


def test_a_broken_file_is_made_anew(path: Path) -> None:
    path.write_bytes(b"no database at all" * 100)
    file = Words(path)
    assert file.words() == []
    file.keep("sun")
    assert file.words() == ["sun"]
    file.close()


@pytest.mark.parametrize(
    "block",
    [
        pytest.param(lambda folder: folder.write_text("a file"), id="the folder is a file"),
        pytest.param(lambda folder: (folder / "known.db").mkdir(parents=True), id="the file is a folder"),
    ],
)
def test_a_file_that_cannot_be_used(block: Callable[[Path], object], tmp_path: Path) -> None:
    block(tmp_path / "here")
    with pytest.raises(GalleryUnreachable, match="cannot be used now"):
        Words(tmp_path / "here/known.db").words()


def test_several_threads(path: Path) -> None:
    file = Words(path)
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(file.keep, map(str, range(40))))
    assert len(file.words()) == 41
    file.close()
