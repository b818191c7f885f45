"""A photo keeps its identity wherever its file goes, and no other photo ever gets it."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime

import pytest

from plugins.galleries.folder.index import (
    VERSION,
    Facts,
    Gone,
    Index,
    Known,
    facts_by_path,
    identify,
    load_index,
    save_index,
    still_holds,
)
from plugins.records import Photo, PlaceWords, Position, Region

ZONE = "Europe/Berlin"


def files(content_by_path: dict[str, str]) -> list[Facts]:
    return [Facts(path=path, size=1, mtime_ns=1, content_key=key) for path, key in content_by_path.items()]


def ids(*scans: dict[str, str]) -> dict[str, str]:
    """Return the id of each path after scans of folders of path → content, one after the other."""
    index = Index()
    for scan in scans:
        index = identify(index, files(scan), ZONE)
    return {known.facts.path: known.id for known in index.known}


@pytest.mark.parametrize(
    ("scans", "wanted"),
    [
        pytest.param([{"a": "A", "b": "B"}] * 2, {"a": "a", "b": "b"}, id="nothing changed"),
        pytest.param([{"a": "A"}, {"b/c": "A"}], {"b/c": "a"}, id="moved"),
        pytest.param([{"a": "A"}, {"a": "A2"}], {"a": "a"}, id="edited where it lies"),
        pytest.param([{"a": "A"}, {"a": "A", "b": "A"}], {"a": "a", "b": "b"}, id="copied: a photo of its own"),
        pytest.param([{"a": "A"}, {"a": "N", "b": "A"}], {"b": "a", "a": "a~2"}, id="moved; a new one in its place"),
        pytest.param([{"a": "A", "b": "B"}, {"a": "B", "b": "A"}], {"a": "b", "b": "a"}, id="swapped"),
        pytest.param(
            [{"a": "A", "b": "B", "c": "C"}, {"b": "A", "c": "B", "d": "C"}],
            {"b": "a", "c": "b", "d": "c"},
            id="numbered anew by one",
        ),
        pytest.param([{"a": "A", "b": "A"}, {"c": "A", "d": "A"}], {"c": "a", "d": "b"}, id="twins moved"),
        pytest.param([{"a": "A", "b": "A"}, {"b": "A"}], {"b": "b"}, id="one twin deleted"),
        pytest.param([{"a": "A"}, {}, {"a": "A"}], {"a": "a"}, id="the disk was away"),
        pytest.param([{"a": "A"}, {}, {"b": "A"}], {"b": "a"}, id="away, and back under another name"),
        pytest.param([{"a": "A"}, {"b": "A"}, {}, {"b": "A"}], {"b": "a"}, id="moved, then the disk was away"),
        pytest.param([{"a": "A", "b": "A"}, {}, {"b": "A", "a": "A"}], {"a": "a", "b": "b"}, id="twins were away"),
        pytest.param([{"a": "A"}, {}, {"a": "N"}], {"a": "a~2"}, id="deleted; the camera counts from 1 again"),
        pytest.param([{"a": "A"}, {}, {"a": "N"}, {}, {"a": "M"}], {"a": "a~3"}, id="and again"),
        pytest.param([{"a": "A"}, {"a": "N", "b": "A"}, {"a": "A", "b": "N"}], {"a": "a", "b": "a~2"}, id="and back"),
        pytest.param([{"a": "A", "a~2": "B"}, {"a": "N", "b": "A", "a~2": "B"}],
                     {"b": "a", "a~2": "a~2", "a": "a~3"}, id="the suffix is a file's name"),
    ],
)  # fmt: skip
def test_identity(scans, wanted):
    assert ids(*scans) == wanted


def test_no_id_is_ever_two_photos():
    """Whatever happens to four files in six scans, each path has one id, and each id one path."""
    contents = ["A", "B", "C", "D", "A"]
    index = Index()
    for turn in range(60):
        scan = {f"p{(turn * step) % 7}": contents[(turn + step) % 5] for step in range(1, 5)}
        index = identify(index, files(scan), ZONE)
        current = [known.id for known in index.known]
        everyone = current + [gone.id for gone in index.gone]
        assert {known.facts.path for known in index.known} == set(scan)
        assert len(everyone) == len(set(everyone))


PHOTO = Photo(
    id="",
    name='a "b" \'\n😀.jpg',
    taken_at=datetime(2024, 5, 1, 8, 11, 12, 345_000, UTC),
    taken_local=datetime(2024, 5, 1, 10, 11, 12, 345_000),
    content_key="00ff",
    kind="video",
    time_origin="takeout",
    position=Position(38.71, -9.14, 5.0),
    words=PlaceWords(city="Lisboa"),
    duration_s=1.25,
    tags=("sea", "Anna"),
)
INDEX = Index(
    zone=ZONE,
    known=(
        Known(
            "first.jpg",
            Facts(
                path=PHOTO.name,
                size=5,
                mtime_ns=1_714_550_000_123_456_789,
                content_key="00ff",
                beside=(("x.xmp", 1, 2),),
                photo=PHOTO,
                regions=(Region("", (0.1, 0.2, 0.3, 0.4), "Anna", "0"), Region("", None, "Ben")),
                problem="p",
            ),
        ),
        Known("second.jpg", Facts("s", 0, -5, "e3", left_out="unreadable", problem="empty")),
    ),
    gone=(Gone("third.jpg", "aa"),),
    pending=(Facts("n", 1, 1, "bb"),),
)


def test_what_is_stored_comes_back(tmp_path):
    path = tmp_path / "new" / "index.json"
    save_index(path, INDEX)
    assert load_index(path) == INDEX
    assert [file.name for file in path.parent.iterdir()] == ["index.json"]


def test_no_index_is_an_empty_one(tmp_path, caplog):
    assert load_index(tmp_path / "index.json") == Index()
    assert not caplog.records


def broken(**changes) -> bytes:
    return json.dumps({"zone": ZONE, "version": VERSION, "known": [], "gone": [], "pending": [], **changes}).encode()


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b'{"zone": "Europe', id="cut off"),
        pytest.param(b"\xff\xfe\0", id="not text"),
        pytest.param(b"[" * 50_000, id="nested without end"),
        pytest.param(broken(known=[{"id": 5}]), id="other fields"),
        pytest.param(broken(known="all"), id="another shape"),
        pytest.param(broken(version=VERSION + 1), id="of a newer Albumen"),
    ],
)
def test_a_broken_index_is_rebuilt_with_a_warning(data, tmp_path, caplog):
    path = tmp_path / "index.json"
    path.write_bytes(data)
    with caplog.at_level(logging.WARNING):
        assert load_index(path) == Index()
    assert "read again" in caplog.text
    assert path.read_bytes() == data


def test_a_folder_in_its_place_is_a_warning(tmp_path, caplog):
    (tmp_path / "index.json").mkdir()
    assert load_index(tmp_path / "index.json") == Index()
    assert "read again" in caplog.text


def test_a_scan_that_was_broken_off_is_used():
    assert set(facts_by_path(INDEX)) == {PHOTO.name, "s", "n"}


@pytest.mark.parametrize(
    ("index", "holds"),
    [
        pytest.param(INDEX, True, id="as stored"),
        pytest.param(Index(zone="Asia/Tokyo"), False, id="another time zone"),
        pytest.param(Index(zone=ZONE, version=VERSION - 1), False, id="older code"),
    ],
)
def test_still_holds(index, holds):
    assert still_holds(index, ZONE) is holds
