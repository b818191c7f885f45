"""The plan: the three-way difference of what is wanted, what we last published, and the gallery now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from plugins.changes import (
    AddMembers,
    AddTags,
    Change,
    CreateAlbum,
    DeleteAlbum,
    DescribeAlbum,
    RemoveMembers,
    RemoveTags,
    RenameAlbum,
    SetCover,
)
from plugins.galleries import Capabilities
from plugins.publishing.identity import Suppressed, match, noting_kept_out
from plugins.publishing.ledger import Ledger, LedgerAlbum
from plugins.publishing.now import GalleryNow
from plugins.publishing.observe import Observation
from plugins.publishing.wanted import Wanted, WantedAlbum

CHUNK = 500  # photos in one change: what the galleries take in one call


@dataclass(frozen=True, slots=True)
class Plan:
    """The writes that would bring the gallery to the wanted state, in order, and what was left alone and why."""

    changes: tuple[Change, ...] = ()
    observations: tuple[Observation, ...] = ()
    suppressed: tuple[Suppressed, ...] = ()
    kept: tuple[LedgerAlbum, ...] = ()
    blocked: str = ""


def make_plan(
    wanted: Wanted,
    ledger: Ledger,
    now: GalleryNow,
    capabilities: Capabilities,
    observations: Sequence[Observation] = (),
) -> Plan:
    """Return the plan; `ledger` must have observed `now` before.

    Albums come newest first, each whole before the next; nothing is planned that the gallery cannot do, and nothing
    at all while we find albums of ours without remembering what the user did to them.
    """
    if ledger.lost:
        n_found = sum(album.state == "readonly" for album in ledger.albums.values())
        blocked = (
            f"{n_found} albums carry our marker, but the store does not remember them: "
            "they are left as they are until `albumen adopt` takes them over"
        )
        return Plan(observations=tuple(observations), blocked=blocked)
    matched, suppressed = match(wanted.albums, ledger)
    keys = {album.key for album in matched} | {key for s in suppressed for key in s.left}
    unwanted = [a for a in ledger.albums.values() if a.state == "live" and a.key not in keys]
    changes = [change for album in matched for change in _album(album, ledger.albums.get(album.key), now)]
    changes += [change for album in unwanted if not album.touched for change in take_away(album, now)]
    if wanted.tags is not None:
        changes += _tags(wanted.tags, ledger, now)
    return Plan(
        changes=tuple(noting_kept_out((c for c in changes if _possible(c, capabilities)), ledger)),
        observations=tuple(observations),
        suppressed=tuple(suppressed),
        kept=tuple(album for album in unwanted if album.touched),
    )


def _possible(change: Change, can: Capabilities) -> bool:
    if isinstance(change, SetCover):
        return can.covers
    if isinstance(change, AddTags | RemoveTags):
        return can.tags
    return can.albums


def _album(wanted: WantedAlbum, known: LedgerAlbum | None, now: GalleryNow) -> Iterator[Change]:
    if known is None or known.state == "retired":
        yield CreateAlbum(wanted.key, wanted.kind, wanted.title, wanted.description)
        # The kind of album and all words are as wanted; what follows is the same for old and new albums.
        known = LedgerAlbum(
            wanted.key,
            wanted.kind,
            title=wanted.title,
            description=wanted.description,
            members=known.members if known else {},
        )
    if not known.user_title and known.title != wanted.title:
        yield RenameAlbum(wanted.key, wanted.title, was=known.title)
    if not known.user_description and known.description != wanted.description:
        yield DescribeAlbum(wanted.key, wanted.description, was=known.description)
    yield from _members(wanted, known, now)


def _members(wanted: WantedAlbum, known: LedgerAlbum, now: GalleryNow) -> Iterator[Change]:
    """Yield additions, then the cover (which must be a member), then removals; the user's cover is never removed."""
    add = [p for p in wanted.photos if p not in known.members and p in now.photos]
    remove = known.photos("ours") - set(wanted.photos) - ({known.cover} if known.user_cover else set())
    yield from (AddMembers(wanted.key, chunk) for chunk in chunks(add))
    inside = (known.photos("ours", "user") | set(add)) - remove
    cover = wanted.cover if wanted.cover in inside else known.cover if known.cover not in remove else None
    if not known.user_cover and cover != known.cover:
        yield SetCover(wanted.key, cover, was=known.cover)  # also when it only goes: undo brings it back
    yield from (RemoveMembers(wanted.key, chunk) for chunk in chunks(sorted(remove & now.photos)))


def take_away(album: LedgerAlbum, now: GalleryNow) -> Iterator[Change]:
    """Yield the changes that delete an album of ours, so that their inverses in reverse order bring it back whole."""
    if album.cover is not None:
        yield SetCover(album.key, None, was=album.cover)
    for chunk in chunks(sorted(album.photos("ours") & now.photos)):
        yield RemoveMembers(album.key, chunk)
    yield DeleteAlbum(album.key, album.kind, album.title, album.description)


def _tags(wanted: frozenset[tuple[str, str]], ledger: Ledger, now: GalleryNow) -> Iterator[Change]:
    """Yield tag changes; a tag that somebody else set is not ours, and one that the user took off stays off."""
    add = [(t, p) for p, t in wanted if (p, t) not in ledger.tags and p in now.photos and not now.carries(p, t)]
    ours = [key for key, state in ledger.tags.items() if state == "ours"]
    remove = [(t, p) for p, t in ours if (p, t) not in wanted and p in now.photos]
    for tag, photos in by_tag(add):
        yield from (AddTags(tag, chunk) for chunk in chunks(photos))
    for tag, photos in by_tag(remove):
        yield from (RemoveTags(tag, chunk) for chunk in chunks(photos))


def by_tag(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, list[str]]]:
    """Group (tag, photo) pairs: each tag with its photos, both sorted."""
    grouped: dict[str, list[str]] = {}
    for tag, photo in sorted(pairs):
        grouped.setdefault(tag, []).append(photo)
    return list(grouped.items())


def chunks(photos: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Cut a list of photos into pieces of at most `CHUNK`."""
    return (tuple(photos[i : i + CHUNK]) for i in range(0, len(photos), CHUNK))


class GuardStopped(RuntimeError):
    """A plan would take away too much of what we own: look at it, then force it or mend the cause."""


def check_guard(changes: Sequence[Change], ledger: Ledger, share: float = 0.2, count: int = 20) -> None:
    """Stop a plan that takes away more than `count` things and more than `share` of what we own.

    Albums, members and tags of ours are counted alike, one each; a member that leaves with its album counts once.

    Raises:
        GuardStopped: the plan is beyond both bounds.
    """
    taken = {(c.key, "") for c in changes if isinstance(c, DeleteAlbum)}
    taken |= {(c.key, p) for c in changes if isinstance(c, RemoveMembers) for p in c.photos}
    taken |= {(c.tag, p) for c in changes if isinstance(c, RemoveTags) for p in c.photos}
    owned = sum(1 + len(a.photos("ours")) for a in ledger.albums.values() if a.state == "live")
    owned += sum(state == "ours" for state in ledger.tags.values())
    if len(taken) > count and len(taken) > share * owned:
        raise GuardStopped(
            f"the plan would take away {len(taken)} of the {owned} albums, members and tags that are ours; "
            "nothing was written. Look at `albumen plan`; if it is right, apply again with --force"
        )
