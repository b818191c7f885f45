"""What is said of a run that was started from a page and did not end well."""

from __future__ import annotations

import pytest

from app.prefect_api import FlowState
from app.web.flow_runs import why_it_ended

RAISED = "Flow run encountered an exception: "


@pytest.mark.parametrize(
    ("kind", "message", "said"),
    [
        pytest.param(
            "FAILED",
            f"{RAISED}GalleryUnreachable: http://a does not answer",
            "http://a does not answer",
            id="our words",
        ),
        pytest.param("FAILED", f"{RAISED}it is locked: wait", "it is locked: wait", id="no name of an error"),
        pytest.param("CRASHED", "Albumen was stopped", "Albumen was stopped", id="not of an error"),
        pytest.param("COMPLETED", "All states completed.", "", id="all is well"),
        pytest.param("RUNNING", "something", "", id="at work"),
    ],
)
def test_only_what_helps_the_user_is_said(kind: str, message: str, said: str) -> None:
    assert why_it_ended(FlowState(kind, kind.title(), message)) == said
