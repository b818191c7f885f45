"""What files hold, as decoding processes read it: none that hangs or crashes a library takes the scan with it."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import Future
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from plugins.decoding import DecoderCannotStart, decoders
from plugins.galleries import GalleryUnreachable
from plugins.galleries.folder.index import Answer, Facts, answers_of_json
from plugins.galleries.folder.walking import VIDEOS, Found, Problem, suffix_of
from plugins.pictures import UnreadablePicture

BATCH = 8
"""Pictures in one request: with one each, half as much time again went into asking as into reading. Videos go alone."""
BATCHES_AHEAD = 8  # so no decoder idles, and no more than 64 answers wait in memory
BATCH_SHARE = 0.25  # of the time that a file may take, for a batch; the rest is for each file of one that fails
_FUNCTION = "plugins.galleries.folder.files:answer_batch"


@dataclass(frozen=True, slots=True)
class Unread:
    """A file that has to be read."""

    found: Found
    content_key: str


def read_in_order(
    root: Path, zone: ZoneInfo, files: Iterable[Facts | Unread]
) -> Generator[Facts | Problem, None, None]:
    """Read what is unread, in decoding processes, some files ahead; yield all in their order.

    A file that decoders hang or die on is left out, with the reason; one that cannot be read now is a problem.

    Raises:
        GalleryUnreachable: no decoding process can be started.
    """
    waiting: deque[_Batch] = deque()
    try:
        for members in _batches(files):
            waiting.append(_Batch(root, zone, members))
            if len(waiting) > BATCHES_AHEAD:
                yield from waiting.popleft().results()
        while waiting:
            yield from waiting.popleft().results()
    finally:
        for batch in waiting:
            batch.give_up()


def _batches(files: Iterable[Facts | Unread]) -> Iterator[list[Facts | Unread]]:
    members: list[Facts | Unread] = []
    weight = 0
    for one in files:
        more = 0 if isinstance(one, Facts) else BATCH if suffix_of(one.found.path) in VIDEOS else 1
        if weight + more > BATCH:
            yield members
            members, weight = [], 0
        members.append(one)
        weight += more
    yield members


class _Batch:
    """Files that follow each other; those of them that are unread are asked for in one request."""

    def __init__(self, root: Path, zone: ZoneInfo, members: list[Facts | Unread], share: float = 1.0) -> None:
        self._root, self._zone, self._members = root, zone, members
        self._unread = [one for one in members if isinstance(one, Unread)]
        self._asked = self._ask(BATCH_SHARE if len(self._unread) > 1 else share) if self._unread else None

    def results(self) -> Iterator[Facts | Problem]:
        """Wait for the answers; yield what all of the files hold, or why that cannot be said."""
        answers = iter(self._answers())
        for one in self._members:
            yield one if isinstance(one, Facts) else _named(one, next(answers))

    def give_up(self) -> None:
        """Leave the files unread that no decoder has begun."""
        if self._asked is not None:
            self._asked.cancel()

    def _ask(self, share: float) -> Future[Any]:
        pool = decoders()
        files = [(asdict(one.found), one.content_key) for one in self._unread]
        return pool.ask(_FUNCTION, str(self._root), str(self._zone), files, seconds=pool.seconds * share)

    def _answers(self) -> list[Answer]:
        if self._asked is None:
            return []
        try:
            return answers_of_json(self._asked.result(), len(self._unread))
        except DecoderCannotStart as error:
            raise GalleryUnreachable(f"the photos cannot be read: {error}") from error
        except ValueError as error:
            if len(self._unread) > 1:
                return [answer for one in self._unread for answer in self._alone(one)]
            problem = str(error) if isinstance(error, UnreadablePicture) else "what is read of it makes no sense"
            return [_left_out(self._unread[0], problem)]

    def _alone(self, one: Unread) -> list[Answer]:
        return _Batch(self._root, self._zone, [one], 1 - BATCH_SHARE)._answers()


def cannot_be_read(found: Found, reason: str) -> Problem:
    """Say that a file cannot be read now, and why."""
    return Problem(found.path, f"it cannot be read: {reason}")


def _named(one: Unread, answer: Answer) -> Facts | Problem:
    return cannot_be_read(one.found, answer) if isinstance(answer, str) else answer


def _left_out(one: Unread, problem: str) -> Facts:
    found = one.found
    return Facts(
        path=found.path,
        size=found.size,
        mtime_ns=found.mtime_ns,
        content_key=one.content_key,
        beside=found.beside,
        left_out="unreadable",
        problem=problem,
        read_at_s=time.time(),
    )
