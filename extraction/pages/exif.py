"""The eight EXIF orientations (JEITA CP-3451, tag 274): how stored pixels are turned to stand upright."""

from __future__ import annotations

import numpy as np

# The clockwise turn that each orientation asks for, after its mirroring.
TURNS = {1: 0, 2: 0, 3: 180, 4: 180, 5: 270, 6: 90, 7: 90, 8: 270}
_MIRRORED = (2, 4, 5, 7)
_UNDONE_BY = {6: 8, 8: 6}


def turned(image: np.ndarray, orientation: int) -> np.ndarray:
    """Return a view of stored pixels `(H, W, ...)` as they are meant to be seen."""
    if orientation in _MIRRORED:
        image = image[:, ::-1]
    return np.rot90(image, -TURNS[orientation] // 90)


def as_stored(image: np.ndarray, orientation: int) -> np.ndarray:
    """Undo `turned`."""
    return turned(image, _UNDONE_BY.get(orientation, orientation))


def orientation_to_matrix(orientation: int, width: int, height: int) -> np.ndarray:
    """Return the 3×3 matrix from pixels as seen to pixels as stored.

    Pixel coordinates are continuous: a pixel covers `[x, x + 1)`, so the image spans `0..width`.

    Args:
        orientation: 1 to 8.
        width: of the stored image, in pixels.
        height: of the stored image, in pixels.
    """
    turn = TURNS[orientation]
    # From seen to stored (still mirrored): a clockwise turn is undone by a counter-clockwise one.
    if turn == 0:
        matrix = np.eye(3)
    elif turn == 90:
        matrix = np.array([[0, 1, 0], [-1, 0, height], [0, 0, 1]], float)
    elif turn == 180:
        matrix = np.array([[-1, 0, width], [0, -1, height], [0, 0, 1]], float)
    else:
        matrix = np.array([[0, -1, width], [1, 0, 0], [0, 0, 1]], float)
    if orientation in _MIRRORED:
        matrix = np.array([[-1, 0, width], [0, 1, 0], [0, 0, 1]], float) @ matrix
    return matrix
