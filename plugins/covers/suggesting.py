"""Covers for the user's own albums: suggested where the user has chosen none, and only what is clearly better."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from plugins.covers import Album, Pictures, Ranking
from plugins.covers.reasons import is_match, match_reason, plain_reason
from plugins.covers.steady import probabilities, steady
from plugins.pages.wording import clean, shorten
from plugins.records import Photo
from plugins.store.suggestions import Decision, Evidence, Suggestion

FEWEST: Final = 3
"""An album with fewer photos needs nobody to choose."""
MOST_SHOWN: Final = 4
"""Liked photos that are shown for a suggestion."""
MOST_TITLE: Final = 80
"""Characters of an album's title."""


@dataclass(frozen=True, slots=True)
class UserAlbum:
    """An album of the user's own: its id in the gallery, the ids of its members, its cover now, and its title."""

    id: str
    photos: tuple[str, ...] = ()
    cover: str | None = None
    title: str = ""


def cover_key(album: str, content_key: str) -> str:
    """Return the key of a suggestion: the same for the same album and content."""
    said = f"{album}\0{content_key}".encode("utf-8", "surrogatepass")
    return f"cover-{hashlib.sha256(said).hexdigest()[:12]}"


def to_ask(
    albums: Iterable[UserAlbum],
    photos: Mapping[str, Photo],
    chosen: Collection[str],
    decisions: Iterable[Decision],
) -> list[UserAlbum]:
    """Return the albums for which a cover may be suggested, each with only those members that may be it.

    An album is left alone where the user chose the cover, refused one that we suggested, or accepted one that is still
    among its photos; and where fewer than three photos may be its cover.

    Args:
        albums: albums without our marker.
        photos: the photos that may be covers, by id.
        chosen: ids of the albums whose cover the user chose.
        decisions: all that the user has decided.
    """
    said = [decision for decision in decisions if decision.kind == "cover"]
    refused = {decision.subject for decision in said if decision.verdict == "rejected"}
    accepted = {decision.subject: decision.value for decision in said if decision.verdict == "accepted"}
    found = []
    for album in albums:
        members = tuple(dict.fromkeys(photo for photo in album.photos if photo in photos))
        is_answered = accepted.get(album.id) in {photos[photo].content_key for photo in members}
        if len(members) >= FEWEST and not is_answered and album.id not in refused and album.id not in chosen:
            found.append(replace(album, photos=members))
    return found


def suggested(
    theirs: UserAlbum,
    pictures: Pictures,
    album: Album,
    ranking: Ranking,
    photos: Mapping[str, Photo],
    waiting: Collection[str] = (),
) -> Suggestion | None:
    """Return the suggestion of a cover for an album of the user's, None where what it shows is about as good.

    Args:
        theirs: the album.
        pictures: all pictures of the user.
        album: the candidates for its cover.
        ranking: how well each of them stands for it.
        photos: by id.
        waiting: content keys of covers that are suggested already: such a one stays unless another is clearly better.
    """
    ids = [pictures.ids[row] for row in album.candidates.tolist()]
    contents = [photos[id_].content_key for id_ in ids]
    probability = probabilities(ranking)
    shown = photos[theirs.cover].content_key if theirs.cover and theirs.cover in photos else None
    asked = next((n for n, key in enumerate(contents) if key in waiting), None)
    index = steady(probability, asked)
    now = next((n for n, key in enumerate(contents) if key == shown), None)
    if contents[index] == shown or steady(probability, now) == now:
        return None
    interest = [] if ranking.interest is None else ranking.interest.tolist()
    is_why = bool(interest) and index == ranking.best and is_match(interest, index)  # the matches are the best one's
    liked = [photos[pictures.ids[row]] for row in ranking.matches[:MOST_SHOWN]] if is_why else []
    if liked:
        reason = match_reason(interest[index], [photo.name for photo in liked])
    else:
        reason = plain_reason(pictures, album.candidates, index)
    if title := clean(theirs.title).strip():
        reason = f"«{shorten(title, MOST_TITLE)}»: {reason}"
    key, score = cover_key(theirs.id, contents[index]), round(float(probability[index]), 4)
    evidence = Evidence(photos=tuple(photo.content_key for photo in liked))
    return Suggestion(key, "cover", theirs.id, contents[index], score, reason, evidence)
