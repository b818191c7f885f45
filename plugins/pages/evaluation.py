"""An evaluation in words: tables of methods with their figures and intervals, for a terminal and as markdown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from plugins.evaluation import FEWEST
from plugins.pages.markdown import escape
from plugins.pages.wording import both, clean, count, seconds

SHOWN: Final[Mapping[str, Mapping[str, str]]] = {
    "evaluate_events": {"boundary_f1": "boundary F1", "bcubed_f": "BCubed F", "pairwise_f": "pairs F"},
    "evaluate_people": {
        "bcubed_f": "BCubed F",
        "bcubed_p": "BCubed P",
        "pairwise_p": "pairs P",
        "pairwise_r": "pairs R",
    },
    "evaluate_tags": {"p_at_1": "P@1", "p_at_3": "P@3", "p_at_5": "P@5", "r_at_5": "R@5", "macro_recall": "macro R"},
    "evaluate_covers": {"top_1": "top-1", "top_3": "top-3", "mrr": "MRR", "top_1_gain": "top-1 over chance"},
}
"""Which figures a table shows, by step, and what they are called there; JSON has all of them."""
TITLES: Final[Mapping[str, str]] = {
    "evaluate_events": "Events",
    "evaluate_people": "People",
    "evaluate_tags": "Tags",
    "evaluate_covers": "Covers",
}
LEAD: Final = (
    "Scored on what you have said yourself; what Albumen has made counts nowhere. "
    "In brackets: the 95 % interval, by drawing again what was scored."
)


def lines(library: str, steps: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield the lines of an evaluation for a terminal.

    Args:
        library: name of the library.
        steps: the receipts of the steps as plain data.
    """
    yield f"{library}: {LEAD[0].lower()}{LEAD[1:]}"
    for step in steps:
        yield ""
        yield f"{_title(step)}: {_basis(step)}"
        table = _table(step)
        widths = [max(len(row[n]) for row in table) for n in range(len(table[0]))] if table else []
        for row in table:
            yield "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        yield from (f"  {note}" for note in _notes(step))


def render_evaluation(library: str, steps: Sequence[Mapping[str, Any]]) -> str:
    """Return an evaluation as markdown; names of methods and reasons are harmless there."""
    parts = [f"# Evaluation of {escape(library)}", LEAD]
    for step in steps:
        parts += [f"## {_title(step)}", escape(_basis(step))]
        if table := _table(step):
            head, *rows = [[escape(cell) for cell in row] for row in table]
            body = "\n".join(f"| {' | '.join(row)} |" for row in rows)
            parts.append(f"| {' | '.join(head)} |\n|{' --- |' * len(head)}\n{body}")
        parts += [f"- {escape(note)}" for note in _notes(step)]
    return "\n\n".join(parts) + "\n"


def _title(step: Mapping[str, Any]) -> str:
    return TITLES.get(str(step["step"]), str(step["step"]))


def _basis(step: Mapping[str, Any]) -> str:
    """Return what was scored, and why there are no figures where there are none."""
    figures = step["figures"]
    if step["status"] == "skipped":
        return f"not scored: {clean(str(step.get('mend', '')))}"
    n, of = int(figures["scored"]), str(figures["of"])
    scored = count(n, of.removesuffix("s"), of)
    details = [count(int(figures[key]), key.removesuffix("s"), key) for key in ("people", "photos") if key in figures]
    details += [str(figures["sample"])] if figures.get("sample") else []
    what = f"{scored} ({', '.join(details)})" if details else scored
    return f"{what}; too few: it takes {FEWEST} to say anything" if figures["too_few"] else what


def _table(step: Mapping[str, Any]) -> list[list[str]]:
    """Return the rows of a table, its head first; none where nothing could be scored."""
    rows = [row for row in step["figures"].get("rows", ()) if row["scores"]]
    shown = SHOWN.get(str(step["step"]), {})
    if not rows:
        return []
    head = ["method", "", *shown.values(), "time"]
    return [
        head,
        *([_name(row), row["role"], *(_cell(row, key) for key in shown), seconds(row["seconds"])] for row in rows),
    ]


def _name(row: Mapping[str, Any]) -> str:
    return clean(f"{row['method']}, {row['variant']}" if row["variant"] else str(row["method"]))


def _cell(row: Mapping[str, Any], key: str) -> str:
    figure = row["scores"].get(key)
    if figure is None or figure["value"] is None:
        return ""
    if figure["low"] is None:
        return f"{figure['value']:.3f}"
    return f"{figure['value']:.3f} [{figure['low']:.3f}, {figure['high']:.3f}]"


def _notes(step: Mapping[str, Any]) -> Iterator[str]:
    """Yield what was left out, and what is to be known of single methods."""
    figures = step["figures"]
    if left_out := figures.get("left_out"):
        of = str(figures["of"])
        counted = [f"{count(n, of.removesuffix('s'), of)} ({clean(reason)})" for reason, n in left_out.items()]
        yield f"Left out: {both(counted)}."
    if figures.get("note"):
        yield clean(str(figures["note"]))
    for row in figures.get("rows", ()):
        if row["note"]:
            yield f"{_name(row)}: {clean(str(row['note']))}"
