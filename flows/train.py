"""Train: a library's own names, tags and covers teach its methods; shipped weights are made again from fixed seeds."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final, Literal, TypeAlias

from prefect import flow

from flows.running import running
from plugins.shipped_weights import TRAINERS
from tasks.caching import Receipt
from tasks.cover_training import roll_back_covers, train_covers
from tasks.tag_training import roll_back_tags, train_tags
from tasks.training import roll_back_people, train_people, train_shipped

METHODS: Final = tuple(TRAINERS)
"""Whose weights Albumen ships."""
Learning: TypeAlias = Literal["people", "tags", "covers"]
"""Whose methods learn from a library."""
TRAINING: Final[Mapping[Learning, tuple[Callable[[str], Receipt], Callable[[str], Receipt]]]] = {
    "people": (train_people, roll_back_people),
    "tags": (train_tags, roll_back_tags),
    "covers": (train_covers, roll_back_covers),
}
"""What can learn from a library: how it learns, and how it goes back to what was before."""
log = logging.getLogger("albumen")


@flow(name="train", flow_run_name="train-{what}-of-{library}")
def train(library: str, what: Learning = "people", roll_back: bool = False) -> dict[str, Any]:
    """Learn from what the user has said in a library; nothing is written to the gallery, and nothing leaves the store.

    Args:
        library: The name of a library in albumen.toml, or folder:DIR for a folder without settings.
        what: Whose methods learn. `people`: from the faces that you have named. `tags`: from your own tags and your
            answers to suggestions. `covers`: from favourites, ratings and the covers that you have chosen. Where there
            is too little to learn from, the run says so and changes nothing.
        roll_back: On: what was used before the last training is used again, and nothing is trained.
    """
    learn, go_back = TRAINING[what]
    with running(library, "train") as run:
        run.did(go_back(run.library) if roll_back else learn(run.library))
        run.note()
        return {"library": run.library, "run": run.id, **run.summary()}


@flow(name="train-shipped")
def train_shipped_weights(
    methods: Sequence[str] = METHODS, folder: str = "", sizes: Mapping[str, Mapping[str, int]] | None = None
) -> dict[str, Any]:
    """Make the weights that Albumen ships again, on simulated galleries and users and from fixed seeds.

    Args:
        methods: whose; by default all that Albumen ships.
        folder: where the files go; by default to where Albumen reads them.
        sizes: of the training by method; their own by default.
    """
    receipts = []
    for method in methods:
        receipts.append(train_shipped(method, folder, (sizes or {}).get(method)))
        log.info("%s: trained in %.0f s", method, receipts[-1].seconds)
    return {"steps": [asdict(receipt) for receipt in receipts]}
