"""The plan: the three-way difference of what is wanted, what we last published, and the gallery now."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import partial

from plugins.changes import (
    AddMembers,
    AddTags,
    AssignFace,
    Change,
    CreateAlbum,
    DeleteAlbum,
    DescribeAlbum,
    PersonChange,
    RegionChange,
    RemoveMembers,
    RemovePerson,
    RemoveRegion,
    RemoveTags,
    RenameAlbum,
    SetAlbumCover,
    SetCover,
    SetPoster,
    UnassignFace,
)
from plugins.chunking import chunks
from plugins.galleries import Capabilities
from plugins.publishing.asked_covers import pick_of, plan_covers
from plugins.publishing.identity import Suppressed, match, noting_kept_out
from plugins.publishing.ledger import Ledger, LedgerAlbum
from plugins.publishing.now import GalleryNow
from plugins.publishing.observe import Observation
from plugins.publishing.people_plan import plan_people
from plugins.publishing.posters import plan_posters
from plugins.publishing.regions import plan_regions
from plugins.publishing.settle import created, tag_pairs
from plugins.publishing.wanted import Wanted, WantedAlbum
from plugins.tag_changes import tag_changes


@dataclass(frozen=True, slots=True)
class Plan:
    """The writes that would bring the gallery to the wanted state, in order, and what was left alone and why.

    `nameless` are the people, by our key, who wait for a name, as the gallery holds nobody without one.
    """

    changes: tuple[Change, ...] = ()
    observations: tuple[Observation, ...] = ()
    suppressed: tuple[Suppressed, ...] = ()
    kept: tuple[LedgerAlbum, ...] = ()
    blocked: str = ""
    nameless: frozenset[str] = frozenset()


def make_plan(
    wanted: Wanted,
    ledger: Ledger,
    now: GalleryNow,
    capabilities: Capabilities,
    observations: Sequence[Observation] = (),
) -> Plan:
    """Return the plan; `ledger` must have observed `now` before.

    Albums come newest first, each whole before the next, then tags with regions, covers of the user's own albums,
    pictures of videos, and people. Nothing is planned that
    the gallery cannot do, and nothing at all while we find albums of ours without a memory of what the user did to
    them.
    """
    if ledger.lost:
        found = {
            "albums": sum(album.state == "readonly" for album in ledger.albums.values()),
            "pictures of videos": sum(poster.state == "readonly" for poster in ledger.posters.values()),
        }
        blocked = (
            f"{' and '.join(f'{n} {what}' for what, n in found.items() if n)} carry our marker, but the store does not "
            "remember them: they are left as they are until `albumen adopt` takes them over"
        )
        return Plan(observations=tuple(observations), blocked=blocked)
    matched, suppressed = match(wanted.albums, ledger)
    keys = {album.key for album in matched} | {key for s in suppressed for key in s.left}
    unwanted = [a for a in ledger.albums.values() if a.state == "live" and a.key not in keys]
    most = capabilities.member_photos
    picked = {photo: n for n, photo in enumerate(wanted.picks)}
    changes = [change for album in matched for change in _album(album, ledger, now, most, picked)]
    changes += [change for album in unwanted if not album.touched for change in take_away(album, now, most)]
    regions = () if wanted.regions is None else tuple(plan_regions(wanted.regions, wanted.tags, ledger, now))
    changes += [change for change in regions if isinstance(change, RemoveRegion)]  # a kill leaves none without its tag
    if wanted.tags is not None:
        changes += _tags(wanted.tags, ledger, now, capabilities.tag_photos)
    changes += [change for change in regions if not isinstance(change, RemoveRegion)]
    changes += plan_covers(wanted.covers or {}, ledger, now)
    changes += () if wanted.posters is None else plan_posters(wanted.posters, ledger, now)
    nameless = frozenset[str]()
    if wanted.people is not None:
        people, nameless = plan_people(wanted.people, ledger, now.people, capabilities.unnamed_people)
        changes += people
    return Plan(
        changes=tuple(noting_kept_out((c for c in changes if _possible(c, capabilities)), ledger)),
        observations=tuple(observations),
        suppressed=tuple(suppressed),
        kept=tuple(album for album in unwanted if album.touched),
        nameless=nameless if capabilities.people else frozenset(),
    )


def _possible(change: Change, can: Capabilities) -> bool:
    if isinstance(change, SetCover | SetAlbumCover):
        return can.covers
    if isinstance(change, SetPoster):
        return can.posters
    if isinstance(change, AddTags | RemoveTags):
        return can.tags
    if isinstance(change, PersonChange):
        return can.people
    if isinstance(change, RegionChange):
        return can.draws_regions
    return can.albums


def _album(
    wanted: WantedAlbum, ledger: Ledger, now: GalleryNow, most: int, picks: Mapping[str, int]
) -> Iterator[Change]:
    known = ledger.albums.get(wanted.key)
    if known is None or known.state == "retired":
        removed = known.photos("removed") if known else frozenset()
        first = tuple(p for p in wanted.photos if p not in removed and p in now.photos)[:most]
        made = CreateAlbum(wanted.key, wanted.kind, wanted.title, wanted.description, first)
        yield made
        known = created(made, known)  # as wanted so far; what follows is the same for old and new albums
    if not known.user_title and known.title != wanted.title:
        yield RenameAlbum(wanted.key, wanted.title, was=known.title)
    if not known.user_description and known.description != wanted.description:
        yield DescribeAlbum(wanted.key, wanted.description, was=known.description)
    own = {} if wanted.kind == "pile" else picks  # a pile has photos of an event, and is another album
    yield from _members(wanted, known, now, most, partial(pick_of, picked=own, ledger=ledger))


def _members(
    wanted: WantedAlbum, known: LedgerAlbum, now: GalleryNow, most: int, picked: Callable[[Set[str]], str | None]
) -> Iterator[Change]:
    """Yield additions, then the cover (which must be a member), then removals; the user's cover is never removed."""
    add = [p for p in wanted.photos if p not in known.members and p in now.photos]
    remove = known.photos("ours") - set(wanted.photos) - ({known.cover} if known.user_cover else set())
    yield from (AddMembers(wanted.key, tuple(chunk)) for chunk in chunks(add, most))
    inside = (known.photos("ours", "user") | set(add)) - remove
    # What a gallery picks when a cover goes reads like the user's choice, so that one is chosen here.
    stand_in = next((p for p in wanted.photos if p in inside), None) if now.picks_covers else None
    cover = wanted.cover if wanted.cover in inside else known.cover if known.cover not in remove else stand_in
    if pick := picked(inside):
        yield SetCover(wanted.key, pick, was=known.cover, theirs=True, was_theirs=known.user_cover)
    elif not known.user_cover and cover != known.cover:
        yield SetCover(wanted.key, cover, was=known.cover)  # also when it only goes: undo brings it back
    yield from (RemoveMembers(wanted.key, tuple(chunk)) for chunk in chunks(sorted(remove & now.photos), most))


