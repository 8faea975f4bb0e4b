"""Boxes, quads and transforms: free functions on tuples and arrays, pixels throughout."""

from __future__ import annotations

import numpy as np

from yusuan.extraction.document import BBox, Matrix, Quad


def points_to_bbox(points: np.ndarray) -> BBox:
    """Return the box around `(N, 2)` points."""
    xs, ys = points.T.tolist()
    return (min(xs), min(ys), max(xs), max(ys))


def points_to_quad(points: np.ndarray) -> Quad:
    """Return `(4, 2)` points as a quad, rounded to a tenth of a pixel: the sensor knows no more."""
    a, b, c, d = ((round(x, 1), round(y, 1)) for x, y in points.tolist())
    return (a, b, c, d)


def bbox_to_quad(box: BBox) -> Quad:
    """Return the corners of a box, clockwise from the top left."""
    x0, y0, x1, y1 = box
    return ((x0, y0), (x1, y0), (x1, y1), (x0, y1))


def union(boxes: list[BBox]) -> BBox:
    """Return the smallest box around all of at least one box."""
    x0s, y0s, x1s, y1s = zip(*boxes, strict=True)
    return (min(x0s), min(y0s), max(x1s), max(y1s))


def overlap(a: BBox, b: BBox) -> float:
    """Return the area that two boxes share, in square pixels."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    return max(0.0, width) * max(0.0, height)


def area(box: BBox) -> float:
    """Return the area of a box in square pixels."""
    return (box[2] - box[0]) * (box[3] - box[1])


def apply_matrix(matrix: Matrix | np.ndarray, points: np.ndarray) -> np.ndarray:
    """Map `(N, 2)` points by a 3×3 homography."""
    homogeneous = np.column_stack([points, np.ones(len(points))]) @ np.asarray(matrix, float).T
    return homogeneous[:, :2] / homogeneous[:, 2:3]
