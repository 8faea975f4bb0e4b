"""3×3 matrices of the plane, and images under them.

Matrices act on continuous pixel coordinates: a pixel covers `[x, x + 1)`, so an image spans `0..width`, and
a quarter turn maps the whole of it onto the whole of the other. Turns are in degrees, clockwise as seen.
"""

from __future__ import annotations

import cv2
import numpy as np

from yusuan.extraction.document import Matrix


def scale_matrix(x: float, y: float) -> np.ndarray:
    """Return the matrix that multiplies x and y."""
    return np.diag([x, y, 1.0])


def quarter_matrix(turn: int, width: float, height: float) -> np.ndarray:
    """Return the matrix of a clockwise quarter turn (0, 90, 180, 270) of a `width` × `height` image."""
    matrices = {
        0: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
        90: [[0, -1, height], [1, 0, 0], [0, 0, 1]],
        180: [[-1, 0, width], [0, -1, height], [0, 0, 1]],
        270: [[0, 1, 0], [-1, 0, width], [0, 0, 1]],
    }
    return np.array(matrices[turn], float)


def turn_matrix(degrees: float, width: float, height: float) -> np.ndarray:
    """Return the matrix of a clockwise turn about the centre of a `width` × `height` image."""
    angle = np.radians(degrees)
    cos, sin = np.cos(angle), np.sin(angle)
    turn = np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]])
    centre = np.array([[1, 0, width / 2], [0, 1, height / 2], [0, 0, 1]])
    return np.asarray(centre @ turn @ np.linalg.inv(centre))


def warp(
    image: np.ndarray, matrix: np.ndarray, size: tuple[int, int], interpolation: int, border: int
) -> np.ndarray:
    """Return `image` under `matrix` (continuous coordinates) on a canvas of `size` = (width, height)."""
    # OpenCV counts from the centre of the first pixel.
    half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
    centred = np.linalg.inv(half) @ matrix @ half
    colour = (border, border, border)
    if np.allclose(centred[2], (0, 0, 1), atol=1e-12):
        return np.asarray(cv2.warpAffine(image, centred[:2], size, flags=interpolation, borderValue=colour))
    return np.asarray(cv2.warpPerspective(image, centred, size, flags=interpolation, borderValue=colour))


def turn_in(matrix: np.ndarray, width: float, height: float) -> float:
    """Return the clockwise turn, in degrees, that a matrix makes at the centre of an image."""
    centre = np.array([[width / 2, height / 2], [width / 2 + 1, height / 2]])
    (x0, y0), (x1, y1) = map_points(centre, matrix)
    return float(np.degrees(np.arctan2(y1 - y0, x1 - x0)))


def map_points(points: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Return `(N, 2)` points under a matrix."""
    homogeneous = points @ matrix[:, :2].T + matrix[:, 2]
    return np.asarray(homogeneous[:, :2] / homogeneous[:, 2:])


def map_boxes(boxes: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Return `(N, 4)` boxes, x0 <= x1 and y0 <= y1, under a matrix that keeps their sides along the axes."""
    first, last = map_points(boxes[:, :2], matrix), map_points(boxes[:, 2:], matrix)
    return np.concatenate([np.minimum(first, last), np.maximum(first, last)], axis=1)


def turn_image(image: np.ndarray, turn: int) -> np.ndarray:
    """Return an image turned clockwise by 0, 90, 180 or 270 degrees."""
    codes = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}
    return np.asarray(cv2.rotate(image, codes[turn])) if turn else image


def as_matrix(matrix: np.ndarray) -> Matrix:
    """Return a 3×3 array as the type that the document holds."""
    a, b, c = ((float(row[0]), float(row[1]), float(row[2])) for row in matrix)
    return a, b, c