def take_away(album: LedgerAlbum, now: GalleryNow, most: int) -> Iterator[Change]:
    """Yield the changes that delete an album of ours, so that their inverses in reverse order bring it back whole."""
    if album.cover is not None:
        yield SetCover(album.key, None, was=album.cover)
    for chunk in chunks(sorted(album.photos("ours") & now.photos), most):
        yield RemoveMembers(album.key, tuple(chunk))
    yield DeleteAlbum(album.key, album.kind, album.title, album.description)


def _tags(wanted: frozenset[tuple[str, str]], ledger: Ledger, now: GalleryNow, most: int) -> Iterator[Change]:
    """Yield tag changes; a tag that somebody else set is not ours, and one that the user took off stays off."""
    add = [(p, t) for p, t in wanted if (p, t) not in ledger.tags and p in now.photos and not now.carries(p, t)]
    ours = [key for key, state in ledger.tags.items() if state == "ours"]
    yield from tag_changes(AddTags, add, most)
    yield from tag_changes(RemoveTags, [(p, t) for p, t in ours if (p, t) not in wanted and p in now.photos], most)


class GuardStopped(RuntimeError):
    """A plan would take away too much of what we own: look at it, then force it or mend the cause."""


def check_guard(changes: Sequence[Change], ledger: Ledger, share: float = 0.2, count: int = 20) -> None:
    """Stop a plan that takes away more than `count` things and more than `share` of what we own.

    Albums, members, tags, regions, people, faces and pictures of videos that are ours are counted alike, one each; a
    member that leaves with its album counts once.

    Raises:
        GuardStopped: the plan is beyond both bounds.
    """
    taken = {(c.key, "") for c in changes if isinstance(c, DeleteAlbum)}
    taken |= {(c.key, p) for c in changes if isinstance(c, RemoveMembers | DeleteAlbum) for p in c.photos}
    taken |= {pair for c in changes if isinstance(c, RemoveTags) for pair in tag_pairs(c)}
    regions = {(c.photo, f"{c.tag} region") for c in changes if isinstance(c, RemoveRegion)}
    taken |= regions
    taken |= {pair for c in changes if (pair := _taken_face(c)) and pair in ledger.faces}
    taken |= {(c.key, "person") for c in changes if isinstance(c, RemovePerson)}
    posters = {p for p, poster in ledger.posters.items() if poster.state == "ours"}  # not "away": that of a lost video
    gone = {c.photo for c in changes if isinstance(c, SetPoster) and c.at_s is None}
    taken |= {(video, "poster") for video in gone & posters}
    owned = sum(1 + len(a.photos("ours")) for a in ledger.albums.values() if a.state == "live")
    owned += len(regions) + len(posters)
    owned += sum(state == "ours" for state in ledger.tags.values())
    owned += sum(person.state == "live" for person in ledger.people.values())
    owned += sum(kept.state == "ours" for kept in ledger.faces.values())
    if len(taken) > count and len(taken) > share * owned:
        raise GuardStopped(
            f"the plan would take away {len(taken)} of the {owned} albums, members, tags, people and faces, and "
            "pictures of videos, that are ours; nothing was written. Look at `albumen plan`; if it is right, apply "
            "again with --force"
        )


def _taken_face(change: Change) -> tuple[str, str] | None:
    """Return the face that a change takes away, and from whom."""
    if isinstance(change, UnassignFace):
        return change.face, change.person
    return (change.face, change.was) if isinstance(change, AssignFace) and change.was else None
