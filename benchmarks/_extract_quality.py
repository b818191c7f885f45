"""Rows of quality: what both sides find and tell apart on the same pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from benchmarks._feature_scores import IntArray, auc, centre_face, found_faces, p_at_1, pairs, tpr_at
from benchmarks._given_weights import GivenWeights
from benchmarks._groups import Group
from benchmarks._sides import Answers, Embedder, FloatArray, Hosted, Row, Run, Seen, Vectors

PAIRS: Final = 200_000
"""Most pairs of each kind: 200 strangers are then at one in 1,000."""

Z_95: Final = 1.96
"""Standard deviations either way that hold 95 % of a normal distribution."""

DIMS: Final[dict[Embedder, int]] = {"facenet": 512, "dlib_face": 128}
VGG16_DIM: Final = 512


def labelled(folder: Path, most: int | None, seed: int) -> tuple[list[Path], IntArray]:
    """Return the pictures of a folder with one folder a label, sorted, and the number of each one's label.

    Args:
        folder: holds <label>/<picture>.jpg.
        most: about how many pictures: whole labels, drawn by lot, until there are so many. None for all.
        seed: of the draw.
    """
    groups = [sorted(path.glob("*.jpg")) for path in sorted(folder.iterdir()) if path.is_dir()]
    kept: list[int] = []
    for index in np.random.default_rng(seed).permutation(len(groups)).tolist():
        if most is None or sum(len(groups[i]) for i in kept) < most:
            kept.append(index)
    files = [path for index in sorted(kept) for path in groups[index]]
    labels = np.repeat(np.arange(len(kept)), [len(groups[index]) for index in sorted(kept)])
    return files, labels


def portrait_rows(
    sides: Mapping[str, Hosted],
    check: Hosted,
    files: Sequence[Path],
    person: IntArray,
    given: GivenWeights,
    seed: int,
) -> tuple[list[Row], Answers]:
    """Score portraits: faces that cover the middle found, and people told apart by each embedder.

    `check` is the plain loop with our network: with the same weights it must tell people apart as the plain loop does,
    whatever the weights are worth.
    """
    rows: list[Row] = []
    answers: Answers = {"lfw_files": _names(files), "lfw_person": person}
    for embedder in DIMS:
        runs = {name: side.run(files, embedder, pictures=False) for name, side in sides.items()}
        vectors = {name: centre_vectors(run.seen, DIMS[embedder]) for name, run in runs.items()}
        if embedder == "facenet":
            rows += _portraits(runs)
            crops = check.run(files, embedder, pictures=False)
            vectors["ours_on_plain_crops"] = centre_vectors(crops.seen, DIMS[embedder])
        answers |= {f"lfw_{name}_{embedder}": found for name, found in vectors.items()}
        rows += _verification(embedder, vectors, person, seed, answers, random=embedder in given.random)
    return rows, answers


def group_rows(
    sides: Mapping[str, Hosted], folder: Path, groups: Sequence[Group], variant: str = "groups"
) -> tuple[list[Row], Answers]:
    """Score group pictures: true faces found, and boxes on none.

    `face_recall_low` and `_high` hold the recall with 95 %, `over_other…` its difference to the other side's.
    """
    files = [folder / group.name for group in groups]
    rows: list[Row] = []
    answers: Answers = {f"{variant}_truth": _numbered([np.array(group.boxes).reshape(-1, 4) for group in groups])}
    runs = {name: side.run(files, "facenet", pictures=False) for name, side in sides.items()}
    each = {
        name: [found_faces(group.boxes, seen.boxes) for group, seen in zip(groups, run.seen, strict=True)]
        for name, run in runs.items()
    }
    faces = sum(len(group.boxes) for group in groups)
    found = {name: {(i, face) for i, one in enumerate(some) for face in one.faces} for name, some in each.items()}
    for name, run in runs.items():
        row: Row = {"method": name, "variant": variant, "photos": len(files), "faces": faces}
        alone = _alone(found, name)
        row |= {"face_recall": len(found[name]) / faces if faces else None, "found_alone": alone}
        row |= recall_interval(len(found[name]), faces)
        row |= difference_interval(alone, sum(_alone(found, other) for other in found if other != name), faces)
        rows.append(row | {"false_per_photo": sum(one.false for one in each[name]) / len(files), **run.failures()})
        answers[f"{variant}_{name}"] = _numbered([seen.boxes for seen in run.seen])
    return rows, answers


def recall_interval(found: int, faces: int) -> Row:
    """Return the lowest and the highest recall that 95 % confidence allows; nothing without faces.

    Source: Wilson, Probable Inference, the Law of Succession, and Statistical Inference (1927).
    """
    if not faces:
        return {}
    share, spread = found / faces, Z_95**2 / faces
    middle = share + spread / 2
    half = Z_95 * np.sqrt(share * (1 - share) / faces + spread / (4 * faces))
    low, high = (float(edge / (1 + spread)) for edge in (middle - half, middle + half))
    return {"face_recall_low": low, "face_recall_high": high}


def difference_interval(alone: int, others_alone: int, faces: int) -> Row:
    """Return how much more of the same faces one side finds than the other, and what 95 % confidence allows.

    Source: McNemar's variance of paired shares; only faces that one side alone found count.
    """
    if not faces:
        return {}
    more = (alone - others_alone) / faces
    half = Z_95 * float(np.sqrt(max(0.0, (alone + others_alone) / faces - more**2) / faces))
    return {"over_other": more, "over_other_low": more - half, "over_other_high": more + half}


def picture_rows(
    sides: Mapping[str, Hosted], files: Sequence[Path], kind: IntArray, given: GivenWeights
) -> tuple[list[Row], Answers]:
    """Score VGG16's vectors by the kind of the nearest neighbour, and ours by the cosine to those of the plain loop."""
    rows: list[Row] = []
    answers: Answers = {"caltech_files": _names(files), "caltech_class": kind}
    runs = {name: side.run(files, None, pictures=True) for name, side in sides.items()}
    vectors = {name: picture_vectors(run.seen) for name, run in runs.items()}
    whole = np.all([np.isfinite(found).all(axis=1) for found in vectors.values()], axis=0)
    cosines = np.sum(vectors["ours"][whole] * vectors["plain"][whole], axis=1)
    for name, run in runs.items():
        row: Row = {"method": name, "variant": "caltech101_dev", "photos": int(whole.sum()), **run.failures()}
        row |= {"p_at_1": p_at_1(vectors[name][whole], kind[whole]), "vgg16": given.words("vgg16")}
        if name == "ours" and len(cosines):
            row |= {"cosine_to_plain": float(np.median(cosines)), "cosine_to_plain_min": float(cosines.min())}
        rows.append(row)
        answers[f"caltech_{name}_vgg16"] = vectors[name]
    return rows, answers


