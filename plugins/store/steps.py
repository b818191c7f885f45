"""Receipts: which step of a library last finished, for which inputs; a step with the same inputs need not run."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from plugins.store.database import Database
from plugins.store.tables import steps


class Steps:
    """The last receipt of each step; one a step, as the store holds one result a step."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, library: str, step: str, key: str, summary: Mapping[str, Any]) -> None:
        """Note that a step finished for these inputs; inside `transaction()` one commit with its result."""
        row = {"library": library, "step": step, "key": key, "summary": dict(summary)}
        self._database.upsert(steps, [{**row, "recorded_at": datetime.now(UTC)}])

    def holds(self, library: str, step: str, key: str) -> bool:
        """Say whether what the store holds of a step was made from these inputs."""
        query = sa.select(steps.c.key).where(steps.c.library == library, steps.c.step == step)
        with self._database.reading() as connection:
            return connection.scalar(query) == key

    def summary(self, library: str, step: str, key: str) -> dict[str, Any] | None:
        """Return what was recorded for these inputs, or None."""
        of_this = (steps.c.library == library, steps.c.step == step, steps.c.key == key)
        with self._database.reading() as connection:
            found: dict[str, Any] | None = connection.scalar(sa.select(steps.c.summary).where(*of_this))
        return found

    def stamp(self, library: str) -> tuple[int, datetime | None]:
        """Return what is another thing after each step of a run, and after each receipt that is forgotten."""
        query = sa.select(sa.func.count(), sa.func.max(steps.c.recorded_at)).where(steps.c.library == library)
        with self._database.reading() as connection:
            n, last = connection.execute(query).one()
        return n, last

    def keys(self) -> set[str]:
        """Return the keys of all receipts, of all libraries."""
        with self._database.reading() as connection:
            return set(connection.scalars(sa.select(steps.c.key).distinct()))

    def forget(self, library: str, step: str | None = None) -> None:
        """Forget the receipt of a step, or of all steps, so that it runs again."""
        old = steps.delete().where(steps.c.library == library)
        with self._database.transaction() as connection:
            connection.execute(old if step is None else old.where(steps.c.step == step))
