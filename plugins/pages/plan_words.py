"""Changes in plain words: one sentence each, or grouped by album as a person thinks of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from plugins import changes as c
from plugins.pages.people_words import NAMELESS, people_lines
from plugins.pages.views import EditView
from plugins.pages.wording import both, clean, count, shorten
from plugins.publishing.parts import PARTS, Part, part_of
from plugins.store.journal import Entry

GroupKind: TypeAlias = Literal["new", "changed", "deleted"] | Part

MOST_VIDEOS = 5
"""Videos that are named one by one."""
MOST_NAME = 160
"""Characters of a name in a sentence: longer ones are cut, so that one name cannot push away the rest."""


@dataclass(frozen=True, slots=True)
class ChangeGroup:
    """The changes to an album of ours (`key`), or to covers, tags, people or notes (`key` empty), a sentence a line."""

    kind: GroupKind
    key: str
    title: str
    lines: tuple[str, ...]


def describe(change: c.Change, titles: Mapping[str, str]) -> str:
    """Return one change as a sentence without a full stop: "add 42 photos to “Lisbon, 3–5 May 2024”".

    `titles` names albums and people by key and photos by id; what it does not name goes by its key or id, people as
    "somebody not named yet".
    """
    return _sentence(change, titles)


def _sentence(change: c.Change, titles: Mapping[str, str], it: str | None = None) -> str:
    """Return the sentence; below the title of the album with the key `it` that album goes by "it"."""

    def name(key: str) -> str:
        if isinstance(change, c.PersonChange):
            return who(key, titles)
        return "it" if key == it else quoted(titles.get(key, key))

    sentence: str = _SENTENCES[type(change)](change, name)
    return sentence


def who(person: str, names: Mapping[str, str]) -> str:
    """Return what to call a person in a sentence, by the names of people by id."""
    return quoted(names[person]) if names.get(person) else "somebody not named yet"


def quoted(name: str) -> str:
    """Return a name in quotation marks, on one line, cut where it is very long."""
    return f"“{shorten(clean(name), MOST_NAME)}”"


def _photos(change: Any) -> str:
    return count(len(change.photos), "photo")


def _tags(change: c.TagChange) -> str:
    return both([quoted(tag) for tag in change.tags])


def _cover(change: c.SetCover | c.SetAlbumCover, name: Callable[[str], str]) -> str:
    album = name(change.album) if isinstance(change, c.SetAlbumCover) else name(change.key)
    if change.photo is None:
        return f"leave the cover of {album} to the gallery"
    return f"show {album} by the photo {name(change.photo)}"


def _poster(change: c.SetPoster, name: Callable[[str], str]) -> str:
    if change.at_s is None:
        return f"take away the picture that we put beside the video {name(change.photo)}"
    return f"put its picture at {change.at_s:.1f} s beside the video {name(change.photo)}"


_SENTENCES: dict[type[Any], Callable[[Any, Callable[[str], str]], str]] = {
    c.CreateAlbum: lambda x, _: f"create the album {quoted(x.title)}" + (f" with {_photos(x)}" if x.photos else ""),
    c.DeleteAlbum: lambda x, _: f"delete the album {quoted(x.title)}, which holds nothing but what we put there",
    c.RenameAlbum: lambda x, _: f"rename {quoted(x.was)} to {quoted(x.title)}",
    c.DescribeAlbum: lambda x, name: f"describe {name(x.key)} as {quoted(x.description)}",
    c.AddMembers: lambda x, name: f"add {_photos(x)} to {name(x.key)}",
    c.RemoveMembers: lambda x, name: f"take {_photos(x)} out of {name(x.key)}",
    c.SetCover: _cover,
    c.SetAlbumCover: _cover,
    c.SetPoster: _poster,
    c.AddTags: lambda x, _: f"tag {_photos(x)} {_tags(x)}",
    c.RemoveTags: lambda x, _: f"take the tag{'s' * (len(x.tags) > 1)} {_tags(x)} off {_photos(x)}",
    c.CreatePerson: lambda x, _: f"add the person {quoted(x.name)}" if x.name else "add a person not named yet",
    c.RemovePerson: lambda x, _: f"take back the person {quoted(x.name)}" if x.name else "take back a person not named",
    c.NamePerson: lambda x, _: f"name a person {quoted(x.name)}" if x.name else f"take back the name {quoted(x.was)}",
    c.AssignFace: lambda x, name: f"say that a face is {name(x.person)}" + (f", not {name(x.was)}" if x.was else ""),
    c.UnassignFace: lambda x, name: f"no longer say that a face is {name(x.person)}",
    c.DrawRegion: lambda x, _: f"mark where {quoted(x.tag)} is in a photo",
    c.RemoveRegion: lambda x, _: f"no longer mark where {quoted(x.tag)} is in a photo",
    c.WriteNote: lambda x, name: (
        f"write the note of {name(x.photo)}" if x.text else f"clear the note of {name(x.photo)}"
    ),
}


def grouped(plan: Iterable[c.Change], titles: Mapping[str, str]) -> tuple[ChangeGroup, ...]:
    """Return the changes by album of ours in the order of the plan, then other covers, tags, people and notes."""
    by_album: dict[str, list[c.AlbumChange]] = {}
    others: dict[Part, list[c.Change]] = {part: [] for part in PARTS if part != "albums"}
    for change in plan:
        if isinstance(change, c.AlbumChange):
            by_album.setdefault(change.key, []).append(change)
        else:
            others[part_of(change)].append(change)
    albums = [_album_group(key, of_album, titles) for key, of_album in by_album.items()]
    rest = [ChangeGroup(part, "", part.capitalize(), _lines(of, titles)) for part, of in others.items() if of]
    return (*albums, *rest)


def _lines(of_kind: Sequence[c.Change], titles: Mapping[str, str]) -> tuple[str, ...]:
    people = [change for change in of_kind if isinstance(change, c.PersonChange)]
    if people:
        return people_lines(people, lambda key: shorten(clean(titles.get(key, "")), MOST_NAME))
    videos = [change for change in of_kind if isinstance(change, c.SetPoster)]
    if len(videos) > MOST_VIDEOS:
        others = (describe(change, titles) for change in of_kind if not isinstance(change, c.SetPoster))
        return (*_counted(others), *_video_lines(videos))
    return _counted(describe(change, titles) for change in of_kind)


def _video_lines(videos: Sequence[c.SetPoster]) -> Iterator[str]:
    put = sum(change.at_s is not None for change in videos)
    if put:
        yield f"put a picture beside each of {count(put, 'video')}"
    if len(videos) > put:
        yield f"take away the pictures that we put beside {count(len(videos) - put, 'video')}"


def _album_group(key: str, plan: Sequence[c.AlbumChange], titles: Mapping[str, str]) -> ChangeGroup:
    """Return the changes to one album under its title; a new album's photos and cover are part of making it."""
    made = next((x for x in plan if isinstance(x, c.CreateAlbum)), None)
    ended = next((x for x in plan if isinstance(x, c.DeleteAlbum)), None)
    title = made.title if made else ended.title if ended else titles.get(key, key)
    if made is None:
        lines = _counted(_sentence(x, titles, key) for x in plan)
        return ChangeGroup("deleted" if ended else "changed", key, clean(title), lines)
    n_photos = sum(len(x.photos) for x in plan if isinstance(x, c.CreateAlbum | c.AddMembers))
    extra = tuple(_sentence(x, titles, key) for x in plan if not isinstance(x, c.CreateAlbum | c.AddMembers))
    return ChangeGroup("new", key, clean(title), (f"create the album with {count(n_photos, 'photo')}", *extra))


