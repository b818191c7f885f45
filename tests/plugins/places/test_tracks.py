"""Tests of location histories: every format, what is broken in them, and where they say somebody was."""

from __future__ import annotations

import json
import math
import os
from datetime import UTC, datetime

import numpy as np
import pytest

from plugins.places.earth import distance_m
from plugins.places.tracks import find_tracks, fingerprint, locate, make_track, read_tracks

NOON = datetime(2024, 5, 12, 12, tzinfo=UTC).timestamp()
ISO, LATER = "2024-05-12T12:00:00Z", "2024-05-12T12:30:00Z"

GPX = """<?xml version="1.0"?>
<gpx version="1.1" creator="test" xmlns="http://www.topografix.com/GPX/1/1"><!-- a comment -->
<wpt lat="1" lon="1"><name>no time, no use</name></wpt>
<trk><trkseg>
<trkpt lat="48.1" lon="11.5"><ele>520</ele><time>2024-05-12T12:00:00Z</time></trkpt>
<trkpt lat="48.2" lon="11.6"><time>2024-05-12T14:30:00.000+02:00</time></trkpt>
</trkseg></trk></gpx>"""

RECORDS = {
    "locations": [
        {"latitudeE7": 481000000, "longitudeE7": 115000000, "accuracy": 20, "timestampMs": str(int(NOON * 1000))},
        {
            "latitudeE7": 482000000,
            "longitudeE7": 116000000,
            "timestamp": LATER,
            "activity": [{"activity": [{"type": "STILL"}]}],
        },
        {"latitudeE7": 10000000, "longitudeE7": 10000000, "accuracy": 9000, "timestamp": LATER},
    ]
}
SEMANTIC = {
    "timelineObjects": [
        {
            "placeVisit": {
                "location": {"latitudeE7": 481000000, "longitudeE7": 115000000, "name": "[Home"},
                "duration": {"startTimestamp": ISO, "endTimestamp": "2024-05-12T12:10:00.5Z"},
            }
        },
        {
            "activitySegment": {
                "startLocation": {},
                "endLocation": {"latitudeE7": 482000000, "longitudeE7": 116000000},
                "duration": {
                    "startTimestampMs": str(int(NOON * 1000)),
                    "endTimestampMs": str(int((NOON + 1800) * 1e3)),
                },
                "simplifiedRawPath": {
                    "points": [{"latE7": 481500000, "lngE7": 115500000, "timestamp": "2024-05-12T12:20Z"}]
                },
            }
        },
    ]
}
ANDROID = {
    "semanticSegments": [
        {
            "startTime": "2024-05-12T14:00:00.000+02:00",
            "endTime": "2024-05-12T14:10:00.000+02:00",
            "visit": {"topCandidate": {"placeLocation": {"latLng": "48.1°, 11.5°"}}},
        },
        {
            "startTime": ISO,
            "endTime": LATER,
            "timelinePath": [{"point": "48.15°, 11.55°", "time": "2024-05-12T14:20:00.000+02:00"}],
        },
        {"startTime": "2024-05-12T12:10:00Z", "endTime": LATER, "activity": {"end": {"latLng": "48.2°, 11.6°"}}},
        {"startTime": ISO, "endTime": LATER, "timelineMemory": {"trip": {}}},
    ],
    "rawSignals": [
        {"position": {"LatLng": "48.12°, 11.52°", "accuracyMeters": 13, "timestamp": "2024-05-12T14:15:00.000+02:00"}},
        {"wifiScan": {}},
    ],
    "userLocationProfile": {"frequentPlaces": [{"placeLocation": "48.1°, 11.5°", "label": "HOME"}]},
}
IOS = [
    {
        "startTime": ISO,
        "endTime": "2024-05-12T12:10:00Z",
        "visit": {"topCandidate": {"placeLocation": "geo:48.1,11.5"}},
    },
    {
        "startTime": ISO,
        "endTime": LATER,
        "timelinePath": [{"point": "geo:48.15,11.55", "durationMinutesOffsetFromStartTime": "20"}],
    },
    {"startTime": ISO, "endTime": LATER, "activity": {"start": "geo:48.1,11.5", "end": "geo:48.2,11.6"}},
]
PAYLOADS = [
    {"_type": "location", "tst": int(NOON), "lat": 48.1, "lon": 11.5, "acc": 12, "tid": "an"},
    {"_type": "lwt", "tst": int(NOON)},
    {"_type": "location", "tst": int(NOON) + 1800, "lat": 48.2, "lon": 11.6},
]
REC = "".join(f"2024-05-12T12:00:00Z\t*                 \t{json.dumps(payload)}\n" for payload in PAYLOADS)


