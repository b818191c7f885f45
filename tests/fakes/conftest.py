"""Fake servers and who asks them: an Immich whose jobs wait until a test lets them run, and a PhotoPrism."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fakes.asking import Asking
from fakes.asking_photoprism import AskingPrism
from fakes.immich import FakeImmich
from fakes.photoprism import FakePhotoPrism


@pytest.fixture
def server() -> Iterator[FakeImmich]:
    with FakeImmich() as fake:
        fake.job_delay_s = 60
        yield fake


@pytest.fixture
def ask(server) -> Iterator[Asking]:
    with Asking(server) as found:
        yield found


@pytest.fixture
def prism() -> Iterator[FakePhotoPrism]:
    with FakePhotoPrism() as fake:
        yield fake


@pytest.fixture
def ask_prism(prism) -> Iterator[AskingPrism]:
    with AskingPrism(prism) as found:
        yield found
