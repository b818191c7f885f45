"""What the fake PhotoPrism does with labels that are written, one by one and in batches."""

from __future__ import annotations

from typing import Any

import pytest

OLD = "250707"
"""A version before the batch edit."""


class TestLabels:
    def test_a_label_put_on_is_the_users_own_and_updates_the_photo(self, prism, ask_prism):
        (photo,) = prism.add_photos(1)
        before = ask_prism.get(f"/photos/{photo}")
        status, after = ask_prism("POST", f"/photos/{photo}/label", {"Name": "bay of naples", "Uncertainty": 15})
        (row,) = after["Labels"]
        assert (status, row["Label"]["Name"], row["LabelSrc"], row["Uncertainty"]) == (
            200,
            "Bay of Naples",
            "manual",
            15,
        )
        assert after["UpdatedAt"] > before["UpdatedAt"]
        assert after["Title"] == "Bay of Naples / 2024"
        assert "bay of naples" in after["Details"]["Keywords"]

    def test_labels_are_one_by_their_slug(self, prism, ask_prism):
        (photo,) = prism.add_photos(1)
        for name in ("Trips/Rome", "trips rome", "TRIPS - ROME"):
            ask_prism("POST", f"/photos/{photo}/label", {"Name": name})
        assert [row["Label"]["Name"] for row in ask_prism.get(f"/photos/{photo}")["Labels"]] == ["Trips / Rome"]

    @pytest.mark.parametrize(
        ("src", "uncertainty", "left"),
        [
            pytest.param("manual", 100, ("manual", 15), id="what the user blocked shows again"),
            pytest.param("image", 40, ("manual", 15), id="what was less sure is the user's now"),
            pytest.param("image", 10, ("image", 10), id="what was surer stays the classifier's"),
            pytest.param("manual", 15, ("manual", 15), id="what was as sure stays"),
        ],
    )
    def test_what_becomes_of_a_row_that_is_there(self, prism, ask_prism, src, uncertainty, left):
        (photo,) = prism.add_photos(1)
        prism.classify("Beach", photo, src=src, uncertainty=uncertainty)
        ask_prism("POST", f"/photos/{photo}/label", {"Name": "Beach", "Uncertainty": 15})
        row = ask_prism.row(photo, "Beach")
        assert (row["LabelSrc"], row["Uncertainty"]) == left

    @pytest.mark.parametrize(
        ("version", "body", "left"),
        [
            pytest.param(OLD, {"Uncertainty": 15, "LabelSrc": "vision"}, ("vision", 15), id="a source of ours"),
            pytest.param(OLD, {"Uncertainty": 0, "LabelSrc": "vision"}, ("manual", 0), id="sure is the user's"),
            pytest.param("260919", {"Uncertainty": 15, "LabelSrc": "vision"}, ("manual", 15), id="no source any more"),
        ],
    )
    def test_a_row_is_changed_by_the_number_of_its_label(self, prism, ask_prism, version, body, left):
        prism.version = version
        (photo,) = prism.add_photos(1)
        prism.label("Beach", photo)
        label = ask_prism.row(photo, "Beach")
        assert ask_prism("PUT", f"/photos/{photo}/label/{label['Label']['UID']}", body)[0] == 404
        assert ask_prism("PUT", f"/photos/{photo}/label/{label['LabelID']}", body)[0] == 200
        row = ask_prism.row(photo, "Beach")
        assert (row["LabelSrc"], row["Uncertainty"]) == left

    @pytest.mark.parametrize(
        ("version", "src", "left"),
        [
            pytest.param("260919", "manual", None, id="the user's own goes without a trace"),
            pytest.param("260919", "batch", None, id="that of a batch too"),
            pytest.param("260919", "vision", ("manual", 100), id="ours is blocked"),
            pytest.param("260919", "image", ("manual", 100), id="the classifier's is blocked"),
            pytest.param(OLD, "manual", None, id="before: the user's own goes"),
            pytest.param(OLD, "vision", ("vision", 100), id="before: ours is blocked, and stays ours"),
        ],
    )
    def test_taking_a_label_off(self, prism, ask_prism, version, src, left):
        prism.version = version
        (photo,) = prism.add_photos(1)
        prism.classify("Beach", photo, src=src, uncertainty=10)
        label = ask_prism.row(photo, "Beach")["LabelID"]
        assert ask_prism("DELETE", f"/photos/{photo}/label/{label}")[0] == 200
        row = ask_prism.row(photo, "Beach")
        assert (row and (row["LabelSrc"], row["Uncertainty"])) == left
        assert ask_prism.uids(label="beach") == set()

    def test_a_label_without_a_name_is_one_of_that_name(self, prism, ask_prism):
        (photo,) = prism.add_photos(1)
        assert ask_prism("POST", f"/photos/{photo}/label", {"Name": ""})[1]["Labels"][0]["Label"]["Name"] == "Unknown"

    def test_a_screenshot_goes_into_review(self, prism, ask_prism):
        (photo,) = prism.add_photos(1)
        ask_prism("POST", f"/photos/{photo}/label", {"Name": "Screenshot"})
        assert ask_prism.uids(quality=3) == set()

    @pytest.mark.parametrize(
        ("asked", "names"),
        [
            pytest.param({"all": "true"}, {"Common", "Low", "Rare"}, id="all"),
            pytest.param({}, {"Common"}, id="without what is rare or of low priority"),
            pytest.param({"q": "lo"}, {"Low"}, id="by a part of the name"),
        ],
    )
    def test_lists(self, prism, ask_prism, asked, names):
        photos = prism.add_photos(3)
        prism.label("Common", *photos)
        prism.label("Rare", photos[0])
        prism.classify("Low", *photos, priority=-2)
        prism.block_label("Blocked", *photos)
        assert {label["Name"] for label in ask_prism.get("/labels", count=100, **asked)} == names

    def test_what_only_private_photos_have_is_in_no_list_and_still_found(self, prism, ask_prism):
        photos = prism.add_photos(2)
        prism.label("Beach", *photos)
        prism.make_private(*photos)
        assert ask_prism.get("/labels", count=100, all="true") == []
        assert ask_prism.uids(label="beach") == set(photos)

    def test_a_renamed_label_is_found_by_both_slugs(self, prism, ask_prism):
        (photo,) = prism.add_photos(1)
        prism.label("Beach", photo)
        (label,) = ask_prism.get("/labels", count=1, all="true")
        changed = ask_prism("PUT", f"/labels/{label['UID']}", {"Name": "the coast"})[1]
        assert (changed["Name"], changed["Slug"], changed["CustomSlug"]) == ("The Coast", "beach", "the-coast")
        assert ask_prism.uids(label="beach") == ask_prism.uids(label="the-coast") == {photo}

    def test_a_deleted_label_is_gone_from_all_photos_with_what_was_blocked(self, prism, ask_prism):
        photos = prism.add_photos(2)
        prism.label("Beach", photos[0])
        prism.block_label("Beach", photos[1])
        (label,) = ask_prism.get("/labels", count=1, all="true")
        assert ask_prism("POST", "/batch/labels/delete", {"labels": [label["UID"]]})[0] == 200
        assert all(ask_prism.row(photo, "Beach") is None for photo in photos)


