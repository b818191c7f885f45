"""Photos: a refresh tells new from changed from gone, and every field comes back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from plugins.records import Photo, PlaceWords, Position
from plugins.store import Refreshed, Store

Make = Callable[..., Photo]
ALL_FIELDS = Photo(
    id="\udce9\0\ue000 '\"\n<script>",
    name="a/\udcff\ue0000041.jpg",
    taken_at=datetime(1969, 7, 20, 20, 17, 40, 123456, tzinfo=UTC),
    taken_local=datetime(1969, 7, 20, 16, 17, 40, 123456),
    content_key="k",
    owner="me",
    kind="video",
    time_origin="name",
    position=Position(-90.0, 180.0, 12.5, "track"),
    words=PlaceWords("Belém", "Lisboa", "", "Portugal"),
    width=4000,
    height=3000,
    camera="Pixel\0 8",
    duration_s=1.25,
    hidden=True,
    tags=("b", "a\udce9", ""),
    rating=-1,
    favourite=True,
)


def test_the_same_again_changes_nothing(store: Store, photo: Make) -> None:
    found = [photo(n) for n in range(3)]
    store.photos.replace("a", found)
    before = store.photos.fingerprint("a")
    in_another_zone = [replace(p, taken_at=p.taken_at.astimezone(ZoneInfo("Asia/Tokyo"))) for p in found]
    for again in (found, reversed(found), found + found[:1], in_another_zone):
        assert store.photos.replace("a", again) == Refreshed(same=3)
    assert store.photos.fingerprint("a") == before


def test_new_changed_gone(store: Store, photo: Make) -> None:
    assert store.photos.replace("a", [photo(1), photo(2), photo(3)]) == Refreshed(new=("p1", "p2", "p3"))
    after = store.photos.replace("a", [photo(4), photo(1), photo(2, rating=5)])
    assert after == Refreshed(new=("p4",), changed=("p2",), gone=("p3",), same=1)
    assert store.photos.all("a") == [photo(1), photo(2, rating=5), photo(4)]


def test_another_library_is_not_touched(store: Store, photo: Make) -> None:
    store.photos.replace("b", [photo(1)])
    before = store.photos.fingerprint("b")
    assert store.photos.replace("a", [photo(1, name="other.jpg")]).new == ("p1",)
    store.photos.replace("a", [])
    assert (store.photos.all("b"), store.photos.fingerprint("b")) == ([photo(1)], before)
    assert store.photos.libraries() == ["b"]


def test_a_source_that_fails_midway_forgets_nothing(store: Store, photo: Make) -> None:
    store.photos.replace("a", [photo(1)])

    def failing() -> Iterator[Photo]:
        yield from (photo(n) for n in range(2, 2002))
        raise ConnectionError

    with pytest.raises(ConnectionError):
        store.photos.replace("a", failing())
    assert "p1" in store.photos.ids("a")
    assert store.photos.count("a") == 2001  # what was brought in whole chunks stays, so the next try has less to do


def test_update_forgets_nothing(store: Store, photo: Make) -> None:
    store.photos.replace("a", [photo(1), photo(2)])
    assert store.photos.update("a", [photo(2, rating=1), photo(3)]) == Refreshed(new=("p3",), changed=("p2",))
    assert store.photos.count("a") == 3


def test_more_than_one_chunk(store: Store, photo: Make) -> None:
    assert len(store.photos.replace("a", (photo(n) for n in range(2500))).new) == 2500
    assert len(store.photos.replace("a", (photo(n) for n in range(1250))).gone) == 1250
    assert list(store.photos.get("a", [f"p{n}" for n in range(1249, 1251)])) == ["p1249"]


def test_every_field_comes_back(store: Store) -> None:
    store.photos.replace("a\udce9", [ALL_FIELDS])
    assert store.photos.all("a\udce9") == [ALL_FIELDS]
    assert store.photos.get("a\udce9", [ALL_FIELDS.id]) == {ALL_FIELDS.id: ALL_FIELDS}


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"name": "z.jpg"}, id="name"),
        pytest.param({"taken_at": ALL_FIELDS.taken_at + timedelta(microseconds=1)}, id="time by a microsecond"),
        pytest.param({"taken_local": ALL_FIELDS.taken_local + timedelta(hours=1)}, id="wall time"),
        pytest.param({"content_key": "l"}, id="content"),
        pytest.param({"position": None}, id="place gone"),
        pytest.param({"position": replace(ALL_FIELDS.position or Position(0, 0), radius_m=13)}, id="how sure"),
        pytest.param({"words": PlaceWords("Belém", "Lisboa")}, id="a place word"),
        pytest.param({"hidden": False}, id="hidden"),
        pytest.param({"tags": ("a\udce9", "b", "")}, id="order of tags"),
        pytest.param({"favourite": False}, id="favourite"),
        pytest.param({"camera": ""}, id="camera"),
    ],
)
def test_any_change_is_seen(change: dict[str, Any], store: Store) -> None:
    store.photos.replace("a", [ALL_FIELDS])
    before = store.photos.fingerprint("a")
    assert store.photos.replace("a", [replace(ALL_FIELDS, **change)]).changed == (ALL_FIELDS.id,)
    assert store.photos.fingerprint("a") != before


def test_order_is_time_then_name(store: Store, photo: Make) -> None:
    early = photo(1)
    found = [photo(2), photo(3, taken_at=early.taken_at, name="Z.jpg"), photo(4, taken_at=early.taken_at, name="a.jpg")]
    store.photos.replace("a", [*found, early])
    assert [p.name for p in store.photos.all("a")] == ["1.jpg", "Z.jpg", "a.jpg", "2.jpg"]


def test_copies_of_one_name_and_time_keep_their_order_when_one_of_them_changes(store: Store, photo: Make) -> None:
    copies = [photo(1, id=f"{folder}/1.jpg", name="1.jpg") for folder in ("b", "c", "a")]
    store.photos.replace("lib", copies)
    assert [p.id for p in store.photos.all("lib")] == ["a/1.jpg", "b/1.jpg", "c/1.jpg"]
    store.photos.update("lib", [photo(1, id="a/1.jpg", name="1.jpg", tags=("sea",))])
    assert [p.id for p in store.photos.all("lib")] == ["a/1.jpg", "b/1.jpg", "c/1.jpg"]


def test_nothing_at_all(store: Store) -> None:
    assert store.photos.replace("a", []) == Refreshed()
    assert (store.photos.all("a"), store.photos.get("a", [])) == ([], {})


@hypothesis_settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.text(st.characters(codec=None, categories=None)))
def test_any_name_comes_back(name: str, store: Store) -> None:
    store.photos.replace("a", [replace(ALL_FIELDS, name=name)])
    assert store.photos.all("a")[0].name == name


def test_positions_outlive_a_refresh_and_go_with_their_photo(store: Store, photo: Make) -> None:
    store.photos.replace("a", [photo(1), photo(2)])
    found = {"p1": Position(38.7, -9.1, 50.0, "track"), "p2": Position(0.0, 0.0, 9.0, "neighbour")}
    store.positions.save("a", found)
    before = store.positions.fingerprint("a")
    store.photos.replace("a", [photo(1, rating=5), photo(2)])
    assert (store.positions.all("a"), store.positions.fingerprint("a")) == (found, before)
    assert store.positions.count("a") == 2
    store.photos.replace("a", [photo(1)])
    assert store.positions.all("a") == {"p1": found["p1"]}
    assert store.positions.fingerprint("a") != before
    store.positions.save("a", {})
    assert store.positions.all("a") == {}
