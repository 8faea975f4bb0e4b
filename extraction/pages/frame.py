"""The sheet in a photograph: four straight edges of bright paper on something darker."""

from __future__ import annotations

import cv2
import numpy as np

A4_RATIO = 2**0.5
# The paper is brighter than what it lies on by at least this much.
CONTRAST = 40
# A ratio of sides this near to A4's is A4, seen at a slant.
SNAP = 0.1


def _line_through(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return a point and the direction of the line through `(N, 2)` points, outliers weighted down."""
    vx, vy, x, y = np.asarray(cv2.fitLine(points.astype(np.float32), cv2.DIST_HUBER, 0, 0.01, 0.01)).ravel()
    return np.array([x, y]), np.array([vx, vy])


def _crossing(
    first: tuple[np.ndarray, np.ndarray], second: tuple[np.ndarray, np.ndarray]
) -> np.ndarray | None:
    directions = np.stack([first[1], -second[1]], axis=1)
    if abs(np.linalg.det(directions)) < 0.3:
        return None
    along = np.linalg.solve(directions, second[0] - first[0])
    return np.asarray(first[0] + along[0] * first[1])


def find_sheet(grey: np.ndarray) -> np.ndarray | None:
    """Return the corners `(4, 2)` of a sheet that lies wholly inside the image, or None.

    Args:
        grey: about 100 dpi; the corners are in its pixels, clockwise from the top left.
    """
    scale = 0.25
    small = cv2.GaussianBlur(
        cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), (5, 5), 0
    )
    height, width = small.shape
    border = np.concatenate([small[0], small[-1], small[:, 0], small[:, -1]])
    threshold, bright = cv2.threshold(small, 0, 1, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    # On a plain scan the margin is paper too: nothing surrounds the sheet.
    if np.mean(border > threshold) > 0.1:
        return None
    bright = cv2.morphologyEx(bright, cv2.MORPH_CLOSE, np.ones((15, 15), np.uint8))
    contours, _ = cv2.findContours(bright, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    if not contours:
        return None
    contour = max(contours, key=cv2.contourArea)
    area = cv2.contourArea(contour)
    hull = cv2.convexHull(contour)
    if area < 0.2 * width * height or area < 0.93 * cv2.contourArea(hull):
        return None
    quad = cv2.approxPolyDP(hull, 0.02 * cv2.arcLength(hull, True), True)[:, 0].astype(float)
    if len(quad) != 4:
        return None
    inside = np.zeros_like(small)
    cv2.fillPoly(inside, [contour], (1,))
    if np.median(small[inside > 0]) - np.median(small[inside == 0]) < CONTRAST:
        return None

    quad = _clockwise(quad)
    points = contour[:, 0].astype(float)
    sides = []
    for k in range(4):
        start, end = quad[k], quad[(k + 1) % 4]
        length = np.linalg.norm(end - start)
        along = (points - start) @ (end - start) / length**2
        normal = np.array([start[1] - end[1], end[0] - start[0]]) / length
        off = np.abs((points - start) @ normal)
        # Corners are often bent or rounded.
        near = (along > 0.1) & (along < 0.9) & (off < 0.03 * length)
        if near.sum() < 10:
            return None
        sides.append(_line_through(points[near]))
    corners = [_crossing(sides[k - 1], sides[k]) for k in range(4)]
    found = [corner for corner in corners if corner is not None]
    if len(found) < 4:
        return None
    sheet = np.stack(found)
    margin = 0.003 * max(width, height)
    limits = np.array([width, height]) - margin
    if (sheet < margin).any() or (sheet > limits).any():
        return None
    return np.asarray((sheet + 0.5) / scale)


def _clockwise(quad: np.ndarray) -> np.ndarray:
    """Return four corners clockwise as seen, beginning at the one nearest to the top left."""
    centre = quad.mean(axis=0)
    order = np.argsort(np.arctan2(quad[:, 1] - centre[1], quad[:, 0] - centre[0]))
    quad = quad[order]
    return np.roll(quad, -int(np.argmin(quad.sum(axis=1))), axis=0)


def sheet_ratio(corners: np.ndarray, width: float, height: float) -> float:
    """Return width over height of the real sheet whose corners a camera saw.

    From one view of a rectangle, with the camera's axis through the middle of the image (Zhang and He 2007,
    "Whiteboard scanning and image enhancement"); near enough to A4 it is A4.
    """
    sides = np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1)
    ratio = (sides[0] + sides[2]) / (sides[1] + sides[3])
    unit = max(width, height)
    centred = (corners - (width / 2, height / 2)) / unit
    tl, tr, br, bl = np.concatenate([centred, np.ones((4, 1))], axis=1)
    k2 = np.dot(np.cross(tl, br), bl) / np.dot(np.cross(tr, br), bl)
    k3 = np.dot(np.cross(tl, br), tr) / np.dot(np.cross(bl, br), tr)
    across, down = k2 * tr - tl, k3 * bl - tl
    # Without keystone both last terms vanish, and the sides themselves tell the ratio.
    if abs(across[2] * down[2]) > 1e-4:
        focus = -(across[0] * down[0] + across[1] * down[1]) / (across[2] * down[2])
        if 0.3 < focus < 25:
            lengths = [v[0] ** 2 + v[1] ** 2 + v[2] ** 2 * focus for v in (across, down)]
            ratio = float(np.sqrt(lengths[0] / lengths[1]))
    for known in (A4_RATIO, 1 / A4_RATIO):
        if abs(ratio / known - 1) < SNAP:
            return known
    return float(ratio)


def sheet_matrix(corners: np.ndarray, width: float, height: float) -> tuple[np.ndarray, tuple[int, int]]:
    """Return the homography that lays a sheet flat, and its size (width, height) in pixels as seen."""
    ratio = sheet_ratio(corners, width, height)
    sides = np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1)
    wide, high = max(sides[0], sides[2]), max(sides[1], sides[3])
    # No detail is lost: the larger of both scales counts.
    wide = max(wide, high * ratio)
    high = wide / ratio
    target = np.array([[0, 0], [wide, 0], [wide, high], [0, high]], np.float32)
    matrix = cv2.getPerspectiveTransform(corners.astype(np.float32), target)
    return np.asarray(matrix, float), (round(wide), round(high))
