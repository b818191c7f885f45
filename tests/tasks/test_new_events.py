"""Events of new photos: what is put in the place of the old events is what grouping all anew would give."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
import pytest

from plugins.events import BoolArray, Clustering, FloatArray, IntArray
from plugins.events._synthetic import UTC_OFFSET_S, Life, live
from plugins.events.time_place_faces import Mode, Plugin
from plugins.places.home import find_home
from plugins.records import Event
from tasks.new_events import affected

SEEDS = range(12)
Grouped = set[tuple[tuple[str, ...], tuple[str, ...]]]
"""The photos of each event, with those of its trip."""


def part(life: Life, rows: IntArray) -> Life:
    return Life(*(getattr(life, name)[rows] for name in ("taken_s", "lat", "lon", "event", "trip")))


def clustered(life: Life, mode: Mode) -> Clustering:
    """Group a life as a whole run does, with the home that the photos tell."""
    local = [datetime.fromtimestamp(at + UTC_OFFSET_S, UTC).replace(tzinfo=None) for at in life.taken_s]
    method = Plugin(mode, home=find_home(life.lat, life.lon, local))
    return method.cluster(life.taken_s, life.places, None, np.full(len(life.taken_s), UTC_OFFSET_S))


def events_of(found: Clustering, ids: Sequence[str]) -> list[Event]:
    photos: dict[int, list[str]] = {}
    trips: dict[int, str] = {}
    for id_, event, trip in zip(ids, found.event.tolist(), found.trip.tolist(), strict=True):
        photos.setdefault(event, []).append(id_)
        trips[event] = f"trip {ids[int(np.argmax(found.trip == trip))]}" if trip >= 0 else ""
    return [Event(f"event {members[0]}", tuple(members), trip=trips[n]) for n, members in photos.items()]


def grouped(events: Sequence[Event]) -> Grouped:
    """Return events as a whole run would have to give them."""
    trips: dict[str, list[str]] = {}
    for event in events:
        if event.trip:
            trips.setdefault(event.trip, []).extend(event.photos)
    return {(event.photos, tuple(sorted(trips.get(event.trip, ())))) for event in events}


def new_ones(life: Life, seed: int, what: str) -> BoolArray:
    """Choose the photos that come last: those of the last days, of an old afternoon, or a few of any time."""
    rng, n = np.random.default_rng(seed), len(life.taken_s)
    new = np.zeros(n, np.bool_)
    if what == "scattered":
        new[rng.choice(n, 20, replace=False)] = True
        return new
    first = n - 20 if what == "last" else int(rng.integers(n - 20))
    new[first : first + 20] = True
    return new


def taken_in(life: Life, new: BoolArray, mode: Mode) -> tuple[Grouped, Grouped, FloatArray]:
    """Return events with new photos put in, those of a whole run, and the share of the photos that were touched."""
    ids = [f"{n:05}" for n in range(len(new))]
    old = np.flatnonzero(~new)
    before = events_of(clustered(part(life, old), mode), [ids[n] for n in old])
    whole = clustered(life, mode)
    touched = affected(ids, whole.event, whole.trip, before, [ids[n] for n in np.flatnonzero(new)])
    now = events_of(whole, ids)
    stay = [event for event in before if touched.isdisjoint(event.photos)]
    made = [event for event in now if touched.issuperset(event.photos)]
    assert sorted(id_ for event in (*stay, *made) for id_ in event.photos) == ids  # each photo once
    return grouped([*stay, *made]), grouped(now), np.array(len(touched) / len(ids))


@pytest.mark.parametrize("mode", ["default", "strict"])
@pytest.mark.parametrize("what", ["last", "old", "scattered"])
def test_new_photos_are_put_where_a_whole_run_puts_them(mode: Mode, what: str) -> None:
    same, shares = 0, []
    for seed in SEEDS:
        life = live(seed, 1_500)
        if seed % 3 == 2:
            life = life.half_without_gps(seed)
        found, whole, share = taken_in(life, new_ones(life, seed, what), mode)
        same += found == whole
        shares.append(float(share))
    assert same >= len(SEEDS) - 1  # where home moves by new photos, events far from them may be others in a whole run
    assert np.median(shares) < (0.4 if what == "scattered" else 0.1)


def test_what_is_touched_hangs_together() -> None:
    before = [
        Event("a", ("1", "2"), trip="t"),
        Event("b", ("3",), trip="t"),
        Event("c", ("4", "5")),
        Event("d", ("6",)),
    ]
    event, trip = np.array([0, 0, 1, 1, 2, 3, 3]), np.array([-1, -1, -1, -1, -1, -1, -1])
    ids = ["1", "2", "3", "4", "5", "6", "7"]
    # 7 comes into 6's event; nothing of the rest has to do with it
    assert affected(ids, event, trip, before, ["7"]) == {"6", "7"}
    # 4 moves to 3's event, which pulls its old trip, and what stays of its old event, along
    assert affected(ids, event, trip, before, ["4"]) == {"1", "2", "3", "4", "5"}
    # one that is gone from the photos that methods may use takes its old event along
    assert affected(ids[:4], event[:4], trip[:4], before, ["5"]) == {"1", "2", "3", "4", "5"}
