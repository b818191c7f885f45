"""What the fake Immich does that a recording cannot show: races, versions, and what it demands."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from fakes.asking import Asking
from fakes.immich import FakeImmich

TIMELINE = {"visibility": "timeline", "order": "asc"}


def make_tags(ask: Asking, *values: str) -> list[str]:
    return [tag["id"] for tag in ask("PUT", "/tags", {"tags": values})[1]]


def lost(server: FakeImmich, photos: list[str], tags: tuple[str, ...]) -> int:
    server.idle()
    return sum(tag not in server.tags_of(photo) for photo in photos for tag in tags)


class TestTagRace:
    """Calls that touch a photo again before it was re-extracted lose tags, though each answers with the full count."""

    TAGS = ("beach", "food", "sky", "dog")

    def test_all_tags_in_one_call_lose_nothing(self, server, ask):
        photos = server.add_photos(50)
        ids = make_tags(ask, *self.TAGS)
        assert ask("PUT", "/tags/assets", {"tagIds": ids, "assetIds": photos}) == (200, {"count": 200})
        assert lost(server, photos, self.TAGS) == 0

    def test_calls_that_wait_for_the_jobs_lose_nothing(self, server, ask):
        photos = server.add_photos(50)
        for tag in make_tags(ask, *self.TAGS):
            ask("PUT", "/tags/assets", {"tagIds": [tag], "assetIds": photos})
            server.idle()
        assert lost(server, photos, self.TAGS) == 0

    def test_one_call_a_tag_loses_some_and_a_repeat_mends_it(self, server, ask):
        photos = server.add_photos(50)
        ids = make_tags(ask, *self.TAGS)
        for tag in ids:
            assert ask("PUT", "/tags/assets", {"tagIds": [tag], "assetIds": photos}) == (200, {"count": 50})
        gone = lost(server, photos, self.TAGS)
        assert 0 < gone < 150
        assert ask("PUT", "/tags/assets", {"tagIds": ids, "assetIds": photos}) == (200, {"count": gone})
        assert lost(server, photos, self.TAGS) == 0

    def test_taking_a_tag_off_too_early_is_undone(self, server, ask):
        server.race = 1
        photos = server.add_photos(3)
        (tag,) = make_tags(ask, "sky")
        ask("PUT", "/tags/assets", {"tagIds": [tag], "assetIds": photos})
        assert all(item["success"] for item in ask("DELETE", f"/tags/{tag}/assets", {"ids": photos})[1])
        assert lost(server, photos, ("sky",)) == 0

    def test_updated_at_changes_once_the_jobs_ran(self, server, ask):
        (photo,) = server.add_photos(1)
        (tag,) = make_tags(ask, "sky")
        before = ask("GET", f"/assets/{photo}")[1]["updatedAt"]
        ask("PUT", "/tags/assets", {"tagIds": [tag], "assetIds": [photo]})
        assert ask("GET", f"/assets/{photo}")[1]["updatedAt"] == before
        server.idle()
        assert ask("GET", f"/assets/{photo}")[1]["updatedAt"] > before

    @pytest.mark.parametrize(
        "is_idle", [pytest.param(False, id="with its jobs to come"), pytest.param(True, id="read again from the file")]
    )
    def test_a_deleted_tag_comes_back_with_a_new_id(self, server, ask, is_idle):
        photos = server.add_photos(2)
        (tag,) = make_tags(ask, "Auto/sky")
        ask("PUT", "/tags/assets", {"tagIds": [tag], "assetIds": photos})
        if is_idle:
            server.idle()
        ask("DELETE", f"/tags/{tag}")
        admin = server.add_key(["all"])
        with Asking(server, admin) as ask_all:
            ask_all("POST", "/assets/jobs", {"name": "refresh-metadata", "assetIds": photos})
        assert lost(server, photos, ("Auto/sky",)) == 0
        assert tag not in {t["id"] for t in ask("GET", "/tags")[1]}


def test_maintenance_leaves_only_the_servers_own_routes(server, ask):
    server.maintenance = True
    assert ask("GET", "/server/config")[1]["maintenanceMode"]
    assert ask("GET", "/server/version")[0] == 200
    assert ask("GET", "/albums") == (404, {"message": "Cannot GET /api/albums"})


def test_a_revoked_key_is_refused(server, ask):
    server.revoke(server.key)
    assert ask("GET", "/tags") == (401, {"message": "Invalid API key"})


@pytest.mark.parametrize(
    ("version", "error"),
    [
        pytest.param("3.1.0", {"message": "Not found or no asset.read access"}, id="3: a message"),
        pytest.param(
            "2.7.5",
            {
                "message": "Not found or no asset.read access",
                "error": "Bad Request",
                "statusCode": 400,
                "correlationId": "fake0000",
            },
            id="2: with status and name",
        ),
    ],
)
def test_errors_by_version(server, ask, version, error):
    server.version = version
    assert ask("GET", "/assets/3f2504e0-4f89-41d3-9a0c-0305e82c3301") == (400, error)


@pytest.mark.parametrize(
    ("version", "found"),
    [pytest.param("2.7.5", 1, id="2: the timeline"), pytest.param("3.1.0", 3, id="3: all but locked and trashed")],
)
def test_what_a_search_without_visibility_finds(server, ask, version, found):
    server.version = version
    ids = server.add_photos(5)
    for photo, visibility in zip(ids, ("archive", "hidden", "locked"), strict=False):
        server.change_asset(photo, visibility=visibility)
    server.trash_asset(ids[3])
    assert ask("POST", "/search/statistics", {}) == (200, {"total": found})


def test_a_partners_photos_are_listed_but_not_to_be_changed(server, ask):
    bob = server.add_user("Bob")
    server.user.partners.add(bob.id)
    own, foreign = (
        server.add_photos(1)[0],
        server.add_photos([{"name": "b.jpg", "taken": datetime(2024, 1, 1, tzinfo=UTC)}], owner=bob)[0],
    )
    items = ask("POST", "/search/metadata", TIMELINE)[1]["assets"]["items"]
    assert {item["id"] for item in items} == {own, foreign}
    (tag,) = make_tags(ask, "sky")
    assert ask("PUT", "/tags/assets", {"tagIds": [tag], "assetIds": [own, foreign]})[1] == {"count": 1}


def pages(ask: Asking, size: int) -> list[str]:
    found, page = [], 1
    while page:
        assets = ask("POST", "/search/metadata", TIMELINE | {"size": size, "page": page})[1]["assets"]
        assert assets["total"] == len(assets["items"])
        found += [item["id"] for item in assets["items"]]
        page = int(assets["nextPage"] or 0)
    return found


def test_pages_of_3_1_have_every_photo_once(server, ask):
    ids = server.add_photos([{"name": f"{n}.jpg", "taken": datetime(2024, 1, 1, tzinfo=UTC)} for n in range(50)])
    assert sorted(pages(ask, 7)) == sorted(ids)


def test_pages_before_3_1_miss_photos_of_one_time(server, ask):
    server.version = "2.7.5"
    ids = server.add_photos([{"name": f"{n}.jpg", "taken": datetime(2024, 1, 1, tzinfo=UTC)} for n in range(50)])
    found = pages(ask, 7)
    assert len(found) == 50
    assert 0 < len(set(found)) < len(ids)


def test_filters_of_3_2_imply_nothing(server, ask):
    server.version = "3.2.2"
    ids = server.add_photos(4)
    server.trash_asset(ids[0])
    wish = {"filter": {"visibility": {"eq": "timeline"}}, "orderBy": {"field": "fileCreatedAt", "direction": "asc"}}
    first = ask("POST", "/search/metadata", wish | {"size": 3})[1]["assets"]
    assert [item["id"] for item in first["items"]] == ids[:3]
    rest = ask("POST", "/search/metadata", wish | {"size": 3, "cursor": first["nextCursor"]})[1]["assets"]
    assert ([item["id"] for item in rest["items"]], rest["nextCursor"]) == (ids[3:], None)
    wish["filter"]["trashedAt"] = {"eq": None}
    assert len(ask("POST", "/search/metadata", wish)[1]["assets"]["items"]) == 3
    assert ask("POST", "/search/metadata", wish | {"page": 1})[0] == 400


def test_the_dump_is_the_same_after_a_change_is_taken_back(server, ask):
    ids = server.add_photos(3)
    before = server.dump()
    _, album = ask("POST", "/albums", {"albumName": "a", "assetIds": ids})
    (tag,) = make_tags(ask, "sky")
    ask("PUT", "/tags/assets", {"tagIds": [tag], "assetIds": ids})
    assert server.dump() != before
    ask("DELETE", f"/albums/{album['id']}")
    ask("DELETE", f"/tags/{tag}/assets", {"ids": ids})
    server.idle()
    ask("DELETE", f"/tags/{tag}")
    assert server.dump() == before


def test_a_library_is_served_with_its_times_and_its_users_doings(server, ask, tmp_path):
    from fakes.small_folder import draw

    draw(tmp_path, ["a.jpg", "b.jpg"])
    (tmp_path / "user_state.json").write_text(
        '{"tags": {"a.jpg": ["dog"]}, "favourites": ["b.jpg"], "named_faces": {"Ann": [{"photo": "a.jpg",'
        ' "box": [10, 10, 50, 50]}]}, "albums": [{"name": "Trip", "photos": ["a.jpg", "b.jpg"], "cover": "a.jpg"}]}'
    )
    ids = server.add_library(tmp_path, with_user=True)
    shown = [ask("GET", f"/assets/{i}")[1] for i in ids]
    assert [s["localDateTime"] for s in shown] == ["2024-05-03T10:00:00.000Z", "2024-05-03T10:01:00.000Z"]
    assert ([t["value"] for t in shown[0]["tags"]], shown[1]["isFavorite"]) == (["dog"], True)
    assert [p["name"] for p in ask("GET", "/people")[1]["people"]] == ["Ann"]
    assert server.album("Trip").cover == ids[0]
    assert ask("GET", f"/assets/{ids[0]}/thumbnail?size=preview")[1][:2] == b"\xff\xd8"


@pytest.mark.parametrize(
    ("method", "path", "body", "complaint"),
    [
        pytest.param("POST", "/search/metadata", TIMELINE | {"size": 1000, "page": 1}, "", id="good"),
        pytest.param("PUT", "/tags", {"tags": ["sky"]}, "", id="good too"),
        pytest.param("GET", "/tags", None, "", id="nothing to say"),
        pytest.param("POST", "/search/metadata", {"size": "3"}, ".size", id="a text for a number"),
        pytest.param("POST", "/search/metadata", {"visible": "timeline"}, ".visible is unknown", id="a typing error"),
        pytest.param("PUT", "/tags", {}, "'tags' is a required", id="a field is missing"),
        pytest.param("GET", "/faces", None, "'id' is missing", id="the query is missing"),
        pytest.param("GET", "/people?sice=3", None, "'sice' is unknown", id="an unknown query"),
        pytest.param("GET", "/albumz", None, "not in the document", id="an unknown path"),
    ],
)
def test_requests_are_held_against_the_documents(server, ask, shared, method, path, body, complaint):
    contracts = shared.parent / "contracts"
    server.validate_with(*(contracts / f"immich-{v}-openapi.json" for v in ("2.7.5", "3.1.0")))
    ask(method, path, body)
    assert len(server.violations) == (2 if complaint else 0), server.violations
    assert all(complaint in violation for violation in server.violations)
