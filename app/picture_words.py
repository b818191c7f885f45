"""Words for any pictures from what a library has learned; nothing of the pictures is kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, Literal, TypeAlias

from plugins.decoding import decoders
from plugins.features import PictureExtractor, Vectors
from plugins.features.pipeline import Made, Wanted, extract
from plugins.tags import Recommendation, Recommender
from plugins.tags.cluster_frequency import Plugin as ClusterFrequency
from plugins.tags.suggesting import Known, Rules, parted
from plugins.tags.vocabulary import Unsuggested
from tasks.caching import Skipped
from tasks.context import Opened
from tasks.features import tag_pictures_or_skip
from tasks.stock import stock_of
from tasks.tag_models import kept_model, tag_method

MORE: Final = 50
"""Words that are looked at beyond those that are told, where some of them may not be."""
WhyNone: TypeAlias = Literal["", "unreadable", "unlike", "too_few"]
"""Why a picture has no words: it cannot be looked at; nothing that has a tag looks like it; of what does too few share
a tag that may be suggested."""


@dataclass(frozen=True, slots=True)
class PictureWords:
    """The words for one picture, best first; where there are none `why`, and of what cannot be looked at the reason."""

    tags: tuple[Recommendation, ...] = ()
    why: WhyNone = ""
    reason: str = ""


class NoWords(RuntimeError):
    """No picture of this library can get words now: do what the text says."""


def words_for(here: Opened, pictures: Iterable[bytes | Path]) -> Iterator[PictureWords]:
    """Yield the words that a library recommends for pictures, files or their bytes, in order.

    The pictures may be anything: what cannot be read is told with the reason.

    Raises:
        NoWords: there are no weights, or nothing was learned yet.
    """
    extractor = _extractor(here)
    learned, wanted = _recommender(here, extractor), here.config.tags
    for vector in _vectors(extractor, list(pictures)):
        if isinstance(vector, str):
            yield PictureWords(why="unreadable", reason=vector)
            continue
        (words,) = learned.recommend(vector[None, :], wanted.most + MORE)  # (1, d)
        tags = _told(here, words)
        yield PictureWords(tags, "" if tags else "too_few" if words else "unlike")


def _told(here: Opened, words: Sequence[Recommendation]) -> tuple[Recommendation, ...]:
    """Return the words that a run would ask for a photo without any, by decisions and settings of now.

    The model has left out the rest of what is never suggested.
    """
    never, wanted = here.store.suggestions.never_tags(here.name), here.config.tags
    unsuggested = Unsuggested.of(never=never, ignore=wanted.ignore)
    may = [word for word in words if word.tag not in unsuggested]
    _, asked = parted(may, Known(), never, Rules(most=wanted.most, ask=wanted.ask))
    return tuple(asked)


def _extractor(here: Opened) -> PictureExtractor:
    try:
        return tag_pictures_or_skip(here)
    except Skipped as reason:
        raise NoWords(str(reason)) from reason


def _recommender(here: Opened, extractor: PictureExtractor) -> Recommender:
    """Return what the library has learned: the model in use, or of a method that keeps none, its stock of now."""
    method = tag_method(here)
    if not isinstance(method, ClusterFrequency):
        return method.fit(stock_of(here, extractor).with_vectors(here, extractor))
    kept = kept_model(here, extractor)
    if kept.model is None:
        why = f"no model of your tags can be used: {kept.note}"
        raise NoWords(f"{why}; `albumen curate {here.name}` learns from the photos that you have tagged")
    return kept.model


def _vectors(extractor: PictureExtractor, pictures: Sequence[bytes | Path]) -> list[Vectors | str]:
    """Return the vector of each picture, as the photos of a library get theirs, or why it has none."""
    wanted = (Wanted(str(n), partial(_source, picture), faces=False) for n, picture in enumerate(pictures))
    made = {int(one.key): one for one in extract(wanted, decoders(), None, extractor)}
    return [_vector(made[n], extractor.name) for n in range(len(pictures))]


def _vector(made: Made, name: str) -> Vectors | str:
    return str(made.problems.get(name) or made.failed) if made.vector is None else made.vector


def _source(picture: bytes | Path) -> bytes | Path:
    return picture.absolute() if isinstance(picture, Path) else picture
