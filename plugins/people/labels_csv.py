"""Labels as a table for other programs: which photo belongs to which group, what the group is called, how strongly."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import astuple, dataclass, fields
from typing import Final, Literal, TypeAlias

from plugins.pages.wording import clean

GroupKind: TypeAlias = Literal["person", "look-alike"]
FORMULA: Final = frozenset("=+-@＝＋－＠")
"""What a cell that spreadsheets would compute begins with; OWASP, "CSV injection"."""


@dataclass(frozen=True, slots=True)
class GroupLabel:
    """One photo in one group: the gallery's id and name of the photo, the group, its label, and how surely, 0 to 1."""

    photo: str
    name: str
    kind: GroupKind
    group: str
    label: str
    strength: float


def labels_csv(rows: Iterable[GroupLabel]) -> bytes:
    """Return the rows as CSV (RFC 4180) in UTF-8 with a heading; a group that nobody has named has an empty label.

    Text that a spreadsheet would take for a formula has an apostrophe before it, what cannot be shown is replaced.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(field.name for field in fields(GroupLabel))
    for row in rows:
        *words, strength = astuple(row)
        writer.writerow([*map(_harmless, words), f"{strength:.4f}"])
    return out.getvalue().encode()


def _harmless(text: str) -> str:
    shown = clean(text)
    return f"'{shown}" if shown.lstrip()[:1] in FORMULA and shown.strip() else shown
