"""PhotoPrism's versions: which are written to, by which ways, and what is said of those that nobody knows."""

from __future__ import annotations

import pytest

from plugins.galleries.photoprism.versions import Ways, number_of, warning_of, ways_of

NONE = {"writes": False, "batch_edit": False, "forced_delete": False}
FEW = {"batch_edit": False, "forced_delete": False}


@pytest.mark.parametrize(
    ("said", "number"),
    [
        pytest.param("250707-d28b3101e", 250707, id="a release"),
        pytest.param(" 260919-28c46a116-Linux-AMD64-Plus", 260919, id="with system and edition"),
        pytest.param("251130", 251130, id="nothing behind it"),
        pytest.param("develop", 0, id="a word"),
        pytest.param("", 0, id="nothing"),
        pytest.param("20251130-abc", 0, id="eight digits"),
        pytest.param("١٢٣٤٥٦-abc", 0, id="digits of another alphabet"),
    ],
)
def test_number(said: str, number: int) -> None:
    assert number_of(said) == number


@pytest.mark.parametrize(
    ("said", "ways"),
    [
        pytest.param("", Ways(0, **NONE), id="one that does not say which it is"),
        pytest.param("240915-e1280b2fb", Ways(240915, **NONE), id="too old to be written to"),
        pytest.param("250424-x", Ways(250424, **NONE), id="a day too old"),
        pytest.param("250425-8f1c5d4a1", Ways(250425, **FEW), id="the first with covers"),
        pytest.param("250707-d28b3101e", Ways(250707, **FEW), id="before batch edit"),
        pytest.param("251130-b3068414c", Ways(251130), id="the first with batch edit"),
        pytest.param("260919-28c46a116", Ways(260919), id="the newest that we know"),
        pytest.param("270101-00000000", Ways(270101), id="newer than we know"),
    ],
)
def test_ways(said: str, ways: Ways) -> None:
    assert ways_of(said) == ways


@pytest.mark.parametrize(
    ("said", "warned"),
    [
        pytest.param("250424-x", "PhotoPrism 250424 is too old: it is only read", id="too old"),
        pytest.param("250425-x", "", id="the oldest that is written to"),
        pytest.param("260919-x", "", id="the newest that we know"),
        pytest.param("270101-x", "PhotoPrism 270101 is newer than what this Albumen knows (260919)", id="newer"),
        pytest.param("nightly", "PhotoPrism does not say which it is ('nightly'): it is only read", id="none"),
    ],
)
def test_warning(said: str, warned: str) -> None:
    assert warning_of(said).startswith(warned)
    assert bool(warning_of(said)) == bool(warned)
