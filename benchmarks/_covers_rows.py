"""Rows of the covers benchmark: scores with intervals, differences on the same albums, and the tables."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

import numpy as np

from benchmarks._covers_arrays import Arrays
from benchmarks._covers_data import User, among_all
from benchmarks._covers_methods import ALL, RANDOM, Settings, rivals
from benchmarks._means import Row
from plugins.cover_scores import CoverScore, chance_score, cover_score, intervals, near_duplicates
from plugins.covers import Chosen, IntArray, Ranking

SCORES: Final = CoverScore._fields
MOST_LINES: Final = 12
"""More users than this have no rows of their own."""
Columns: TypeAlias = list[tuple[Row, Any]]


@dataclass(slots=True, eq=False)
class Tally:
    """What methods reached on albums, in the order in which they came, and how long each took.

    With `preset` they rank what the preset rule leaves of each album, and what it leaves out comes last. The settings
    are those of patent 004.
    """

    methods: Sequence[str]
    preset: bool = False
    settings: Settings = field(default_factory=dict)
    user: list[str] = field(default_factory=list)
    scores: dict[str, list[CoverScore]] = field(default_factory=dict)
    seconds: dict[str, dict[str, float]] = field(default_factory=dict)
    answers: dict[str, list[tuple[IntArray, Ranking]]] = field(default_factory=dict)

    def add(self, user: User, keep: bool = False) -> None:
        """Let all methods rank the albums of a user; keep their scores where they are to be written."""
        alike = [_alike(user, one) for one in user.chosen]
        asked, left = user.by_preset() if self.preset else (user, None)
        for name in self.methods:
            began = time.perf_counter()
            rankings = ALL[name](asked, self.settings)
            self.seconds.setdefault(name, {})[user.name] = time.perf_counter() - began
            if left is not None:
                sizes = [len(one.album.candidates) for one in user.chosen]
                rankings = [among_all(*one) for one in zip(rankings, left, sizes, strict=True)]
            told = zip(rankings, user.chosen, alike, strict=True)
            self.scores.setdefault(name, []).extend(_score(name, *one) for one in told)
            if keep:
                self.answers.setdefault(name, []).extend(zip(user.places, rankings, strict=True))
        self.user += [user.name] * len(user.chosen)

    def rows(self, variant: str, of_each: bool = False) -> list[Row]:
        """Return the rows of all users together with the differences, and perhaps those of each, if they are few."""
        names = list(dict.fromkeys(self.user))
        few = of_each and 1 < len(names) <= MOST_LINES
        return self._rows(variant, names, True) + [
            row for name in names if few for row in self._rows(f"{variant} {name}", [name], False)
        ]

    def _rows(self, variant: str, users: Sequence[str], with_differences: bool) -> list[Row]:
        of_these = np.isin(self.user, users)
        whose = np.unique(np.array(self.user)[of_these], return_inverse=True)[1]
        size = {"users": len(users), "albums": int(of_these.sum())}
        columns: Columns = []
        scores = {name: np.array(self.scores[name]).reshape(-1, len(SCORES))[of_these] for name in self.methods}
        for name, values in scores.items():
            took = {"seconds": sum(self.seconds[name].get(user, 0.0) for user in users)}
            columns.append(({"method": name, "variant": variant, **size, **took}, values))
        for name, values in scores.items():
            for rival in rivals(name) if with_differences else ():
                if rival in scores:
                    row = {"method": name, "variant": variant, "against": rival, **size}
                    columns.append((row, values - scores[rival]))
        return _with_intervals(columns, whose)


def _alike(user: User, one: Chosen) -> Any:
    rows = one.album.candidates
    return near_duplicates(user.pictures.taken_s[rows], user.pictures.scenes[rows], one.cover)


def _score(name: str, ranking: Ranking, one: Chosen, alike: Any) -> CoverScore:
    if name == RANDOM:
        return chance_score(ranking.scores > 0, one.cover, alike)
    return cover_score(ranking.order, one.cover, alike)


def _with_intervals(columns: Columns, user: IntArray) -> list[Row]:
    """Return each row with the means of its scores and the ends of their intervals, `…_low` and `…_high`."""
    values = np.concatenate([each for _, each in columns], axis=1)
    ends = intervals(values, user).reshape(len(columns), len(SCORES), 2)
    rows = []
    for (row, each), of_row in zip(columns, ends.tolist(), strict=True):
        means = each.mean(axis=0).tolist()
        told = {
            f"{score}{end}": value
            for score, mean, (low, high) in zip(SCORES, means, of_row, strict=True)
            for end, value in (("", mean), ("_low", low), ("_high", high))
        }
        rows.append(row | told)
    return rows


def kept(tally: Tally) -> Arrays:
    """Return the scores of each method for each candidate, one array a method, in the order of the input."""
    return {name: _in_place(answers) for name, answers in tally.answers.items()}


def _in_place(answers: Sequence[tuple[IntArray, Ranking]]) -> Any:
    size = 1 + max((int(place.max()) for place, _ in answers), default=-1)
    scores = np.full(size, np.nan, np.float32)
    for place, ranking in answers:
        scores[place] = ranking.scores
    return scores


def tables(rows: Sequence[Row]) -> str:
    """Return the rows as Markdown: a table of scores, and one of differences album by album."""
    parts = [[row for row in rows if ("against" in row) is paired] for paired in (False, True)]
    return "\n\n".join(_table(part, sign) for part, sign in zip(parts, ("", "+"), strict=True) if part)


def _table(rows: Sequence[Row], sign: str) -> str:
    names = [name for name in rows[0] if not name.endswith(("_low", "_high"))]
    lines = [names, ["---"] * len(names), *([_cell(row, name, sign) for name in names] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(row: Row, name: str, sign: str) -> str:
    value = row[name]
    if name not in SCORES:
        return f"{value:.1f}" if isinstance(value, float) else str(value)
    return f"{value:{sign}.3f} [{row[f'{name}_low']:{sign}.3f}, {row[f'{name}_high']:{sign}.3f}]"
