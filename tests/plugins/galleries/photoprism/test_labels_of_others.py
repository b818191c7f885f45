"""Labels on PhotoPrism that others put on, took off, blocked or renamed: they stay what they are."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest
from fakes.photoprism import FakePhotoPrism, labelling
from fakes.photoprism_writer import open_writer, rows_of, writes

from plugins.changes import AddTags, RemoveTags
from plugins.galleries.photoprism.writing import Writer

SINGLY, SOURCELESS = "250707", "260919"
"""The newest version without a batch edit; one that takes a label's source from nobody."""
Deed: TypeAlias = Callable[[FakePhotoPrism, str], object]


BEFORE = [
    pytest.param(lambda s, p: s.block_label("Beach", p), "taken the label 'Beach' off", id="blocked by the user"),
    pytest.param(
        lambda s, p: (s.classify("Beach", p), s.unlabel("Beach", p)),
        "taken the label 'Beach' off",
        id="taken off by the user, whom the classifier had given it",
    ),
    pytest.param(lambda s, p: s.label("Beach", p), "", id="put on by the user"),
    pytest.param(lambda s, p: s.classify("Beach", p), "", id="given by the classifier"),
    pytest.param(lambda s, p: s.classify("Beach", p, src="meta"), "", id="in the file"),
    pytest.param(lambda s, p: s.label("BEACH", p), "", id="in other letters"),
]


@pytest.fixture(params=[SINGLY, SOURCELESS])
def server(request: pytest.FixtureRequest, five: FakePhotoPrism) -> FakePhotoPrism:
    five.version = request.param
    return five


@pytest.mark.parametrize(("before", "why"), BEFORE)
def test_a_label_that_a_photo_has_or_may_not_have_stays_what_it_is(
    server: FakePhotoPrism, writer: Writer, photos: list[str], before: Deed, why: str
) -> None:
    """The others of the change are put on all the same; the row of the user's, and a blocked one, nobody touches."""
    before(server, photos[0])
    was = rows_of(server, photos[0])
    outcome = writer.apply(AddTags(("Beach", "Sun"), (photos[0], photos[1])))
    assert (outcome.status, outcome.skipped) == ("done", ())
    assert bool(outcome.reason) == bool(why)
    assert why in outcome.reason
    now = rows_of(server, photos[0])
    assert [row for row in now if row[0].casefold() == "beach"] == was
    assert [row[0] for row in now if row[0] == "Sun"] == ["Sun"]
    assert {name.casefold() for name in server.labels_of(photos[1])} == {"beach", "sun"}


@pytest.mark.parametrize("again", [False, True])
def test_a_label_that_the_user_gave_by_a_batch_edit_is_told_from_ours(
    five: FakePhotoPrism, photos: list[str], tmp_path: Path, again: bool
) -> None:
    """It looks like ours; but it was there when we were about to put it on, as the user had done so after the plan."""
    theirs, ours, *_ = (five.state.photos[photo] for photo in photos)
    labelling.batch_add(five.state, theirs, labelling.named(five.state, "Beach"))
    tags, both = ("Beach", "Sun"), (theirs.uid, ours.uid)
    for _ in range(1 + again):
        assert open_writer(five, tmp_path).apply(AddTags(tags, both)).status in {"done", "already"}
    outcome = open_writer(five, tmp_path).apply(RemoveTags(tags, both))
    assert (outcome.status, "somebody else" in outcome.reason) == ("done", True)
    assert [rows_of(five, photo) for photo in both] == [[("Beach", "batch", 0)], []]
    five.unlabel("Beach", theirs.uid)
    assert open_writer(five, tmp_path).apply(AddTags(("Beach",), both)).status == "done"
    assert open_writer(five, tmp_path).apply(RemoveTags(("Beach",), both)).reason == ""
    assert [rows_of(five, photo) for photo in both] == [[], []]


