"""Every request of a whole job is one that PhotoPrism's own description of its API has, where it describes it."""

from __future__ import annotations

from pathlib import Path

import pytest
from fakes.photoprism import FakePhotoPrism
from fakes.served.photoprism import NEW, OLD, PHOTOPRISM

pytestmark = pytest.mark.usefixtures("quick_disk")


@pytest.mark.parametrize("version", [pytest.param(OLD, id="label by label"), pytest.param(NEW, id="by batch edit")])
def test_requests_fit_the_document(version: str, shared: Path, tmp_path: Path) -> None:
    with PHOTOPRISM.serve(version) as server:
        server.validate_with(shared.parent / "contracts" / "photoprism-251125-swagger.json")
        photos = PHOTOPRISM.photos(server)
        PHOTOPRISM.with_things_of_the_users(server, photos)
        PHOTOPRISM.with_faces(server)
        library = PHOTOPRISM.library(server, tmp_path)
        made = library.run()
        named = library.run(PHOTOPRISM.people)
        with library.opened() as (_, gallery):
            first = min(gallery.photos(), key=lambda photo: photo.taken_at)
            assert gallery.preview(first, 224).content_key == first.content_key
        assert made.applied.refused == named.applied.refused == []
        assert library.undo(made.run).refused == []
        assert asked(server) >= {"albums", "batch" if version == NEW else "label", "markers", "t", "config", "subjects"}
        assert server.violations == []


def asked(server: FakePhotoPrism) -> set[str]:
    """Return the parts of the paths that were asked for."""
    return {part for seen in server.requests for part in seen.path.split("/")}
