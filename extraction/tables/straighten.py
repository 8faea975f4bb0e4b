"""Gentle curvature: a smooth displacement that makes the rules of a page straight.

The upright page image stays as it is, because `Page.transform` is a 3×3 matrix; instead the points of
rules are moved to *straight* coordinates, where a grid is a grid, and cell corners are moved back.
A low-order polynomial is enough for paper that lies on a scanner or is held before a camera.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_DEGREE = 3
_STEPS_BACK = 6
_EXACT = 0.001  # pixels


@dataclass(frozen=True)
class Warp:
    """Displacement from page pixels to straight pixels; all zeros where the page is flat.

    Attributes:
        x: coefficients of the horizontal displacement, in v (down), then v·u, in fractions of `scale`.
        y: coefficients of the vertical displacement, in u (right), then u·v.
        center: page pixel where u = v = 0.
        scale: pixels per unit of u and v.
    """

    x: np.ndarray
    y: np.ndarray
    center: tuple[float, float]
    scale: float

    def straighten(self, points: np.ndarray) -> np.ndarray:
        """Map `(N, 2)` page pixels to straight pixels."""
        if not (self.x.any() or self.y.any()):
            return points
        u, v = ((points - self.center) / self.scale).T
        moved = np.column_stack([_moved(v, u, self.x), _moved(u, v, self.y)])
        return points + moved * self.scale

    def bend(self, points: np.ndarray) -> np.ndarray:
        """Map `(N, 2)` straight pixels back to page pixels, by fixed-point iteration."""
        page = points
        for _ in range(_STEPS_BACK):
            off = self.straighten(page) - points
            page = page - off
            if np.abs(off).max(initial=0.0) < _EXACT:
                break
        return page


def _moved(along: np.ndarray, across: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return `_terms(along, across) @ weights`, many times as fast."""
    total = np.zeros_like(along)
    for own, mixed in zip(weights[_DEGREE - 1 :: -1], weights[: _DEGREE - 1 : -1], strict=True):
        total = (total + own + mixed * across) * along
    return total


def _terms(along: np.ndarray, across: np.ndarray) -> np.ndarray:
    powers = along[:, None] ** np.arange(1, _DEGREE + 1)
    return np.hstack([powers, powers * across[:, None]])


def flat(width: int, height: int) -> Warp:
    """Return the warp that moves nothing."""
    none = np.zeros(2 * _DEGREE)
    return Warp(none, none, (width / 2, height / 2), max(width, height) / 2)


def fit_warp(
    horizontal: list[np.ndarray], vertical: list[np.ndarray], width: int, height: int, smallest: float
) -> Warp:
    """Fit the displacement that makes traced rules straight.

    Args:
        horizontal: points `(N, 2)` along each long horizontal rule, page pixels.
        vertical: the same for vertical rules.
        width: of the page in pixels.
        height: of the page in pixels.
        smallest: displacements below this many pixels are left alone.

    Returns:
        The warp; `flat` in the direction where there are too few rules to tell.
    """
    base = flat(width, height)
    center = np.array(base.center)

    def fit(traces: list[np.ndarray], axis: int) -> np.ndarray:
        if len(traces) < 3:
            return base.x
        points = (np.vstack(traces) - center) / base.scale
        lines = np.repeat(np.arange(len(traces)), [len(t) for t in traces])
        along, across = points[:, axis], points[:, 1 - axis]
        terms = _terms(along, across)
        weights = np.ones(len(points))
        solution = np.zeros(terms.shape[1])
        for _ in range(4):
            # Each rule's own position is free: take it out by centring every rule on its weighted mean.
            totals = np.bincount(lines, weights)
            mean_terms = np.column_stack([np.bincount(lines, weights * t) for t in terms.T]) / totals[:, None]
            mean_across = np.bincount(lines, weights * across) / totals
            design = (terms - mean_terms[lines]) * np.sqrt(weights)[:, None]
            target = -(across - mean_across[lines]) * np.sqrt(weights)
            ridge = 1e-4 * len(points) * np.eye(terms.shape[1])
            solution = np.linalg.solve(design.T @ design + ridge * _PENALTY, design.T @ target)
            residual = np.abs((terms - mean_terms[lines]) @ solution + across - mean_across[lines])
            weights = 1.0 / (1.0 + (residual * base.scale / 2.0) ** 2)  # Cauchy, 2 pixels
        moved = np.abs(terms @ solution) * base.scale
        return solution if np.percentile(moved, 95) >= smallest else base.x

    return Warp(x=fit(vertical, 1), y=fit(horizontal, 0), center=base.center, scale=base.scale)


# Higher powers swing outside of the rules that they were fitted on, so they are held back more.
_PENALTY = np.diag(np.tile([0.001, 0.01, 0.1], 2))
