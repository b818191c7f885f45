"""Words for any pictures on the command line, from what a library has learned; nothing of it is kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from app.messages import DONE, FAILED, tell, tell_json
from app.people import opened_store
from plugins.tags.suggesting import Known, Rules, parted
from plugins.tags.vocabulary import Unsuggested

if TYPE_CHECKING:
    from plugins.features import PictureExtractor
    from plugins.features.pipeline import Made
    from plugins.tags import Recommendation, Recommender
    from tasks.context import Opened

MORE: Final = 50
"""Words that are looked at beyond those that are told, where some of them may not be."""
NOTHING_LIKE_IT: Final = "nothing that has a tag looks like it"
TOO_FEW: Final = "too few of the photos that look like it share a tag that may be suggested"


@dataclass(frozen=True, slots=True)
class ForFile:
    """The words for one picture, best first; where there are none `reason` says why."""

    file: str
    tags: tuple[Recommendation, ...] = ()
    reason: str = ""
    looked: bool = True
    """Whether the picture could be looked at."""


class NoWords(RuntimeError):
    """No picture of this library can get words now: do what the text says."""


def recommend_for(library: str, files: Sequence[Path], json: bool) -> int:
    """Print the words that a library recommends for picture files, and return the exit status.

    The files may be anything: what cannot be read is told with the reason.
    """
    with opened_store(library) as (_, name):
        pass  # says what is wrong where there is no store, before anything slow is loaded
    from tasks.context import opened  # noqa: PLC0415

    with opened(library) as here:
        try:
            found = list(_of_files(here, files))
        except NoWords as reason:
            found = [ForFile(str(file), reason=str(reason), looked=False) for file in files]
    if json:
        tell_json({"library": name, "files": [asdict(one) for one in found]})
    else:
        for one in found:
            tell(_line(one))
    return DONE if any(one.looked for one in found) else FAILED


def _line(one: ForFile) -> str:
    from plugins.pages.wording import clean  # noqa: PLC0415

    have = {tag: "photo has" if tag.similar == 1 else "photos have" for tag in one.tags}
    said = (f"{clean(tag.tag)} ({tag.support} of {tag.similar} similar {have[tag]} it)" for tag in one.tags)
    return f"{clean(one.file)}: {', '.join(said) or f'none: {clean(one.reason)}'}"


def _of_files(here: Opened, files: Sequence[Path]) -> Iterator[ForFile]:
    """Yield the words for each file, in order.

    Raises:
        NoWords: there are no weights, or nothing was learned yet.
    """
    extractor = _extractor(here)
    learned, wanted = _recommender(here, extractor), here.config.tags
    made = _made(extractor, files)
    for n, file in enumerate(files):
        vector = made[n].vector
        if vector is None:
            problem = made[n].problems.get(extractor.name) or made[n].failed
            yield ForFile(str(file), reason=str(problem), looked=False)
            continue
        (words,) = learned.recommend(vector[None, :], wanted.most + MORE)  # (1, d)
        tags = _told(here, words)
        yield ForFile(str(file), tags, "" if tags else TOO_FEW if words else NOTHING_LIKE_IT)


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
    from tasks.caching import Skipped  # noqa: PLC0415
    from tasks.features import tag_pictures_or_skip  # noqa: PLC0415

    try:
        return tag_pictures_or_skip(here)
    except Skipped as reason:
        raise NoWords(str(reason)) from reason


def _recommender(here: Opened, extractor: PictureExtractor) -> Recommender:
    """Return what the library has learned: the model in use, or of a method that keeps none, its stock of now."""
    from plugins.tags.cluster_frequency import Plugin  # noqa: PLC0415
    from tasks.stock import stock_of  # noqa: PLC0415
    from tasks.tag_models import kept_model, tag_method  # noqa: PLC0415

    method = tag_method(here)
    if not isinstance(method, Plugin):
        return method.fit(stock_of(here, extractor).with_vectors(here, extractor))
    kept = kept_model(here, extractor)
    if kept.model is None:
        why = f"no model of your tags can be used: {kept.note}"
        raise NoWords(f"{why}; `albumen curate {here.name}` learns from the photos that you have tagged")
    return kept.model


def _made(extractor: PictureExtractor, files: Sequence[Path]) -> Mapping[int, Made]:
    """Return the vector of each file by its number, or why it has none; as the photos of a library get theirs."""
    from plugins.decoding import decoders  # noqa: PLC0415
    from plugins.features.pipeline import Wanted, extract  # noqa: PLC0415

    wanted = (Wanted(str(n), partial(Path, file.absolute()), faces=False) for n, file in enumerate(files))
    return {int(made.key): made for made in extract(wanted, decoders(), None, extractor)}
