"""What the fake PhotoPrism does with albums and favourites that are written: what a client can fall over, over HTTP."""

from __future__ import annotations

import pytest

OLD = "250707"
"""A version that deletes no album for good."""


class TestMakingAlbums:
    @pytest.mark.parametrize(
        ("known", "title", "status"),
        [
            pytest.param("Rome", "Paris", 201, id="another title is another album"),
            pytest.param("Rome", "Rome", 200, id="the same title is the user's album"),
            pytest.param("Rome", "rome", 200, id="capitals make no other title"),
            pytest.param("Rome, 2024", "Rome 2024!", 200, id="nor what stands between words, which no slug has"),
            pytest.param("Trip to Rome", "Trip%", 200, id="a percent sign stands for anything"),
            pytest.param("Trip 1", "Trip_1", 200, id="an underscore stands for any letter"),
        ],
    )
    def test_a_title_that_is_alike_gets_the_album_that_is_there(self, prism, ask_prism, known, title, status):
        theirs = prism.add_album(known)
        found = ask_prism("POST", "/albums", {"Title": title})
        assert (found[0], found[1]["UID"] == theirs) == (status, status == 200)

    def test_a_deleted_album_comes_back_with_its_old_photos(self, prism, ask_prism):
        photos = prism.add_photos(2)
        theirs = prism.add_album("Rome", photos)
        prism.delete_album("Rome")
        assert ask_prism.get("/albums", count=10) == []
        status, album = ask_prism("POST", "/albums", {"Title": "Rome"})
        assert (status, album["UID"], ask_prism.uids(s=theirs)) == (200, theirs, set(photos))

    @pytest.mark.parametrize(
        ("version", "force", "status"),
        [
            pytest.param("260919", "true", 201, id="for good"),
            pytest.param("260919", "false", 200, id="put aside"),
            pytest.param(OLD, "true", 200, id="an old prism does not know how to delete for good"),
        ],
    )
    def test_what_is_deleted_for_good_does_not_come_back(self, prism, ask_prism, version, force, status):
        prism.version = version
        assert ask_prism("DELETE", f"/albums/{ask_prism.make('Rome')}", force=force)[0] == 200
        assert ask_prism("POST", "/albums", {"Title": "Rome"})[0] == status

    @pytest.mark.parametrize(
        ("title", "kept"),
        [
            pytest.param("  <Rome: {2024}>\n", "Rome: {2024", id="signs go from both ends, not from within"),
            pytest.param('The "best"', "The “best“", id="quotes are others"),
            pytest.param("x" * 159, "x" * 159, id="as long as it may be"),
            pytest.param("x" * 160, "x" * 157 + "…", id="cut"),
            pytest.param("ü" * 80, "ü" * 80 + "…", id="counted in bytes, cut in characters"),
        ],
    )
    def test_titles_are_kept_differently(self, ask_prism, title, kept):
        assert ask_prism("POST", "/albums", {"Title": title})[1]["Title"] == kept

    def test_an_album_without_a_title_is_called_after_the_month(self, prism, ask_prism):
        assert ask_prism("POST", "/albums", {})[1]["Title"] == f"{prism.state.now():%B %Y}"


class TestChangingAlbums:
    def test_what_is_not_given_stays(self, prism, ask_prism):
        uid = prism.add_album("Rome", description="Mine", favorite=True)
        changed = ask_prism("PUT", f"/albums/{uid}", {"Notes": "managed", "Category": "our events", "Unknown": 1})[1]
        kept = ("Rome", "Mine", True, "managed", "Our Events")
        assert tuple(changed[name] for name in ("Title", "Description", "Favorite", "Notes", "Category")) == kept

    @pytest.mark.parametrize(
        ("body", "status"),
        [
            pytest.param({"Notes": "x" * 1024}, 200, id="all the room for notes"),
            pytest.param({"Notes": "x" * 1025}, 500, id="no room for notes"),
            pytest.param({"Description": "ü" * 1025}, 500, id="no room for a description"),
            pytest.param({"ThumbSrc": "vision"}, 200, id="a source of ours"),
            pytest.param({"ThumbSrc": "automatic"}, 500, id="no room for a source"),
            pytest.param({"Title": 5}, 400, id="a title that is none"),
            pytest.param({"Title": None}, 200, id="null is as if it was not there"),
            pytest.param(["Title"], 400, id="no object"),
        ],
    )
    def test_what_has_no_room_or_is_of_another_type(self, prism, ask_prism, body, status):
        uid = prism.add_album("Rome")
        assert ask_prism("PUT", f"/albums/{uid}", body)[0] == status
        assert ask_prism.get(f"/albums/{uid}")["Title"] == "Rome"

    def test_two_albums_may_be_given_one_title(self, prism, ask_prism):
        prism.add_album("Rome")
        assert ask_prism("PUT", f"/albums/{ask_prism.make('Paris')}", {"Title": "Rome"})[1]["Title"] == "Rome"
        assert len(ask_prism.get("/albums", count=10)) == 2

    def test_an_empty_title_is_kept(self, prism, ask_prism):
        assert ask_prism("PUT", f"/albums/{prism.add_album('Rome')}", {"Title": ""})[1]["Title"] == ""

    def test_a_deleted_album_is_not_there(self, prism, ask_prism):
        uid = prism.add_album("Rome")
        prism.delete_album(uid)
        asked = [
            ("GET", ""),
            ("PUT", ""),
            ("DELETE", ""),
            ("POST", "/photos"),
            ("DELETE", "/photos"),
            ("POST", "/like"),
        ]
        found = [ask_prism(method, f"/albums/{uid}{path}", {"photos": ["p"]})[0] for method, path in asked]
        assert set(found) == {404}


