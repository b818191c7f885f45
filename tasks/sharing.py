"""One library's extraction shared by several workers: each claims batches by leases, so that no photo is done twice.

The run that holds the library says in one lease what there is to do and by which models; each batch is claimed by
another, and a note says that it is done. A worker that dies leaves a claim that runs out, and the next one goes on from
what it had kept.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any, Final
from urllib.parse import quote
from uuid import uuid4

from plugins.locks import LibraryBusy
from plugins.store import Lease
from plugins.store.keeping import Kept
from plugins.turns import whoever
from tasks.caching import Receipt
from tasks.context import Opened
from tasks.retrying import patiently

LOOK_S: Final = 1.0
"""Between two looks at what the others do, when nothing is left to claim."""
AWAY_S: Final = 5.0
"""A look that takes as long has waited for the database; so long again all have for renewing what ran out meanwhile."""
KEPT_S: Final = 90 * 86_400.0
"""How long it is known that a batch is done: longer than any run, of which ten million photos take two weeks."""
log = logging.getLogger("albumen")


class OtherModels(Exception):
    """This worker would make features by other models than the run that it should help: bring it up to date."""


@dataclass(frozen=True, slots=True)
class Work:
    """What there is to do: batches of so many photos, by which models, and whether what is there is made again."""

    library: str
    token: str
    n_batches: int
    batch_photos: int
    models: tuple[str, ...]
    again: bool = False

    @property
    def prefix(self) -> str:
        """Return what the names of all its leases begin with."""
        return _prefix(self.library)

    @property
    def name(self) -> str:
        """Return the name of the lease that says that a run is at it."""
        return f"{self.prefix}work"

    def claim(self, number: int) -> str:
        """Return the name of the lease of whoever works on a batch."""
        return f"{_claims(self.library)}{number:05}"

    def done(self, number: int) -> str:
        """Return the name of the note that a batch is done."""
        return f"{self.notes}{self.token}/{number:05}"

    @property
    def notes(self) -> str:
        """Return what the names of all such notes begin with, those of earlier runs among them."""
        return f"{self.prefix}done/"


def _prefix(library: str) -> str:
    """Return what all leases of a library begin with, and those of no other: a folder may lie in another one."""
    return f"extract/{quote(library, safe='', errors='surrogatepass')}/"


def _claims(library: str) -> str:
    return f"{_prefix(library)}claim/"


def others_at(here: Opened) -> bool:
    """Say whether somebody works on batches of a library, as a helper of a run that was killed, or may begin one."""
    return bool(_patiently(here, lambda: here.store.leases.below(_claims(here.name)) or _work_of(here)))


def _work_of(here: Opened) -> Lease | None:
    return here.store.leases.held(f"{_prefix(here.name)}work")


@contextmanager
def offered(here: Opened, n_batches: int, batch_photos: int, models: Sequence[str], again: bool) -> Iterator[Sharing]:
    """Offer the batches of a library to other workers while the block lasts; its run holds the library."""
    work = Work(here.name, uuid4().hex[:12], n_batches, batch_photos, tuple(models), again)
    leases = here.store.leases
    kept = Kept(leases, work.name, whoever(), here.config.features.claim_s)
    for old in (work.name, work.notes):  # whoever offered them last was killed: the library is ours
        _patiently(here, partial(leases.forget_below, old))
    _patiently(here, lambda: kept.taken(asdict(work)))
    with kept:
        yield Sharing(here, work, kept)
        _patiently(here, lambda: leases.forget_below(work.notes))


def joined(here: Opened, models: Sequence[str]) -> Sharing | None:
    """Return the work that a run offers for a library now, None where none does.

    Raises:
        OtherModels: it is to be done by other models than this worker has; the text names both.
    """
    found = _patiently(here, partial(_work_of, here))
    if found is None:
        return None
    work = Work(**{**found.facts, "models": tuple(found.facts["models"])})
    must_be_alike(here, work.models, models)
    return Sharing(here, work)


def must_be_alike(here: Opened, wanted: Sequence[str], models: Sequence[str]) -> None:
    """Refuse to mix features: vectors of two models cannot be compared.

    Raises:
        OtherModels: this worker has other models than the run; the text names both.
    """
    if tuple(wanted) != tuple(models):
        raise OtherModels(
            f"{here.name} is extracted by {_listed(wanted)}, and this worker on {whoever().partition(':')[0]} has "
            f"{_listed(models)}: give it the same Albumen, weights and settings (albumen doctor shows them)"
        )


def _listed(models: Sequence[str]) -> str:
    return ", ".join(models) or "no model at all"


@dataclass
class Sharing:
    """One worker's part in the work; `kept` where its run offers it, and waits until all is done.

    `given_up` are the batches that this one leaves to the run, which knows best whether their photos can be had.
    """

    here: Opened
    work: Work
    kept: Kept | None = None
    holder: str = field(default_factory=whoever)
    given_up: set[int] = field(default_factory=set)

    def take_part(
        self, extract: Callable[[int], Receipt], tell: Callable[[Receipt], None] = lambda _receipt: None
    ) -> list[Receipt]:
        """Do batches that nobody else has; return the receipts of those done here, or of all where the run waits.

        Args:
            extract: does the batch of this number.
            tell: is told of each batch that another worker has done.

        Raises:
            LibraryBusy: another run has taken the work over.
        """
        mine: list[Receipt] = []
        told: set[int] = set()
        while (found := self._found()) is not None:
            done = {number: _receipt(found[name]) for number, name in self._notes() if name in found}
            for number in done.keys() - told - {receipt.figures["number"] for receipt in mine}:
                tell(done[number])
            told |= done.keys()
            left = [number for number in range(self.work.n_batches) if number not in done]
            mine_to_do = (number for number in left if number not in self.given_up)
            free = next((number for number in mine_to_do if self.work.claim(number) not in found), None)
            if not left or (free is None and self.kept is None):
                return mine if self.kept is None else [done[number] for number in sorted(done)]
            if free is None:
                time.sleep(LOOK_S)
            elif (receipt := self._claimed(free, extract)) is not None:
                mine.append(receipt)
        return mine

    def _found(self) -> Mapping[str, Lease] | None:
        """Return all leases of the work; None where its run is over, and nobody waits for it any more."""
        found: dict[str, Lease] = _patiently(self.here, self._looked)
        token = found[self.work.name].facts["token"] if self.work.name in found else None
        if self.kept is None:
            return found if token == self.work.token else None
        if token not in {None, self.work.token} or not _patiently(self.here, self.kept.still_held):
            raise LibraryBusy(f"the extraction of {self.work.library} was taken over by another run: run it again")
        return found

    def _looked(self) -> dict[str, Lease]:
        began = time.monotonic()
        found = self.here.store.leases.below(self.work.prefix)
        if time.monotonic() - began < AWAY_S:
            return found
        time.sleep(AWAY_S)
        return self.here.store.leases.below(self.work.prefix)

    def _notes(self) -> Iterator[tuple[int, str]]:
        return ((number, self.work.done(number)) for number in range(self.work.n_batches))

    def _claimed(self, number: int, extract: Callable[[int], Receipt]) -> Receipt | None:
        """Do a batch if it can be had, and note that it is done; None where somebody else was faster."""
        leases = self.here.store.leases
        claim = Kept(leases, self.work.claim(number), self.holder, self.here.config.features.claim_s)
        if not _patiently(self.here, claim.taken):
            return None
        with claim:
            if _patiently(self.here, lambda: leases.held(self.work.done(number))) is not None:
                return None
            receipt = extract(number)
            if self.kept is None and had_nothing(receipt):
                self._give_up(number)
                return None
            figures = {**receipt.figures, "number": number}
            note = {"status": receipt.status, "figures": figures, "seconds": receipt.seconds}
            _patiently(self.here, lambda: leases.take(self.work.done(number), self.holder, KEPT_S, note))
        return Receipt(receipt.step, receipt.status, figures, receipt.seconds)

    def _give_up(self, number: int) -> None:
        """Leave a batch to the run: noted as done, nobody would look at its photos again before the next one."""
        if not self.given_up:
            log.warning(
                "none of the photos of %s that lack something can be had on %s, and the run does them itself: where it "
                "is a folder, it must be at the same path there, and one that is read-only needs the run's data folder",
                self.work.library,
                self.holder.partition(":")[0],
            )
        self.given_up.add(number)


def had_nothing(part: Receipt) -> bool:
    """Say whether photos of a batch lack something, and a worker could have none of them."""
    return bool(part.figures.get("not_ready")) and not part.figures.get("made")


def _receipt(note: Lease) -> Receipt:
    return Receipt("extract_batch", note.facts["status"], dict(note.facts["figures"]), note.facts["seconds"])


def _patiently(here: Opened, call: Callable[[], Any]) -> Any:
    return patiently(call, here.config.retry)
