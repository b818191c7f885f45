"""An evaluation in words: figures with intervals, what was too few, and names that do no harm."""

from __future__ import annotations

from typing import Any

from plugins.pages.evaluation import lines, render_evaluation

ROW = {"method": "time_gap", "role": "baseline", "variant": "", "n": 20, "note": "", "seconds": 0.25}
SCORES = {
    "boundary_f1": {"value": 0.8, "low": 0.75, "high": 0.9},
    "bcubed_f": {"value": 1.0, "low": None, "high": None},
}


def step(name: str = "evaluate_events", status: str = "done", mend: str = "", **told: Any) -> dict[str, Any]:
    figures = {"scored": 20, "of": "albums", "too_few": False, "rows": [{**ROW, "scores": SCORES}], **told}
    return {"step": name, "status": status, "figures": figures if status == "done" else {}, "mend": mend}


def test_a_table_has_figures_and_their_intervals():
    _, _, head, names, row = lines("home", [step(photos=99)])
    assert head == "Events: 20 albums (99 photos)"
    assert names.split("  ")[1:] != []
    assert "time_gap" in row
    assert "0.800 [0.750, 0.900]" in row
    assert "1.000 " in row  # no interval is known of it


def test_too_few_is_said_in_place_of_figures():
    said = list(lines("home", [step(scored=19, too_few=True, rows=[])]))
    assert said[2:] == ["Events: 19 albums; too few: it takes 20 to say anything"]


def test_what_was_left_out_and_could_not_run_is_said():
    failed = {**ROW, "scores": {}, "note": "no weights"}
    said = "\n".join(lines("home", [step(left_out={"not in one stretch": 2}, rows=[failed])]))
    assert "Left out: 2 albums (not in one stretch)." in said
    assert "time_gap: no weights" in said


def test_a_step_that_is_skipped_says_how_to_mend_it():
    said = list(lines("home", [step("evaluate_people", "skipped", "no weights: fetch them")]))
    assert said[-1] == "People: not scored: no weights: fetch them"


def test_a_sample_is_said():
    said = list(lines("home", [step(sample="of 99 faces a sample of 9")]))
    assert said[2] == "Events: 20 albums (of 99 faces a sample of 9)"


def test_markdown_holds_the_same_and_names_do_no_harm():
    hostile = {**ROW, "method": "<script>|", "scores": SCORES, "note": "<img src=x>"}
    page = render_evaluation("<b>home", [step(rows=[hostile])])
    assert "<script>" not in page
    assert "<img" not in page
    assert "<b>" not in page
    assert "0.800 &#91;0.750, 0.900&#93;" in page
