"""Covers: the photo that stands for each event and trip, and suggestions for the user's own albums."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from plugins.chunking import chunks
from plugins.covers import Album, CoverMethod, Floats, Pictures, Ranking
from plugins.covers.steady import matches_of, probabilities, steady
from plugins.covers.suggesting import UserAlbum, suggested, to_ask
from plugins.records import Event
from plugins.store import ChosenCover, Ranked, Suggestion
from tasks.caching import cached_step, digest
from tasks.context import Opened
from tasks.cover_albums import Made, groups_of, theirs
from tasks.cover_inputs import known_of_photos, likes_of_user
from tasks.cover_models import acceptance_of, cover_method
from tasks.cover_pictures import as_seen
from tasks.cover_signals import Told, told

VERSION: Final = "1"
"""Of what is done with a method's answer."""
DIGITS: Final = 4
MOST_ALBUMS: Final = 4_096
HISTORY_ROWS: Final = 1 << 25
"""Albums that are ranked in one go, and photos that the user likes beside each of them, all together."""


def _suggests(here: Opened) -> bool:
    return here.config.covers.suggest and here.gallery.capabilities.covers


def _inputs(here: Opened) -> Sequence[object]:
    return (
        *(VERSION, cover_method(here).fingerprint),
        *known_of_photos(here),
        digest(sorted((key, cover.at_s) for key, cover in here.store.covers.videos(here.name).items())),
        *likes_of_user(here),
        *_asked_of(here),
    )


def _asked_of(here: Opened) -> Iterator[object]:
    """Yield what suggestions depend on: the user's albums, which covers of them they chose, and their answers."""
    said, decisions = theirs(here), here.store.suggestions.decisions(here.name)
    chosen = sorted((album, cover) for album, cover in said.signals.covers if album in said.members)  # ours change
    titled = [(album.id, album.title, album.photos, album.cover) for album in said.albums]
    yield digest(titled, here.once(_suggests), chosen)
    yield digest([(one.key, one.subject, one.value, one.verdict) for one in decisions if one.kind == "cover"])


@cached_step(_inputs)
def choose_covers(here: Opened) -> dict[str, Any]:
    """Choose the photo that stands for each event and trip, and suggest covers for albums of the user's own.

    The figures: `covers` that are chosen, and `suggested`; `personal`, how much the user's own taste counts (0 to 1),
    and the `reason`; `signals`, how often the user has said what they like; `left_out`, how many photos of events were
    no candidates, by reason; `note`, what is wrong with what was learned.
    """
    known, method = told(here), cover_method(here)
    pictures = as_seen(here, method, known.photos, known.pictures)
    taste = acceptance_of(here, method, pictures, known.samples(), known.liked.n_signals)
    ranker, asked = method(taste.personal), _asked(here, known)
    before, chosen, questions = here.store.covers.photos(here.name), dict[str, ChosenCover](), list[Suggestion]()
    for own, beside, rankings in _rankings(known, pictures, ranker, groups_of(known.events), asked):
        chosen |= chosen_covers(before, ranker, pictures, own, rankings[: len(own)])
        ranked = zip(beside, [made.album for made in beside.values()], rankings[len(own) :], strict=True)
        questions += _questions(here, known, asked, [*ranked])
    with here.store.transaction():
        here.store.covers.save(here.name, chosen)
        here.store.suggestions.save(here.name, "cover", questions)
    return {
        "covers": len(chosen),
        "suggested": len(questions),
        "personal": round(taste.personal, DIGITS),
        "reason": taste.reason,
        "signals": known.liked.n_signals,
        "left_out": _left_out(known.events, chosen),
        "note": method.note,
    }


