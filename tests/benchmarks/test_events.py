"""The event benchmark: any file in, scores and answers in the file's order out."""

from __future__ import annotations

import io
import json
import math
import os
from pathlib import Path

import numpy as np
import pytest

from benchmarks._streams import days_and_places, read_csv, seconds_of
from benchmarks.events import METHODS, cluster, main, pairs
from benchmarks.events import bench_lives as lives
from plugins.scores import bcubed, boundary

SHARED = Path(os.environ.get("ALBUMEN_SHARED", Path(__file__).resolve().parents[3] / "shared"))
FLICKR = SHARED / "data" / "events"
HEADER = "photo,owner,taken_at,lat,lon,event\n"
TWO_OWNERS = HEADER + (
    "a,Ann,2024-05-01T10:00:00+02:00,48.1,11.5,picnic\n"
    "b,Bob,2024-05-01T08:00:30Z,,,hike\n"
    "c,Ann,2024-05-01T10:05:00+02:00,48.1,11.5,picnic\n"
    "d,Ann,2024-05-02T20:00:00+02:00,48.1,11.5,party\n"
    "e,Bob,2024-05-01T08:00:00Z,,,hike\n"
)


def run(capsys, *arguments):
    assert main([str(a) for a in arguments]) == 0
    return json.loads(capsys.readouterr().out)


def read(text, **columns):
    return read_csv(io.StringIO(text), columns)


@pytest.mark.parametrize(
    ("text", "seconds", "offset"),
    [
        pytest.param("1714557600", 1_714_557_600, 0, id="seconds"),
        pytest.param("1714557600.5", 1_714_557_600.5, 0, id="fractions"),
        pytest.param("2024-05-01T10:00:00+00:00", 1_714_557_600, 0, id="ISO"),
        pytest.param("2024-05-01T12:00:00+02:00", 1_714_557_600, 7_200, id="with an offset"),
        pytest.param("2024-05-01 10:00:00", 1_714_557_600, 0, id="without one: UTC"),
        pytest.param("2024-05-01T10:00:00Z", 1_714_557_600, 0, id="Zulu"),
        pytest.param("yesterday", math.nan, 0, id="no time"),
        pytest.param("", math.nan, 0, id="empty"),
        pytest.param("1e300", math.nan, 0, id="beyond all calendars"),
        pytest.param("inf", math.nan, 0, id="infinite"),
    ],
)
def test_times_are_read(text, seconds, offset):
    assert seconds_of(text) == pytest.approx((seconds, offset), nan_ok=True)


def test_a_file_is_read_as_it_stands():
    stream, unreadable = read(TWO_OWNERS + "f,Bob,never,x,11,\n")
    assert unreadable == 1
    assert stream.owner.tolist() == [0, 1, 0, 0, 1, 1]
    assert stream.event[0] == stream.event[2] != stream.event[3]
    assert stream.event[1] == stream.event[4] >= 0
    assert stream.event[5] == -1
    assert np.isnan(stream.lat).tolist() == [False, True, False, False, True, True]


def test_headings_and_semicolons_can_differ():
    stream, _ = read('"when";"who"\n"0";"x"\n"5";"y"\n', taken_at="when", owner="who")
    assert stream.taken_s.tolist() == [0, 5]
    assert stream.owner.tolist() == [0, 1]


@pytest.mark.parametrize("text", [HEADER, "taken_at\n"])
def test_a_file_without_photos_is_no_error(text):
    stream, unreadable = read(text)
    assert (len(stream.taken_s), unreadable) == (0, 0)
    assert all(len(cluster(stream, method)) == 0 for method in METHODS.values())


def test_owners_are_clustered_alone():
    stream, _ = read(TWO_OWNERS)
    found = cluster(stream, METHODS["gap_6h"])
    assert bcubed(stream.event, found) == (1, 1, 1)
    assert len(np.unique(found)) == 3


def test_owners_may_number_their_events_alike():
    stream, _ = read("owner,taken_at,event\nx,0,0\ny,0,0\nx,5,0\n")
    assert stream.event[0] == stream.event[2] != stream.event[1]


def test_calendar_days_are_those_of_the_file():
    stream, _ = read(HEADER + "a,x,2024-05-01T23:30:00-05:00,,,\nb,x,2024-05-02T00:30:00-05:00,,,\n")
    assert len(np.unique(cluster(stream, METHODS["calendar_day"]))) == 2