@pytest.mark.parametrize(
    ("name", "text", "n"),
    [
        pytest.param("a.gpx", GPX, 2, id="GPX 1.1"),
        pytest.param("a.gpx", GPX.replace("GPX/1/1", "GPX/1/0"), 2, id="GPX 1.0"),
        pytest.param("a.gpx", GPX.replace(' xmlns="http://www.topografix.com/GPX/1/1"', ""), 2, id="GPX, no namespace"),
        pytest.param("Records.json", json.dumps(RECORDS), 2, id="Google Records"),
        pytest.param("2024_MAY.json", json.dumps(SEMANTIC), 4, id="Google Semantic Location History"),
        pytest.param("Timeline.json", json.dumps(ANDROID), 5, id="Google Timeline on Android"),
        pytest.param("Timeline.json", "\ufeff" + json.dumps(ANDROID, ensure_ascii=False, indent=1), 5, id="with marks"),
        pytest.param("location-history.json", json.dumps(IOS), 4, id="Google Timeline on iOS"),
        pytest.param("2024-05.rec", REC, 2, id="OwnTracks recorder"),
        pytest.param("a.json", json.dumps(PAYLOADS), 2, id="OwnTracks, a list"),
        pytest.param("a.json", json.dumps({"count": 3, "data": PAYLOADS}), 2, id="OwnTracks, the recorder's answer"),
        pytest.param("a.json", "\n".join(map(json.dumps, PAYLOADS)), 2, id="OwnTracks, JSON lines"),
    ],
)
def test_every_format_tells_of_the_same_half_hour(tmp_path, name, text, n):
    (tmp_path / name).write_text(text, encoding="utf-8")
    track, problems = read_tracks([tmp_path / name])
    assert problems == ()
    assert len(track) == n
    assert (track.time_s[0], track.lat[0], track.lon[0]) == pytest.approx((NOON, 48.1, 11.5))
    assert (track.time_s[-1], track.lat[-1], track.lon[-1]) == pytest.approx((NOON + 1800, 48.2, 11.6))
    assert np.all(np.diff(track.time_s) > 0)


def test_an_overflow_of_old_takeouts_is_undone(tmp_path):
    fix = {"latitudeE7": 2**32 - 338568000, "longitudeE7": 2**32 - 706483000, "timestamp": ISO}
    (tmp_path / "Records.json").write_text(json.dumps({"locations": [fix]}))
    track, _ = read_tracks([tmp_path])
    assert (track.lat[0], track.lon[0]) == pytest.approx((-33.8568, -70.6483))


@pytest.mark.parametrize(
    ("name", "text", "n", "reason"),
    [
        pytest.param("a.gpx", "", 0, "not XML", id="empty GPX"),
        pytest.param("a.gpx", "<html>", 0, "not XML", id="a web page"),
        pytest.param("a.gpx", GPX[:-90], 1, "cut off", id="GPX cut off: what came before counts"),
        pytest.param("a.gpx", GPX.replace("48.2", "948.2"), 1, "1 of 2 points left out", id="a point off the Earth"),
        pytest.param(
            "a.gpx", GPX.replace('lat="48.2"', ""), 1, "1 of 2 points left out", id="a point without latitude"
        ),
        pytest.param("a.gpx", GPX.replace("14:30:00.000+02:00", "noon"), 1, "1 of 2 points", id="a time in words"),
        pytest.param("a.json", "", 0, "no location history", id="empty JSON"),
        pytest.param("a.json", "{}", 0, "no location history", id="another JSON"),
        pytest.param("a.json", '"text"', 0, "no location history", id="only text"),
        pytest.param("a.json", "\x00\x01\x02", 0, "not JSON", id="binary"),
        pytest.param("a.json", json.dumps(PAYLOADS)[:-40], 1, "cut off", id="JSON cut off"),
        pytest.param("a.json", json.dumps(RECORDS)[:-20], 2, "cut off", id="Records cut off"),
        pytest.param(
            "a.json", json.dumps({"locations": [{"latitudeE7": None, "timestamp": ISO}]}), 0, "1 of 1", id="null"
        ),
        pytest.param(
            "a.json", json.dumps([{"visit": 5, "startTime": ISO}]), 0, "1 of 1", id="a visit that is a number"
        ),
        pytest.param("a.json", json.dumps([{**PAYLOADS[0], "tst": 1e300}]), 0, "1 of 1", id="a time without end"),
        pytest.param(
            "a.json", json.dumps([{**PAYLOADS[0], "tst": math.nan}]), 0, "1 of 1", id="a time that is no number"
        ),
        pytest.param("a.json", json.dumps([{**PAYLOADS[0], "lat": 0, "lon": 0}]), 0, "1 of 1", id="0/0 is unknown"),
        pytest.param("a.json", "[" * 200_000, 0, "nested too deeply", id="nested without end"),
        pytest.param(
            "a.json", '[{"_type":"location","tst":' + "9" * 9_999 + "}]", 0, "not JSON", id="a number without end"
        ),
        pytest.param(
            "a.json",
            json.dumps([{"latitudeE7": 10**400, "longitudeE7": 5, "timestamp": ISO}]),
            0,
            "1 of 1",
            id="degrees without end",
        ),
        pytest.param("a.rec", REC + "2024\t*\t{broken\n", 2, "1 of 3 points left out", id="a broken line"),
    ],
)
def test_broken_histories_are_named_and_the_rest_is_used(tmp_path, name, text, n, reason):
    good, bad = tmp_path / "good" / "a.gpx", tmp_path / name
    good.parent.mkdir()
    good.write_text(GPX.replace("2024", "2019"))
    bad.write_text(text)
    track, problems = read_tracks([bad, good])
    assert len(track) == n + 2
    (problem,) = problems
    assert problem.file == str(bad)
    assert reason in problem.reason


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"<gpx xmlns:a='h{'[' * 5_000}\x7f'/>", id="no address"),
        pytest.param(f"<gpx xmlns='{'}' * 5_000}'/>", id="a name that is none"),
    ],
)
def test_what_is_said_of_a_broken_file_is_one_short_line(tmp_path, text):
    (tmp_path / "a.gpx").write_text(text)
    _, (problem,) = read_tracks([tmp_path / "a.gpx"])
    assert len(problem.reason) < 500
    assert "\x7f" not in problem.reason