def _counted(sentences: Iterable[str]) -> tuple[str, ...]:
    """Return the sentences in order, equal ones as one with their number."""
    times: dict[str, int] = {}
    for sentence in sentences:
        times[sentence] = times.get(sentence, 0) + 1
    return tuple(text if n == 1 else f"{text} ({n} times)" for text, n in times.items())


def titles_in(plan: Iterable[c.Change]) -> dict[str, str]:
    """Return the names that a plan itself gives, or takes back: new albums and people by key."""
    plan = list(plan)
    people = {change.key: change.name or change.was for change in plan if isinstance(change, c.NamePerson)}
    people |= {change.key: change.name for change in plan if isinstance(change, c.CreatePerson)}
    people |= {change.album: change.title for change in plan if isinstance(change, c.SetAlbumCover) and change.title}
    return people | {change.key: change.title for change in plan if isinstance(change, c.CreateAlbum)}


def told_once(entries: Sequence[Entry]) -> list[Entry]:
    """Leave out the faces that the gallery had given along with another one of the run before their turn came."""
    given = {_face(entry) for entry in entries if entry.outcome and entry.outcome.status == "done"}
    already = [entry.outcome is not None and entry.outcome.status == "already" for entry in entries]
    pairs = zip(entries, already, strict=True)
    return [entry for entry, was_there in pairs if not (was_there and _face(entry) and _face(entry) in given)]


