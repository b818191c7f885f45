"""Turn faces upright: the similarity that brings five landmarks onto a template, and the crop that it cuts."""

from __future__ import annotations

from typing import Final, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image

FloatArray: TypeAlias = NDArray[np.float64]

ARCFACE_112: Final = np.array(
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]]
)
"""Left eye, right eye, nose, left and right mouth corner in a crop of 112 × 112 px (InsightFace's standard)."""

FACENET_160: Final = np.array([[46.3, 64.1], [113.7, 64.1], [80.0, 93.6], [50.4, 118.0], [109.6, 118.0]])
"""The same points in a crop of 160 × 160 px as facenet-pytorch cuts it (MTCNN box, margin 14, made square).

Medians over the faces that MTCNN finds in 1,564 pictures of LFW, made symmetric. The box is narrower than it is
high, so that the networks trained on such crops have seen faces `FACENET_STRETCH` times too wide.
"""

FACENET_STRETCH: Final = 1 / 0.7494
"""Height over width of the MTCNN box, median over the same faces."""


def similarity(source: ArrayLike, target: ArrayLike) -> FloatArray:
    """Return the rotation, scale and shift that bring points nearest to others, without mirroring.

    Args:
        source: points (x, y), shape (n, 2), n of 2 or more.
        target: where they should come to lie, shape (n, 2), in the same order.
    Returns:
        Matrix of shape (2, 3) with target ≈ matrix @ (x, y, 1).
    Raises:
        ValueError: all source points are one, so that no scale exists.
    Source: Umeyama, Least-squares estimation of transformation parameters between two point patterns (1991), eq. 40-43.
    """
    a, b = np.asarray(source, dtype=np.float64), np.asarray(target, dtype=np.float64)
    mean_a, mean_b = a.mean(axis=0), b.mean(axis=0)
    a, b = a - mean_a, b - mean_b
    variance = (a**2).sum() / len(a)
    if not variance > 0:
        raise ValueError(f"all {len(a)} points to be aligned are the same point, {mean_a.tolist()}")
    u, spread, vt = np.linalg.svd(b.T @ a / len(a))
    sign = np.array([1.0, np.sign(np.linalg.det(u) * np.linalg.det(vt))])
    turn = (u * sign) @ vt * ((spread * sign).sum() / variance)
    return np.column_stack([turn, mean_b - turn @ mean_a])


def aligned(image: Image.Image, landmarks_px: ArrayLike, template: FloatArray, size: int) -> Image.Image:
    """Cut a face out upright, so that its landmarks lie where the template has them; black beyond the picture.

    Args:
        image: RGB picture.
        landmarks_px: five points (x, y) in pixels of the picture, shape (5, 2), in the template's order.
        template: five points in pixels of the crop, shape (5, 2).
        size: width and height of the crop in pixels.
    """
    return warped(image, similarity(landmarks_px, template), size)


def warped(image: Image.Image, matrix: FloatArray, size: int) -> Image.Image:
    """Cut a square out of a picture by an affine matrix (2, 3) from picture to crop, without aliasing."""
    back = np.linalg.inv(np.vstack([matrix, [0.0, 0.0, 1.0]]))
    corners = (back @ np.array([[0, size, 0, size], [0, 0, size, size], [1, 1, 1, 1]]))[:2]
    box = _within(image, corners.min(axis=1) - 2, corners.max(axis=1) + 2)
    # An affine transform reads single pixels: shrink by whole numbers first, so that all pixels of a large face count.
    factor = max(1, int(1 / max(1e-6, np.sqrt(abs(np.linalg.det(matrix[:, :2]))))))
    factor = min(factor, max(1, min(box[2] - box[0], box[3] - box[1])))
    near = image.reduce(factor, box=box)
    to_near = np.array([[1 / factor, 0, -box[0] / factor], [0, 1 / factor, -box[1] / factor], [0, 0, 1]])
    coefficients = (to_near @ back)[:2].ravel().tolist()
    return near.transform((size, size), Image.Transform.AFFINE, coefficients, Image.Resampling.BICUBIC)


def _within(image: Image.Image, low: FloatArray, high: FloatArray) -> tuple[int, int, int, int]:
    # At least one pixel, wherever the landmarks lie.
    left, top = (int(v) for v in np.clip(np.floor(low), 0, [image.width - 1, image.height - 1]))
    right, bottom = (int(v) for v in np.clip(np.ceil(high), [left + 1, top + 1], image.size))
    return left, top, right, bottom
