"""A client that nobody here wrote finds the fake Immich to be one: it lists photos, tags them and makes an album.

Its models are strict and describe 3.3.5: a field that is missing or of another kind stops it.
"""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest
from fakes.immich import FakeImmich
from immichpy import AsyncClient
from immichpy.client.generated.exceptions import BadRequestException, ForbiddenException
from immichpy.client.generated.models.asset_face_create_dto import AssetFaceCreateDto
from immichpy.client.generated.models.bulk_ids_dto import BulkIdsDto
from immichpy.client.generated.models.create_album_dto import CreateAlbumDto
from immichpy.client.generated.models.metadata_search_dto import MetadataSearchDto
from immichpy.client.generated.models.person_create_dto import PersonCreateDto
from immichpy.client.generated.models.tag_bulk_assets_dto import TagBulkAssetsDto
from immichpy.client.generated.models.tag_upsert_dto import TagUpsertDto
from immichpy.client.generated.models.update_album_dto import UpdateAlbumDto


async def list_photos(client: AsyncClient) -> list[UUID]:
    found, page = [], 1
    while True:
        wish = MetadataSearchDto(page=page, size=4, order="asc", visibility="timeline", withExif=True, withPeople=True)
        answer = await client.search.search_assets(wish)
        found += [photo.id for photo in answer.assets.items]
        if answer.assets.next_page is None:
            return found
        page = int(answer.assets.next_page)


async def curate(client: AsyncClient) -> tuple[list[UUID], UUID]:
    """List photos, tag all, put the first three into an album and choose its cover; return photos and album."""
    photos = await list_photos(client)
    tags = await client.tags.upsert_tags(TagUpsertDto(tags=["Auto/Beach", "Auto/Food"]))
    assert [tag.value for tag in tags] == ["Auto/Beach", "Auto/Food"]
    counted = await client.tags.bulk_tag_assets(TagBulkAssetsDto(tagIds=[t.id for t in tags], assetIds=photos))
    assert counted.count == 2 * len(photos)
    album = await client.albums.create_album(CreateAlbumDto(albumName="Beach", assetIds=photos[:2]))
    added = await client.albums.add_assets_to_album(album.id, BulkIdsDto(ids=photos[:3]))
    assert [item.success for item in added] == [False, False, True]
    await client.albums.update_album_info(album.id, UpdateAlbumDto(albumThumbnailAssetId=photos[2]))
    return photos, album.id


async def name_somebody(client: AsyncClient, photo: UUID) -> None:
    person = await client.people.create_person(PersonCreateDto(name="Ann"))
    box = {"imageWidth": 640, "imageHeight": 480, "x": 10, "y": 20, "width": 30, "height": 40}
    await client.faces.create_face(AssetFaceCreateDto(assetId=photo, personId=person.id, **box))
    (face,) = await client.faces.get_faces(photo)
    assert face.person.name == "Ann"
    assert [p.name for p in (await client.people.get_all_people()).people] == ["Ann"]


@pytest.mark.parametrize("version", ["3.1.0", "3.3.5"])
def test_it_lists_tags_and_makes_an_album(version):
    async def work(server: FakeImmich) -> tuple[list[UUID], UUID]:
        async with AsyncClient(api_key=server.key, base_url=server.url) as client:
            return await curate(client)

    with FakeImmich(version) as server:
        ids = server.add_photos(10)
        photos, album = asyncio.run(work(server))
        server.idle()
        assert [str(photo) for photo in photos] == ids
        assert {frozenset(server.tags_of(i)) for i in ids} == {frozenset({"Auto/Beach", "Auto/Food"})}
        made = server.album(str(album))
        assert (made.name, list(made.members), made.cover) == ("Beach", ids[:3], ids[2])


def test_it_reads_all_that_3_3_says_of_users_people_and_albums():
    async def work(server: FakeImmich, photo: str) -> None:
        async with AsyncClient(api_key=server.key, base_url=server.url) as client:
            await name_somebody(client, UUID(photo))
            assert (await client.users.get_my_user()).name == "Admin"
            assert not (await client.users.get_my_preferences()).tags.enabled
            assert (await client.server.get_server_version()).minor == 3
            assert [a.album_name for a in await client.albums.get_all_albums(is_owned=True)] == ["Mine"]
            whole = await client.assets.get_asset_info(UUID(photo))
            assert [t.value for t in whole.tags] == ["sky"]
            assert [p.name for p in whole.people] == ["Ann"]
            assert [len(s.assets) for s in await client.stacks.search_stacks()] == [2]
            assert [s.type for s in await client.shared_links.get_all_shared_links()] == ["INDIVIDUAL"]
            assert [m.is_saved for m in await client.memories.search_memories(is_saved=True)] == [True]

    with FakeImmich("3.3.5") as server:
        ids = server.add_photos(3)
        server.add_album("Mine", ids)
        server.tag("sky", ids[0])
        server.stack(ids[1:])
        server.share_link(ids[0])
        server.save_memory(ids[0])
        asyncio.run(work(server, ids[0]))


def test_it_is_refused_as_by_the_real_one():
    async def work(server: FakeImmich, key: str) -> None:
        async with AsyncClient(api_key=key, base_url=server.url) as client:
            with pytest.raises(ForbiddenException, match=r"Missing required permission: tag\.create"):
                await client.tags.upsert_tags(TagUpsertDto(tags=["sky"]))
            with pytest.raises(BadRequestException, match=r"Not found or no asset\.read access"):
                await client.assets.get_asset_info(UUID("3f2504e0-4f89-41d3-9a0c-0305e82c3301"))

    with FakeImmich("3.3.5") as server:
        asyncio.run(work(server, server.add_key(["asset.read"])))
