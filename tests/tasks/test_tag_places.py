"""Where accepted tags are in their pictures: a box by what speaks for the cluster, or why nobody knows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from fakes import outside_parts
from fakes.small_folder import refresh
from fakes.snaps import ANNA, CARL, HOME, LEFT, snap
from PIL import Image

from plugins.records import Box
from plugins.store import Decision
from tasks.context import Opened, opened
from tasks.tag_places import place_tags
from tasks.tags import recommend_tags

START = datetime(2024, 5, 3, 10)
N = 8


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Opened]:
    """Draw photos with something red or blue in them, those with a word first, and accept the words of the last two."""
    outside_parts.install(tmp_path / "outside", monkeypatch)
    for name, value in {"EMBEDDER": "squares", "PICTURE": "mapped_tints"}.items():
        monkeypatch.setenv(f"ALBUMEN_FEATURES__{name}", value)
    monkeypatch.setenv("ALBUMEN_DATA_DIR", str(tmp_path / "data"))
    for n in range(2 * N + 2):
        snap(tmp_path / "photos" / f"{n:02}.jpg", START + timedelta(hours=n), HOME, [(ANNA, CARL)[n % 2]])
    library = f"folder:{tmp_path / 'photos'}"
    refresh(library)
    with opened(library) as made:
        photos = made.store.photos.all(library)
        tagged = [replace(p, tags=(("red", "blue")[n % 2],)) for n, p in enumerate(photos[: 2 * N])]
        made.store.photos.replace(library, [*tagged, *photos[2 * N :]])
        made.store.features.put(
            "mapped_tints", "1", [(p.content_key, look(tmp_path / "photos" / p.name)) for p in photos]
        )
    recommend_tags.as_task.fn(library, "key")
    with opened(library) as made:
        for waiting in made.store.suggestions.open(library, "tag"):
            made.store.suggestions.decide(library, waiting.key, "accepted")
        yield made


def look(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        tint = np.asarray(image, dtype=np.float32).mean(axis=(0, 1))
    return tint / np.linalg.norm(tint)


def around(box: Box | None) -> bool:
    """Say whether a box holds the thing at the left, and nothing of the right half."""
    return box is not None and all(a <= b for a, b in zip(box[:2], LEFT[:2], strict=True)) and LEFT[2] <= box[2] <= 0.5


def accepted(here: Opened) -> list[Decision]:
    return here.store.suggestions.decisions(here.name)


def test_the_place_of_the_thing_is_kept_with_the_answer(here: Opened) -> None:
    decisions = accepted(here)
    found = list(place_tags(here, decisions))
    assert sorted(decision.value for decision in decisions) == ["blue", "red"]
    assert [(one.key, around(one.box), one.reason) for one in found] == [(d.key, True, "") for d in decisions]
    assert [decision.evidence.box for decision in accepted(here)] == [one.box for one in found]
    assert {decision.verdict for decision in accepted(here)} == {"accepted"}


def test_what_has_no_place_says_why_and_the_others_have_theirs(here: Opened) -> None:
    first, second = accepted(here)
    photo = next(p for p in here.store.photos.all(here.name) if p.content_key == first.subject)
    here.gallery.path_of(photo.id).write_bytes(b"\xff\xd8\xff no picture")
    gone = replace(first, key="other", subject="gone")
    found = list(place_tags(here, [first, gone, second]))
    assert [around(one.box) for one in found] == [False, False, True]
    assert found[1].reason == "the photo is not there any more"
    assert found[0].reason
    assert [decision.evidence.box for decision in accepted(here)] == [None, found[2].box]


def test_a_thing_that_fills_the_picture_has_no_place_in_it(here: Opened) -> None:
    first, _ = accepted(here)
    photo = next(p for p in here.store.photos.all(here.name) if p.content_key == first.subject)
    colour = {"red": (220, 40, 40), "blue": (40, 40, 220)}[first.value]
    Image.new("RGB", (320, 240), colour).save(here.gallery.path_of(photo.id))
    (found,) = place_tags(here, [first])
    assert (found.box, found.reason) == (None, "no part of it speaks for the tag more than others")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        pytest.param({"ALBUMEN_FEATURES__PICTURE": "weightless"}, "weightless: ", id="weights are missing"),
        pytest.param({"ALBUMEN_FEATURES__ENABLED": "false"}, "features are switched off", id="no features"),
        pytest.param({"ALBUMEN_FEATURES__PICTURE": "tints"}, "the extractor have changed", id="no model of it"),
    ],
)
def test_where_nothing_can_be_placed_every_answer_holds(
    change: dict[str, str], said: str, here: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in change.items():
        monkeypatch.setenv(name, value)
    with opened(here.name) as again:
        found = list(place_tags(again, accepted(again)))
    assert [(one.box, said in one.reason) for one in found] == [(None, True), (None, True)]
    assert [decision.verdict for decision in accepted(here)] == ["accepted", "accepted"]