def _rankings(
    known: Told,
    pictures: Pictures,
    ranker: CoverMethod,
    groups: Mapping[str, Sequence[str]],
    asked: Mapping[str, UserAlbum],
) -> Iterator[tuple[dict[str, Made], dict[str, Made], list[Ranking]]]:
    """Yield some of our albums and of the user's at a time, with rankings: what was liked takes room for each album.

    Yields:
        Albums of `groups`, and of `asked`, by key; rankings of the one and then of the other.
    """
    liked = known.liked.rows(known.pictures)
    at_once = min(MOST_ALBUMS, max(1, HISTORY_ROWS // max(1, len(liked))))
    everything = [*((key, photos, True) for key, photos in groups.items())]
    everything += ((id_, album.photos, False) for id_, album in asked.items())
    for part in chunks(everything, at_once):
        own, beside = (
            known.maker.albums(known.pictures, {key: photos for key, photos, is_ours in part if is_ours is ours}, liked)
            for ours in (True, False)
        )
        yield own, beside, ranker.rank(pictures, [made.album for made in (*own.values(), *beside.values())])


def _asked(here: Opened, known: Told) -> dict[str, UserAlbum]:
    """Return the user's own albums for which a cover may be suggested, by id."""
    if not here.once(_suggests):
        return {}
    said, decisions = theirs(here), here.store.suggestions.decisions(here.name)
    may = {photo.id: photo for row, photo in enumerate(known.photos) if row not in known.maker.excluded}
    chosen = {album for album, cover in said.signals.covers if cover in may}
    return {album.id: album for album in to_ask(said.albums, may, chosen, decisions)}


def _questions(
    here: Opened, known: Told, asked: Mapping[str, UserAlbum], ranked: Sequence[tuple[str, Album, Ranking]]
) -> list[Suggestion]:
    """Return the suggestions of covers for the user's own albums, of which the ids are given."""
    photos = {photo.id: photo for photo in known.photos}
    waiting: dict[str, set[str]] = {}
    for made in here.store.suggestions.open(here.name, "cover"):
        waiting.setdefault(made.subject, set()).add(made.value)
    found = (
        suggested(asked[id_], known.pictures, album, ranking, photos, waiting.get(id_, ()))
        for id_, album, ranking in ranked
    )
    return [made for made in found if made is not None]


def chosen_covers(
    before: Mapping[str, str],
    ranker: CoverMethod,
    pictures: Pictures,
    own: Mapping[str, Made],
    rankings: Sequence[Ranking],
) -> dict[str, ChosenCover]:
    """Return the covers of our albums; the photo `before`, by key, stays unless another is clearly better."""
    albums, indices = [made.album for made in own.values()], list[int]()
    for (key, made), ranking in zip(own.items(), rankings, strict=True):
        rows, was = made.album.candidates.tolist(), before.get(key)
        stays = next((n for n, row in enumerate(rows) if pictures.ids[row] == was), None)
        indices.append(steady(probabilities(ranking), stays))
    matches = matches_of(ranker, pictures, albums, rankings, indices)
    return {
        key: _cover(pictures, made, ranking, index, rows)
        for (key, made), ranking, index, rows in zip(own.items(), rankings, indices, matches, strict=True)
    }


def _cover(pictures: Pictures, made: Made, ranking: Ranking, index: int, matches: Sequence[int]) -> ChosenCover:
    ids = [pictures.ids[row] for row in made.album.candidates.tolist()]
    return ChosenCover(
        photo=ids[index],
        candidates=tuple(_ranked(ids, probabilities(ranking), ranking.interest)),
        matches=tuple(pictures.ids[row] for row in matches),
        left_out=made.left_out,
    )


def _ranked(ids: Sequence[str], probability: Floats, interest: Floats | None) -> Iterator[Ranked]:
    for n, id_ in enumerate(ids):
        match = None if interest is None else round(float(interest[n]), DIGITS)
        yield Ranked(id_, round(float(probability[n]), DIGITS), match)


def _left_out(events: Sequence[Event], chosen: Mapping[str, ChosenCover]) -> dict[str, int]:
    """Count the photos of events that were no candidates, by reason."""
    total = Counter[str]()
    for event in events:
        if event.key in chosen:
            total.update(chosen[event.key].left_out)
    return dict(total)
