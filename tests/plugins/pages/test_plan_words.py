"""Changes in plain words, one by one and grouped by album."""

from typing import get_args

import pytest

from plugins import changes as c
from plugins.pages.plan_words import ChangeGroup, describe, edit_text, grouped, plan_text, titles_in
from plugins.pages.views import EditKind, EditView

TITLES = {"k": "Lisbon", "p1": "2024/a.jpg", "anna": "Anna"}
SENTENCES = [
    (c.CreateAlbum("k", "event", "Lisbon"), "create the album “Lisbon”"),
    (c.CreateAlbum("k", "event", "Lisbon", "", ("p1",)), "create the album “Lisbon” with 1 photo"),
    (c.DeleteAlbum("k", "event", "Lisbon"), "delete the album “Lisbon”, which holds nothing but what we put there"),
    (c.RenameAlbum("k", "Porto", "Lisbon"), "rename “Lisbon” to “Porto”"),
    (c.DescribeAlbum("k", "Sunny", ""), "describe “Lisbon” as “Sunny”"),
    (c.AddMembers("k", ("p1", "p2")), "add 2 photos to “Lisbon”"),
    (c.RemoveMembers("k", ("p1",)), "take 1 photo out of “Lisbon”"),
    (c.SetCover("k", "p1", None), "show “Lisbon” by the photo “2024/a.jpg”"),
    (c.SetCover("k", None, "p1"), "leave the cover of “Lisbon” to the gallery"),
    (c.SetAlbumCover("x", "p1", None, "Mine"), "show “x” by the photo “2024/a.jpg”"),
    (c.SetAlbumCover("k", None, "p1"), "leave the cover of “Lisbon” to the gallery"),
    (c.SetPoster("p1", 3.25, None), "put its picture at 3.2 s beside the video “2024/a.jpg”"),
    (c.SetPoster("p1", None, 3.25), "take away the picture that we put beside the video “2024/a.jpg”"),
    (c.AddTags(("sea",), ("p1",)), "tag 1 photo “sea”"),
    (c.AddTags(("sea", "sun"), ("p1",)), "tag 1 photo “sea” and “sun”"),
    (c.RemoveTags(("sea",), ("p1", "p2")), "take the tag “sea” off 2 photos"),
    (c.RemoveTags(("sea", "sun", "sky"), ("p1",)), "take the tags “sea”, “sun” and “sky” off 1 photo"),
    (c.CreatePerson("anna", "Anna"), "add the person “Anna”"),
    (c.CreatePerson("x"), "add a person not named yet"),
    (c.RemovePerson("anna", "Anna"), "take back the person “Anna”"),
    (c.NamePerson("x", "Anna"), "name a person “Anna”"),
    (c.NamePerson("x", "", "Anna"), "take back the name “Anna”"),
    (c.AssignFace("f", "anna"), "say that a face is “Anna”"),
    (c.AssignFace("f", "anna", "p17"), "say that a face is “Anna”, not somebody not named yet"),
    (c.AssignFace("f", "p17", "anna"), "say that a face is somebody not named yet, not “Anna”"),
    (c.UnassignFace("f", "anna"), "no longer say that a face is “Anna”"),
    (c.DrawRegion("p1", "sea", (0.0, 0.0, 0.5, 0.5)), "mark where “sea” is in a photo"),
    (c.RemoveRegion("p1", "sea", (0.0, 0.0, 0.5, 0.5)), "no longer mark where “sea” is in a photo"),
    (c.WriteNote("p1", "Sunset"), "write the note of “2024/a.jpg”"),
    (c.WriteNote("p1", "", "Sunset"), "clear the note of “2024/a.jpg”"),
]


@pytest.mark.parametrize(("change", "sentence"), SENTENCES)
def test_describe(change: c.Change, sentence: str) -> None:
    assert describe(change, TITLES) == sentence


def test_every_change_has_a_sentence() -> None:
    assert {type(change) for change, _ in SENTENCES} == set(get_args(c.Change))


