"""What networks make of simulated pictures: the geometry of scene and face vectors, and measures with their errors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from plugins.covers import Floats, IntArray
from plugins.covers._synthetic_lives import Doubles, Life

LATENT: Final = 160
"""Directions in which pictures differ before the network makes non-negative numbers of them."""
SCENE_DIM: Final = 512


@dataclass(frozen=True, slots=True)
class Lens:
    """How one user's pictures look to the networks.

    A scene is max(0, `bias` + latent · map) ** `peak` per number, as the mean of a layer behind a ReLU is. The latent's
    squared length comes from its subject, its event and itself by the shares `subject` and `event`; its spectrum falls
    as rank ** -`fall`. `kin` is what subjects of one kind share, `face_mark` and `light_mark` how far faces, and light,
    move it. Faces are `own` identity and the rest chance, around what all faces share, `common` times as long;
    `face_dim` numbers, whose spectrum falls as rank ** -`face_fall`.

    The defaults are those of VGG16's and dlib's vectors of libraries of 800 photos of 49 subjects. In brackets theirs:
    cosine of scenes of one subject .53 ± .18 (.53 ± .15), of two .32 ± .10 (.30 ± .11), around their mean .31 ± .23 and
    -.01 ± .13 (.31 ± .23, -.01 ± .12); inside an album .39 (.39); length of the mean .57 (.56); effective dimension 53
    (54); zeros .31 (.22). Faces of one person .92 ± .06 (.93 ± .05), of two .84 ± .06 (.84 ± .04), around their mean
    .48 ± .21 and -.08 ± .19 (.50 ± .35, -.04 ± .18); effective dimension 17 (15).
    """

    subject: float = 0.28
    event: float = 0.02
    fall: float = 0.3
    bias: float = 0.5
    peak: float = 2.5
    kin: float = 0.12
    face_mark: float = 0.25
    light_mark: float = 0.2
    face_dim: int = 128
    own: float = 0.75
    common: float = 2.4
    face_fall: float = 0.42

    @classmethod
    def drawn(cls, rng: np.random.Generator) -> Lens:
        """Draw how one user's pictures look: around our networks, dlib's faces and FaceNet's, and well beyond."""
        dlib = bool(rng.random() < 0.65)
        return cls(
            subject=rng.uniform(0.15, 0.45),
            event=rng.uniform(0, 0.15),
            fall=rng.uniform(0.15, 0.55),
            bias=rng.uniform(0.25, 0.9),
            peak=rng.uniform(1, 3),
            kin=rng.uniform(0, 0.4),
            face_mark=rng.uniform(0, 0.6),
            light_mark=rng.uniform(0, 0.4),
            face_dim=128 if dlib else 512,
            own=rng.uniform(0.6, 0.85) if dlib else rng.uniform(0.65, 0.9),
            common=rng.uniform(1.6, 2.8) if dlib else rng.uniform(0, 0.5),
            face_fall=rng.uniform(0.3, 0.7) if dlib else rng.uniform(0, 0.35),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What is known of n pictures; `look` (n, LATENT) is what a scene is before the network, which taste may like."""

    scenes: Floats
    look: Doubles
    faces: Floats
    face_of: IntArray
    n_faces: Floats
    face_share: Floats
    face_quality: Floats
    sharpness: Floats
    exposure: Floats
    smile: Floats


def see(rng: np.random.Generator, life: Life, lens: Lens) -> Seen:
    """Embed and measure the pictures of a life."""
    look = _look(rng, life, lens)
    found = life.who & (rng.random(life.who.shape) < 0.93)
    face_of, person = (index.astype(np.int64) for index in np.nonzero(found))
    strangers = np.repeat(np.arange(len(life.event)), life.bystanders)
    n_faces = found.sum(axis=1) + life.bystanders
    faces = embed_faces(rng, lens, np.concatenate([person, life.who.shape[1] + np.arange(len(strangers))]))
    any_face, noise = n_faces > 0, rng.standard_normal((4, len(look)))
    content = rng.normal(0.54, 0.14, len(life.kind))[life.subject]  # leaves are sharper than snow, whatever the focus
    return Seen(
        _scenes(rng, look, lens),
        look,
        faces,
        np.concatenate([face_of, strangers]),
        n_faces.astype(np.float32),
        np.where(any_face, life.share * np.exp(0.1 * noise[0]), 0).clip(0, 1).astype(np.float32),
        np.where(any_face, 0.78 * life.focus**0.3 + 0.15 * noise[1], 0).clip(0, 1).astype(np.float32),
        ((content + 0.1 * noise[2]) * (0.2 + 0.8 * life.focus)).clip(0, 1).astype(np.float32),
        (life.light + 0.05 * noise[3]).clip(0, 1).astype(np.float32),
        np.where(any_face, life.smile + rng.normal(0, 0.1, len(look)), np.nan).clip(0, 1).astype(np.float32),
    )


def _look(rng: np.random.Generator, life: Life, lens: Lens) -> Doubles:
    """Return what each picture shows, shape (n, LATENT): its subject, its event, faces, light, and chance."""
    scale = _spectrum(LATENT, lens.fall)

    def draw(count: int) -> Doubles:
        return rng.standard_normal((count, LATENT)) * scale

    kin = draw(int(life.kind.max()) + 1)[life.kind]
    centre = np.sqrt(lens.kin) * kin + np.sqrt(1 - lens.kin) * draw(len(life.kind))
    rest = max(0.1, 1 - lens.subject - lens.event)
    compact = np.sqrt(rng.uniform(0.1, 1.9, len(life.kind)))  # some subjects look the same every time
    own = _uneven(rng, draw(int(life.burst[-1]) + 1))[life.burst] + _moved(life, draw(len(life.event)))
    look = np.sqrt(lens.subject) * centre[life.subject] + np.sqrt(lens.event) * draw(len(life.album))[life.event]
    look += np.sqrt(rest) * compact[life.subject, None] * own
    seen = life.who.any(axis=1) * (0.5 + 0.5 * np.minimum(life.share / 0.05, 2))
    look += draw(1) * lens.face_mark * seen[:, None] + draw(1) * (lens.light_mark / 0.17) * _centred(life.light)
    return np.asarray(look)


def _uneven(rng: np.random.Generator, vectors: Doubles) -> Doubles:
    return np.asarray(vectors * np.sqrt(rng.gamma(2, 0.5, (len(vectors), 1))))


def _centred(values: Doubles) -> Doubles:
    return np.asarray((values - values.mean())[:, None])


def _moved(life: Life, steps: Doubles) -> Doubles:
    """Return how far each picture has gone from the first of its burst, shape (n, LATENT), step by step."""
    path = np.cumsum(steps * life.motion[:, None], axis=0)
    return np.asarray(path - path[np.searchsorted(life.burst, life.burst)])


def _scenes(rng: np.random.Generator, look: Doubles, lens: Lens) -> Floats:
    """Return the vectors of a network whose last numbers are means behind a ReLU, shape (n, 512), unit length."""
    to_scene = rng.standard_normal((LATENT, SCENE_DIM), dtype=np.float32)
    bias = lens.bias * rng.gamma(2, 0.5, SCENE_DIM).astype(np.float32)
    strength = rng.gamma(4, 0.25, SCENE_DIM).astype(np.float32)
    found: Floats = np.maximum(0, look.astype(np.float32) @ to_scene + bias)
    return _unit(strength * found ** np.float32(lens.peak))


def embed_faces(rng: np.random.Generator, lens: Lens, person: IntArray) -> Floats:
    """Return the vectors of the faces of these persons, shape (m, face_dim), unit length."""
    scale = _spectrum(lens.face_dim, lens.face_fall).astype(np.float32)
    identity = rng.standard_normal((int(person.max(initial=0)) + 1, lens.face_dim), dtype=np.float32) * scale
    chance = rng.standard_normal((len(person), lens.face_dim), dtype=np.float32) * scale
    chance *= rng.gamma(3, 1 / 3, (len(person), 1)).astype(np.float32)  # poor pictures of faces are much less alike
    common = lens.common * _unit(rng.standard_normal((1, lens.face_dim), dtype=np.float32))
    return _unit(common + lens.own * identity[person] + float(np.sqrt(1 - lens.own**2)) * chance)


def _spectrum(dim: int, fall: float) -> Doubles:
    """Return how far vectors spread in each direction, shape (dim,); their mean squared length is 1."""
    scale = np.arange(1, dim + 1) ** -fall
    return np.asarray(scale / np.linalg.norm(scale))


def _unit(vectors: Floats) -> Floats:
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(length, 1e-9), dtype=np.float32)
