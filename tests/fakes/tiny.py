"""A gallery that fits in a dictionary, with a user who edits it: for tests of the merge, not of any server."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from fakes.tiny_people import TinyPeople

from plugins.changes import (
    AddMembers,
    AddTags,
    Change,
    CreateAlbum,
    DeleteAlbum,
    DescribeAlbum,
    DrawRegion,
    Outcome,
    PersonChange,
    RegionChange,
    RemoveMembers,
    RemoveTags,
    RenameAlbum,
    SetAlbumCover,
    SetCover,
    SetPoster,
)
from plugins.galleries import Capabilities, Poster, TextKind
from plugins.publishing.apply import Entry, Made
from plugins.publishing.ledger import (
    Ledger,
    LedgerAlbum,
    LedgerCover,
    LedgerFace,
    LedgerPerson,
    LedgerPoster,
    TagState,
    Touched,
)
from plugins.publishing.people_settle import given_along, taken_off_again
from plugins.records import Album, Box, Marker, Photo, Signals

START = datetime(2024, 5, 3, 10, tzinfo=UTC)


def photo(n: int, **fields: object) -> Photo:
    taken = START + timedelta(minutes=n)
    made = Photo(f"p{n:02}", f"p{n:02}.jpg", taken, taken.replace(tzinfo=None), f"key{n}")
    return replace(made, **fields)  # type: ignore[arg-type]


@dataclass
class TinyGallery(TinyPeople):
    """Albums by id with their members, tags by photo (ours and the user's apart), and people with faces."""

    shots: dict[str, Photo] = field(default_factory=dict)
    shown: dict[str, Album] = field(default_factory=dict)
    inside: dict[str, list[str]] = field(default_factory=dict)
    our_tags: set[tuple[str, str]] = field(default_factory=set)
    user_tags: set[tuple[str, str]] = field(default_factory=set)
    drawn: dict[tuple[str, str], Box | None] = field(default_factory=dict)
    beside: dict[str, Poster] = field(default_factory=dict)
    chosen: dict[str, str] = field(default_factory=dict)
    let_go: dict[str, set[str]] = field(default_factory=dict)
    """Photos that the gallery itself took out of an album."""
    made: int = 0
    capabilities: Capabilities = field(
        default_factory=lambda: Capabilities(people=True, draws_regions=True, posters=True)
    )

    def photos(self) -> Iterator[Photo]:
        for shot in self.shots.values():
            yield replace(shot, tags=tuple(sorted(t for p, t in self.user_tags if p == shot.id)))

    def albums(self) -> Sequence[Album]:
        return tuple(self.shown.values())

    def members(self, album: str) -> Sequence[str]:
        return tuple(p for p in self.inside[album] if p in self.shots)

    def tagged(self, tag: str) -> Sequence[str]:
        return sorted(p for p, t in self.our_tags | self.user_tags if t == tag)

    def tag_regions(self) -> Mapping[tuple[str, str], Box | None]:
        return {pair: box for pair, box in self.drawn.items() if pair[0] in self.shots}

    def posters(self, gone: Iterable[str] = ()) -> Mapping[str, Poster]:
        there = {*self.shots, *(video for video in gone if (p := self.beside.get(video)) and p.at_s is not None)}
        return {video: poster for video, poster in self.beside.items() if video in there}

    def dropped(self, album: str) -> frozenset[str]:
        return frozenset(self.let_go.get(album, ()))

    def drop(self, album: str, photo: str) -> None:
        """Take a photo out of an album without anybody's will, as where hidden photos lose what they were in."""
        self.inside[album].remove(photo)
        self.let_go.setdefault(album, set()).add(photo)

    def as_kept(self, kind: TextKind, text: str) -> str:
        return text

    def signals(self) -> Signals:
        """Return the covers that the user chose; one that was set as they asked counts as theirs."""
        return Signals(covers=tuple(self.chosen.items()))

    def _put_poster(self, change: SetPoster) -> Outcome:
        found = self.beside.get(change.photo)
        if change.at_s is None:
            ours = found is not None and found.at_s is not None
            if ours:
                del self.beside[change.photo]
            return Outcome("done" if ours else "already")
        if change.photo not in self.shots:
            return Outcome("gone")
        if found is not None and found.at_s is None:
            return Outcome("refused", "the user's own")
        if change.was is not None and found is None:
            return Outcome("refused", "the user has taken it away")
        self.beside[change.photo] = Poster(change.at_s)
        return Outcome("already" if found == Poster(change.at_s) else "done")

    def _show_theirs(self, change: SetAlbumCover) -> Outcome:
        album = self.shown.get(change.album)
        if album is None:
            return Outcome("gone")
        if album.cover == change.photo:
            return Outcome("already")
        if album.cover != change.was or (change.photo and change.photo not in self.members(album.id)):
            return Outcome("refused", "the user has chosen another")
        self.shown[album.id] = replace(album, cover=change.photo)
        return Outcome("done")

    def _change_region(self, change: RegionChange) -> Outcome:
        pair = change.photo, change.tag
        if isinstance(change, DrawRegion):
            self.drawn[pair] = change.box
        elif change.for_good and pair in self.drawn:
            self.drawn[pair] = None
        else:
            self.drawn.pop(pair, None)
        return Outcome("done")

    def apply(self, change: Change) -> Outcome:
        if isinstance(change, AddTags | RemoveTags):
            pairs = {(p, t) for p in change.photos for t in change.tags}
            self.our_tags = self.our_tags | pairs if isinstance(change, AddTags) else self.our_tags - pairs
            return Outcome("done")
        if isinstance(change, PersonChange):
            return self.change_people(change)
        if isinstance(change, RegionChange):
            return self._change_region(change)
        if isinstance(change, SetPoster):
            return self._put_poster(change)
        if isinstance(change, SetAlbumCover):
            return self._show_theirs(change)
        found = self.ours(change.key)  # type: ignore[union-attr]
        if isinstance(change, CreateAlbum):
            outcome = Outcome("already", gallery_id=found.id) if found else self._create(change)
            self._put_in(outcome.gallery_id, change.photos)
            return outcome
        if found is None:
            return Outcome("already" if isinstance(change, DeleteAlbum) else "gone")
        return self._edit(change, found)

    def _create(self, change: CreateAlbum) -> Outcome:
        self.made += 1
        name = f"album{self.made}"
        self.shown[name] = Album(name, change.title, change.description, None, Marker(change.kind, change.key))
        self.inside[name] = []
        return Outcome("done", gallery_id=name)

    def _put_in(self, album: str, photos: Sequence[str]) -> None:
        self.inside[album] += [p for p in photos if p not in self.inside[album] and p in self.shots]

    def digested(self, changes: Sequence[Change]) -> Sequence[Outcome]:
        return [self.apply(change) for change in changes]

    def _edit(self, change: Change, album: Album) -> Outcome:
        match change:
            case DeleteAlbum():
                if set(self.members(album.id)) - set(change.photos):
                    return Outcome("refused", "not empty")
                self.delete(album.id)
            case RenameAlbum(title=title):
                self.shown[album.id] = replace(album, title=title)
            case DescribeAlbum(description=text):
                self.shown[album.id] = replace(album, description=text)
            case AddMembers(photos=photos):
                self._put_in(album.id, photos)
            case RemoveMembers(photos=photos):
                self.take_out(album.id, *photos)
            case SetCover(photo=cover):
                if cover is not None and cover not in self.members(album.id):
                    return Outcome("refused", "not a member")
                self.shown[album.id] = replace(album, cover=cover)
        return Outcome("done")

    def ours(self, key: str) -> Album | None:
        return next((a for a in self.shown.values() if a.marker and a.marker.key == key), None)

    # What a user does by hand.
    def take_out(self, album: str, *photos: str) -> None:
        self.inside[album] = [p for p in self.inside[album] if p not in photos]
        if self.shown[album].cover in photos:
            self.shown[album] = replace(self.shown[album], cover=None)

    def delete(self, album: str) -> None:
        del self.shown[album], self.inside[album]

    def edit(self, album: str, **fields: object) -> None:
        self.shown[album] = replace(self.shown[album], **fields)  # type: ignore[arg-type]

    def erase(self, photo: str, tag: str) -> None:
        self.drawn[photo, tag] = None

    def look(self) -> tuple[object, ...]:
        """Return all that a user sees, without the gallery's own ids."""
        albums = sorted(
            (a.title, a.description, a.cover or "", a.marker is not None, tuple(sorted(self.members(a.id))))
            for a in self.albums()
        )
        tags = sorted((p, t) for p, t in self.our_tags | self.user_tags if p in self.shots)
        regions = sorted((*pair, box) for pair, box in self.tag_regions().items() if box)
        beside = sorted((video, poster.at_s) for video, poster in self.beside.items())
        return tuple(albums), tuple(tags), (*regions, *beside), self.shown_people(self.shots)


@dataclass
class TinyJournal:
    """A journal and a saved ledger in memory; what is saved is copied, so that a kill can be played."""

    open: list[Entry] = field(default_factory=list)
    done: list[Change] = field(default_factory=list)
    albums: dict[str, LedgerAlbum] = field(default_factory=dict)
    tags: dict[tuple[str, str], TagState] = field(default_factory=dict)
    people: dict[str, LedgerPerson] = field(default_factory=dict)
    faces: dict[tuple[str, str], LedgerFace] = field(default_factory=dict)
    posters: dict[str, LedgerPoster] = field(default_factory=dict)
    covers: dict[str, LedgerCover] = field(default_factory=dict)

    def pending(self) -> Sequence[Entry]:
        return tuple(self.open)

    def go_on(self, made: Sequence[Made], begun: Sequence[Entry], ledger: Ledger) -> Sequence[Entry]:
        following = [entry for one in made for entry in self._confirmed(one, ledger)]
        self.open += following
        self.open += begun
        return following

    def _confirmed(self, made: Made, ledger: Ledger) -> Sequence[Entry]:
        entry, outcome = made.entry, made.outcome
        self.save(ledger, made.touched)
        self.open = [e for e in self.open if e.id != entry.id]
        if outcome.status == "done":
            self.done += [entry.change, *given_along(entry.change, outcome)]
        again = taken_off_again(entry.change, outcome, ledger)
        return [Entry(-1 - len(self.done) - n, change, entry.for_good) for n, change in enumerate(again)]

    def save(self, ledger: Ledger, touched: Touched) -> None:
        self.albums |= {key: ledger.albums[key] for key in touched.albums}
        _save(self.tags, ledger.tags, touched.tags)
        _save(self.people, ledger.people, touched.people)
        _save(self.faces, ledger.faces, touched.faces)
        _save(self.posters, ledger.posters, touched.posters)
        _save(self.covers, ledger.covers, touched.covers)

    def ledger(self) -> Ledger:
        parts = (self.albums, self.tags, self.people, self.faces, self.posters, self.covers)
        return Ledger(*(dict(part) for part in parts))  # type: ignore[arg-type]


def _save(kept: dict[Any, Any], part: Mapping[Any, Any], touched: Iterable[Any]) -> None:
    for key in touched:
        if key in part:
            kept[key] = part[key]
        else:
            kept.pop(key, None)
