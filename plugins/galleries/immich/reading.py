"""Reading one account of an Immich: who it is, which version answers, tags, albums with members, people, stacks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from plugins.galleries import PhotoGone
from plugins.galleries.http.answers import Forbidden
from plugins.galleries.immich.client import Client
from plugins.galleries.immich.known import Known
from plugins.galleries.immich.marker import split_marker
from plugins.galleries.immich.our_people import users_name
from plugins.galleries.immich.paging import PAGE, SEEN, Pages
from plugins.galleries.immich.parsing import (
    AlbumPart,
    HitPart,
    PeoplePart,
    PersonPart,
    StackPart,
    UserPart,
    VersionPart,
    read,
)
from plugins.galleries.immich.tag_reading import TagReader
from plugins.galleries.immich.versions import Version, Ways, ways_of
from plugins.galleries.server.our_people import OurPerson
from plugins.records import Account, Album, Marker, Person


class Reader:
    """Reads what is not a photo. Who and which version is asked once; tags are kept until `forget`."""

    def __init__(self, client: Client, known: Known) -> None:
        self._client = client
        self._known = known
        self._ways: Ways | None = None
        self._user: UserPart | None = None
        self._listed: dict[str, AlbumPart] = {}
        self.pages = Pages(client, self.ways)
        self.tags = TagReader(client, self.pages, known)

    def forget(self) -> None:
        """Ask anew from now on for what is kept while a library is read."""
        self.tags.forget()
        self._listed = {}

    def ways(self) -> Ways:
        """Return how the server's version is talked to.

        Raises:
            GalleryRefused: it is too old.
        """
        if self._ways is None:
            found = read(VersionPart, self._client.get("/server/version"), "GET /server/version")
            self._ways = ways_of(Version(found.major, found.minor, found.patch))
        return self._ways

    def user(self) -> UserPart:
        """Return whose key it is.

        Raises:
            GalleryRefused: the runs before this one were another user's.
        """
        if self._user is None:
            found = read(UserPart, self._client.get("/users/me"), "GET /users/me")
            self._known.keep_account(found.id)
            self._user = found
        return self._user

    def account(self) -> Account:
        """Say whose library this is, and which version holds it."""
        version, user = self.ways().version, self.user()
        return Account(user.id, user.name or user.email, f"immich {version}")

    def albums(self) -> list[Album]:
        """Return the user's own albums, ours among them; those that others share with the user are not.

        Of several albums with one marker, as two Albumens make them, the oldest is ours; the others show none.
        """
        own = self.own_albums()
        first: dict[Marker | None, str] = {}
        for album in sorted(own, key=lambda album: (album.createdAt, album.id)):
            first.setdefault(split_marker(album.description)[1], album.id)
        found = [_album(album) for album in own]
        return [album if first[album.marker] == album.id else replace(album, marker=None) for album in found]

    def own_albums(self) -> list[AlbumPart]:
        """Return the user's own albums as the server shows them."""
        found = read(list[AlbumPart], self._client.get("/albums", self.ways().own_albums), "GET /albums")
        own = [album for album in found if self.user().id in album.owners]
        self._listed = {album.id: album for album in own}
        return own

    def members(self, album: str) -> list[str]:
        """Return the photos of an album, others' among them, in the order in which the gallery shows them.

        Raises:
            PhotoGone: there is no such album.
        """
        listed = self._listed.get(album) or self._album(album)
        hits = self.pages.whole({"albumIds": [album]}, listed.assetCount)
        found = [hit.id for hit in hits if hit.visibility in SEEN]
        return found if listed.order == "asc" else found[::-1]

    def _album(self, album: str) -> AlbumPart:
        return read(AlbumPart, self._client.get(f"/albums/{album}", self.ways().bare_album), "GET /albums/{id}")

    def hits(self, album: str) -> list[HitPart]:
        """Return the members of an album with their times, oldest first."""
        return self.pages.whole({"albumIds": [album]})

    def people(self, ours: Iterable[OurPerson]) -> list[Person]:
        """Return everybody: those whom the server shows, those on photos of the last sweep, and ours who are there.

        The server keeps back unnamed people with few faces and those in archived photos alone. One of ours who has
        never had a face is there for as long as we want it: the server may clear such people away, then it is made
        anew.
        """
        listed = [person for page in self._people() for person in page.people]
        self._known.keep_people({person.id: (users_name(person.name), person.isHidden) for person in listed})
        names, there = self._known.people(), [person.id for person in listed]
        there += sorted(self._known.everybody().difference(there))
        found = {person: Person(person, *names.get(person, ("", False))) for person in there}
        for one in ours:
            if one.id not in found and (person := self._one(one)):
                found[one.id] = person
        return list(found.values())

    def _one(self, ours: OurPerson) -> Person | None:
        if not ours.had_face:
            return Person(ours.id, ours.name)
        try:
            found = read(PersonPart, self._client.get(f"/people/{ours.id}"), "GET /people/{id}")
        except PhotoGone:
            return None
        return Person(found.id, found.name, found.isHidden)

    def _people(self) -> Iterator[PeoplePart]:
        page, more = 1, True
        while more:
            answer = self._client.get("/people", {"withHidden": True, "page": page, "size": PAGE})
            found = read(PeoplePart, answer, "GET /people")
            yield found
            page, more = page + 1, found.hasNextPage and bool(found.people)

    def beneath(self) -> frozenset[str]:
        """Return the photos that the timeline hides behind the first of their stack; none if the key may not say."""
        try:
            stacks = read(list[StackPart], self._client.get("/stacks"), "GET /stacks")
        except Forbidden:
            return frozenset()
        return frozenset(asset.id for stack in stacks for asset in stack.assets if asset.id != stack.primaryAssetId)


def _album(album: AlbumPart) -> Album:
    text, marker = split_marker(album.description)
    return Album(album.id, album.albumName, text, album.albumThumbnailAssetId, marker)


def chosen_cover(album: AlbumPart, members: Sequence[HitPart]) -> str | None:
    """Return the cover that the user chose for an album, as far as that shows.

    Nobody says who chose it: a new album shows its first or its newest photo, so those two say nothing.
    """
    cover = album.albumThumbnailAssetId
    own = [hit.id for hit in members]
    return cover if cover in own[1:-1] else None
