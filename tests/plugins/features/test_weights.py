"""Finding weights: the order of the places, checksums, and what the errors say."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from plugins.features import weights
from plugins.features._tensors import Stored, serialised
from plugins.features.weights import KNOWN, WeightsDamaged, WeightsMissing, find, missing, weights_hash


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Start without weights of this user: no variable, an empty cache."""
    monkeypatch.delenv("ALBUMEN_WEIGHTS", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path


def put(folder: Path, content: bytes, name: str = "facenet_vggface2.safetensors") -> Path:
    """Put a file of weights; a whole one of no use where its name has no known checksum, as its owner made it."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    whole = serialised({"layer": Stored("U8", (len(content),), content)}, {})
    path.write_bytes(whole if name.endswith(".safetensors") else content)
    return path


def test_nothing_of_the_table_is_unpicklable_freely() -> None:
    assert {Path(file.name).suffix for w in KNOWN.values() for file in w.files} <= {".safetensors", ".pt", ".dat"}


@pytest.mark.parametrize("name", KNOWN)
def test_every_entry_says_licence_and_source(name: str) -> None:
    assert KNOWN[name].name == name
    assert KNOWN[name].licence
    assert KNOWN[name].source


@pytest.mark.parametrize("name", [w.name for w in KNOWN.values() if w.package])
def test_what_packages_carry_is_found_and_has_its_checksum(name: str) -> None:
    assert find(name).name == KNOWN[name].files[0].name


def test_finding_imports_neither_torch_nor_the_packages() -> None:
    code = (
        "import sys; from plugins.features.weights import find; find('dlib_resnet'); find('mtcnn_pnet');"
        "print({'torch', 'dlib', 'facenet_pytorch', 'face_recognition_models', 'pkg_resources'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_order_is_given_folder_then_variable_then_cache(nowhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cached = put(weights.cache_folder(), b"cache")
    assert cached.is_relative_to(nowhere)
    assert find("facenet") == cached
    named = put(nowhere / "named", b"variable")
    monkeypatch.setenv("ALBUMEN_WEIGHTS", str(named.parent))
    assert find("facenet") == named
    given = put(nowhere / "given", b"given")
    assert find("facenet", given.parent) == given


def test_missing_weights_say_what_to_do(nowhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALBUMEN_WEIGHTS", str(nowhere / "empty"))
    with pytest.raises(WeightsMissing) as error:
        find("facenet")
    for word in ("20180402-114759-vggface2.pt", str(nowhere / "empty"), "ALBUMEN_WEIGHTS", "Licence"):
        assert word in str(error.value)
    assert missing(("mtcnn_pnet", "facenet")) == str(error.value)
    assert missing(("mtcnn_pnet", "dlib_resnet")) == ""


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param(b"half", "has 4 bytes and should have 28570", id="truncated"),
        pytest.param(bytes(28_570), "SHA-256", id="right size, other content"),
    ],
)
def test_other_content_under_a_known_name_is_refused(nowhere: Path, content: bytes, said: str) -> None:
    path = put(nowhere, content, "pnet.pt")
    with pytest.raises(WeightsDamaged, match=said) as error:
        find("mtcnn_pnet", nowhere)
    assert str(path) in str(error.value)


def test_the_hash_follows_the_content_not_the_place(nowhere: Path) -> None:
    first = put(nowhere / "a", b"one").parent
    second = put(nowhere / "b", b"one").parent
    before = weights_hash("facenet", folder=first)
    assert weights_hash("facenet", folder=second) == before
    assert weights_hash("facenet", "mtcnn_pnet", folder=first) != before
    put(first, b"another")
    assert weights_hash("facenet", folder=first) != before
