"""What the fake PhotoPrism does with faces and people that are written."""

from __future__ import annotations

import pytest

BOX = (0.1, 0.1, 0.2, 0.2)
OLD = "250707"
"""A version before faces could be given to somebody else."""
NAMED = {"Name": "Ana", "SubjSrc": "manual"}


class TestMarkers:
    def name(self, ask_prism, marker, name="Ana", **more):
        return ask_prism("PUT", f"/markers/{marker}", {"Name": name, "SubjSrc": "manual"} | more)

    def people(self, ask_prism):
        return {person["Name"]: person["PhotoCount"] for person in ask_prism.get("/subjects", count=10, type="person")}

    def test_naming_a_free_face_makes_a_person(self, prism, ask_prism):
        photos = prism.add_photos(2)
        marker = prism.add_face(photos[0], BOX)
        status, named = self.name(ask_prism, marker)
        assert (status, named["Name"], named["SubjSrc"]) == (200, "Ana", "manual")
        assert ask_prism.uids(subject=named["SubjUID"]) == {photos[0]}

    @pytest.mark.parametrize(
        "body",
        [
            pytest.param({"Name": "Ana"}, id="without a source"),
            pytest.param({"Name": "Ana", "SubjSrc": "nobodys"}, id="with one that nobody knows"),
            pytest.param({"Name": "$%*", "SubjSrc": "manual"}, id="with no letter that is kept"),
        ],
    )
    def test_a_name_that_is_passed_over_without_a_word(self, prism, ask_prism, body):
        marker = prism.add_face(*prism.add_photos(1), BOX)
        status, said = ask_prism("PUT", f"/markers/{marker}", body)
        assert (status, said["SubjUID"], self.people(ask_prism)) == (200, "", {})

    def test_a_face_takes_its_cluster_along(self, prism, ask_prism):
        photos, face = prism.add_photos(4), prism.add_cluster()
        first, second, own, rejected = (prism.add_face(photo, BOX, face=face) for photo in photos)
        prism.name_marker(own, "Bob")
        ben = prism.add_face(photos[2], BOX)
        prism.reject(rejected)
        uid = self.name(ask_prism, first)[1]["SubjUID"]
        assert prism.marker(second).subject == uid
        assert prism.marker(own).subject != uid
        assert prism.marker(ben).subject == ""

    def test_a_face_without_a_cluster_begins_one_with_all_that_look_the_same(self, prism, ask_prism):
        photos = prism.add_photos(3)
        same, other = prism.add_face(photos[1], BOX, looks="ana"), prism.add_face(photos[2], BOX, looks="bob")
        uid = self.name(ask_prism, prism.add_face(photos[0], BOX, looks="ana"))[1]["SubjUID"]
        assert (prism.marker(same).subject, prism.marker(other).subject) == (uid, "")

    @pytest.mark.parametrize(
        ("version", "people"),
        [
            pytest.param(OLD, {"Bob": 2}, id="before: the person is renamed everywhere"),
            pytest.param("260919", {"Ana": 1, "Bob": 1}, id="since: the face is somebody else's"),
        ],
    )
    def test_naming_a_face_that_has_a_person(self, prism, ask_prism, version, people):
        prism.version = version
        photos = prism.add_photos(2)
        ana = prism.add_person("Ana")
        marker, _ = (prism.add_face(photo, BOX, ana) for photo in photos)
        self.name(ask_prism, marker, "Bob")
        assert self.people(ask_prism) == people

    def test_naming_it_as_somebody_known_makes_two_people_one(self, prism, ask_prism):
        prism.version = OLD
        photos = prism.add_photos(3)
        ana, bob = prism.add_person("Ana"), prism.add_person("Bob")
        marker, _ = (prism.add_face(photo, BOX, ana) for photo in photos[:2])
        prism.add_face(photos[2], BOX, bob)
        self.name(ask_prism, marker, "Bob")
        assert (self.people(ask_prism), ask_prism.uids(subject=bob)) == ({"Bob": 3}, set(photos))

    def test_a_name_in_other_capitals_renames_the_person(self, prism, ask_prism):
        photos = prism.add_photos(2)
        prism.add_face(photos[0], BOX, prism.add_person("Ana"))
        self.name(ask_prism, prism.add_face(photos[1], BOX), "ANA")
        assert self.people(ask_prism) == {"ANA": 2}

    def test_taking_the_person_off_first_leaves_that_one_alone(self, prism, ask_prism):
        prism.version = OLD
        photos = prism.add_photos(2)
        ana = prism.add_person("Ana")
        marker, _ = (prism.add_face(photo, BOX, ana) for photo in photos)
        status, cleared = ask_prism("DELETE", f"/markers/{marker}/subject")
        assert (status, cleared["SubjUID"], cleared["FaceID"], cleared["SubjSrc"]) == (200, "", "", "manual")
        self.name(ask_prism, marker, "Bob")
        assert self.people(ask_prism) == {"Ana": 1, "Bob": 1}

    def test_a_cleared_face_needs_no_source_for_a_name(self, prism, ask_prism):
        marker = prism.add_face(*prism.add_photos(1), BOX, prism.add_person("Ana"))
        ask_prism("DELETE", f"/markers/{marker}/subject")
        assert ask_prism("PUT", f"/markers/{marker}", {"Name": "Bob"})[1]["Name"] == "Bob"

    def test_somebody_without_a_face_is_deleted_and_comes_back_by_name(self, prism, ask_prism):
        (photo,), ana = prism.add_photos(1), prism.add_person("Ana", favorite=True)
        marker = prism.add_face(photo, BOX, ana)
        ask_prism("DELETE", f"/markers/{marker}/subject")
        assert self.people(ask_prism) == {}
        assert self.name(ask_prism, marker)[1]["SubjUID"] == ana

    @pytest.mark.parametrize(
        ("field", "shown"),
        [
            pytest.param("Invalid", "Invalid", id="no face"),
            pytest.param("MarkerReview", "Review", id="to be reviewed, which the form calls otherwise"),
        ],
    )
    def test_flags(self, prism, ask_prism, field, shown):
        (photo,) = prism.add_photos(1)
        marker = prism.add_face(photo, BOX)
        assert ask_prism("PUT", f"/markers/{marker}", {field: True})[1][shown] is True
        assert ask_prism("PUT", f"/markers/{marker}", {"Review": False})[1][shown] is True
        assert (ask_prism.uids(faces="yes") == {photo}) is (field != "Invalid")

    def test_a_drawn_face_is_no_clusters_and_found_by_its_person(self, prism, ask_prism):
        (photo,) = prism.add_photos(1)
        file = ask_prism.get(f"/photos/{photo}")["Files"][0]["UID"]
        drawn = {"FileUID": file, "X": 0.1, "Y": 0.2, "W": 0.3, "H": 0.4} | NAMED
        made = [ask_prism("POST", "/markers", drawn) for _ in range(2)]
        assert [status for status, _ in made] == [201, 201]
        assert (made[0][1]["UID"] != made[1][1]["UID"], made[0][1]["FaceID"]) == (True, "")
        assert ask_prism.uids(subject=made[0][1]["SubjUID"]) == {photo}

    @pytest.mark.parametrize(
        ("change", "status"),
        [
            pytest.param({"FileUID": "fmissing00000000"}, 404, id="no file"),
            pytest.param({"W": 0}, 400, id="no width"),
            pytest.param({"X": 1.5}, 400, id="beside the picture"),
            pytest.param({"SubjSrc": "automatic"}, 400, id="a source that is too long"),
            pytest.param({"Name": "x" * 161}, 400, id="a name that is too long"),
        ],
    )
    def test_what_cannot_be_drawn(self, prism, ask_prism, change, status):
        file = ask_prism.get(f"/photos/{prism.add_photos(1)[0]}")["Files"][0]["UID"]
        drawn = {"FileUID": file, "X": 0.1, "Y": 0.2, "W": 0.3, "H": 0.4} | NAMED
        assert ask_prism("POST", "/markers", drawn | change)[0] == status

    def test_one_at_a_time(self, prism, ask_prism):
        marker = prism.add_face(*prism.add_photos(1), BOX)
        prism.busy_people(1)
        assert [self.name(ask_prism, marker)[0] for _ in range(2)] == [429, 200]

    def test_people_switched_off_or_seldom_seen_to(self, prism, ask_prism):
        marker = prism.add_face(*prism.add_photos(1), BOX)
        prism.features["people"] = False
        switched_off = self.name(ask_prism, marker)[0]
        prism.features["people"], prism.wakeup_interval_s = True, 7200
        assert (switched_off, self.name(ask_prism, marker)[0]) == (403, 403)
        assert prism.marker(marker).subject == ""


