"""Words for any pictures on the command line, from what a library has learned; nothing of it is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from app.messages import DONE, FAILED, tell, tell_json
from app.people import opened_store

if TYPE_CHECKING:
    from app.picture_words import PictureWords
    from plugins.tags import Recommendation

NOTHING_LIKE_IT: Final = "nothing that has a tag looks like it"
TOO_FEW: Final = "too few of the photos that look like it share a tag that may be suggested"
_WHY: Final[Mapping[str, str]] = {"unlike": NOTHING_LIKE_IT, "too_few": TOO_FEW}


@dataclass(frozen=True, slots=True)
class ForFile:
    """The words for one picture, best first; where there are none `reason` says why."""

    file: str
    tags: tuple[Recommendation, ...] = ()
    reason: str = ""
    looked: bool = True
    """Whether the picture could be looked at."""


def recommend_for(library: str, files: Sequence[Path], json: bool) -> int:
    """Print the words that a library recommends for picture files, and return the exit status.

    The files may be anything: what cannot be read is told with the reason.
    """
    with opened_store(library) as (_, name):
        pass  # says what is wrong where there is no store, before anything slow is loaded
    from app.picture_words import NoWords, words_for  # noqa: PLC0415
    from tasks.context import opened  # noqa: PLC0415

    with opened(library) as here:
        try:
            found = [_for_file(file, words) for file, words in zip(files, words_for(here, files), strict=True)]
        except NoWords as reason:
            found = [ForFile(str(file), reason=str(reason), looked=False) for file in files]
    if json:
        tell_json({"library": name, "files": [asdict(one) for one in found]})
    else:
        for one in found:
            tell(_line(one))
    return DONE if any(one.looked for one in found) else FAILED


def _for_file(file: Path, words: PictureWords) -> ForFile:
    return ForFile(str(file), words.tags, words.reason or _WHY.get(words.why, ""), words.why != "unreadable")


def _line(one: ForFile) -> str:
    from plugins.pages.wording import clean  # noqa: PLC0415

    have = {tag: "photo has" if tag.similar == 1 else "photos have" for tag in one.tags}
    said = (f"{clean(tag.tag)} ({tag.support} of {tag.similar} similar {have[tag]} it)" for tag in one.tags)
    return f"{clean(one.file)}: {', '.join(said) or f'none: {clean(one.reason)}'}"
