"""Background jobs: sidecar writes with the re-extraction that follows, and thumbnails of people.

A tag change writes the asset's tags into an XMP file, then reads it again and REPLACES the tags by what it held. A
change that comes between the two is lost for good, though its call answered 200 (measured on 3.1.0). Here each
change of an asset whose job is still to be done falls into that gap with the chance `race`, drawn from the seed, so
that the loss depends on no clock: a job that was caught keeps the tags of before the change.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from fakes.immich import tagging
from fakes.immich.state import Asset, Person, State


@dataclass
class Extraction:
    """One sidecar write and the re-extraction after it; `written` is what the file holds once it was written."""

    asset: str
    due: datetime
    written: tuple[str, ...] | None = None


@dataclass
class Jobs:
    state: State
    delay_s: float = 0.02
    race: float = 0.25
    extractions: deque[Extraction] = field(default_factory=deque)
    portraits: deque[tuple[datetime, str]] = field(default_factory=deque)
    _pending: dict[str, list[Extraction]] = field(default_factory=dict)

    @property
    def are_idle(self) -> bool:
        return not self.extractions and not self.portraits

    def before_tagging(self, assets: Iterable[Asset]) -> None:
        """Let the sidecars of some assets that wait for a job be written now, before the change that is to come."""
        for asset in assets:
            for job in self._pending.get(asset.id, ()):
                if job.written is None and self.state.chance(self.race):
                    job.written = self._write(asset)

    def before_deleting(self, assets: Iterable[Asset]) -> None:
        """Keep a tag that is about to be deleted in what waiting jobs write: they bring it back."""
        for asset in assets:
            for job in self._pending.get(asset.id, ()):
                job.written = job.written or self._write(asset)

    def after_tagging(self, assets: Iterable[Asset]) -> None:
        """Queue a sidecar write for each asset whose tags, description or date were changed."""
        due = self._due()
        for asset in assets:
            job = Extraction(asset.id, due)
            self.extractions.append(job)
            self._pending.setdefault(asset.id, []).append(job)

    def settle(self, asset: Asset) -> None:
        """Write an asset's sidecar now, as if all of its jobs were done."""
        self._write(asset)
        for job in self._pending.get(asset.id, ()):
            job.written = asset.sidecar

    def refresh(self, asset: Asset) -> None:
        """Queue a re-extraction alone: what the sidecar holds comes back, deleted tags too."""
        self.extractions.append(Extraction(asset.id, self._due(), asset.sidecar))

    def draw_portrait(self, person: Person) -> None:
        self.portraits.append((self._due(), person.id))

    def run(self, until: datetime | None = None) -> None:
        """Do all jobs that are due, in the order in which they were queued; without a time, all of them."""
        while self.extractions and (until is None or self.extractions[0].due <= until):
            self._extract(self.extractions.popleft())
        while self.portraits and (until is None or self.portraits[0][0] <= until):
            _, person = self.portraits.popleft()
            if person in self.state.people and self.state.people[person].feature:
                self.state.people[person].has_thumbnail = True

    def _due(self) -> datetime:
        return self.state.now() + timedelta(seconds=self.delay_s)

    def _write(self, asset: Asset) -> tuple[str, ...]:
        asset.sidecar = tuple(sorted(self.state.tags[t].value for t in asset.tags))
        return asset.sidecar

    def _extract(self, job: Extraction) -> None:
        waiting = self._pending.get(job.asset, [])
        if job in waiting:
            waiting.remove(job)
        if not waiting:
            self._pending.pop(job.asset, None)
        asset = self.state.assets.get(job.asset)
        if asset is None:
            return
        asset.sidecar = self._write(asset) if job.written is None else job.written
        tagging.replace(self.state, asset, asset.sidecar)
        if asset.retimed:
            asset.taken = asset.local = asset.retimed
            asset.retimed = None
        self.state.revision += 1
        asset.touch(self.state.now())