class TestPeople:
    def test_the_name_of_somebody_else_makes_two_people_one(self, prism, ask_prism):
        photos = prism.add_photos(2)
        ana, bob = prism.add_person("Ana"), prism.add_person("Bob")
        for photo, person in zip(photos, (ana, bob), strict=True):
            prism.add_face(photo, BOX, person)
        assert ask_prism("PUT", f"/subjects/{ana}", {"Name": "Bob", "Favorite": True})[0] == 200
        (left,) = ask_prism.get("/subjects", count=10)
        assert (left["UID"], left["PhotoCount"], left["Favorite"]) == (bob, 2, False)

    @pytest.mark.parametrize(
        ("version", "hidden", "names"),
        [
            pytest.param("260919", "", ["Bob", "Ana"], id="without who is hidden, favourites first"),
            pytest.param("260919", "yes", ["Bob", "Ana", "Eve"], id="all"),
            pytest.param(OLD, "yes", ["Eve"], id="before: nobody else"),
        ],
    )
    def test_who_is_hidden_is_listed_where_asked_for(self, prism, ask_prism, version, hidden, names):
        prism.version = version
        prism.add_person("Ana")
        prism.add_person("Bob", favorite=True)
        prism.hide(prism.add_person("Eve"))
        assert [person["Name"] for person in ask_prism.get("/subjects", count=10, hidden=hidden)] == names

    def test_what_is_not_given_stays(self, prism, ask_prism):
        ana = prism.add_person("Ana", notes="mine")
        changed = ask_prism("PUT", f"/subjects/{ana}", {"Hidden": True})[1]
        assert (changed["Name"], changed["Notes"], changed["Hidden"]) == ("Ana", "mine", True)

    @pytest.mark.parametrize(
        ("thumb", "src", "is_taken"),
        [
            pytest.param("a" * 40 + "-" + "1" * 12, "manual", True, id="a face"),
            pytest.param("a" * 40, "manual", False, id="a whole picture"),
            pytest.param("a" * 40 + "-" + "1" * 12, "nobodys", False, id="by nobody"),
        ],
    )
    def test_pictures(self, prism, ask_prism, thumb, src, is_taken):
        ana = prism.add_person("Ana")
        changed = ask_prism("PUT", f"/subjects/{ana}", {"Thumb": thumb, "ThumbSrc": src})
        assert (changed[0], changed[1]["Thumb"] == thumb) == (200, is_taken)

    def test_one_at_a_time(self, prism, ask_prism):
        ana = prism.add_person("Ana")
        prism.busy_people(1)
        assert [ask_prism("PUT", f"/subjects/{ana}", {"Hidden": True})[0] for _ in range(2)] == [429, 200]

    def test_a_cluster_gets_a_person_with_the_faces_that_nobody_named(self, prism, ask_prism):
        photos, face = prism.add_photos(2), prism.add_cluster()
        free, own = (prism.add_face(photo, BOX, face=face) for photo in photos)
        prism.name_marker(own, "Bob")
        prism.marker(free).subject = ""
        ana = prism.add_person("Ana")
        assert ask_prism("PUT", f"/faces/{face}", {"SubjUID": ana})[1]["SubjUID"] == ana
        assert (prism.marker(free).subject, prism.marker(own).name) == (ana, "Bob")

    def test_a_cluster_is_shown_again_unless_that_is_said(self, prism, ask_prism):
        face = prism.add_cluster()
        assert ask_prism("PUT", f"/faces/{face}", {"Hidden": True})[1]["Hidden"] is True
        assert ask_prism.get("/faces", count=10) == []
        assert ask_prism("PUT", f"/faces/{face}", {})[1]["Hidden"] is False
        assert ask_prism("PUT", f"/faces/{face}", {"SubjUID": "jmissing00000000"})[0] == 404

    @pytest.mark.parametrize(("unknown", "count"), [("yes", 1), ("no", 1), ("", 2)])
    def test_clusters_of_nobody(self, prism, ask_prism, unknown, count):
        (photo,) = prism.add_photos(1)
        for person in ("", prism.add_person("Ana")):
            prism.add_face(photo, BOX, person, face=prism.add_cluster(person))
        rows = ask_prism.get("/faces", count=10, markers="true", unknown=unknown)
        assert (len(rows), {row["FileUID"][0] for row in rows}) == (count, {"f"})