class TestCovers:
    def test_an_album_has_its_newest_photo_that_may_be_shown(self, prism, ask_prism):
        photos = prism.add_photos(4)
        uid = prism.add_album("Rome", photos)
        prism.make_private(photos[3])
        prism.archive(photos[2])
        assert ask_prism.get(f"/albums/{uid}")["Thumb"] == ask_prism.hash_of(photos[1])

    @pytest.mark.parametrize("src", [pytest.param("vision", id="ours"), pytest.param("manual", id="the user's")])
    def test_a_chosen_cover_stays_until_it_is_given_back(self, prism, ask_prism, src):
        photos = prism.add_photos(3)
        uid = prism.add_album("Rome", photos)
        chosen = {"Thumb": ask_prism.hash_of(photos[0]), "ThumbSrc": src}
        assert ask_prism("PUT", f"/albums/{uid}", chosen)[1]["Thumb"] == chosen["Thumb"]
        prism.add_to_album("Rome", *prism.add_photos(1))
        assert ask_prism.get("/albums", count=1)[0]["Thumb"] == chosen["Thumb"]
        ask_prism("PUT", f"/albums/{uid}", {"Thumb": "", "ThumbSrc": ""})
        assert ask_prism.get("/albums", count=1)[0]["Thumb"] not in {"", chosen["Thumb"]}

    def test_any_picture_is_taken_for_a_cover(self, prism, ask_prism):
        foreign = "0" * 40
        changed = ask_prism("PUT", f"/albums/{prism.add_album('Rome')}", {"Thumb": foreign, "ThumbSrc": "vision"})
        assert (changed[0], changed[1]["Thumb"]) == (200, foreign)


class TestMembers:
    def test_what_was_in_is_said_to_be_added_again(self, prism, ask_prism):
        photos = prism.add_photos(3)
        uid = prism.add_album("Rome", photos[:1])
        status, said = ask_prism("POST", f"/albums/{uid}/photos", {"photos": [*photos, "pmissing00000000"]})
        assert (status, {row["PhotoUID"] for row in said["added"]}) == (200, set(photos))

    def test_adding_again_brings_back_what_the_user_took_out(self, prism, ask_prism):
        photos = prism.add_photos(2)
        uid = prism.add_album("Rome", photos)
        prism.take_out("Rome", photos[0])
        assert ask_prism.uids(s=uid) == {photos[1]}
        ask_prism("POST", f"/albums/{uid}/photos", {"photos": photos[:1]})
        assert ask_prism.uids(s=uid) == set(photos)

    def test_archiving_hides_a_photo_in_its_albums_for_good(self, prism, ask_prism):
        photos = prism.add_photos(2)
        uid = prism.add_album("Rome", photos)
        ask_prism("POST", "/batch/photos/archive", {"photos": photos[:1]})
        ask_prism("POST", "/batch/photos/restore", {"photos": photos[:1]})
        assert (ask_prism.uids(s=uid), ask_prism.uids()) == ({photos[1]}, set(photos))

    def test_removing_what_is_no_member_is_no_error(self, prism, ask_prism):
        photos = prism.add_photos(2)
        uid = prism.add_album("Rome", photos[:1])
        status, said = ask_prism("DELETE", f"/albums/{uid}/photos", {"photos": photos})
        assert (status, len(said["removed"]), ask_prism.uids(s=uid)) == (200, 2, set())

    @pytest.mark.parametrize("method", ["POST", "DELETE"])
    @pytest.mark.parametrize("body", [{"photos": []}, {}, {"Photos": ["p"]}])
    def test_nothing_selected_is_a_bad_request(self, prism, ask_prism, method, body):
        assert ask_prism(method, f"/albums/{prism.add_album('Rome')}/photos", body)[0] == 400

    @pytest.mark.parametrize(
        ("has_review", "is_approved"),
        [pytest.param(True, True, id="with a review"), pytest.param(False, False, id="without one")],
    )
    def test_a_photo_in_review_is_approved_by_adding_it(self, prism, ask_prism, has_review, is_approved):
        prism.features["review"] = has_review
        (photo,) = prism.add_photos(1)
        prism.review(photo)
        ask_prism("POST", f"/albums/{prism.add_album('Rome')}/photos", {"photos": [photo]})
        assert (ask_prism.uids(quality=3) == {photo}) is is_approved

    def test_members_by_albums_and_labels_of_others(self, prism, ask_prism):
        photos = prism.add_photos(4)
        source = prism.add_album("Rome", photos[:2])
        prism.label("Beach", photos[2])
        uid, label = ask_prism.make("All"), ask_prism.get("/labels", count=10, all="true")[0]["UID"]
        ask_prism("POST", f"/albums/{uid}/photos", {"albums": [source], "labels": [label]})
        assert ask_prism.uids(s=uid) == set(photos[:3])

    def test_counts_are_of_what_is_not_hidden(self, prism, ask_prism):
        photos = prism.add_photos(3)
        prism.add_album("Rome", photos)
        prism.take_out("Rome", photos[0])
        prism.make_private(photos[1])
        assert ask_prism.get("/albums", count=1)[0]["PhotoCount"] == 2


