"""The people of a library and the table of their labels: counted by hand, and harmless to a spreadsheet."""

from __future__ import annotations

import csv
import io
from datetime import datetime

import pytest
from fakes.tiny import photo

from plugins.people.labels_csv import GroupLabel, labels_csv
from plugins.people.roster import roster
from plugins.records import Person
from plugins.store import FaceLabel

PEOPLE = [Person("anna", "Anna"), Person("x1"), Person("x2"), Person("zoe", "Zoe"), Person("no", "Hidden", hidden=True)]


def test_people_with_names_come_first_then_those_with_most_faces() -> None:
    labels = [
        FaceLabel("key0", 0, "anna", "user"),
        FaceLabel("key2", 0, "anna"),
        FaceLabel("key2", 1, "anna"),
        *(FaceLabel(f"key{n}", 2, "x2") for n in range(4)),
        FaceLabel("key1", 3, "x1"),
        FaceLabel("key1", 4, "no"),
        FaceLabel("gone", 0, "x1"),
    ]
    photos = [*(photo(n) for n in range(4)), photo(9, content_key="key2")]
    assert [(p.id, p.faces, p.photos, p.first, p.last) for p in roster(PEOPLE, labels, photos)] == [
        ("anna", 3, 3, datetime(2024, 5, 3, 10), datetime(2024, 5, 3, 10, 9)),
        ("zoe", 0, 0, None, None),
        ("x2", 4, 5, datetime(2024, 5, 3, 10), datetime(2024, 5, 3, 10, 9)),
        ("x1", 1, 1, datetime(2024, 5, 3, 10, 1), datetime(2024, 5, 3, 10, 1)),
    ]
    assert roster([], labels, photos) == ()


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        pytest.param("Anna", "Anna", id="a name"),
        pytest.param("", "", id="not named yet"),
        pytest.param("=1+1", "'=1+1", id="formula"),
        pytest.param("+49", "'+49", id="plus"),
        pytest.param("-2", "'-2", id="minus"),
        pytest.param("@SUM(A1)", "'@SUM(A1)", id="at"),
        pytest.param("  =1+1", "'  =1+1", id="formula behind blanks"),
        pytest.param("\t=1", "' =1", id="formula behind a tab"),
        pytest.param("\r\n@x", "' @x", id="formula behind a line break"),
        pytest.param("＝1", "'＝1", id="full-width"),
        pytest.param('say "=hi", you', 'say "=hi", you', id="quotes and commas"),
        pytest.param("a\x1b[2J\udcff", "a\ufffd[2J\ufffd", id="what no terminal and no UTF-8 holds"),
    ],
)
def test_cells_are_text_to_any_spreadsheet(text: str, cell: str) -> None:
    table = labels_csv([GroupLabel(text, text, "person", text, text, 0.98765)])
    rows = list(csv.reader(io.StringIO(table.decode("utf-8"), newline="")))
    assert rows == [
        ["photo", "name", "kind", "group", "label", "strength"],
        [cell, cell, "person", cell, cell, "0.9877"],
    ]
