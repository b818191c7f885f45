"""The store: the only database code. `open_store(settings)` gives one object with a part for each concern."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from plugins.store.answers import Answers, GivenAnswer
from plugins.store.auto_tags import AutoTags
from plugins.store.backup import Backup
from plugins.store.covers import ChosenCover, Covers, KeptFrame, Ranked, VideoCover
from plugins.store.database import Database, StoreBusy, StoreError, StoreUnusable
from plugins.store.events import Events
from plugins.store.faces import Faces, FaceTable
from plugins.store.features import Features
from plugins.store.groups import GroupedFace, Groups
from plugins.store.journal import Entry, Journal
from plugins.store.labelled_faces import LabelledFaces
from plugins.store.leases import Lease, Leases
from plugins.store.ledger import Ledgers
from plugins.store.measures import Measures
from plugins.store.models import Model, Models
from plugins.store.opening import opened
from plugins.store.parts import Parts
from plugins.store.people import FaceLabel, People
from plugins.store.people_pages import PeoplePages
from plugins.store.photos import Photos, Refreshed
from plugins.store.plans import Plans
from plugins.store.positions import Positions
from plugins.store.problems import Problem, Problems
from plugins.store.purging import Purging
from plugins.store.runs import Run, Runs
from plugins.store.steps import Steps
from plugins.store.suggestions import Decision, Evidence, ShownFace, Suggestion, Suggestions
from plugins.store.trained import Trained, TrainedHeads
from plugins.store.waiting import CountedWord, Waiting

if TYPE_CHECKING:
    from plugins.settings import Settings

__all__ = [
    "ChosenCover",
    "CountedWord",
    "Decision",
    "Entry",
    "Evidence",
    "FaceLabel",
    "FaceTable",
    "GivenAnswer",
    "GroupedFace",
    "KeptFrame",
    "Lease",
    "Model",
    "Problem",
    "Ranked",
    "Refreshed",
    "Run",
    "ShownFace",
    "Store",
    "StoreBusy",
    "StoreError",
    "StoreUnusable",
    "Suggestion",
    "Trained",
    "VideoCover",
    "open_store",
]


class Store:
    """All that Albumen remembers; each part has the methods of one concern. Safe to use from several threads."""

    def __init__(self, engine: sa.Engine, where: str, backups: Path) -> None:
        """Use an open engine; `open_store` makes one."""
        self._database = database = Database(engine, where)
        self.where = where
        self.photos = Photos(database)
        self.positions = Positions(database)
        self.problems = Problems(database)
        self.features = Features(database)
        self.faces = Faces(database)
        self.labelled_faces = LabelledFaces(database)
        self.people = People(database)
        self.people_pages = PeoplePages(database)
        self.groups = Groups(database)
        self.events = Events(database)
        self.covers = Covers(database)
        self.auto_tags = AutoTags(database)
        self.measures = Measures(database)
        self.parts = Parts(database)
        self.suggestions = Suggestions(database)
        self.waiting = Waiting(database)
        self.answers = Answers(database)
        self.leases = Leases(database)
        self.ledger = Ledgers(database)
        self.journal = Journal(database)
        self.plans = Plans(database)
        self.runs = Runs(database)
        self.steps = Steps(database)
        self.models = Models(database)
        self.trained = TrainedHeads(database)
        self.purging = Purging(database)
        self.backup = Backup(database, backups)

    def transaction(self) -> AbstractContextManager[object]:
        """Commit all that this thread writes inside the block together, or, when it raises, nothing of it."""
        return self._database.transaction()

    def status(self) -> dict[str, int]:
        """Count the rows of each table."""
        return self.backup.status()


@contextmanager
def open_store(settings: Settings) -> Iterator[Store]:
    """Open the store that the settings name, made or brought up to date first if need be.

    Raises:
        StoreUnusable: it cannot be used as it is; the text says what to do.
        StoreBusy: another process is at it for too long.
    """
    backups = settings.data_dir / "backups"
    engine = opened(settings.database, backups)
    try:
        where = engine.url.render_as_string(hide_password=True)
        yield Store(engine, where.removeprefix("sqlite:///"), backups)
    finally:
        engine.dispose()
