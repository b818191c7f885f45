"""Patent 000 as a whole: claim 1, the two modes, what must not change, and hostile input."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugins.events import EXIF, NEIGHBOUR, TRACK, WORDS, FacePile, Faces, Places
from plugins.events._geo import KM_PER_DEGREE
from plugins.events._synthetic import live
from plugins.events.time_gap import Plugin as TimeGap
from plugins.events.time_place_faces import PRESETS, Plugin, Settings
from plugins.scores import bcubed, boundary

NAN = np.nan
H = 3_600.0


def events(hours, km=None, mode="default", origin=None, radius_m=None, offset_h=None, **given_settings):
    """Cluster photos that lie so far north of a home on the equator."""
    lat = np.full(len(hours), NAN) if km is None else np.array(km, dtype=float) / KM_PER_DEGREE
    places = Places.of(
        lat,
        np.where(np.isnan(lat), NAN, 0.0),
        None if radius_m is None else np.array(radius_m, dtype=float),
        None if origin is None else np.array(origin),
    )
    offset_s = None if offset_h is None else np.array(offset_h) * H
    plugin = Plugin(mode, **({"home": (0.0, 0.0)} | given_settings))
    return plugin.cluster(np.array(hours, dtype=float) * H, places, None, offset_s).event.tolist()


# --- strict mode: the claims to the letter -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hours", "km", "expected"),
    [
        pytest.param([0, 2], None, [0, 0], id="claim 2: a gap of just two hours"),
        pytest.param([0, 2.01], None, [0, 1], id="claim 2: a longer one"),
        pytest.param([0, 2, 4], None, [0, 0, 0], id="claim 3: deviations 4 and 2, three hours on average"),
        pytest.param([0, 2, 4, 6], None, [0, 0, 0, 1], id="claim 3: deviations 6, 4 and 2 are four"),
        pytest.param([0, 2, 4, 6], [0, 0, 0, 0], [0, 0, 0, 0], id="claim 4: one place joins them again"),
        pytest.param([0, 9], [0, 1.01], [0, 1], id="claim 4: last and first farther apart than 1 km"),
        pytest.param([0, 9, 9], [0, 0.9, -0.9], [0, 1, 1], id="claim 4: near, but squares sum up to more than 1 km²"),
        pytest.param([0, 9, 9], [0, 0.7, -0.7], [0, 0, 0], id="claim 4: near, and squares sum up to less"),
        pytest.param([0, 24, 48], [0, 0, 0], [0, 0, 0], id="claim 4 has no time limit: days at home are one pile (A7)"),
        pytest.param([0, 3], [0, NAN], [0, 1], id="claim 4 needs two positions (A6)"),
    ],
)
def test_strict_mode_follows_the_claims(hours, km, expected):
    assert events(hours, km, "strict") == expected


@pytest.mark.parametrize(
    ("origin", "expected"),
    [(EXIF, [0, 0]), (TRACK, [0, 0]), (WORDS, [0, 1]), (NEIGHBOUR, [0, 1])],
)
def test_strict_mode_takes_positions_from_exif_and_tracks_only(origin, expected):
    assert events([0, 3], [0, 0], "strict", origin=[EXIF, origin]) == expected


def test_strict_mode_knows_thresholds_only_and_not_how_far_off_a_position_may_be():
    assert events([0, 3], [0, 1.05], "strict", radius_m=[100, 100]) == [0, 1]
    assert events([0, 3], [0, 1.05], "strict", radius_m=[100, 100], radius_widens=True) == [0, 0]


def test_strict_mode_divides_each_event_by_main_face():
    hours, anna, ben = [0, 0.1, 0.2, 30], [1.0, 0.0], [0.0, 1.0]
    faces = Faces(
        np.array([0, 0, 1, 3]), np.array([anna, ben, ben, anna], np.float32), np.array([1.0, 2.0, 1.0, 1.0]), 0.6
    )
    found = Plugin("strict").cluster(np.array(hours) * H, Places.unknown(4), faces)
    assert found.piles == ((FacePile((-1,), (0, 1)), FacePile((), (2,))), (FacePile((-1,), (3,)),))


def test_strict_mode_knows_no_trips():
    lat = np.array([0.0, 0, 0, 3, 3])
    found = Plugin("strict").cluster(np.arange(5) * 24 * H, Places.of(lat, np.zeros(5)))
    assert found.trip.tolist() == [-1] * 5
    assert found.away.tolist() == [False] * 3 + [True] * 2


# --- default mode: the readings A1 to A9 ---------------------------------------------------------------------------


def test_unclustered_photos_are_those_of_the_growing_pile_a1():
    hours = np.arange(0, 9, 0.75)
    assert max(events(hours, merge_guard_h=0)) > 0
    assert max(events(hours, merge_guard_h=0, unclustered="unassigned")) == 0


@pytest.mark.parametrize(
    ("reading", "expected"),
    [
        pytest.param({"window_h": 24}, [0, 0, 0, 0, 0, 1], id="window: the sixth is 2.5 hours from the rest"),
        pytest.param({"window_h": 1}, [0, 0, 0, 0, 0, 0], id="short window: it sees the last one only"),
        pytest.param({"time_range": "day", "roll_over_h": 0}, [0, 0, 0, 0, 0, 0], id="day: midnight hides the first"),
        pytest.param({"time_range": "day"}, [0, 0, 0, 0, 0, 1], id="day that ends at four in the morning"),
    ],
)
def test_creation_time_range_a2(reading, expected):
    hours = [22, 22.8, 23.6, 24.4, 25.2, 26.0]
    assert events(hours, merge_guard_h=0, **reading) == expected


def test_a_failed_test_starts_a_pile_a3():
    assert events([0, 1, 2, 3, 4, 4.5], merge_guard_h=0) == [0, 0, 0, 0, 1, 1]


def test_current_photo_is_not_among_those_before_it_a4():
    hours = [0, 1, 2, 3, 4]
    assert events(hours, merge_guard_h=0, count_current=False) == [0, 0, 0, 0, 1]
    assert events(hours, merge_guard_h=0, count_current=True) == [0, 0, 0, 0, 0]


def test_spread_is_a_mean_so_that_large_piles_can_join_a5():
    hours, km = [0, *np.linspace(3, 3.5, 20)], [0, *[0.5, -0.5] * 10]
    assert events(hours, km) == [0] * 21
    assert events(hours, km, ssd_mode="sum") == [0] + [1] * 20


@pytest.mark.parametrize(
    ("hours", "km", "reading", "expected"),
    [
        pytest.param([0, 5.9], [0, NAN], {}, [0, 0], id="no position: six hours decide"),
        pytest.param([0, 6.1], [0, NAN], {}, [0, 1], id="no position: too late"),
        pytest.param([0, 5.9], [0, NAN], {"nogps_gap_h": 0}, [0, 1], id="literally never"),
        pytest.param([0, 5, 5.2], [0, NAN, 5], {}, [0, 1, 1], id="position of a neighbour 12 minutes away"),
        pytest.param([0, 3, 3.9], [0, NAN, 5], {}, [0, 1, 1], id="first positioned photo stands for its pile"),
        pytest.param([0, 3, 3.9], [0, NAN, 5], {"nearest_gps": False, "interpolate_min": 0}, [0, 0, 0],
                     id="literally the first photo: it has none, so six hours decide"),
    ],
)  # fmt: skip
def test_photos_without_gps_a6(hours, km, reading, expected):
    assert events(hours, km, **reading) == expected


@pytest.mark.parametrize(("guard_h", "expected"), [(8, [0, 1, 2]), (24, [0, 0, 0]), (None, [0, 0, 0])])
def test_days_at_home_do_not_chain_a7(guard_h, expected):
    assert events([0, 24, 48], [0, 0, 0], merge_guard_h=guard_h) == expected


def test_piles_overlap_by_person_a8():
    vectors = np.array([[1, 0], [0, 1], [1, 0]], dtype=np.float32)
    faces = Faces(np.array([0, 0, 1]), vectors, np.ones(3), 0.6, np.array([4, 9, -1]))
    taken, places = np.array([0.0, 10]), Places.unknown(2)
    assert Plugin().cluster(taken, places, faces).piles == ((FacePile((4,), (0, 1)), FacePile((9,), (0,))),)
    assert Plugin(membership="main").cluster(taken, places, faces).piles == ((FacePile((4,), (0, 1)),),)


def test_faces_of_one_event_are_linked_a_little_below_the_threshold_a8():
    angle = np.arccos(0.57)
    vectors = np.array([[1, 0], [np.cos(angle), np.sin(angle)]], dtype=np.float32)
    faces = Faces(np.array([0, 1]), vectors, np.ones(2), 0.6)
    taken, places = np.array([0.0, 10]), Places.unknown(2)
    assert Plugin().cluster(taken, places, faces).face_person.tolist() == [-1, -1]
    assert Plugin(pile_slack=0.02).cluster(taken, places, faces).face_person.tolist() == [-1, -2]


def test_one_clock_rules_a9():
    # A flight west: an hour passes, and local time stands still; then local time jumps ahead.
    hours, offset_h = [0, 1, 2], [0, -1, 8]
    assert events(hours, offset_h=offset_h) == [0, 0, 0]
    assert events(hours, offset_h=offset_h, clock="local") == [0, 0, 1]


@pytest.mark.parametrize(
    ("km", "expected"),
    [
        pytest.param([0, 1.5], [0, 1], id="at home 1 km"),
        pytest.param([100, 129], [0, 0], id="farther away three tenths of the distance"),
        pytest.param([100, 150], [0, 1], id="but no more"),
        pytest.param([900, 960], [0, 1], id="and 50 km at most"),
    ],
)
def test_distance_threshold_widens_away_from_home(km, expected):
    assert events([0, 3], km) == expected


def test_vague_positions_widen_the_threshold():
    assert events([0, 3], [0, 8], origin=[EXIF, WORDS], radius_m=[0, 10_000]) == [0, 0]
    assert events([0, 3], [0, 20], origin=[EXIF, WORDS], radius_m=[0, 10_000]) == [0, 1]


def test_home_is_the_median_of_sharp_positions():
    lat = np.array([0.0, 0, 0, 40, 40, 40, 40])
    radius = np.array([0.0, 0, 0, 5e5, 5e5, 5e5, 5e5])
    found = Plugin().cluster(np.arange(7) * 24 * H, Places.of(lat, np.zeros(7), radius))
    assert found.away.tolist() == [False] * 3 + [True] * 4


# --- what must not change ------------------------------------------------------------------------------------------

MODES = st.sampled_from(["default", "strict"])
HOURS = st.lists(st.integers(0, 400_000), min_size=1, max_size=60, unique=True)


def streets(n, seed):
    """Place n photos at random within a few kilometres, a third without GPS."""
    rng = np.random.default_rng(seed)
    lat, lon = rng.normal(0, 0.02, n), rng.normal(0, 0.02, n)
    hidden = rng.random(n) < 1 / 3
    return np.where(hidden, NAN, lat), np.where(hidden, NAN, lon)


@given(HOURS, MODES, st.integers(0, 99), st.integers(-10_000_000, 10_000_000))
def test_shifted_times_give_the_same_events(seconds, mode, seed, shift):
    taken, (lat, lon) = np.array(sorted(seconds), dtype=float), streets(len(seconds), seed)
    found = Plugin(mode).cluster(taken, Places.of(lat, lon))
    shifted = Plugin(mode).cluster(taken + shift, Places.of(lat, lon))
    assert found.event.tolist() == shifted.event.tolist()


@given(HOURS, MODES, st.integers(0, 99))
def test_order_of_input_does_not_matter(seconds, mode, seed):
    taken, (lat, lon) = np.array(sorted(seconds), dtype=float), streets(len(seconds), seed)
    found = Plugin(mode).cluster(taken, Places.of(lat, lon))
    mixed = np.random.default_rng(seed).permutation(len(taken))
    other = Plugin(mode).cluster(taken[mixed], Places.of(lat[mixed], lon[mixed]))
    assert other.event.tolist() == found.event[mixed].tolist()
    assert other.trip.tolist() == found.trip[mixed].tolist()


@given(HOURS, MODES, st.integers(0, 99))
def test_copies_stay_with_their_photos(seconds, mode, seed):
    taken, (lat, lon) = np.array(sorted(seconds), dtype=float), streets(len(seconds), seed)
    twice = Plugin(mode).cluster(np.tile(taken, 2), Places.of(np.tile(lat, 2), np.tile(lon, 2)))
    assert twice.event[: len(taken)].tolist() == twice.event[len(taken) :].tolist()


@given(HOURS, MODES)
def test_copies_change_nothing_where_time_alone_decides(seconds, mode):
    taken = np.array(sorted(seconds), dtype=float)
    once = Plugin(mode).cluster(taken, Places.unknown(len(taken)))
    twice = Plugin(mode).cluster(np.repeat(taken, 2), Places.unknown(2 * len(taken)))
    assert twice.event[::2].tolist() == once.event.tolist()


@given(st.integers(-180, 180), MODES)
def test_longitude_of_home_does_not_matter(turn, mode):
    life = live(1, 60)
    found = Plugin(mode).cluster(life.taken_s, life.places)
    turned = Plugin(mode).cluster(life.taken_s, Places.of(life.lat, life.lon + turn))
    assert turned.event.tolist() == found.event.tolist()


# --- hostile input -------------------------------------------------------------------------------------------------

ODD = st.sampled_from([NAN, 0.0, 90.0, -90.0, 89.9999, 180.0, -180.0, 179.9999, 540.0, 1e9, np.inf, -np.inf])
TIMES = st.floats(-1e11, 1e11) | st.integers(0, 10_000).map(float)
ROWS = st.lists(st.tuples(TIMES, ODD, ODD, st.sampled_from([0.0, 1e6, -5.0, NAN, np.inf]), st.integers(0, 4)))


@given(ROWS, MODES)
@settings(max_examples=200)
def test_hostile_input_gives_whole_events_in_time_order(rows, mode):
    taken, lat, lon, radius, origin = np.array(rows, dtype=float).reshape(-1, 5).T
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = Plugin(mode).cluster(taken, Places(lat, lon, radius, origin.astype(np.int64)))
    in_time = found.event[np.argsort(taken, kind="stable")]
    assert len(found.event) == len(found.trip) == len(found.away) == len(rows)
    assert np.isin(np.diff(in_time, prepend=0), [0, 1]).all()
    assert len(found.piles) == len(np.unique(in_time))


@pytest.mark.parametrize("plugin", [Plugin(), Plugin("strict"), TimeGap()])
@pytest.mark.parametrize("bad", [NAN, np.inf, -np.inf, 1e300])
def test_times_that_are_none_are_refused(plugin, bad):
    with pytest.raises(ValueError, match=r"taken_s\[1\]"):
        plugin.cluster(np.array([0.0, bad]), Places.unknown(2))


@pytest.mark.parametrize(
    ("places", "faces", "offset", "named"),
    [
        pytest.param(Places.unknown(3), None, None, "lat", id="places of other photos"),
        pytest.param(Places.unknown(2), None, np.zeros(3), "utc_offset_s", id="offsets of other photos"),
        pytest.param(Places.unknown(2), Faces(np.array([2]), np.ones((1, 2), np.float32), np.ones(1), 0.5), None,
                     "faces.photo", id="face of no photo"),
        pytest.param(Places.unknown(2), Faces(np.array([0]), np.ones((2, 2), np.float32), np.ones(1), 0.5), None,
                     "faces.vectors", id="vectors of other faces"),
        pytest.param(Places.unknown(2), Faces(np.array([0]), np.full((1, 2), NAN, np.float32), np.ones(1), 0.5), None,
                     "not finite", id="vector that is none"),
        pytest.param(Places.unknown(2), Faces(np.array([0]), np.ones((1, 2), np.float32), np.ones(1), 0.5,
                     np.array([1, 2])), None, "faces.person", id="persons of other faces"),
    ],
)  # fmt: skip
def test_arrays_that_do_not_fit_are_refused(places, faces, offset, named):
    with pytest.raises(ValueError, match=named):
        Plugin().cluster(np.zeros(2), places, faces, offset)


@pytest.mark.parametrize(
    "wrong", [{"gap_h": -1}, {"gap_h": NAN}, {"home": (91, 0)}, {"origins": ("moon",)}, {"mode": "loose"}]
)
def test_wrong_settings_are_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Plugin(**wrong)


def test_settings_are_those_of_the_mode_but_for_what_is_given():
    assert Plugin().settings == PRESETS["default"] == Settings()
    assert Plugin("strict").settings == PRESETS["strict"]
    assert Plugin(merge_guard_h=None).settings.merge_guard_h is None
    assert Plugin("strict", gap_h=1).settings.similarity_h == PRESETS["strict"].similarity_h


# --- figures -------------------------------------------------------------------------------------------------------


def test_default_mode_is_better_than_gaps_on_simulated_lives():
    lives = [live(seed, 3_000) for seed in (200, 201)]
    ours, gap = (
        [plugin.cluster(life.taken_s, life.places).event for life in lives] for plugin in (Plugin(), TimeGap(6))
    )
    for life, found, baseline in zip(lives, ours, gap, strict=True):
        assert bcubed(life.event, found).f > max(0.985, bcubed(life.event, baseline).f)
        assert boundary(life.event, found).f > max(0.96, boundary(life.event, baseline).f)
