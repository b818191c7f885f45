"""The drawn sample library: whose folder it is, and that its files say what its truth says."""

import json
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from statistics import median

import av
import pytest
from lxml import etree
from PIL import ExifTags, Image

from plugins.sample import MARK, FolderInUse, SamplePhoto, SampleTruth, draw_sample_library


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory) -> SampleTruth:
    return draw_sample_library(tmp_path_factory.mktemp("sample") / "photos")


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.mark.parametrize(
    ("name", "data"),
    [
        pytest.param("IMG_1.jpg", b"mine", id="somebody's photos"),
        pytest.param(MARK, b"{broken", id="a mark that cannot be read"),
        pytest.param(MARK, b'{"seed": 8, "version": 1, "done": true}', id="the sample of another seed"),
        pytest.param(MARK, b"[]", id="a mark that is something else"),
    ],
)
def test_a_folder_in_use_is_left_alone(tmp_path: Path, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(FolderInUse, match="choose a new folder"):
        draw_sample_library(tmp_path)
    assert contents(tmp_path) == {name: data}


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"mine")
    with pytest.raises(FolderInUse):
        draw_sample_library(tmp_path / "x")
    assert (tmp_path / "x").read_bytes() == b"mine"


def test_a_finished_library_is_not_touched_again(truth: SampleTruth) -> None:
    removed = truth.folder / truth.photos[0].name
    kept = removed.read_bytes()
    removed.unlink()
    assert draw_sample_library(truth.folder) == truth
    assert not removed.exists()
    removed.write_bytes(kept)


def test_an_interrupted_drawing_is_finished_with_the_same_bytes(truth: SampleTruth) -> None:
    whole = contents(truth.folder)
    for name in (truth.photos[5].name, truth.portrait, truth.video):
        (truth.folder / name).unlink()
    (truth.folder / MARK).write_text(json.dumps(json.loads(whole[MARK]) | {"done": False}))
    draw_sample_library(truth.folder)
    assert contents(truth.folder) == whole


def test_the_folder_holds_what_the_truth_names(truth: SampleTruth) -> None:
    names = {photo.name for photo in truth.photos}
    assert set(contents(truth.folder)) == names | {MARK, truth.broken, f"{truth.tagged}.xmp"}
    assert 60 <= len(names) <= 75


def test_six_events_are_each_worth_an_album(truth: SampleTruth) -> None:
    sizes = Counter(photo.event for photo in truth.photos if photo.event)
    assert set(sizes) == {key for key, _ in truth.events}
    assert len(sizes) == 6
    assert min(sizes.values()) >= 8
    times = [photo.taken_local for photo in truth.photos]
    assert times == sorted(times)
    # No two photos are near enough to be one burst.
    assert min(b - a for a, b in pairwise(times)) > timedelta(minutes=1)


def test_home_is_where_the_middle_of_the_library_is(truth: SampleTruth) -> None:
    placed = [photo for photo in truth.photos if photo.has_gps]
    home = [photo for photo in truth.photos if photo.event in {"birthday", "dinner", ""}]
    middle = median(p.lat for p in placed), median(p.lon for p in placed)
    assert all(abs(p.lat - middle[0]) < 0.002 and abs(p.lon - middle[1]) < 0.002 for p in home)
    others = [p for p in placed if p not in home]
    assert all(abs(p.lat - middle[0]) + abs(p.lon - middle[1]) > 0.5 for p in others)


def read_back(folder: Path, photo: SamplePhoto) -> SamplePhoto:
    """Return what a photo's own metadata say."""
    exif = Image.open(folder / photo.name).getexif()
    taken = exif.get_ifd(ExifTags.IFD.Exif)
    gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
    when = datetime.strptime(taken[ExifTags.Base.DateTimeOriginal], "%Y:%m:%d %H:%M:%S")
    lat, lon = photo.lat, photo.lon
    if gps:
        lat, lon = (
            round(float(d + m / 60 + s / 3600), 5)
            for d, m, s in (gps[ExifTags.GPS.GPSLatitude], gps[ExifTags.GPS.GPSLongitude])
        )
        lon = -lon if gps[ExifTags.GPS.GPSLongitudeRef] == "W" else lon
    zone, camera = taken[ExifTags.Base.OffsetTimeOriginal], exif[ExifTags.Base.Model]
    return replace(photo, taken_local=when, zone=zone, lat=lat, lon=lon, has_gps=bool(gps), camera=camera)


def test_the_metadata_say_what_the_truth_says(truth: SampleTruth) -> None:
    pictures = [photo for photo in truth.photos if photo.name.endswith(".jpg")]
    assert len(pictures) >= 60
    for photo in pictures:
        read = read_back(truth.folder, photo)
        assert (read.lat, read.lon) == pytest.approx((photo.lat, photo.lon), abs=2e-5)
        assert replace(read, lat=photo.lat, lon=photo.lon) == photo


def test_the_odd_files(truth: SampleTruth) -> None:
    portrait = Image.open(truth.folder / truth.portrait)
    assert portrait.size == (1280, 960)
    assert portrait.getexif()[ExifTags.Base.Orientation] == 6
    pngs = [photo for photo in truth.photos if photo.name.endswith(".png")]
    assert [(photo.has_gps, photo.camera) for photo in pngs] == [(False, "")]
    assert not Image.open(truth.folder / pngs[0].name).getexif()
    with pytest.raises(OSError, match=r"(?i)truncated|identify"):
        Image.open(truth.folder / truth.broken).load()
    with av.open(str(truth.folder / truth.video)) as film:
        assert film.duration == 2_000_000
        assert film.metadata["creation_time"].startswith("2024-07-13T")
        assert sum(1 for _ in film.decode(video=0)) == 30
    sidecar = etree.parse(truth.folder / f"{truth.tagged}.xmp")
    assert sidecar.xpath("//*[local-name() = 'li']/text()") == ["Seaside"]
    assert sidecar.xpath("//*[local-name() = 'Rating']/text()") == ["5"]


def test_no_two_pictures_are_the_same(truth: SampleTruth) -> None:
    pictures = [data for name, data in contents(truth.folder).items() if name.endswith((".jpg", ".png"))]
    assert len(set(pictures)) == len(pictures)
