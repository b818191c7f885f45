"""Contact sheets in a report: only of a library without tags of the user's, and each sheet drawn once."""

from __future__ import annotations

from pathlib import Path

import pytest
from fakes.small_folder import draw, refresh

from plugins.atomic import private_folder
from plugins.galleries import GalleryUnreachable
from plugins.store import Evidence, Suggestion
from tasks import sheets
from tasks.context import Opened, opened
from tasks.sheets import PAGE, REPORT_CELLS, sheets_for_report, waiting_groups

N_PHOTOS = REPORT_CELLS + 4
SIDECAR = b"""<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:subject><rdf:Bag><rdf:li>Seaside</rdf:li></rdf:Bag></dc:subject></rdf:Description></rdf:RDF></x:xmpmeta>"""


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Draw photos that are all one group."""
    monkeypatch.setenv("ALBUMEN_DATA_DIR", str(tmp_path / "data"))
    draw(tmp_path / "photos", [f"{n:02}.jpg" for n in range(N_PHOTOS)], (60, 40))
    name = f"folder:{tmp_path / 'photos'}"
    refresh(name)
    with opened(name) as here:
        keys = tuple(photo.content_key for photo in here.store.photos.all(here.name))
        ask(here, Suggestion("group-1", "group", "group-1", "", evidence=Evidence(photos=keys)))
    return name


def ask(here: Opened, *groups: Suggestion) -> None:
    here.store.suggestions.save(here.name, "group", groups)


def reported(library: str, folder: Path) -> str:
    with opened(library) as here:
        private_folder(folder)
        return sheets_for_report(here, folder)


def test_a_library_without_tags_shows_its_groups(library: str, tmp_path: Path) -> None:
    assert reported(library, tmp_path / "reports" / "1") == PAGE
    page = (tmp_path / "reports" / "1" / PAGE).read_text(encoding="utf-8")
    (picture,) = (tmp_path / "reports" / "1" / "sheets").iterdir()
    assert f'src="sheets/{picture.name}"' in page
    assert "And 4 more, which get the word too." in page


def test_a_tag_of_the_users_ends_the_cold_start_and_one_of_ours_does_not(library: str, tmp_path: Path) -> None:
    (tmp_path / "photos" / "03.jpg.xmp").write_bytes(SIDECAR)
    refresh(library)
    assert reported(library, tmp_path / "reports" / "1") == ""
    with opened(library) as here:
        (tagged,) = (photo for photo in here.store.photos.all(here.name) if photo.tags)
        here.store.ledger.save_tags(here.name, {(tagged.id, "Seaside"): "ours"})
    assert reported(library, tmp_path / "reports" / "1") == PAGE


def test_no_page_where_no_group_waits(library: str, tmp_path: Path) -> None:
    with opened(library) as here:
        ask(here)
    assert reported(library, tmp_path / "reports" / "1") == ""
    assert not (tmp_path / "reports" / "1" / PAGE).exists()


def test_a_sheet_is_taken_from_the_report_before(library: str, tmp_path: Path) -> None:
    reports = tmp_path / "reports"
    reported(library, reports / "1")
    (first,) = (reports / "1" / "sheets").iterdir()
    first.write_bytes(b"as it was")
    reported(library, reports / "2")
    assert (reports / "2" / "sheets" / first.name).read_bytes() == b"as it was"


def test_a_group_with_other_photos_is_drawn_anew(library: str, tmp_path: Path) -> None:
    reports = tmp_path / "reports"
    reported(library, reports / "1")
    with opened(library) as here:
        (group,) = here.store.suggestions.open(here.name, "group")
        ask(here, Suggestion("group-1", "group", "group-1", "", evidence=Evidence(photos=group.evidence.photos[1:])))
    reported(library, reports / "2")
    assert {path.name for path in (reports / "2").glob("sheets/*")}.isdisjoint(
        path.name for path in (reports / "1").glob("sheets/*")
    )


def test_a_gallery_that_cannot_be_asked_is_no_reason_to_have_no_report(library: str, tmp_path: Path) -> None:
    class Gone:
        def preview(self, *_: object) -> None:
            raise GalleryUnreachable("no route to host")

    with opened(library) as here:
        here.__dict__["gallery"] = Gone()
        private_folder(tmp_path / "reports" / "1")
        assert sheets_for_report(here, tmp_path / "reports" / "1") == ""
        del here.__dict__["gallery"]


def test_the_largest_groups_come_first_and_not_all_are_drawn(
    library: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sheets, "MOST_GROUPS", 2)
    with opened(library) as here:
        keys = [photo.content_key for photo in here.store.photos.all(here.name)]
        sizes = {"group-a": 1, "group-b": 3, "group-c": 2}
        ask(here, *(Suggestion(k, "group", k, "", evidence=Evidence(photos=tuple(keys[:n]))) for k, n in sizes.items()))
        assert [group.key for group in waiting_groups(here.store, here.name)] == ["group-b", "group-c", "group-a"]
    reported(library, tmp_path / "reports" / "1")
    page = (tmp_path / "reports" / "1" / PAGE).read_text(encoding="utf-8")
    assert "1 smaller group waits behind these." in page
