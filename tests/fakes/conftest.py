"""A fake Immich whose jobs wait until a test lets them run, and its user who asks it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fakes.asking import Asking
from fakes.immich import FakeImmich


@pytest.fixture
def server() -> Iterator[FakeImmich]:
    with FakeImmich() as fake:
        fake.job_delay_s = 60
        yield fake


@pytest.fixture
def ask(server) -> Iterator[Asking]:
    with Asking(server) as found:
        yield found
