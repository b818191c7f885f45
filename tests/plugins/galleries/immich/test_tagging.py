"""Tags on Immich: all of a photo's in one call, waited for, verified, repaired; the naive way loses some."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fakes.immich import FakeImmich
from fakes.immich.server import PERMISSIONS
from fakes.immich_writer import OLD, PACE, after, carried, open_client, open_writer, settled, writes

from plugins.changes import AddTags, RemoveTags
from plugins.galleries import GalleryRefused, GalleryUnreachable
from plugins.galleries.immich.writing import Writer

NOWHERE = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"


@pytest.fixture(params=["2.7.5", "3.1.0"])
def server(request: pytest.FixtureRequest) -> Iterator[FakeImmich]:
    with FakeImmich(version=request.param) as server:
        server.add_photos(6, created=OLD)
        yield server


def test_the_naive_loop_loses_tags(server: FakeImmich, photos: list[str]) -> None:
    server.race = 0.5
    client, words = open_client(server), [f"Auto/{n}" for n in range(5)]
    ids = [tag["id"] for tag in client.put("/tags", {"tags": words})]
    counts = [client.put("/tags/assets", {"tagIds": [i], "assetIds": photos})["count"] for i in ids]
    assert counts == [len(photos)] * 5  # each call says that all is well
    assert sum(map(len, carried(server))) < 5 * len(photos)


def test_tags_are_put_on_in_one_call_and_hold(server: FakeImmich, writer: Writer, photos: list[str]) -> None:
    server.race = 1.0
    words = tuple(f"Auto/{n}" for n in range(5))
    change = AddTags(words, tuple(photos))
    assert writer.apply(change).status == "taken"
    assert [outcome.status for outcome in writer.digested([change])] == ["done"]
    assert carried(server) == [set(words)] * 6
    assert writes(server) == ["PUT /tags", "PUT /tags/assets"]


def test_one_call_for_each_set_of_tags(server: FakeImmich, writer: Writer, photos: list[str]) -> None:
    changes = [AddTags(("a", "b"), tuple(photos[:3])), AddTags(("b", "c"), tuple(photos[3:]))]
    assert [writer.apply(change).status for change in changes] == ["taken", "taken"]
    assert [outcome.status for outcome in writer.digested(changes)] == ["done", "done"]
    assert carried(server) == [{"a", "b"}] * 3 + [{"b", "c"}] * 3
    assert writes(server).count("PUT /tags/assets") == 2


def test_calls_to_the_same_photo_are_not_made_before_its_jobs_ran(
    server: FakeImmich, writer: Writer, photos: list[str]
) -> None:
    server.race = 1.0
    changes = [AddTags((f"t{n}",), tuple(photos)) for n in range(4)]
    assert {writer.apply(change).status for change in changes} == {"taken"}
    assert writes(server) == []
    assert {outcome.status for outcome in writer.digested(changes)} == {"done"}
    assert carried(server) == [{"t0", "t1", "t2", "t3"}] * 6
    assert writes(server) == ["PUT /tags", "PUT /tags/assets"]


def test_what_is_lost_all_the_same_is_put_on_again(server: FakeImmich, writer: Writer, photos: list[str]) -> None:
    change = AddTags(("a", "b"), tuple(photos))
    writer.apply(change)
    server.idle()
    server.untag("b", *photos[:2])  # as the race does
    assert [outcome.status for outcome in writer.digested([change])] == ["done"]
    assert carried(server) == [{"a", "b"}] * 6


def test_tags_that_never_hold_are_refused_with_the_reason(
    server: FakeImmich, writer: Writer, photos: list[str]
) -> None:
    """A read-only library: each re-extraction takes the tag off again."""

    def lose(method: str, path: str, number: int) -> None:
        server.idle()
        if "/tags" in path and method == "GET":
            server.untag("b", photos[0])

    server.before_request = lose
    outcome = settled(writer, AddTags(("a", "b"), tuple(photos)))
    assert (outcome.status, outcome.skipped) == ("done", (photos[0],))
    assert "read-only" in outcome.reason


@pytest.mark.parametrize("version", ["3.1.0"])
@pytest.mark.parametrize("called", [True, False], ids=["made and not confirmed", "never made"])
def test_what_a_killed_run_began_is_finished(version: str, called: bool, tmp_path: Path) -> None:
    with FakeImmich(version) as server:
        photos = server.add_photos(6, created=OLD)
        change = AddTags(("a", "b"), tuple(photos))
        if called:
            settled(open_writer(server, tmp_path), change)
        (outcome,) = open_writer(server, tmp_path).digested([change])
        assert outcome.status == ("already" if called else "done")
        assert carried(server) == [{"a", "b"}] * 6


def test_twice_is_once(server: FakeImmich, writer: Writer, photos: list[str], tmp_path: Path) -> None:
    add = AddTags(("a", "b/c"), tuple(photos[:3]))
    for change in (add, RemoveTags(("a", "b/c"), tuple(photos[:2])), add.inverse()):
        assert settled(writer, change).status == "done", change
        once = server.dump()
        assert settled(open_writer(server, tmp_path), change).status == "already", change
        assert server.dump() == once, change


def test_the_inverse_leaves_no_trace(server: FakeImmich, writer: Writer, photos: list[str]) -> None:
    server.tag("Auto", photos[0])
    before = server.dump()
    change = AddTags(("Auto/beach", "Fun/sun"), tuple(photos))
    assert settled(writer, change).status == "done"
    assert settled(writer, change.inverse()).status == "done"
    assert server.dump() == before  # tags that we made are gone with their parents, the user's stay


@pytest.mark.parametrize(
    "keep",
    [
        pytest.param("carried", id="somebody carries it"),
        pytest.param("binned", id="a photo in the bin carries it"),
        pytest.param("archived", id="an archived photo carries it"),
        pytest.param("below", id="a tag below it"),
        pytest.param("colour", id="the user gave it a colour"),
    ],
)
def test_tags_that_are_not_ours_alone_stay(server: FakeImmich, writer: Writer, photos: list[str], keep: str) -> None:
    change = AddTags(("beach",), tuple(photos[:2]))
    settled(writer, change)
    if keep == "colour":
        next(iter(server.state.tags.values())).color = "#ff0000"
    elif keep == "below":
        server.tag("beach/sand", photos[5])
    else:
        server.tag("beach", photos[5])
        server.change_asset(photos[5], visibility="archive" if keep == "archived" else "timeline")
        if keep == "binned":
            server.trash_asset(photos[5])
    assert settled(writer, change.inverse()).status == "done"
    assert "beach" in {tag.value for tag in server.state.tags.values()}
    assert [server.tags_of(photo) for photo in photos[:2]] == [set(), set()]


@pytest.mark.parametrize("users", ["Animals", "Animals/Dog", "Animals/Cat"])
def test_tags_that_the_user_has_made_stay_though_nobody_carries_them(
    server: FakeImmich, writer: Writer, photos: list[str], users: str
) -> None:
    open_client(server).put("/tags", {"tags": [users]})
    before = server.dump()
    change = AddTags(("Animals/Dog",), tuple(photos))
    assert settled(writer, change).status == "done"
    assert settled(writer, change.inverse()).status == "done"
    assert server.dump() == before


def test_a_leaf_of_the_same_name_elsewhere_is_another_tag(
    server: FakeImmich, writer: Writer, photos: list[str]
) -> None:
    server.tag("Toys/Dog", *photos[:2])
    server.tag("Animals/dog", photos[2])
    change = AddTags(("Animals/Dog", "Dog"), tuple(photos))
    assert settled(writer, change).status == "done"
    assert settled(writer, RemoveTags(("Animals/Dog",), tuple(photos))).status == "done"
    assert carried(server) == [{"Toys/Dog", "Dog"}] * 2 + [{"Animals/dog", "Dog"}] + [{"Dog"}] * 3


def test_several_tags_are_taken_off_one_after_the_other(server: FakeImmich, writer: Writer, photos: list[str]) -> None:
    server.race = 1.0
    server.tag("mine", *photos)
    words = ("a", "b", "c", "d")
    settled(writer, AddTags(words, tuple(photos)))
    assert settled(writer, RemoveTags(words, tuple(photos))).status == "done"
    assert carried(server) == [{"mine"}] * 6
    assert writes(server).count("DELETE /tags/…/assets") == 4


def test_adding_and_taking_off_in_one_run(server: FakeImmich, writer: Writer, photos: list[str]) -> None:
    server.race = 1.0
    settled(writer, AddTags(("old",), tuple(photos)))
    changes = [AddTags(("new",), tuple(photos)), RemoveTags(("old",), tuple(photos))]
    assert {writer.apply(change).status for change in changes} == {"taken"}
    assert {outcome.status for outcome in writer.digested(changes)} == {"done"}
    assert carried(server) == [{"new"}] * 6


def test_taking_off_what_nobody_carries_calls_nothing(server: FakeImmich, writer: Writer, photos: list[str]) -> None:
    assert settled(writer, RemoveTags(("nothing",), tuple(photos))).status == "already"
    assert writes(server) == []


@pytest.mark.parametrize("how", ["deleted", "no id", "bob's"])
def test_photos_that_are_gone_are_skipped(server: FakeImmich, writer: Writer, photos: list[str], how: str) -> None:
    bobs = server.add_asset("x.jpg", OLD, owner=server.add_user("Bob"), created=OLD)
    photo = {"deleted": NOWHERE, "no id": "IMG_1", "bob's": bobs}[how]
    outcome = settled(writer, AddTags(("a",), (photos[0], photo)))
    assert (outcome.status, outcome.skipped) == ("done", (photo,))
    assert settled(writer, AddTags(("a",), (photo,))).status == "gone"
    assert server.tags_of(photos[0]) == {"a"}


def test_a_photo_that_is_deleted_meanwhile_is_skipped(server: FakeImmich, writer: Writer, photos: list[str]) -> None:
    after(server, "PUT", "/tags/assets", lambda: server.delete_asset(photos[0]))
    outcome = settled(writer, AddTags(("a",), tuple(photos)))
    assert (outcome.status, outcome.skipped) == ("done", (photos[0],))


def test_photos_in_the_bin_and_in_the_archive_are_tagged(server: FakeImmich, writer: Writer, photos: list[str]) -> None:
    server.trash_asset(photos[0])
    server.change_asset(photos[1], visibility="archive")
    assert settled(writer, AddTags(("a", "b"), tuple(photos))).status == "done"
    assert carried(server) == [{"a", "b"}] * 6


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({}, id="came in just now"),
        pytest.param({"thumbhash": None}, id="has no thumbnail yet"),
    ],
)
def test_photos_that_immich_still_reads_wait_for_the_next_run(
    server: FakeImmich, writer: Writer, photos: list[str], fields: dict[str, object]
) -> None:
    fresh = server.add_asset("fresh.jpg", OLD, **({"created": OLD if fields else datetime.now(UTC)} | fields))
    outcome = settled(writer, AddTags(("a",), (photos[0], fresh)))
    assert (outcome.status, outcome.skipped) == ("done", (fresh,))
    assert "next run" in outcome.reason
    assert settled(writer, AddTags(("a",), (fresh,))).status == "refused"
    assert server.tags_of(fresh) == set()


@pytest.mark.parametrize(
    ("tag", "named"),
    [
        pytest.param("x" * 300, "x" * 300, id="300 characters"),
        pytest.param("🐱", "🐱", id="emoji"),
        pytest.param("日本語/猫", "日本語/猫", id="another script"),
        pytest.param("a, b", "a, b", id="comma"),
        pytest.param("new\nline", "new\nline", id="newline"),
        pytest.param("  spaced  ", "  spaced  ", id="blanks stay"),
        pytest.param("/a//b/", "a/b", id="slashes are made one"),
        pytest.param("pipe|name", "pipe|name", id="pipe"),
    ],
)
def test_odd_names(server: FakeImmich, writer: Writer, photos: list[str], tag: str, named: str) -> None:
    change = AddTags((tag, "sky", "Sky"), tuple(photos))  # another case is another tag
    assert settled(writer, change).status == "done"
    assert carried(server) == [{named, "sky", "Sky"}] * 6
    assert settled(writer, change).status in {"done", "already"}
    assert settled(writer, change.inverse()).status == "done"
    assert server.dump()["tags"] == []


@pytest.mark.parametrize(
    "tag",
    [
        pytest.param("", id="empty"),
        pytest.param("/", id="no level"),
        pytest.param("a\0", id="NUL"),
        pytest.param("a\x1b", id="a control character"),
        pytest.param("\ud800", id="half a character"),
        pytest.param("\uffff", id="no character"),
        pytest.param("é" * 1_001, id="2,002 bytes"),
    ],
)
def test_names_that_immich_cannot_hold_are_refused(
    server: FakeImmich, writer: Writer, photos: list[str], tag: str
) -> None:
    assert settled(writer, AddTags((tag,), tuple(photos))).status == "refused"
    assert writes(server) == []


def test_a_tag_and_one_below_it_are_told_apart(server: FakeImmich, writer: Writer, photos: list[str]) -> None:
    """A search by a tag finds those of the tags below it too."""
    server.tag("Auto/beach/sand", *photos)
    server.tag("Auto/beach", *photos[:1])
    assert settled(writer, AddTags(("Auto/beach",), tuple(photos))).status == "done"
    assert carried(server) == [{"Auto/beach", "Auto/beach/sand"}] * 6


def test_a_tag_that_the_user_deleted_in_between_is_made_again(
    server: FakeImmich, writer: Writer, photos: list[str]
) -> None:
    settled(writer, AddTags(("a",), (photos[0],)))
    client = open_client(server)
    (tag,) = client.get("/tags")
    client.delete(f"/tags/{tag['id']}")
    assert settled(writer, AddTags(("a",), (photos[1],))).status == "done"
    assert server.tags_of(photos[1]) == {"a"}


def test_many_photos_go_in_calls_of_300(server: FakeImmich, writer: Writer) -> None:
    photos = server.add_photos(700, created=OLD)
    assert settled(writer, AddTags(("a",), tuple(photos))).status == "done"
    assert writes(server).count("PUT /tags/assets") == 3


def test_photos_with_a_word_set_each_take_a_call_each(server: FakeImmich, writer: Writer) -> None:
    photos = server.add_photos(40, created=OLD)
    words = {photo: (f"Set/word {n}", f"Set/word {(n + 7) % 40}", "all") for n, photo in enumerate(photos)}
    changes = [AddTags(tuple(sorted(tags)), (photo,)) for photo, tags in words.items()]
    assert {writer.apply(change).status for change in changes} == {"taken"}
    assert {outcome.status for outcome in writer.digested(changes)} == {"done"}
    assert [server.tags_of(photo) for photo in photos] == [set(words[photo]) for photo in photos]
    assert (writes(server).count("PUT /tags"), writes(server).count("PUT /tags/assets")) == (1, 40)


def test_many_tags_on_many_photos_go_in_calls_that_the_database_can_take(server: FakeImmich, writer: Writer) -> None:
    photos, tags = server.add_photos(300, created=OLD), tuple(f"word {n}" for n in range(60))
    assert settled(writer, AddTags(tags, tuple(photos))).status == "done"
    assert writes(server) == ["PUT /tags", "PUT /tags/assets", "PUT /tags/assets"]


def test_when_time_is_up_the_change_stays_open(server: FakeImmich, photos: list[str], tmp_path: Path) -> None:
    server.job_delay_s = 60.0
    writer = open_writer(server, tmp_path, pace=replace(PACE, quiet_polls=10_000, limit_s=0.05))
    change = AddTags(("a",), tuple(photos))
    assert settled(writer, change).status == "taken"
    server.idle()
    assert [outcome.status for outcome in open_writer(server, tmp_path).digested([change])] == ["already"]


@pytest.mark.parametrize("seed", range(20))
def test_no_tag_is_lost_when_the_server_is_unsteady(seed: int, tmp_path: Path) -> None:
    with FakeImmich(seed=seed) as server:
        photos = server.add_photos(12, created=OLD)
        server.race = 0.5
        changes = [AddTags(("a", "b"), tuple(photos[:6])), AddTags(("b", "c"), tuple(photos[6:]))]
        server.faults(seed, rate=0.1, hold_s=0.0, kinds=("reset", "timeout", "500", "502", "429", "html", "login"))
        writer = open_writer(server, tmp_path)
        for change in changes:
            _again(lambda change=change: writer.apply(change))
        outcomes = _again(lambda: writer.digested(changes))
        assert {outcome.status for outcome in outcomes} <= {"done", "already"}
        assert carried(server) == [{"a", "b"}] * 6 + [{"b", "c"}] * 6


def _again(call):  # type: ignore[no-untyped-def]
    """Do as the next run does."""
    for _ in range(9):
        try:
            return call()
        except (GalleryUnreachable, GalleryRefused):
            continue
    return call()


@pytest.mark.parametrize("lacking", ["tag.create", "tag.asset", "tag.read"])
def test_a_permission_that_the_key_lacks_is_named(
    server: FakeImmich, photos: list[str], tmp_path: Path, lacking: str
) -> None:
    key = server.add_key([p for p in PERMISSIONS if p != lacking])
    with pytest.raises(GalleryRefused, match=lacking.replace(".", r"\.")):
        settled(open_writer(server, tmp_path, key), AddTags(("a",), tuple(photos)))


def test_without_the_permission_to_delete_tags_they_stay_empty(
    server: FakeImmich, photos: list[str], tmp_path: Path
) -> None:
    writer = open_writer(server, tmp_path, server.add_key([p for p in PERMISSIONS if p != "tag.delete"]))
    change = AddTags(("a",), tuple(photos))
    settled(writer, change)
    assert settled(writer, change.inverse()).status == "done"
    assert carried(server) == [set()] * 6
