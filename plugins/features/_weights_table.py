"""The network weights that Albumen knows: which files can hold them, how they are checked, and where they are from."""

from __future__ import annotations

import fnmatch
from dataclasses import dataclass
from pathlib import Path
from typing import Final

MOST_BYTES: Final = 600_000_000
"""No weights file that we know is larger; a larger one is not read at all."""


class WeightsMissing(LookupError):
    """Weights are in none of the places: put the file where the text says; steps that need it are skipped."""


class WeightsDamaged(WeightsMissing):
    """A weights file is truncated or another one than its name says: replace or remove the file that the text names.

    `path` is that file, where the one who raises says it.
    """

    def __init__(self, text: str, path: Path | None = None) -> None:
        super().__init__(text)
        self.path = path


class WeightsRefused(ValueError):
    """A file holds no weights that we can use: give another one; the text says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class WeightsFile:
    """One file that can hold the weights; no checksum means that it was converted by its owner or by us.

    `sha256` is the whole checksum or its beginning. `header` is what the metadata of a safetensors file says, so that
    the same layers give the same bytes.
    """

    name: str
    sha256: str | None = None
    size_bytes: int | None = None
    header: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Download:
    """A file of which the used layers are kept, and the addresses that have it, best first; `most_bytes` is a bound."""

    file: WeightsFile
    urls: tuple[str, ...]
    most_bytes: int


@dataclass(frozen=True, slots=True)
class Weights:
    """Weights of one network: the files that can hold them, best first, and where they come from.

    `package` is the import name and folder of an installed package that carries the file, where one does. `layout` is
    the `fingerprint` of the layers' names and shapes, `prefix` what stands before the names in the original file, and
    `unused` are patterns of the layers that are left out. `half`: the conversion keeps matrices as float16.
    """

    name: str
    files: tuple[WeightsFile, ...]
    licence: str
    source: str
    package: tuple[str, str] | None = None
    download: Download | None = None
    layout: str = ""
    prefix: str = ""
    unused: tuple[str, ...] = ()
    half: bool = False

    def is_unused(self, layer: str) -> bool:
        """Say whether a layer of the file is none that the network needs."""
        return any(fnmatch.fnmatchcase(layer, pattern) for pattern in self.unused)

    @property
    def converted(self) -> WeightsFile | None:
        """Return the file that a conversion makes, which no checksum is known of beforehand."""
        return next((file for file in self.files if file.sha256 is None), None)


_FACENET_PYTORCH: Final = "facenet-pytorch 2.6.0 (PyPI)"
_DLIB: Final = "face-recognition-models 0.3.0 (PyPI), https://github.com/davisking/dlib-models"
_NORM_COUNTER: Final = "*.num_batches_tracked"

_VGG16: Final = Weights(
    "vgg16",
    (
        WeightsFile(
            "vgg16_features.safetensors",
            "648f6b1e9ed5e18b4104990d7f506f54f7e1d80772a08efa91e6e8a293607233",
            29_439_952,
            (
                ("input", "RGB 0..255 minus (123.68,116.779,103.939)"),
                ("source", "Simonyan & Zisserman 2014 (Oxford VGG), CC BY 4.0"),
                ("layout", "torchvision vgg16().features"),
            ),
        ),
        WeightsFile("vgg16_converted.safetensors"),
    ),
    "CC BY 4.0 (Visual Geometry Group, Oxford)",
    "Simonyan & Zisserman 2014; torchvision VGG16_Weights.IMAGENET1K_FEATURES, convolutions only, float16",
    # Where this was written the file could not be downloaded: the beginning of its checksum is the one in its name,
    # which is all that torch.hub itself checks, and torchvision says that it has 527.802 MiB.
    download=Download(
        WeightsFile("vgg16_features-amdegroot-88682ab5.pth", "88682ab5"),
        ("https://download.pytorch.org/models/vgg16_features-amdegroot-88682ab5.pth",),
        553_500_000,
    ),
    layout="f6ad12e21e4fff8b",
    prefix="features.",
    unused=("classifier.*",),
    half=True,
)

# The checksum of the .pt file is the one that many public projects pin; we could not compute it ourselves.
_VGGFACE2: Final = WeightsFile(
    "20180402-114759-vggface2.pt",
    "281cebca8662831adb987a874bdcb36e73f5b1c6dc5ee5878f305e985625d99b",
    111_898_327,
)
_VGGFACE2_URL: Final = (
    "https://github.com/timesler/facenet-pytorch/releases/download/v2.2.9/20180402-114759-vggface2.pt"
)
_FACENET: Final = Weights(
    "facenet",
    (WeightsFile("facenet_vggface2.safetensors"), _VGGFACE2),
    "MIT (facenet-pytorch); trained on VGGFace2, whose own terms apply",
    _VGGFACE2_URL,
    download=Download(_VGGFACE2, (_VGGFACE2_URL,), 111_898_327),
    layout="3f2765dfa3b06850",
    unused=("logits.*", _NORM_COUNTER),  # the classifier over the training people is no part of the embedder
)


def _carried(name: str, file: WeightsFile, layout: str = "") -> Weights:
    """Return weights that come with an installed package: MTCNN's networks have a layout, dlib's files do not."""
    if layout:
        return Weights(name, (file,), "MIT", _FACENET_PYTORCH, ("facenet_pytorch", "data"), layout=layout)
    return Weights(name, (file,), "CC0 1.0 (Davis King)", _DLIB, ("face_recognition_models", "models"))


_ALL: Final = (
    _VGG16,
    _FACENET,
    _carried(
        "mtcnn_pnet",
        WeightsFile("pnet.pt", "a2a71925e0b9996a42f63e47efc1ca19043e69558b5c523b978d611dfae49c8f", 28_570),
        layout="0456da6442842adb",
    ),
    _carried(
        "mtcnn_rnet",
        WeightsFile("rnet.pt", "bbb937de72efc9ef83b186c49f5f558467a1d7e3453a8ece0d71a886633f6a86", 403_147),
        layout="a7e54061a7c6e266",
    ),
    _carried(
        "mtcnn_onet",
        WeightsFile("onet.pt", "165bfbe42940416ccfb977545cf0e976d5bf321f67083ae2aaaa5c764280118d", 1_559_269),
        layout="d7882cd7122f9f86",
    ),
    _carried(
        "dlib_resnet",
        WeightsFile(
            "dlib_face_recognition_resnet_model_v1.dat",
            "55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30",
            22_466_066,
        ),
    ),
    _carried(
        "dlib_five_points",
        WeightsFile(
            "shape_predictor_5_face_landmarks.dat",
            "c4b1e9804792707d3a405c2c16a80a20269e6675021f64a41d30fffafbc41888",
            9_150_489,
        ),
    ),
)
KNOWN: Final = {weights.name: weights for weights in _ALL}
"""All weights by name."""
