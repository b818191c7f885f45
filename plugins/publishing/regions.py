"""Where in a photo the thing of an accepted tag is: which regions are wanted, their plan, and taking them back.

A region has no ledger of its own. It belongs to a photo and a tag, and the gallery itself remembers which ones we drew:
so one that the user has taken away is known as such, and goes unnoticed with a tag that the user has taken off.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from typing import TypeAlias

from plugins.changes import Change, DrawRegion, RegionChange, RemoveRegion
from plugins.publishing.ledger import Ledger
from plugins.publishing.now import GalleryNow
from plugins.records import Box, Photo
from plugins.store.suggestions import Decision
from plugins.tags.vocabulary import same_word

Pair: TypeAlias = tuple[str, str]
"""Photo and tag."""


def wanted_regions(
    decisions: Iterable[Decision], photos: Iterable[Photo], tags: Iterable[Pair] = (), *, draw: bool = True
) -> dict[Pair, Box]:
    """Return the box of each accepted tag whose place in the photo is known, by photo and tag.

    Args:
        decisions: all decisions of the library; the later one counts where two speak of the same.
        photos: all photos; every copy of a picture gets the region.
        tags: those that are wanted; a region goes by the tag as it is written there, else as the user writes it.
        draw: whether regions are wanted at all; where not, those that we drew are taken away.
    """
    if not draw:
        return {}
    boxes: dict[tuple[str, str], tuple[str, Box] | None] = {}
    for made in decisions:
        if made.kind == "tag":
            box = made.evidence.box if made.verdict == "accepted" else None
            boxes[made.subject, same_word(made.value)] = (made.value, box) if box else None
    of_content: dict[str, list[Photo]] = {}
    for photo in photos:
        if photo.kind == "image":
            of_content.setdefault(photo.content_key, []).append(photo)
    written = {(photo, same_word(tag)): tag for photo, tag in tags}
    wanted: dict[Pair, Box] = {}
    for (content, word), said in boxes.items():
        if said is None:
            continue
        for photo in of_content.get(content, ()):
            own = {same_word(tag): tag for tag in photo.tags}
            tag = written.get((photo.id, word)) or own.get(word) or said[0]
            wanted[photo.id, tag] = said[1]
    return wanted


def plan_regions(
    wanted: Mapping[Pair, Box], tags: frozenset[Pair] | None, ledger: Ledger, now: GalleryNow
) -> Iterator[Change]:
    """Yield what draws the wanted regions that never were, and takes away those that nobody wants any more.

    A region is only wanted of a photo that carries the tag, or is about to by `tags`, those that are wanted; `ledger`
    must have observed `now` before.
    """

    def stays(pair: Pair) -> bool:
        state = ledger.tags.get(pair)
        if state == "rejected" or pair[0] not in now.photos:
            return False
        ends = state == "ours" and tags is not None and pair not in tags
        return (now.carries(*pair) and not ends) or pair in (tags or ())

    for pair, box in sorted(wanted.items()):
        if pair not in now.regions and stays(pair):
            yield DrawRegion(*pair, box)
    for pair, drawn in sorted(now.regions.items()):
        if drawn is not None and pair[0] in now.photos and not (pair in wanted and stays(pair)):
            yield RemoveRegion(*pair, drawn)


def undo_regions(done: Sequence[Change], now: GalleryNow, tags_back: Set[Pair], *, for_good: bool) -> Iterator[Change]:
    """Yield what takes the regions of a run back.

    Args:
        done: the changes of the run that the gallery has, in order.
        now: the gallery as it is.
        tags_back: the tags that the undo puts on again.
        for_good: what is taken away is not drawn again.
    """
    first: dict[Pair, RegionChange] = {}
    for change in done:
        if isinstance(change, DrawRegion | RemoveRegion):
            first.setdefault((change.photo, change.tag), change)  # it knew how it was before
    for pair, change in sorted(first.items()):
        drawn = now.regions.get(pair)
        if isinstance(change, DrawRegion) and drawn is not None and pair[0] in now.photos:
            yield RemoveRegion(*pair, drawn, for_good)
        elif isinstance(change, RemoveRegion) and pair not in now.regions and (now.carries(*pair) or pair in tags_back):
            yield change.inverse()


def tags_of_regions(changes: Iterable[Change]) -> set[str]:
    """Return the tags whose regions these changes draw or take away."""
    return {change.tag for change in changes if isinstance(change, DrawRegion | RemoveRegion)}
