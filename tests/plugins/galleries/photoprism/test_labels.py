"""Labels on PhotoPrism: in few large calls or singly, never where the user has blocked one, gone without a trace."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest
from fakes.photoprism import FakePhotoPrism
from fakes.photoprism_writer import dies_at, ends_of, labels, open_writer, plain, rows_of, writes

from plugins.changes import AddTags, RemoveTags, TagChange
from plugins.galleries.photoprism.known import Known
from plugins.galleries.photoprism.writing import Writer

NOWHERE = "p000000000000000"
SINGLY, BATCH, SOURCELESS = "250707", "251130", "260919"
"""The newest version without a batch edit; the first that has it; one that takes a label's source from nobody."""
Deed: TypeAlias = Callable[[FakePhotoPrism, str], object]


@pytest.fixture(params=[SINGLY, SOURCELESS])
def server(request: pytest.FixtureRequest, five: FakePhotoPrism) -> FakePhotoPrism:
    five.version = request.param
    return five


def test_a_label_says_that_a_program_gave_it_where_the_server_keeps_that(
    server: FakePhotoPrism, writer: Writer, photos: list[str]
) -> None:
    assert writer.apply(AddTags(("Beach",), (photos[0],))).status == "done"
    ours = ("vision", 15) if server.version == SINGLY else ("batch", 0)
    assert rows_of(server, photos[0]) == [("Beach", *ours)]


@pytest.mark.parametrize(
    ("version", "switched_on", "calls", "row"),
    [
        pytest.param(BATCH, True, ["POST /batch/photos/edit"], ("batch", 0), id="one call for all"),
        pytest.param(SOURCELESS, True, ["POST /batch/photos/edit"], ("batch", 0), id="and in newer versions"),
        pytest.param(
            SINGLY, True, ["POST /photos/…/label", "PUT /photos/…/label/…"] * 2, ("vision", 15), id="no batch edit yet"
        ),
        pytest.param(
            BATCH, False, ["POST /photos/…/label", "PUT /photos/…/label/…"] * 2, ("vision", 15), id="switched off"
        ),
        pytest.param(
            SOURCELESS,
            False,
            ["POST /photos/…/label", "PUT /photos/…/label/…"] * 2,
            ("manual", 15),
            id="switched off, and no source is kept: ours are known by how sure they are",
        ),
    ],
)
def test_each_version_is_written_to_in_its_way(
    version: str, switched_on: bool, calls: list[str], row: tuple[str, int], tmp_path: Path
) -> None:
    with FakePhotoPrism(version) as server:
        photos = server.add_photos(3)
        server.features["batchEdit"] = switched_on
        assert open_writer(server, tmp_path).apply(AddTags(("Beach",), tuple(photos[:2]))).status == "done"
        assert writes(server) == calls
        assert [rows_of(server, photo) for photo in photos] == [[("Beach", *row)], [("Beach", *row)], []]
        taken = open_writer(server, tmp_path).apply(RemoveTags(("Beach",), tuple(photos[:2])))
        assert (taken.status, [rows_of(server, photo) for photo in photos]) == ("done", [[], [], []])


def test_photos_with_the_same_labels_share_a_call_and_none_has_more_than_200(
    five: FakePhotoPrism, tmp_path: Path
) -> None:
    photos = five.add_photos(450)
    five.label("Beach", *photos[:10])
    open_writer(five, tmp_path).apply(AddTags(("Beach", "Sun"), tuple(photos)))
    edits = [seen.body for seen in five.requests if seen.path.endswith("/batch/photos/edit")]
    titles = [[item["title"] for item in edit["values"]["Labels"]["items"]] for edit in edits]
    sizes = [len(edit["photos"]) for edit in edits]
    assert sorted(zip(sizes, titles, strict=True)) == [
        (10, ["Sun"]), (40, ["Beach", "Sun"]), (200, ["Beach", "Sun"]), (200, ["Beach", "Sun"]),
    ]  # fmt: skip
    assert all(five.labels_of(photo) == {"Beach", "Sun"} for photo in photos)