def test_a_plan_names_what_it_makes() -> None:
    plan = [c.CreateAlbum("k", "event", "Porto"), c.CreatePerson("p1", "Anna"), c.AssignFace("f", "p1")]
    plan += [c.NamePerson("x", "Ben"), c.NamePerson("y", "", "Cleo")]
    plan.append(c.SetAlbumCover("id7", "p9", None, "Mine"))
    assert titles_in(plan) == {"k": "Porto", "p1": "Anna", "x": "Ben", "y": "Cleo", "id7": "Mine"}


def test_a_name_stays_on_its_line_and_cannot_push_the_rest_away() -> None:
    text = describe(c.CreateAlbum("k", "event", "a\n\x1b[2J" + "b" * 999), {})
    assert text.isprintable()
    assert len(text) < 200


def test_many_videos_are_counted() -> None:
    plan: list[c.Change] = [c.SetPoster(f"v{n}", None if n else 1.0, 2.0) for n in range(7)]
    plan.append(c.SetAlbumCover("k", "p1", None))
    (group,) = grouped(plan, TITLES)
    assert group == ChangeGroup(
        "covers",
        "",
        "Covers",
        (
            "show “Lisbon” by the photo “2024/a.jpg”",
            "put a picture beside each of 1 video",
            "take away the pictures that we put beside 6 videos",
        ),
    )
    assert len(grouped(plan[:3], TITLES)[0].lines) == 3


def test_a_new_album_is_one_group_and_others_follow_by_topic() -> None:
    plan = [
        c.AddTags(("sea",), ("p1",)),
        c.CreateAlbum("new", "event", "Porto", "", ("p1", "p2")),
        c.RemoveMembers("k", ("p2",)),
        c.AddMembers("new", ("p3",)),
        c.SetCover("new", "p1", None),
        c.DeleteAlbum("old", "event", "Bremen"),
        c.CreatePerson("x"),
        c.CreatePerson("y"),
    ]
    assert grouped(plan, TITLES) == (
        ChangeGroup("new", "new", "Porto", ("create the album with 3 photos", "show it by the photo “2024/a.jpg”")),
        ChangeGroup("changed", "k", "Lisbon", ("take 1 photo out of it",)),
        ChangeGroup(
            "deleted", "old", "Bremen", ("delete the album “Bremen”, which holds nothing but what we put there",)
        ),
        ChangeGroup("tags", "", "Tags", ("tag 1 photo “sea”",)),
        ChangeGroup("people", "", "People", ("2 new people without a name",)),
    )


def test_plan_text() -> None:
    plan = [c.CreateAlbum("n", "event", "Porto"), c.AddMembers("n", ("p1",)), c.RenameAlbum("k", "Lisboa", "Lisbon")]
    lines = ["3 changes:", "  + create “Porto” with 1 photo", "  * “Lisbon”", "      rename “Lisbon” to “Lisboa”"]
    assert plan_text(plan, TITLES) == lines
    assert plan_text(plan, TITLES, most=1) == [*lines[:2], "  … and 1 more album or topic"]


def test_an_empty_plan_says_so() -> None:
    assert plan_text([], {}) == ["Nothing to change: the gallery is as it should be."]


@pytest.mark.parametrize("kind", get_args(EditKind))
def test_every_edit_has_words_and_is_kept(kind: EditKind) -> None:
    text = edit_text(EditView(kind, "Lisbon", "Our honeymoon", 3))
    assert text.startswith("you ")
    assert ("“Lisbon”" in text) is (kind != "took posters away")  # those are counted: videos may be many


def test_edits_of_somebody_without_a_name() -> None:
    assert edit_text(EditView("moved faces", "", n=2)) == (
        "you gave 2 faces of somebody without a name to somebody else: kept"
    )


def test_a_name_that_the_user_took_away() -> None:
    assert edit_text(EditView("named", "")) == "you took the name off a person of ours: kept"


def test_a_rename_by_the_user() -> None:
    assert edit_text(EditView("renamed", "A", "B")) == "you renamed “A” to “B”: kept"