def test_days_and_places_of_one_owner():
    rows = ["0,48.11,11.51", "9,48.14,11.55", "9,48.3,11.5", "90000,48.11,11.51", "9,,", "9,,"]
    stream, _ = read("taken_at,lat,lon\n" + "\n".join(rows))
    assert len(np.unique(days_and_places(stream))) == 4


def test_json_and_answers_in_the_order_of_the_file(tmp_path, capsys):
    file, out = tmp_path / "photos.csv", tmp_path / "answers.npz"
    file.write_text(TWO_OWNERS + "f,Bob,never,,,hike\n", encoding="utf-8")
    shown = run(capsys, "--csv", file, "--json", "--out", out)
    assert set(shown) == {"data", "machine", "rows"}
    assert [row["method"] for row in shown["rows"]] == ["default", "strict", "gap_6h", "gap_8h", "calendar_day"]
    assert {"bcubed_p", "bcubed_r", "bcubed_f", "pairwise_f", "boundary_f1", "seconds"} <= set(shown["rows"][0])
    with np.load(out, allow_pickle=False) as answers:
        assert {name: len(answers[name]) for name in answers} == dict.fromkeys(METHODS, 6)
        found = answers["gap_6h"]
    assert found.dtype == np.int64
    assert found[0] == found[2] != found[3]
    assert found[1] == found[4]
    assert found[5] == -1
    truth = np.array([0, 1, 0, 2, 1])
    row = next(row for row in shown["rows"] if row["method"] == "gap_6h")
    assert row["bcubed_f"] == bcubed(truth, found[:5]).f
    assert row["boundary_f1"] == boundary(truth[[0, 2, 3, 4, 1]], found[[0, 2, 3, 4, 1]], np.array([0, 0, 0, 1, 1])).f


def test_scores_are_null_without_truth(tmp_path, capsys):
    file = tmp_path / "photos.csv"
    file.write_text("taken_at\n0\n5\n", encoding="utf-8")
    assert run(capsys, "--csv", file, "--json")["rows"][0]["bcubed_f"] is None
    assert main(["--csv", str(file)]) == 0


@pytest.mark.parametrize(
    ("text", "said"), [pytest.param("", "taken_at", id="empty"), pytest.param("a,b\n1,2\n", "--columns", id="no times")]
)
def test_a_file_of_something_else_is_wrong_use(tmp_path, capsys, text, said):
    file = tmp_path / "photos.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SystemExit) as stopped:
        main(["--csv", str(file)])
    assert stopped.value.code == 2
    assert said in capsys.readouterr().err


def test_lives_come_with_and_without_gps():
    rows = {row["method"]: row for row in lives(2, 300, 700, ablate=False)}
    assert set(rows) == set(METHODS) | {f"{name}_half_gps" for name in METHODS}
    assert rows["default"]["lives"] == 2
    assert rows["gap_6h"]["bcubed_f"] == rows["gap_6h_half_gps"]["bcubed_f"]
    assert rows["default"]["bcubed_f"] > rows["strict"]["bcubed_f"]


def test_ablation_adds_readings_and_trips():
    rows = {row["method"]: row for row in lives(1, 300, 700, ablate=True)}
    assert set(rows) > {"stage_1_only", "no_guard", "trips", "trips_half_gps"}
    assert rows["stage_1_only"]["bcubed_f"] < rows["default"]["bcubed_f"]


def test_columns_are_parsed():
    assert pairs("taken_at=datetaken,lat=latitude") == {"taken_at": "datetaken", "lat": "latitude"}


@pytest.mark.parametrize(
    ("name", "options"),
    [
        pytest.param("flickr_jotunheimen/dev.csv",
                     ["--columns", "photo=id,taken_at=datetaken,lat=latitude,lon=longitude", "--truth", "days_places"],
                     id="Jotunheimen"),
        pytest.param("flickr_melbourne_yfcc/data/userVisits-Melb.csv",
                     ["--columns", "photo=photoID,owner=userID,taken_at=dateTaken,event=seqID"], id="Melbourne"),
    ],
)  # fmt: skip
def test_flickr_streams(capsys, name, options):
    if not (FLICKR / name).is_file():
        pytest.skip(f"no {FLICKR / name}: point ALBUMEN_SHARED at the folder that holds data/events")
    default = run(capsys, "--csv", FLICKR / name, "--json", *options)["rows"][0]
    assert default["photos"] > 3_000
    assert default["bcubed_f"] > 0.8
