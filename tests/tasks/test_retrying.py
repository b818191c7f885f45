"""Retries: what may succeed later is tried again as the settings say, a refusal is not; seen by a flaky gallery."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest
from fakes import outside_parts
from fakes.snaps import ANNA, HOME, snap

from plugins.galleries import GalleryRefused, GalleryUnreachable
from plugins.sections import Retry
from plugins.store import StoreBusy
from tasks.extraction import extract_features
from tasks.people import group_people
from tasks.photos import refresh_photos
from tasks.retrying import MOST_S, patiently, waits_s

pytestmark = pytest.mark.filterwarnings("ignore:Logger 'prefect.task_runs'")  # the tasks run outside a flow here
LIBRARY = "flaky"
AT_ONCE = Retry(attempts=3, backoff_s=0.001)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Lend a library in a gallery that answers, or not, as the file `fails` in its folder says."""
    outside_parts.install(tmp_path / "outside", monkeypatch)
    photos = tmp_path / "photos"
    snap(photos / "a.jpg", datetime(2024, 5, 3, 10), HOME, (ANNA,))
    settings = tmp_path / "albumen.toml"
    settings.write_text(
        f"[libraries.{LIBRARY}]\ngallery = 'flaky'\npath = '{photos}'\n"
        "[features]\nembedder = 'squares'\npicture = 'tints'\n[retry]\nattempts = 3\nbackoff_s = 0.001\n"
    )
    monkeypatch.setenv("ALBUMEN_CONFIG", str(settings))
    monkeypatch.setenv("ALBUMEN_DATA_DIR", str(tmp_path / "data"))
    return photos


def fail(folder: Path, *lines: str) -> None:
    (folder / "fails").write_text("\n".join(lines))


def calls(folder: Path) -> Counter[str]:
    """Return how often each thing was asked of the gallery since the last time."""
    said = Counter((folder / "calls").read_text().split())
    (folder / "calls").write_text("")
    return said


@pytest.mark.flow
@pytest.mark.parametrize(
    ("failures", "n_calls"),
    [
        pytest.param((), 1, id="it answers"),
        pytest.param(("photos:GalleryUnreachable",), 2, id="not at first"),
        pytest.param(("photos:GalleryUnreachable",) * 2, 3, id="not twice, and three attempts are allowed"),
    ],
)
def test_a_step_waits_for_a_gallery_that_does_not_answer(folder, failures, n_calls):
    fail(folder, *failures)
    assert refresh_photos(LIBRARY).figures["photos"] == 1
    assert calls(folder) == {"photos": n_calls}


@pytest.mark.flow
@pytest.mark.parametrize(
    ("failures", "error", "n_calls"),
    [
        pytest.param(("photos:GalleryRefused",), GalleryRefused, 1, id="a refusal is not asked twice"),
        pytest.param(("photos:GalleryUnreachable",) * 3, GalleryUnreachable, 3, id="no answer to any attempt"),
    ],
)
def test_a_step_gives_up(folder, failures, error, n_calls):
    fail(folder, *failures)
    with pytest.raises(error, match="as ordered"):
        refresh_photos(LIBRARY)
    assert calls(folder) == {"photos": n_calls}


@pytest.mark.flow
def test_a_cached_step_waits_for_what_its_key_needs_and_for_what_it_reads(folder):
    refresh_photos(LIBRARY)
    extract_features(LIBRARY)
    calls(folder)
    fail(folder, "regions:GalleryUnreachable", "regions:GalleryUnreachable")
    assert group_people(LIBRARY).status == "done"
    assert calls(folder) == {"regions": 4}  # twice in vain for the key, then once for the key and once for the answer
    again = group_people(LIBRARY)
    assert (again.status, again.figures["faces"]) == ("cached", 1)
    fail(folder, "regions:GalleryRefused")
    with pytest.raises(GalleryRefused):
        group_people(LIBRARY)


@pytest.mark.parametrize(
    ("retry", "waits"),
    [
        pytest.param(Retry(attempts=1), [], id="one attempt"),
        pytest.param(Retry(attempts=4, backoff_s=1), [1, 2, 4], id="each twice the one before"),
        pytest.param(Retry(attempts=3, backoff_s=0), [0, 0], id="at once"),
        pytest.param(Retry(attempts=5, backoff_s=200), [200, 400, MOST_S, MOST_S], id="no wait is endless"),
    ],
)
def test_waits(retry, waits):
    assert waits_s(retry) == waits


@pytest.mark.parametrize(
    ("errors", "n_calls"),
    [
        pytest.param([ValueError], 1, id="a mistake is not repeated"),
        pytest.param([GalleryRefused], 1, id="nor is a refusal"),
        pytest.param([GalleryUnreachable, GalleryRefused], 2, id="a refusal after a silence"),
        pytest.param([StoreBusy, GalleryUnreachable, StoreBusy], 3, id="three attempts, then the error"),
    ],
)
def test_patience_ends_with_the_error(errors, n_calls):
    left, made = list(errors), []

    def call() -> None:
        made.append(1)
        raise left.pop(0)("as ordered")

    with pytest.raises(errors[-1]):
        patiently(call, AT_ONCE)
    assert len(made) == n_calls


def test_patience_returns_the_first_answer():
    left = [StoreBusy("busy"), "answer"]

    def call() -> str:
        found = left.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    assert patiently(call, AT_ONCE) == "answer"
