"""Our tags and notes in XMP sidecars: put in and taken out so that everything else in the file stays as it was."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence, Set
from pathlib import Path
from typing import Final

from plugins.galleries.folder.sidecar import BrokenSidecar
from plugins.galleries.folder.sidecar_packet import EditedPacket, edit
from plugins.galleries.folder.sidecar_tree import append, drop_entries
from plugins.galleries.folder.sidecar_tree import remove as remove_element
from plugins.galleries.folder.tag_words import (
    FLAT,
    LISTS,
    OUR_LEAVES,
    OURS,
    REPEATS,
    is_well_formed,
    leaf_of,
    leaves_of,
    listed_as,
    read_entry,
    said_by,
)

_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_KINDS: Final = {"lr:hierarchicalSubject": "rdf:Bag", "digiKam:TagsList": "rdf:Seq"}


class UnfitText(ValueError):
    """XML cannot hold this text: leave it out and say which characters it is about."""


class NotOurs(ValueError):
    """What the user wrote stands here: leave it."""


def set_tags(path: Path, add: Collection[str] = (), remove: Collection[str] = ()) -> bool:
    """Add tags to a sidecar and take tags of ours out of it; return whether the file changed.

    What is there already is not added, what is the user's is not removed. `albumen:tags` records what is ours. A
    sidecar that only we made goes with our last word in it.

    Raises:
        BrokenSidecar: the file is not XMP that can be changed; it stays as it is.
        UnfitText: a tag to add, or a level of it, is empty, has spaces around it or characters that XML does not have.
        OSError: the file cannot be read or written.
    """
    for tag in add:
        require_fit(tag)
        if not is_well_formed(tag):
            raise UnfitText(f"{tag!r} is empty or has spaces around it, or one of its levels")
    return edit(path, lambda packet: _Tags(packet).change(add, remove))


def set_note(path: Path, text: str) -> bool:
    """Make `text` the description of a photo, or take ours away when it is empty; return whether the file changed.

    Raises:
        NotOurs: the user described the photo.
        BrokenSidecar, UnfitText, OSError: as `set_tags`.
    """
    require_fit(text)
    return edit(path, lambda packet: _describe(packet, text.strip()))


def require_fit(text: str) -> None:
    """Check that XML can hold a text.

    Raises:
        UnfitText: it has characters that XML does not have.
    """
    if bad := sorted(set(_ILLEGAL.findall(text))):
        raise UnfitText(f"XML cannot hold the characters {', '.join(f'U+{ord(c):04X}' for c in bad)} in {text!r}")


def _describe(packet: EditedPacket, text: str) -> None:
    """Replace our description, or write one where there is none."""
    if packet.fields.description and not packet.fields.our_note:
        if text and text != packet.fields.description:
            raise NotOurs("the user has described this photo")
        return
    if text or packet.fields.our_note:
        packet.default_text("dc:description").text = text or None
    while (note := packet.property("albumen:note")) is not None:
        remove_element(note)
    if text:
        packet.made_property("albumen:note").text = text


class _Tags:
    """The tags of a packet while they are changed.

    Of a tag with levels its last word goes to `FLAT`, and the whole of it to each of `LISTS`. Programmes read the first
    list that they find and no other: so a list that we make begins with all other tags of the packet.
    """

    def __init__(self, packet: EditedPacket) -> None:
        self._packet = packet
        self._leaves = dict.fromkeys(packet.words(OUR_LEAVES))

    def change(self, add: Collection[str], remove: Collection[str]) -> None:
        """Add these tags unless somebody has, remove those of these that are ours, and what was left of others."""
        users, ours, taken = self._packet.fields.tags, self._packet.fields.our_tags, frozenset(remove)
        said = {*said_by(users), *ours}
        kept = [tag for tag in ours if tag not in taken]
        fresh = [tag for tag in dict.fromkeys(add) if tag not in said]
        stays = frozenset(kept)
        self._take([tag for tag in self._packet.words(OURS) if tag not in stays], [*kept, *fresh])
        for name in LISTS:
            self._list(name, [*users, *kept], fresh)
        self._put_words(fresh)
        self._packet.claim(OURS, [*kept, *fresh])
        self._packet.claim(OUR_LEAVES, self._leaves)

    def _list(self, name: str, others: Sequence[str], fresh: Sequence[str]) -> None:
        """Put tags into a list with levels; make it where it is missing and one of them has levels."""
        if self._packet.list_of(name) is None:
            if not any("/" in tag for tag in fresh):
                return
            fresh = [*others, *fresh]
            self._packet.claim(REPEATS[name], others)
        there = {read_entry(entry, LISTS[name]) for entry in self._packet.words(name)}
        named = ((tag, listed_as(tag, LISTS[name])) for tag in fresh)
        self._append(name, [entry for tag, entry in named if entry is not None and tag not in there])

    def _put_words(self, fresh: Sequence[str]) -> None:
        there = set(self._packet.words(FLAT))
        flat = [tag for tag in fresh if "/" not in tag and tag not in there]
        leaves = leaves_of(fresh) - there - set(flat)
        self._append(FLAT, [*flat, *sorted(leaves)])
        self._leaves |= dict.fromkeys(sorted(leaves))

    def _append(self, name: str, entries: Sequence[str]) -> None:
        if not entries:
            return
        bag = self._packet.made_list(name, _KINDS.get(name, "rdf:Bag"))
        for entry in entries:
            append(bag, entry)

    def _take(self, tags: Sequence[str], others: Iterable[str]) -> None:
        """Take tags of ours out of wherever they stand; words that end another tag stay."""
        gone = set(tags)
        for name, mark in LISTS.items():
            self._drop(name, {entry for entry in self._packet.words(name) if read_entry(entry, mark) in gone})
        words = {word for word in self._packet.words(FLAT) if word in gone}
        words |= {leaf for tag in tags if "/" in tag and (leaf := leaf_of(tag)) in self._leaves}
        kept = words & leaves_of(others)
        theirs = words & leaves_of(self._packet.fields.listed)
        self._drop(FLAT, words - kept - theirs)
        self._leaves = dict.fromkeys(word for word in (*self._leaves, *sorted(kept)) if word not in words - kept)
        if not any("/" in tag for tag in others):
            self._drop_our_lists(set(others))

    def _drop(self, name: str, entries: Set[str]) -> None:
        bag = self._packet.list_of(name)
        if bag is not None:
            drop_entries(bag, entries)
        elif entries:
            raise BrokenSidecar(f"its {name} is not a list")

    def _drop_our_lists(self, ours: Set[str]) -> None:
        """Take away the lists that we made, unless somebody has put something of their own into them since."""
        for name, mark in LISTS.items():
            listed, repeated = self._packet.property(name), set(self._packet.words(REPEATS[name]))
            left = {read_entry(entry, mark) for entry in self._packet.words(name)}
            if listed is not None and left <= repeated | ours and (repeated or self._packet.is_in_our_block(listed)):
                remove_element(listed)
            self._packet.claim(REPEATS[name], ())
