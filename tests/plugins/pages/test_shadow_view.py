"""Methods in shadow in a report: what differs in words, in both forms, with hostile names harmless."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from plugins.pages.markdown import render_markdown
from plugins.pages.report import render_report
from plugins.pages.shadow_view import ShadowView, shadow_views
from plugins.pages.views import ReportView

HOSTILE = "<script>alert(1)</script>|`\n# x"


def step(**told: Any) -> dict[str, Any]:
    usual = {
        "kind": "events",
        "method": "time_gap",
        "failed": "",
        "same": 12,
        "counts": {},
        "examples": [],
        "sample": "",
    }
    return {"step": "compare_methods", "status": "done", "figures": {"compared": [{**usual, **told}]}}


@pytest.mark.parametrize(
    ("told", "lead"),
    [
        pytest.param({}, "It would do the same: 12 albums", id="no difference"),
        pytest.param(
            {"counts": {"split": 1, "joined": 2}},
            "Of what is published 12 albums would be the same; 1 split and 2 joined",
            id="differences",
        ),
        pytest.param(
            {"kind": "tags", "sample": "of 9 photos 3 by lot"},
            "It would do the same: 12 suggested tags (of 9 photos 3 by lot)",
            id="a sample",
        ),
        pytest.param({"failed": "no weights"}, "It gives no answer: no weights", id="a failure is a line"),
    ],
)
def test_what_is_said_of_a_method(told, lead):
    (view,) = shadow_views([{"step": "cluster_events", "figures": {}}, step(**told)])
    assert view.lead == lead


def test_a_run_without_shadows_says_nothing():
    assert shadow_views([{"step": "cluster_events", "figures": {"events": 3}}]) == ()


def test_both_forms_tell_it_and_names_do_no_harm():
    shadow = ShadowView(f"In shadow: events by {HOSTILE}", "One split", (f"“{HOSTILE}” would be split",))
    view = replace(ReportView("home", "20260101-0000-00", datetime(2026, 1, 1), False), shadows=(shadow,))
    page, markdown = render_report(view).decode(), render_markdown(view)
    assert "<script>" not in page + markdown
    assert "would be split" in page
    assert "would be split" in markdown
    assert "In shadow: events by" in page