def _face(entry: Entry) -> tuple[str, str] | None:
    """Return which face a change gives to whom; None for any other change."""
    change = entry.change
    return (change.face, change.person) if isinstance(change, c.AssignFace) else None


def plan_text(plan: Sequence[c.Change], titles: Mapping[str, str], most: int = 0) -> list[str]:
    """Return a plan as lines for a terminal, grouped by album; `most` albums and topics at most, 0 for all of them."""
    if not plan:
        return ["Nothing to change: the gallery is as it should be."]
    groups = grouped(plan, titles)
    shown = groups[:most] if most else groups
    lines = [f"{count(len(plan), 'change')}:"]
    for group in shown:
        lines += _group_text(group)
    if len(shown) < len(groups):
        lines.append(f"  … and {count(len(groups) - len(shown), 'more album or topic', 'more albums or topics')}")
    return lines


def _group_text(group: ChangeGroup) -> list[str]:
    """Return one group as lines: a new album in one line where that says it all."""
    mark = {"new": "+", "deleted": "-"}.get(group.kind, "*")
    name = quoted(group.title) if group.key else group.title
    if group.kind == "new":
        first, *extra = group.lines
        return [f"  {mark} create {name} {first.removeprefix('create the album ')}", *(f"      {x}" for x in extra)]
    return [f"  {mark} {name}", *(f"      {line}" for line in group.lines)]


def edit_text(edit: EditView) -> str:
    """Return an edit of the user's and what we do about it: "you renamed “A” to “B”: kept"."""
    name, photos, faces = quoted(edit.title), count(edit.n, "photo"), count(edit.n, "face")
    person = name if edit.title else f"somebody {NAMELESS}"
    return {
        "renamed": f"you renamed {name} to {quoted(edit.detail)}: kept",
        "described": f"you described {name} in your own words: kept",
        "removed": f"you took {photos} out of {name}: never added again",
        "added": f"you added {photos} to {name}: kept",
        "deleted": f"you deleted {name}: not made again",
        "cover": f"you chose the cover of {name}: kept",
        "released": f"you removed our mark from {name}: it is yours, we leave it alone",
        "restored": f"you brought {name} back: kept as it is",
        "untagged": f"you took the tag {name} off {photos}: never set again",
        "tagged": f"you confirmed the tag {name} on {photos}: it is yours now",
        "named": f"you named a person of ours {name}: kept"
        if edit.title
        else "you took the name off a person of ours: kept",
        "hid": f"you hid {person}: kept",
        "deleted the person": f"you deleted {person}, or made them one with somebody else: not made again",
        "took faces off": f"you took {faces} off {person}: never given back",
        "moved faces": f"you gave {faces} of {person} to somebody else: kept",
        "took posters away": f"you took away or replaced the pictures beside {count(edit.n, 'video')}: kept so",
        "gave faces back": f"you gave {faces} back to {person}: kept",
    }[edit.kind]