ADD = {"title": "Beach", "action": "add"}


def labels_edit(*items: dict[str, str], action: str = "update") -> dict[str, Any]:
    return {"Labels": {"action": action, "items": list(items)}}


class TestBatchEdit:
    @pytest.mark.parametrize(
        ("version", "is_on", "status"),
        [
            pytest.param("260919", True, 200, id="there"),
            pytest.param("251130", True, 200, id="the first that has it"),
            pytest.param("260919", False, 403, id="switched off"),
            pytest.param(OLD, True, 501, id="not there yet"),
            pytest.param("250425", True, 404, id="never heard of"),
        ],
    )
    def test_who_has_it(self, prism, ask_prism, version, is_on, status):
        prism.version, prism.features["batchEdit"] = version, is_on
        photos = prism.add_photos(2)
        assert ask_prism("POST", "/batch/photos/edit", {"photos": photos, "values": labels_edit(ADD)})[0] == status
        assert (ask_prism.uids(label="beach") == set(photos)) is (status == 200)

    @pytest.mark.parametrize(
        ("src", "uncertainty"),
        [
            pytest.param(None, 0, id="new"),
            pytest.param("manual", 0, id="the user's own loses its source"),
            pytest.param("image", 40, id="the classifier's"),
            pytest.param("manual", 100, id="what the user blocked shows again"),
        ],
    )
    def test_what_is_added_is_sure_and_the_batchs(self, prism, ask_prism, src, uncertainty):
        (photo,) = prism.add_photos(1)
        if src:
            prism.classify("Beach", photo, src=src, uncertainty=uncertainty)
        ask_prism("PUT", "/batch/photos/edit", {"photos": [photo], "values": labels_edit(ADD)})
        row = ask_prism.row(photo, "Beach")
        assert (row["LabelSrc"], row["Uncertainty"]) == ("batch", 0)

    @pytest.mark.parametrize(
        ("src", "left"),
        [
            pytest.param("batch", None, id="what a batch put on goes"),
            pytest.param("manual", None, id="the user's own goes"),
            pytest.param("vision", ("batch", 100), id="ours is blocked"),
            pytest.param("image", ("batch", 100), id="the classifier's is blocked"),
        ],
    )
    def test_what_is_removed(self, prism, ask_prism, src, left):
        (photo,) = prism.add_photos(1)
        prism.classify("Beach", photo, src=src)
        label = ask_prism.row(photo, "Beach")["Label"]["UID"]
        edit = labels_edit({"value": label, "action": "remove"})
        assert ask_prism("POST", "/batch/photos/edit", {"photos": [photo], "values": edit})[0] == 200
        row = ask_prism.row(photo, "Beach")
        assert (row and (row["LabelSrc"], row["Uncertainty"])) == left

    @pytest.mark.parametrize(
        "edit",
        [
            pytest.param(labels_edit(ADD, action="none"), id="no outer action"),
            pytest.param({"Labels": {"items": [ADD]}}, id="none at all"),
            pytest.param(labels_edit({"title": "Dog", "action": "remove"}), id="removing by title"),
            pytest.param(labels_edit({"value": "lmissing00000000", "action": "add"}), id="a label that is not there"),
            pytest.param(
                labels_edit({"value": "lmissing00000000", "title": "Beach", "action": "add"}), id="with a title"
            ),
            pytest.param(labels_edit({"title": "Beach", "action": "put"}), id="an action that is none"),
        ],
    )
    def test_what_cannot_be_done_is_not_done_and_nobody_says_so(self, prism, ask_prism, edit):
        (photo,) = prism.add_photos(1)
        prism.label("Dog", photo)
        before = ask_prism.get(f"/photos/{photo}")["Labels"]
        assert (
            ask_prism("POST", "/batch/photos/edit", {"photos": [photo, "pmissing00000000"], "values": edit})[0] == 200
        )
        assert ask_prism.get(f"/photos/{photo}")["Labels"] == before

    def test_it_is_no_update_of_a_photo(self, prism, ask_prism):
        (photo,) = prism.add_photos(1)
        before = ask_prism.get(f"/photos/{photo}")["UpdatedAt"]
        ask_prism("POST", "/batch/photos/edit", {"photos": [photo], "values": labels_edit(ADD)})
        assert ask_prism.get(f"/photos/{photo}")["UpdatedAt"] == before

    def test_one_at_a_time(self, prism, ask_prism):
        photos = prism.add_photos(1)
        prism.busy_people(2)
        asked = {"photos": photos, "values": labels_edit(ADD)}
        assert [ask_prism("POST", "/batch/photos/edit", asked)[0] for _ in range(3)] == [429, 429, 200]

    def test_no_photos(self, ask_prism):
        assert ask_prism("POST", "/batch/photos/edit", {"photos": [], "values": labels_edit(ADD)})[0] == 400
