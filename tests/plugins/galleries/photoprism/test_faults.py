"""One request in ten fails, in every way that a network can: the server ends as if none had."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from fakes.disturbing import check_far_worse_than_any_network, check_the_end_is_as_without_faults
from fakes.http.faults import KINDS
from fakes.served import Undisturbed
from fakes.served.photoprism import OLDER

SOAK = bool(os.environ.get("ALBUMEN_SOAK"))
SEEDS = range(1_000 if SOAK else 50)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_end_is_as_without_faults(seed: int, undisturbed: Undisturbed, tmp_path: Path) -> None:
    check_the_end_is_as_without_faults(seed, undisturbed, tmp_path)


@pytest.mark.parametrize("fault", KINDS)
def test_one_kind_of_fault_at_every_other_request(fault: str, undisturbed: Undisturbed, tmp_path: Path) -> None:
    check_far_worse_than_any_network(fault, undisturbed, tmp_path)


def test_without_the_batch_edit_the_end_is_as_without_faults(tmp_path: Path) -> None:
    undisturbed = Undisturbed(OLDER, tmp_path)
    for seed in range(100 if SOAK else 3):
        check_the_end_is_as_without_faults(seed, undisturbed, tmp_path / f"{seed}")
