"""The sheet in a photograph: four straight edges of bright paper on something darker."""

from __future__ import annotations

import cv2
import numpy as np

A4_RATIO = 2**0.5
# The paper is brighter than what it lies on by at least this much.
CONTRAST = 40
# Where light falls off, some of the paper is hardly brighter than what it lies on: from the threshold that
# parts the image best down to that, these shares of the way are tried. The first sheet counts that has so
# much of the area of all that is brighter; others have lost a part of themselves.
_SHARES, _WHOLE = (1.0, 0.6, 0.3, 0.12), 0.95
# Shares of the border that are brighter: where the sheet lies within the image, and where it leaves it a bit.
_LITTLE_AT_BORDER, _MOST_AT_BORDER = 0.1, 0.35
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
    border = np.concatenate([small[0], small[-1], small[:, 0], small[:, -1]])
    otsu, _ = cv2.threshold(small, 0, 1, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    ground = float(np.median(border))
    whole, outlines = 0.0, []
    for share in _SHARES:
        level = ground + share * (otsu - ground)
        at_border = np.mean(border > level)
        outline = _bright_part(small, level) if ground < otsu and at_border <= _MOST_AT_BORDER else None
        if outline is not None:
            whole = max(whole, cv2.contourArea(outline))
            # On a plain scan the margin is paper too: nothing surrounds the sheet.
            outlines += [outline] if at_border <= _LITTLE_AT_BORDER else []
    for outline in outlines:
        sheet = _sheet_of(outline, small)
        if sheet is not None and cv2.contourArea(sheet.astype(np.float32)) >= _WHOLE * whole:
            return np.asarray((sheet + 0.5) / scale) if _is_within(sheet, small) else None
    return None


def _is_within(sheet: np.ndarray, image: np.ndarray) -> bool:
    """Say whether all corners lie clearly inside an image."""
    height, width = image.shape
    margin = 0.003 * max(width, height)
    return bool((sheet >= margin).all() and (sheet <= np.array([width, height]) - margin).all())


def _bright_part(small: np.ndarray, threshold: float) -> np.ndarray | None:
    """Return the outline `(N, 1, 2)` of the largest part that is brighter than a threshold, None without."""
    bright = (small > threshold).astype(np.uint8)
    closed = cv2.morphologyEx(bright, cv2.MORPH_CLOSE, np.ones((15, 15), np.uint8))
    contours, _ = cv2.findContours(closed, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    return max(contours, key=cv2.contourArea) if contours else None


def _sheet_of(contour: np.ndarray, small: np.ndarray) -> np.ndarray | None:
    """Return the corners `(4, 2)` of a sheet with this outline, some maybe outside; None where it is none."""
    height, width = small.shape
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
    return np.stack(found)


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
