"""Evaluate from end to end: what it tells, where it is kept, and that nothing else changes; and shadows in a run."""

from __future__ import annotations

from pathlib import Path

import pytest
from fakes.happenings import album_file, draw_days, dumped, enter
from fakes.small_folder import refresh
from fakes.snaps import beside
from prefect import get_client
from prefect.client.orchestration import SyncPrefectClient
from prefect.exceptions import ParameterTypeError

from flows.curate import curate
from flows.evaluate import KINDS, evaluate
from plugins.evaluation import FEWEST
from plugins.pages.building import library_slug
from tasks.context import opened

pytestmark = pytest.mark.flow


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    days = draw_days(tmp_path / "photos", FEWEST)
    for number, photos in enumerate(days):
        album_file(tmp_path / "photos", f"day-{number}", photos, cover=photos[0])
    library = enter(tmp_path, monkeypatch)
    monkeypatch.setenv("ALBUMEN_COVERS__METHOD", "first_photo")
    refresh(library)
    return library


def tables(place: Path) -> set[str]:
    """Return what the store holds, without the runs and what hangs on the clock."""
    return {line for line in dumped(place) if 'INSERT INTO "runs"' not in line}


def test_all_kinds_are_scored_and_kept_with_the_run_alone(library, tmp_path):
    before, files = tables(tmp_path), beside(tmp_path / "photos")
    summary = evaluate(library)
    steps = {step["step"]: step for step in summary["steps"]}
    assert list(steps) == [f"evaluate_{kind}" for kind in KINDS]
    assert steps["evaluate_events"]["figures"]["scored"] == FEWEST
    assert steps["evaluate_covers"]["figures"]["scored"] == FEWEST
    assert steps["evaluate_people"]["status"] == steps["evaluate_tags"]["status"] == "skipped"  # no features
    with opened(library) as here:
        run = here.store.runs.get(here.name, summary["run"])
    assert (run.kind, run.status) == ("evaluate", "done")
    assert run.summary["steps"] == summary["steps"]
    assert tables(tmp_path) == before
    assert beside(tmp_path / "photos") == files
    with get_client(sync_client=True) as client:
        assert isinstance(client, SyncPrefectClient)
        key = f"evaluate-{library_slug(library)}"
        pages = [artifact.data for artifact in client.read_artifacts() if artifact.key == key]
    assert pages == [summary["page"]]
    assert "time&#95;place&#95;faces" in summary["page"]


def test_only_what_is_asked_for_is_scored(library):
    assert [step["step"] for step in evaluate(library, ["covers"])["steps"]] == ["evaluate_covers"]
    with pytest.raises(ParameterTypeError):
        evaluate(library, ["albums"])


def test_shadows_are_taken_from_the_cache_and_silent_where_there_are_none(library, monkeypatch):
    def steps() -> dict[str, str]:
        return {step["step"]: step["status"] for step in curate(library, steps=["events", "shadows"])["steps"]}

    assert steps() == {"cluster_events": "done"}
    monkeypatch.setenv("ALBUMEN_METHODS__EVENTS", '["time_place_faces", "time_gap"]')
    assert steps() == {"cluster_events": "cached", "compare_methods": "done"}  # a shadow changes no answer
    assert steps() == {"cluster_events": "cached", "compare_methods": "cached"}