def test_no_entity_is_expanded_and_no_file_is_read_through_gpx(tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("2024-05-12T12:00:00Z")
    bomb = f'<!DOCTYPE gpx [<!ENTITY a "48.1"><!ENTITY s SYSTEM "{secret.as_uri()}">]>'
    text = f'{bomb}<gpx><trk><trkseg><trkpt lat="&a;" lon="11.5"><time>&s;</time></trkpt></trkseg></trk></gpx>'
    (tmp_path / "a.gpx").write_text(text)
    track, problems = read_tracks([tmp_path / "a.gpx"])
    assert len(track) == 0
    assert "document type" in problems[0].reason


def test_a_billion_laughs_end_at_once(tmp_path):
    levels = "".join(f'<!ENTITY l{k + 1} "{f"&l{k};" * 10}">' for k in range(12))
    text = f'<!DOCTYPE gpx [<!ENTITY l0 "ha">{levels}]><gpx creator="&l12;"/>'
    (tmp_path / "a.gpx").write_text(text)
    track, problems = read_tracks([tmp_path / "a.gpx"])
    assert len(track) == 0
    assert len(problems) == 1


def test_a_large_history_is_read_across_the_reader_s_windows(tmp_path):
    n = 30_000  # about 3 MB: three windows
    fixes = [
        {"_type": "location", "tst": int(NOON) + k, "lat": 10 + k / n, "lon": 20.0, "text": "ä]}" * 5} for k in range(n)
    ]
    (tmp_path / "a.json").write_text(json.dumps({"count": n, "data": fixes, "version": 12345}, ensure_ascii=False))
    track, problems = read_tracks([tmp_path / "a.json"])
    assert problems == ()
    assert track.time_s.tolist() == [NOON + k for k in range(n)]
    assert track.lat[-1] == pytest.approx(11, abs=1e-4)


def test_files_folders_and_globs_are_found_once(tmp_path):
    for name in ("b.gpx", "sub/a.REC", "sub/c.json", "sub/readme.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    (tmp_path / "sub" / "loop").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "pipe.json")
    files, problems = find_tracks([tmp_path, str(tmp_path / "*.gpx"), tmp_path / "sub" / "c.json"])
    assert [str(file.relative_to(tmp_path)) for file in files] == ["b.gpx", "sub/a.REC", "sub/c.json"]
    assert problems == ()


@pytest.mark.parametrize("missing", ["nothing.gpx", "*.gpx", "~nobody-of-this-name/a.gpx", "x" * 300])
def test_a_path_that_names_nothing_is_a_problem(tmp_path, missing):
    (problem,) = find_tracks([tmp_path / missing if missing[0] != "~" else missing])[1]
    assert missing in problem.file
    assert "[places] tracks" in problem.reason


def test_other_json_in_a_folder_is_passed_over_in_silence(tmp_path):
    (tmp_path / "Settings.json").write_text("{}")
    (tmp_path / "a.gpx").write_text(GPX)
    track, problems = read_tracks([tmp_path])
    assert (len(track), problems) == (2, ())


def test_the_fingerprint_follows_content_not_names(tmp_path):
    (tmp_path / "a.gpx").write_text(GPX)
    (tmp_path / "b.rec").write_text(REC)
    before = fingerprint([tmp_path])
    (tmp_path / "a.gpx").rename(tmp_path / "z.gpx")
    assert fingerprint([tmp_path]) == before
    (tmp_path / "b.rec").write_text(REC + "\n")
    assert fingerprint([tmp_path]) != before
    assert fingerprint([]) != before


def test_of_two_fixes_at_one_time_the_more_certain_stays():
    track = make_track([20, 10, 10], [3, 1, 2], [3, 1, 2], [0, 50, 5])
    assert (track.time_s.tolist(), track.lat.tolist(), track.radius_m.tolist()) == ([10, 20], [2, 3], [5, 0])


LINE = make_track([0, 600], [48.0, 48.1], [11.0, 11.2], [10, 30])


@pytest.mark.parametrize(
    ("track", "at_s", "where"),
    [
        pytest.param(make_track([], [], []), 0, None, id="no track"),
        pytest.param(LINE, -1, None, id="before it begins"),
        pytest.param(LINE, 601, None, id="after it ends"),
        pytest.param(
            make_track([0, 901], [48.0, 48.1], [11.0, 11.2]), 450, None, id="more than 15 minutes, two places"
        ),
        pytest.param(make_track([0, 901], [48.0, 48.0019], [11.0, 11.0]), 450, None, id="211 m is no stay"),
        pytest.param(LINE, 0, (48.0, 11.0), id="at the first fix"),
        pytest.param(LINE, 600, (48.1, 11.2), id="at the last fix"),
        pytest.param(LINE, 150, (48.025, 11.05), id="a quarter of the way"),
        pytest.param(make_track([0, 900], [48.0, 48.1], [11.0, 11.2]), 450, (48.05, 11.1), id="just 15 minutes"),
        pytest.param(
            make_track([0, 9e4], [48.0, 48.0017], [11.0, 11.0]), 4.5e4, (48.00085, 11.0), id="189 m is a stay"
        ),
        pytest.param(make_track([0, 600], [-17, -17], [179.9, -179.9]), 450, (-17, -179.95), id="over the date line"),
        pytest.param(make_track([5], [48.0], [11.0]), 5, (48.0, 11.0), id="a single fix, at its time"),
    ],
)
def test_locate(track, at_s, where):
    located = locate(track, [at_s])
    found = (float(located.lat[0]), float(located.lon[0]))
    assert found == pytest.approx(where or (math.nan, math.nan), nan_ok=True)
    assert math.isnan(located.radius_m[0]) == (where is None)


def test_the_radius_says_how_far_off_a_line_may_be():
    start, middle, end = locate(LINE, [0, 300, 600]).radius_m
    assert (start, end) == (10, 30)
    assert middle == pytest.approx(30 + float(distance_m(48.0, 11.0, 48.1, 11.2)) / 2)


def test_how_long_a_stay_may_be_is_a_setting():
    stay = make_track([0, 90_000], [48.0, 48.0], [11.0, 11.0])
    assert locate(stay, [45_000]).lat.tolist() == [48.0]
    assert np.isnan(locate(stay, [45_000], stay_s=86_400).lat).all()


def test_the_nearest_fix_counts_only_if_asked():
    located = locate(LINE, [-60, 659, 661], nearest_s=60)
    assert located.lat.tolist() == pytest.approx([48.0, 48.1, math.nan], nan_ok=True)


def test_locate_agrees_with_looking_at_each_gap():
    rng = np.random.default_rng(3)
    time_s = np.sort(rng.uniform(0, 50_000, 200))
    track = make_track(time_s, rng.uniform(48, 48.01, 200), rng.uniform(11, 11.01, 200))
    asked = rng.uniform(-100, 50_100, 2_000)
    located = locate(track, asked)
    for at_s, lat, lon in zip(asked, located.lat, located.lon, strict=True):
        assert (lat, lon) == pytest.approx(_one_by_one(track, at_s), nan_ok=True)


def _one_by_one(track, at_s):
    for k in range(len(track) - 1):
        start, end = track.time_s[k], track.time_s[k + 1]
        if start <= at_s <= end:
            apart = distance_m(track.lat[k], track.lon[k], track.lat[k + 1], track.lon[k + 1])
            if end - start > 900 and apart > 200:
                break
            share = (at_s - start) / (end - start)
            return tuple(c[k] + share * (c[k + 1] - c[k]) for c in (track.lat, track.lon))
    return (math.nan, math.nan)
