"""Regions of tags in sidecars: drawn so that nobody takes them for a face, taken away without a trace."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from plugins.changes import AddTags, DrawRegion, RemoveRegion, RemoveTags
from plugins.galleries.folder import Plugin
from plugins.galleries.folder.sidecar import SidecarFields, read_sidecar
from plugins.galleries.folder.sidecar_edit import NotOurs, set_tags
from plugins.galleries.folder.sidecar_regions import Stored, draw_region, erase_region

sys.path.insert(0, str(Path(__file__).parent))
from test_sidecar import BOX, CENTRE, USERS, canonical, mwg, xmp

Reopen = Callable[[], Plugin]
PICTURE = Stored(width=400, height=300)
WHERE = (0.25, 0.5, 0.75, 1.0)
FACE = f'<rdf:li><rdf:Description mwg-rs:Name="Ana"><mwg-rs:Area {CENTRE}/></rdf:Description></rdf:li>'
MINE = xmp(mwg(FACE, '<mwg-rs:AppliedToDimensions stDim:w="400" stDim:h="300" stDim:unit="pixel"/>'))


@pytest.mark.parametrize("data", [*USERS, pytest.param(MINE, id="a face without a type")])
def test_a_region_comes_and_goes(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.jpg.xmp"
    path.write_bytes(data)
    before = read_sidecar(path)
    assert draw_region(path, "Animals/Dog", WHERE, PICTURE)
    read = read_sidecar(path)
    assert (read.regions, read.tags, read.our_regions) == (before.regions, before.tags, (("Animals/Dog", WHERE),))
    assert not draw_region(path, "Animals/Dog", BOX, PICTURE)
    assert draw_region(path, "sea", BOX, PICTURE)
    assert erase_region(path, "Animals/Dog")
    assert [tag for tag, _ in read_sidecar(path).our_regions] == ["sea"]
    assert erase_region(path, "sea")
    assert not erase_region(path, "sea")
    assert canonical(path.read_bytes()) == canonical(data)


def test_it_says_what_the_standard_knows(tmp_path: Path) -> None:
    """No name, as some programmes make a person of whatever has one; a type that is true of no face and no pet."""
    path = tmp_path / "a.jpg.xmp"
    draw_region(path, "sea", WHERE, PICTURE)
    text = path.read_text()
    assert 'mwg-rs:Type="Focus" mwg-rs:FocusUsage="NotEvaluatedNotUsed" mwg-rs:Description="sea"' in text
    assert 'stArea:x="0.500000" stArea:y="0.750000" stArea:w="0.500000" stArea:h="0.500000"' in text
    assert 'stDim:w="400" stDim:h="300" stDim:unit="pixel"' in text
    assert ("mwg-rs:Name" in text, "ns0" in text) == (False, False)
    assert erase_region(path, "sea")
    assert not path.exists()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("<albumen:tag>sea</albumen:tag>", "", id="another programme wrote it anew"),
        pytest.param("<albumen:tag>sea<", "<albumen:tag>sun<", id="the user made it another tag's"),
    ],
)
def test_a_region_that_is_not_there_any_more_is_remembered(tmp_path: Path, old: str, new: str) -> None:
    path = tmp_path / "a.jpg.xmp"
    draw_region(path, "sea", WHERE, PICTURE)
    path.write_text(path.read_text().replace(old, new))
    assert read_sidecar(path).our_regions == (("sea", None),)
    assert read_sidecar(path).regions == ()
    assert not draw_region(path, "sea", WHERE, PICTURE)


def test_one_that_goes_for_good_is_remembered(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg.xmp"
    draw_region(path, "sea", WHERE, PICTURE)
    set_tags(path, add=("sea",))
    assert erase_region(path, "sea", for_good=True)
    set_tags(path, remove=("sea",))
    assert read_sidecar(path) == SidecarFields(our_regions=(("sea", None),))


def test_faces_that_the_picture_itself_names_are_not_hidden(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg.xmp"
    with pytest.raises(NotOurs):
        draw_region(path, "sea", WHERE, Stored(names_faces=True))
    assert not path.exists()
    path.write_bytes(MINE)
    assert draw_region(path, "sea", WHERE, Stored(names_faces=True))


@pytest.mark.parametrize("orientation", [1, 2, 6, 7, 8])
def test_a_region_is_where_it_is_in_the_upright_picture(root: Path, reopen: Reopen, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.new("RGB", (16, 12), (9, 9, orientation)).save(root / "a.jpg", "JPEG", exif=exif)
    gallery, draw = reopen(), DrawRegion("a.jpg", "sea", (0.125, 0.25, 0.5, 0.625))
    assert [gallery.apply(draw).status for _ in range(2)] == ["done", "already"]
    again = reopen()
    assert next(iter(again.photos())).tags == ()
    (found,) = again.tag_regions().items()
    assert (found[0], found[1]) == (("a.jpg", "sea"), pytest.approx(draw.box, abs=1e-5))
    assert 'stDim:w="16" stDim:h="12"' in (root / "a.jpg.xmp").read_text()
    assert not any(again.regions(photo) for photo in again.photos())
    assert again.apply(draw.inverse()).status == "done"
    assert not (root / "a.jpg.xmp").exists()


def test_what_has_no_regions_is_refused_or_gone(root: Path, reopen: Reopen) -> None:
    gallery = reopen()
    assert gallery.apply(DrawRegion("none.jpg", "sea", WHERE)).status == "gone"
    assert gallery.apply(RemoveRegion("none.jpg", "sea", WHERE)).status == "gone"
    assert gallery.apply(RemoveRegion("a.jpg", "sea", WHERE)).status == "already"
    assert gallery.apply(DrawRegion("a.jpg", "a\x00", WHERE)).status == "refused"


def test_the_tag_and_its_region_go_each_by_itself(root: Path, reopen: Reopen) -> None:
    gallery = reopen()
    gallery.apply(AddTags(("Animals/Dog",), ("a.jpg",)))
    gallery.apply(DrawRegion("a.jpg", "Animals/Dog", WHERE))
    gallery.apply(RemoveTags(("Animals/Dog",), ("a.jpg",)))
    assert (gallery.tagged("Animals/Dog"), list(gallery.tag_regions())) == ([], [("a.jpg", "Animals/Dog")])
    gallery.apply(RemoveRegion("a.jpg", "Animals/Dog", WHERE))
    assert not (root / "a.jpg.xmp").exists()