def changes(photos: list[str]) -> list[TagChange]:
    a, b, c, d, _ = photos
    return [
        AddTags(("Beach", "Mar & Sol"), (a, b)),
        AddTags(("Beach",), (c,)),
        RemoveTags(("Mar & Sol",), (b, NOWHERE)),
        AddTags(("Fog",), (a, b, c, d)),
        RemoveTags(("Beach", "Fog"), (a, c)),
    ]


def test_each_change_twice_is_each_change_once(
    server: FakePhotoPrism, writer: Writer, photos: list[str], tmp_path: Path
) -> None:
    for change in changes(photos):
        assert writer.apply(change).status == "done", change
        once = plain(server)
        for again in (writer, open_writer(server, tmp_path)):
            assert again.apply(change).status == "already", change
            assert [outcome.status for outcome in again.digested([change])] == ["already"]
        assert plain(server) == once, change
    assert labels(server) == [{"Mar & Sol"}, {"Beach", "Fog"}, set(), {"Fog"}, set()]


@pytest.mark.parametrize("version", [SINGLY, SOURCELESS])
def test_a_run_that_dies_at_any_request_ends_as_an_undisturbed_one(tmp_path: Path, version: str) -> None:
    """The server does what it was asked, and its answer is lost."""
    undisturbed = ends_of(changes, version, tmp_path / "undisturbed")
    assert ends_of(changes, version, tmp_path / "disturbed", "truncated") == undisturbed


@pytest.mark.parametrize(
    "hide",
    [
        pytest.param(lambda s, p: s.archive(p), id="archived"),
        pytest.param(lambda s, p: s.make_private(p), id="private"),
        pytest.param(lambda s, p: s.review(p), id="in review"),
    ],
)
def test_a_photo_that_no_search_shows_is_labelled_too(
    server: FakePhotoPrism, writer: Writer, photos: list[str], hide: Deed
) -> None:
    hide(server, photos[0])
    assert writer.apply(AddTags(("Beach",), tuple(photos[:2]))).status == "done"
    assert labels(server)[:2] == [{"Beach"}, {"Beach"}]
    assert writer.apply(AddTags(("Beach",), tuple(photos[:2]))).status == "already"
    assert writer.apply(RemoveTags(("Beach",), tuple(photos[:2]))).status == "done"
    assert labels(server)[:2] == [set(), set()]


@pytest.mark.parametrize(
    ("tag", "why"),
    [
        pytest.param("Screenshot", "'screenshot'", id="it would hide the photo"),
        pytest.param("old screenshots", "'screenshots'", id="a word of it would"),
        pytest.param("Info", "'info'", id="and so would this"),
        pytest.param(" _ / - ", "keeps nothing", id="nothing of it is kept"),
    ],
)
def test_what_photoprism_cannot_hold_is_refused(
    server: FakePhotoPrism, writer: Writer, photos: list[str], tag: str, why: str
) -> None:
    outcome = writer.apply(AddTags((tag, "Beach"), (photos[0],)))
    assert (outcome.status, why in outcome.reason, writes(server)) == ("refused", True, [])


@pytest.mark.parametrize(
    "tag", ["of mice and men", "nyc", "koeln", "KÖLN", "пляж", "🎂", "trip/to the  sea", "été", "a'b"]
)
def test_a_label_is_found_again_however_photoprism_spells_it(
    server: FakePhotoPrism, writer: Writer, photos: list[str], tag: str
) -> None:
    assert writer.apply(AddTags((tag,), tuple(photos[:2]))).status == "done"
    assert [len(found) for found in labels(server)] == [1, 1, 0, 0, 0]
    assert writer.apply(AddTags((tag,), tuple(photos[:2]))).status == "already"
    assert writer.apply(RemoveTags((tag,), tuple(photos[:2]))).status == "done"
    assert labels(server) == [set()] * 5


