"""The ledger comes back as it was saved, whatever the names and states."""

from __future__ import annotations

from typing import get_args

from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from plugins.publishing.ledger import (
    AlbumState,
    CoverState,
    FaceState,
    Ledger,
    LedgerAlbum,
    LedgerCover,
    LedgerFace,
    LedgerPerson,
    LedgerPoster,
    Membership,
    PersonState,
    PosterState,
    TagState,
)
from plugins.store import Store

NAMES = st.text(st.characters(codec=None, categories=None), max_size=12)
ALBUMS = st.builds(
    LedgerAlbum,
    key=NAMES,
    kind=st.sampled_from(["event", "trip", "pile"]),
    gallery_id=NAMES,
    state=st.sampled_from(get_args(AlbumState)),
    title=NAMES,
    description=NAMES,
    cover=st.none() | NAMES,
    user_title=st.booleans(),
    user_description=st.booleans(),
    user_cover=st.booleans(),
    members=st.dictionaries(NAMES, st.sampled_from(get_args(Membership)), max_size=6),
)
TAGS = st.dictionaries(st.tuples(NAMES, NAMES), st.sampled_from(get_args(TagState)), max_size=6)
PEOPLE = st.builds(LedgerPerson, NAMES, NAMES, NAMES, st.sampled_from(get_args(PersonState)))
SHARES = st.floats(0, 1)
FACES = st.builds(
    LedgerFace, st.sampled_from(get_args(FaceState)), st.none() | st.tuples(SHARES, SHARES, SHARES, SHARES)
)
LEDGERS = st.builds(
    Ledger,
    albums=st.lists(ALBUMS, max_size=4).map(lambda albums: {album.key: album for album in albums}),
    tags=TAGS,
    people=st.lists(PEOPLE, max_size=4).map(lambda people: {person.key: person for person in people}),
    faces=st.dictionaries(st.tuples(NAMES, NAMES), FACES, max_size=6),
    posters=st.dictionaries(NAMES, st.builds(LedgerPoster, st.sampled_from(get_args(PosterState)), SHARES), max_size=4),
    covers=st.dictionaries(NAMES, st.builds(LedgerCover, st.sampled_from(get_args(CoverState)), NAMES), max_size=4),
)


def test_an_unknown_library_has_an_empty_ledger(store: Store) -> None:
    assert store.ledger.load("a") == Ledger()


@hypothesis_settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=LEDGERS, after=LEDGERS)
def test_round_trip_over_whatever_was_there(before: Ledger, after: Ledger, store: Store) -> None:
    for ledger in (before, after):
        with store.transaction():
            known = store.ledger.load("a")
            for key in known.albums.keys() - ledger.albums.keys():
                store.ledger.remove_album("a", key)
            store.ledger.save_albums("a", ledger.albums.values())
            store.ledger.save_tags("a", {**dict.fromkeys(known.tags), **ledger.tags})
            store.ledger.save_people("a", {**dict.fromkeys(known.people), **ledger.people})
            store.ledger.save_faces("a", {**dict.fromkeys(known.faces), **ledger.faces})
            store.ledger.save_posters("a", {**dict.fromkeys(known.posters), **ledger.posters})
            store.ledger.save_covers("a", {**dict.fromkeys(known.covers), **ledger.covers})
        assert store.ledger.load("a") == ledger


def test_saving_one_album_leaves_the_others_and_other_libraries(store: Store) -> None:
    one = LedgerAlbum("1", "event", members={"p": "ours", "q": "user"})
    two = LedgerAlbum("2", "event", members={"p": "removed"})
    store.ledger.save_albums("a", [one, two])
    store.ledger.save_albums("b", [one])
    changed = LedgerAlbum("1", "event", state="deleted", members={"q": "removed"})
    store.ledger.save_albums("a", [changed])
    assert store.ledger.load("a").albums == {"1": changed, "2": two}
    store.ledger.remove_album("a", "1")
    assert store.ledger.load("a").albums == {"2": two}
    assert store.ledger.load("b").albums == {"1": one}


def test_a_large_album(store: Store) -> None:
    album = LedgerAlbum("1", "trip", members={f"p{n}": "ours" for n in range(5000)})
    store.ledger.save_albums("a", [album])
    fewer = LedgerAlbum("1", "trip", members={f"p{n}": "ours" for n in range(2500, 5001)})
    store.ledger.save_albums("a", [fewer])
    assert store.ledger.load("a").albums == {"1": fewer}


def test_tags_one_by_one(store: Store) -> None:
    store.ledger.save_tags("a", {("p", "Lisbon"): "ours", ("q", "Lisbon"): "user"})
    store.ledger.save_tags("a", {("p", "Lisbon"): "rejected", ("q", "Lisbon"): None, ("r", "x"): None})
    assert store.ledger.load("a").tags == {("p", "Lisbon"): "rejected"}


def test_people_and_their_faces_one_by_one(store: Store) -> None:
    anna, face = LedgerPerson("person-1", "id-1", "Anna", "theirs"), LedgerFace("ours", (0.25, 0.5, 0.75, 1.0))
    store.ledger.save_people("a", {"person-1": anna, "person-2": LedgerPerson("person-2")})
    store.ledger.save_faces("a", {("f", "person-1"): face, ("g", "id-9"): LedgerFace("removed")})
    store.ledger.save_people("a", {"person-2": None})
    store.ledger.save_faces("a", {("g", "id-9"): None, ("f", "id-9"): None})
    assert store.ledger.load("a") == Ledger(people={"person-1": anna}, faces={("f", "person-1"): face})
    assert store.ledger.load("b") == Ledger()