def test_a_change_of_blocked_labels_alone_writes_nothing_and_is_not_asked_for_again(
    server: FakePhotoPrism, writer: Writer, photos: list[str]
) -> None:
    """It counts as made, so that the next run finds the label lacking: taken off by the user, for good."""
    server.block_label("Beach", *photos[:2])
    outcome = writer.apply(AddTags(("Beach",), tuple(photos[:2])))
    assert (outcome.status, outcome.skipped, "taken the label" in outcome.reason) == ("already", (), True)
    assert writes(server) == []


@pytest.mark.parametrize(
    ("since", "left"),
    [
        pytest.param(lambda s, p: None, [], id="ours as it was"),
        pytest.param(lambda s, p: s.unlabel("Beach", p), None, id="the user has taken it off"),
        pytest.param(
            lambda s, p: (s.unlabel("Beach", p), s.block_label("Beach", p)),
            [("Beach", "manual", 100)],
            id="and blocked",
        ),
    ],
)
def test_ours_goes_without_a_trace_and_what_the_user_blocked_stays_so(
    server: FakePhotoPrism,
    writer: Writer,
    photos: list[str],
    since: Deed,
    left: list[tuple[str, str, int]] | None,
    tmp_path: Path,
) -> None:
    """A trace would say that the user does not want the label there."""
    writer.apply(AddTags(("Beach",), (photos[0],)))
    since(server, photos[0])
    was = rows_of(server, photos[0])
    open_writer(server, tmp_path).apply(RemoveTags(("Beach",), (photos[0],)))
    assert rows_of(server, photos[0]) == (was if left is None else left)
    assert server.labels_of(photos[0]) == set()


@pytest.mark.parametrize("src", ["manual", "image", "meta", "xmp", "keyword", "openai"])
def test_a_label_of_somebody_elses_is_not_taken_off(
    server: FakePhotoPrism, writer: Writer, photos: list[str], src: str
) -> None:
    server.classify("Beach", photos[0], src=src, uncertainty=0)
    before = rows_of(server, photos[0])
    outcome = writer.apply(RemoveTags(("Beach",), (photos[0],)))
    assert (outcome.status, "somebody else" in outcome.reason) == ("already", True)
    assert (rows_of(server, photos[0]), writes(server)) == (before, [])


def test_a_label_of_ours_that_the_user_confirmed_is_theirs(tmp_path: Path) -> None:
    """Where the server tells the two apart: a batch edit is as sure as the user is."""
    with FakePhotoPrism(SINGLY) as server:
        (photo,) = server.add_photos(1)
        writer = open_writer(server, tmp_path)
        writer.apply(AddTags(("Beach",), (photo,)))
        server.label("Beach", photo)
        assert rows_of(server, photo) == [("Beach", "manual", 0)]
        writer.apply(RemoveTags(("Beach",), (photo,)))
        assert server.labels_of(photo) == {"Beach"}


def test_labels_of_an_older_version_go_without_a_trace_after_an_upgrade(tmp_path: Path) -> None:
    with FakePhotoPrism(SINGLY) as server:
        photos = server.add_photos(2)
        open_writer(server, tmp_path).apply(AddTags(("Beach",), tuple(photos)))
        server.version = SOURCELESS
        assert open_writer(server, tmp_path).apply(RemoveTags(("Beach",), tuple(photos))).status == "done"
        assert [rows_of(server, photo) for photo in photos] == [[], []]


def test_a_label_that_the_user_calls_something_else_is_not_put_on(
    server: FakePhotoPrism, writer: Writer, photos: list[str]
) -> None:
    """PhotoPrism still takes its first name for it."""
    server.label("Beach", photos[0], photos[4])
    label = server.state.labels[server.state.label_slugs["beach"]]
    labelling.rename(server.state, label, "Strand")
    outcome = writer.apply(AddTags(("Beach",), (photos[1],)))
    assert "'Strand'" in outcome.reason
    assert (rows_of(server, photos[1]), writes(server)) == ([], [])