def test_two_labels_that_begin_alike_for_as_long_as_photoprism_looks_are_one(
    server: FakePhotoPrism, writer: Writer, photos: list[str]
) -> None:
    start = "One of many " * 8
    assert writer.apply(AddTags((f"{start}dogs",), (photos[0],))).status == "done"
    assert writer.apply(AddTags((f"{start}cats",), tuple(photos[:2]))).reason == ""
    assert [len(found) for found in labels(server)] == [1, 1, 0, 0, 0]
    assert writer.apply(RemoveTags((f"{start}cats",), tuple(photos[:2]))).status == "done"
    assert labels(server) == [set()] * 5


def test_a_tag_of_which_nothing_is_kept_is_no_label(server: FakePhotoPrism, writer: Writer, photos: list[str]) -> None:
    """A label that nobody has renamed may have no second slug, which is no slug that is looked for."""
    writer.apply(AddTags(("Beach",), (photos[0],)))
    server.state.labels[server.state.label_slugs["beach"]].custom_slug = ""
    assert writer.apply(RemoveTags((" / ",), (photos[0],))).status == "already"
    assert labels(server)[0] == {"Beach"}


def test_photos_that_are_gone_are_skipped(server: FakePhotoPrism, writer: Writer, photos: list[str]) -> None:
    outcome = writer.apply(AddTags(("Beach",), (NOWHERE, photos[0], "no id")))
    assert (outcome.status, set(outcome.skipped)) == ("done", {NOWHERE, "no id"})
    assert "gone" in outcome.reason
    assert writer.apply(AddTags(("Beach",), (NOWHERE,))).status == "gone"
    assert writer.apply(RemoveTags(("Beach",), (NOWHERE,))).status == "gone"


def test_what_a_batch_edit_lost_in_silence_is_put_on_singly(five: FakePhotoPrism, tmp_path: Path) -> None:
    """It answers 200 though it could not do an item; here somebody takes the label off one photo right after."""
    photos = list(five.state.photos)

    def watch(method: str, path: str, number: int) -> None:
        if method == "GET" and any(five.labels_of(photo) for photo in photos):
            five.before_request = None
            five.state.drop_label(five.state.photos[photos[1]], five.state.label_slugs["beach"])

    five.before_request = watch
    assert open_writer(five, tmp_path).apply(AddTags(("Beach",), tuple(photos[:3]))).status == "done"
    assert labels(five)[:3] == [{"Beach"}] * 3
    assert writes(five)[0] == "POST /batch/photos/edit"


@pytest.mark.parametrize("version", [SINGLY, SOURCELESS])
def test_which_labels_are_ours_is_known_before_they_are_there(tmp_path: Path, version: str) -> None:
    """Else a run that is killed in between would leave labels that read like the user's own."""
    with FakePhotoPrism(version) as server:
        photo, other = server.add_photos(2)
        server.label("Beach", other)
        nth = 1
        while not server.labels_of(photo):
            assert dies_at(server, tmp_path, AddTags(("Beach",), (photo, other)), nth, "truncated")
            nth += 1
        known = Known(tmp_path / "known.db")
        assert known.our_pairs() == {(photo, "Beach")}
        open_writer(server, tmp_path).apply(RemoveTags(("Beach",), (photo, other)))
        assert known.our_pairs() == frozenset()
        known.close()


def test_a_busy_server_is_waited_for(five: FakePhotoPrism, tmp_path: Path) -> None:
    five.busy_people(2)
    photos = list(five.state.photos)
    assert open_writer(five, tmp_path).apply(AddTags(("Beach",), tuple(photos))).status == "done"
    assert writes(five) == ["POST /batch/photos/edit"] * 3


def test_a_batch_edit_that_is_switched_off_meanwhile_is_done_without(five: FakePhotoPrism, tmp_path: Path) -> None:
    photos, writer = list(five.state.photos), open_writer(five, tmp_path)
    writer.apply(AddTags(("Beach",), tuple(photos[:1])))
    five.features["batchEdit"] = False
    assert writer.apply(AddTags(("Sun",), tuple(photos[:2]))).status == "done"
    assert writer.apply(RemoveTags(("Beach",), tuple(photos[:1]))).status == "done"
    assert labels(five)[:2] == [{"Sun"}, {"Sun"}]