class TestListingAlbums:
    @pytest.mark.parametrize(
        ("asked", "titles"),
        [
            pytest.param({}, ["Mine", "Month", "Ours"], id="all, by title"),
            pytest.param({"type": "album"}, ["Mine", "Ours"], id="of a type"),
            pytest.param({"type": "month|moment"}, ["Month"], id="of two types"),
            pytest.param({"category": "Events"}, ["Ours"], id="of a category"),
            pytest.param({"q": "in"}, ["Mine"], id="by a part of the title"),
            pytest.param({"favorite": "true"}, ["Mine"], id="favourites"),
            pytest.param({"offset": "1"}, ["Month", "Ours"], id="the next page"),
        ],
    )
    def test_filters(self, prism, ask_prism, asked, titles):
        prism.add_album("Mine", favorite=True)
        prism.add_album("Ours", category="Events", notes="managed-by=albumen")
        prism.add_album("Month", type="month")
        assert [album["Title"] for album in ask_prism.get("/albums", count=10, **asked)] == titles

    @pytest.mark.parametrize("path", ["/albums", "/labels", "/subjects", "/faces"])
    def test_a_list_without_a_count_is_a_bad_request(self, ask_prism, path):
        assert ask_prism("GET", path)[0] == 400

    def test_a_page_says_how_much_it_holds(self, prism, ask_prism):
        prism.add_album("One")
        prism.add_album("Two")
        headers = ask_prism.client.get("/albums", params={"count": 1}).headers
        assert [headers[f"X-{name}"] for name in ("Count", "Limit", "Offset")] == ["1", "1", "0"]


class TestLikes:
    @pytest.mark.parametrize("kind", ["photos", "albums", "labels", "subjects"])
    def test_on_and_off(self, prism, ask_prism, kind):
        (photo,) = prism.add_photos(1)
        prism.label("Beach", photo)
        uids = {"photos": photo, "albums": prism.add_album("Rome"), "subjects": prism.add_person("Ana")}
        uids["labels"] = ask_prism.get("/labels", count=1, all="true")[0]["UID"]
        found = []
        for method in ("POST", "DELETE"):
            assert ask_prism(method, f"/{kind}/{uids[kind]}/like")[0] == 200
            found.append([row["Favorite"] for row in ask_prism.get(f"/{kind}", count=1, all="true")])
        assert found == [[True], [False]]

    def test_a_favourite_is_no_update_of_a_photo(self, prism, ask_prism):
        (photo,) = prism.add_photos(1)
        before = ask_prism.get(f"/photos/{photo}")
        after = ask_prism("POST", f"/photos/{photo}/like")[1]["photo"]
        assert (after["Favorite"], after["UpdatedAt"]) == (True, before["UpdatedAt"])

    def test_private_is_turned_each_time(self, prism, ask_prism):
        (photo,) = prism.add_photos(1)
        for is_private in (True, False):
            assert ask_prism("POST", "/batch/photos/private", {"photos": [photo]})[0] == 200
            assert ask_prism.get(f"/photos/{photo}")["Private"] is is_private
