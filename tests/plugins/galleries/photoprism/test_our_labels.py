"""Labels of ours stay ours though PhotoPrism lists them nowhere, or spells them in another way."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from fakes.photoprism import FakePhotoPrism
from fakes.photoprism_writer import open_client, open_writer

from plugins.changes import AddTags
from plugins.galleries.photoprism.known import Known
from plugins.galleries.photoprism.reading import Reader
from plugins.galleries.photoprism.sweeping import Sweep


@pytest.fixture(
    params=[
        pytest.param("250707", id="put on one by one"),
        pytest.param("260919", id="in a batch"),
    ]
)
def prism(request: pytest.FixtureRequest) -> Iterator[FakePhotoPrism]:
    with FakePhotoPrism(request.param) as running:
        yield running


def test_our_label_stays_ours_while_its_photos_are_private(prism: FakePhotoPrism, tmp_path: Path) -> None:
    photo, other = prism.add_photos(2)
    assert open_writer(prism, tmp_path).apply(AddTags(photos=(photo,), tags=("Beach",))).status == "done"
    prism.make_private(photo)
    assert _tags(prism, tmp_path) == {other: ()}
    prism.make_private(photo, private=False)
    assert _tags(prism, tmp_path) == {photo: (), other: ()}


@pytest.mark.parametrize("tag", ["Usa", "Muenchen", "Iphone"])
def test_our_label_is_ours_however_it_is_spelled(tag: str, prism: FakePhotoPrism, tmp_path: Path) -> None:
    (photo,) = prism.add_photos(1)
    assert open_writer(prism, tmp_path).apply(AddTags(photos=(photo,), tags=(tag,))).status == "done"
    assert prism.labels_of(photo) != {tag}
    assert _tags(prism, tmp_path) == {photo: ()}
    with closing(open_client(prism)) as client:
        assert Reader(client, Known(tmp_path / "known.db")).labels.of_photos([photo]) == {photo: ()}
    assert _tags(prism, tmp_path) == {photo: ()}


def _tags(prism: FakePhotoPrism, folder: Path) -> dict[str, tuple[str, ...]]:
    """Read the library as a run does; return the user's own tags of its photos."""
    with closing(open_client(prism)) as client:
        known = Known(folder / "known.db")
        reader = Reader(client, known)
        sweep = Sweep(reader.pages, known, ZoneInfo("UTC"), private=False, review=False)
        return {photo.id: photo.tags for photo in sweep.photos(reader.labels.by_photo(), {})}