def centre_vectors(seen: Sequence[Seen], dim: int) -> Vectors:
    """Return the vector of each picture's face in the middle, shape (n, dim), NaN where none was found."""
    vectors = np.full((len(seen), dim), np.nan, dtype=np.float32)
    for i, one in enumerate(seen):
        if (face := centre_face(one)) is not None:
            vectors[i] = one.vectors[face]
    return vectors


def picture_vectors(seen: Sequence[Seen]) -> Vectors:
    """Return VGG16's vector of each picture, shape (n, 512), NaN where it failed."""
    missing = np.full(VGG16_DIM, np.nan, dtype=np.float32)
    return np.stack([missing if one.picture is None else one.picture for one in seen])


def _portraits(runs: Mapping[str, Run]) -> list[Row]:
    found = {
        name: {i for i, seen in enumerate(run.seen) if centre_face(seen) is not None} for name, run in runs.items()
    }
    rows: list[Row] = []
    for name, run in runs.items():
        row: Row = {"method": name, "variant": "lfw_dev", "photos": len(run.seen)}
        row |= {"face_recall": len(found[name]) / len(run.seen), "found_alone": _alone(found, name)}
        rows.append(row | {"faces": sum(len(seen.boxes) for seen in run.seen), **run.failures()})
    return rows


def _alone(found: Mapping[str, set[Any]], name: str) -> int:
    """Return how many true faces one side found and no other did."""
    return len(found[name].difference(*(some for other, some in found.items() if other != name)))


def _verification(
    embedder: Embedder, vectors: Mapping[str, Vectors], person: IntArray, seed: int, answers: Answers, random: bool
) -> list[Row]:
    """Return a row a side, on the same pairs: those of pictures in which both sides found the face."""
    both = np.flatnonzero(np.all([np.isfinite(found).all(axis=1) for found in vectors.values()], axis=0))
    index, same = pairs(person[both], PAIRS, seed)
    index = both[index]
    answers |= {f"lfw_pairs_{embedder}": index, f"lfw_same_{embedder}": same}
    rows: list[Row] = []
    for name, found in vectors.items():
        cosines: FloatArray = np.einsum("ij,ij->i", found[index[:, 0]], found[index[:, 1]]).astype(np.float64)
        row: Row = {"method": name, "variant": f"pairs_{embedder}", "photos": len(both)}
        row |= {"same": int(same.sum()), "strangers": int((~same).sum())}
        row |= {"auc": auc(cosines, same), "tpr_at_fpr_0_001": tpr_at(cosines, same, 0.001)}
        rows.append(row | ({"note": "random weights: only plain and ours_on_plain_crops must agree"} if random else {}))
    return rows


def _names(files: Sequence[Path]) -> NDArray[np.str_]:
    return np.array([f"{path.parent.name}/{path.name}" for path in files], dtype=np.str_)


def _numbered(boxes: Sequence[FloatArray]) -> FloatArray:
    """Return all boxes with the number of their picture before them, shape (n, 5)."""
    rows = [np.column_stack([np.full(len(each), float(i)), each]) for i, each in enumerate(boxes)]
    return np.concatenate([np.zeros((0, 5)), *rows])
