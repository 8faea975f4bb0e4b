"""How a page has to be turned by a few degrees, and straightened, so that its lines run level.

The angle is the one at which the sums of ink along rows, and along columns, change most abruptly from one
line to the next (Postl 1986): table rules and text rows both speak, so neither is needed. Where rows at the
top and at the bottom, or columns at the left and at the right, are level at different angles, the page was
photographed at a slant, and a homography is fitted to its rules instead.

Angles are in degrees, positive clockwise as seen, of the turn that levels the page. Matrices are 3×3 on
continuous pixel coordinates (a pixel covers `[x, x + 1)`), from the image given to the levelled one.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from yusuan.extraction.pages.homography import map_points, turn_in, turn_matrix, warp

MAX_SKEW = 15.0
# Below this a page is left as it is: resampling would cost more than it gives.
LEVEL = 0.08
# Rows, or rows and columns, that disagree by more than this are looked at rule by rule.
DISAGREE = 0.25
# Of a page with lines, the best angle beats the median one four times over and more; one with a stamp, a
# photograph or a page number alone, hardly.
CLEAR = 1.8
# Rules of one part of a page are looked for up to so many degrees off the rest of it.
MAX_LEAN = 8.0
# Paper grain and show-through.
FAINT = 25
INK = 50


@dataclass(frozen=True)
class Rules:
    """Long straight pieces of ink: `(N, 4)` float64, x0, y0, x1, y1; level ones from left to right."""

    level: np.ndarray
    upright: np.ndarray


def to_ink(grey: np.ndarray) -> np.ndarray:
    """Return how much darker than the paper around it each pixel is, uint8: 0 as the paper, 255 black.

    Shade and dark margins count as paper; what is wider than about 7 mm at 100 dpi is not ink.
    """
    quarter = cv2.resize(grey, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    paper = cv2.GaussianBlur(cv2.dilate(quarter, np.ones((7, 7), np.uint8)), (0, 0), 2)
    paper = cv2.resize(paper, (grey.shape[1], grey.shape[0]), interpolation=cv2.INTER_LINEAR)
    return 255 - np.asarray(cv2.divide(grey, np.maximum(paper, 32), scale=255))


class _Sheared:
    """Row sums of an image along slanted rows, by shifting strips of it against each other.

    Shifts are whole pixels. Each strip is first moved by a fraction of its own, so that rounding blurs all
    angles alike; otherwise 0, where nothing needs rounding, would look sharper than the truth beside it.
    """

    def __init__(self, image: np.ndarray, strip: int, reach: float) -> None:
        height, width = image.shape
        count = max(1, width // strip)
        cut = image[:, : count * strip].reshape(height, count, -1)
        self.places = (np.arange(count) + 0.5 - count / 2) * strip
        self.offsets = (np.arange(count) * 0.618034) % 1.0
        self.pad = int(np.ceil(np.tan(np.radians(reach)) * count * strip / 2)) + 1
        sums = np.pad(cut.sum(axis=2, dtype=np.float32).T, ((0, 0), (self.pad, self.pad + 1)))
        part = self.offsets[:, None].astype(np.float32)
        self.strips = (1 - part) * sums[:, :-1] + part * sums[:, 1:]
        self.height = height

    def halves(self, degrees: float) -> tuple[float, float]:
        """Return how abruptly the sums change at an angle, in the upper and in the lower half."""
        # A row that falls to the right has to be turned counter-clockwise.
        slide = -np.tan(np.radians(degrees)) * self.places - self.offsets
        shifts = np.clip(np.rint(slide).astype(int) + self.pad, 0, 2 * self.pad)
        sums = np.zeros(self.height, np.float32)
        for strip, shift in zip(self.strips, shifts.tolist(), strict=True):
            sums += strip[shift : shift + self.height]
        change = np.diff(sums)
        middle = len(change) // 2
        return float(np.dot(change[:middle], change[:middle])), float(
            np.dot(change[middle:], change[middle:])
        )


def _peak(angles: np.ndarray, scores: np.ndarray) -> float:
    """Return the angle of the highest score, refined by a parabola through it and its neighbours."""
    k = int(np.argmax(scores))
    if k == 0 or k == len(scores) - 1:
        return float(angles[k])
    before, top, after = scores[k - 1 : k + 2]
    bend = before - 2 * top + after
    return float(angles[k] + (0.5 * (before - after) / bend * (angles[1] - angles[0]) if bend else 0.0))


@dataclass(frozen=True)
class PartAngles:
    """The levelling turn as the whole page and each part of it sees it, in degrees.

    `rows` are those of the upper and lower half, `columns` those of the left and right half; a part with too
    little to say is left out. `clear` says by how much the best angle beats the median one.
    """

    whole: float
    clear: float
    rows: tuple[float, ...]
    columns: tuple[float, ...]

    def spread(self) -> float:
        """Return by how much the parts disagree."""
        said = self.rows + self.columns
        return max(said) - min(said) if said else 0.0

    def after(self, turn: float) -> PartAngles:
        """Return what is left of the angles of the parts after the page was turned; wild ones are dropped."""

        def left(angles: tuple[float, ...]) -> tuple[float, ...]:
            return tuple(a - turn for a in angles if abs(a - turn) <= MAX_LEAN)

        return PartAngles(self.whole - turn, self.clear, left(self.rows), left(self.columns))


def part_angles(ink: np.ndarray, strip: int, angles: np.ndarray) -> PartAngles:
    """Return the best of evenly spaced `angles`, refined, for the page and for its halves.

    Args:
        ink: of a page that is about level.
        strip: width of the strips that are shifted, in pixels; they must not smear at the largest angle.
        angles: degrees.
    """
    # Not a threshold: on a scaled scan it would beat with the grid of pixels, and 0 would seem level.
    ink = np.asarray(cv2.subtract(ink, np.array([FAINT], float)))
    reach = float(np.abs(angles).max()) + 0.2
    rows = _Sheared(ink, strip, reach)
    columns = _Sheared(np.ascontiguousarray(ink.T), strip, reach)

    def scores(at: np.ndarray) -> np.ndarray:
        return np.array([(*rows.halves(a), *columns.halves(-a)) for a in at])

    table = scores(angles)
    total = table.sum(axis=1)
    clear = float(total.max() / max(np.median(total), 1.0))
    middle = _peak(angles, total)
    step = angles[1] - angles[0]
    close = np.clip(middle + step * np.arange(-1, 1.01, 0.25), angles[0], angles[-1])
    whole = _vertex(close, scores(close).sum(axis=1))

    def parts(columns: slice) -> tuple[float, ...]:
        # A part whose sums change hardly more at its best angle than anywhere has no lines of its own.
        enough = 0.02 * total.max()
        return tuple(
            _peak(angles, part)
            for part in table[:, columns].T
            if part.max() > 1.4 * np.median(part) and part.max() > enough
        )

    return PartAngles(whole, clear, parts(slice(0, 2)), parts(slice(2, 4)))


def _vertex(angles: np.ndarray, scores: np.ndarray) -> float:
    """Return the top of a parabola fitted to all scores: whole-pixel shifts make single ones jump."""
    top = scores.max()
    if top <= 0:
        return 0.0
    centre = angles.mean()
    bend, slope, _ = np.polyfit(angles - centre, scores / top, 2)
    best = centre - slope / (2 * bend) if bend < 0 else angles[int(np.argmax(scores))]
    return float(np.clip(best, angles.min(), angles.max()))


def _long_pieces(binary: np.ndarray, length: int, lean: float) -> np.ndarray:
    """Return `(N, 4)` centre lines, by least squares, of pieces of ink that are `length` pixels long or more.

    Only those within a degree of `lean` are found (degrees, of the turn that levels them).
    """
    height, width = binary.shape
    fall = -np.tan(np.radians(lean))
    if fall:
        # Sheared so that they run level: column x moves up by what the pieces have fallen there.
        shear = np.array([[1, 0, 0], [-fall, 1, fall * width / 2]])
        binary = cv2.warpAffine(binary, shear, (width, height), flags=cv2.INTER_NEAREST)
    opened = cv2.morphologyEx(binary, cv2.MORPH_OPEN, np.ones((1, length), np.uint8))
    count, labels = cv2.connectedComponents(opened, connectivity=8)
    ys, xs = np.nonzero(opened)
    label = labels[ys, xs]

    def total(values: np.ndarray) -> np.ndarray:
        return np.bincount(label, values, minlength=count)[1:]

    x, y = xs + 0.5, ys + 0.5
    n = np.maximum(total(np.ones(len(x))), 1)
    mean_x, mean_y = total(x) / n, total(y) / n
    across = np.maximum(total(x * x) / n - mean_x**2, 1e-9)
    slope = (total(x * y) / n - mean_x * mean_y) / across
    left = np.full(count - 1, np.inf)
    right = np.zeros(count - 1)
    piece = np.asarray(label - 1, np.intp)
    np.minimum.at(left, piece, x)
    np.maximum.at(right, piece, x)
    thin = n / np.maximum(right - left, 1) < length / 6

    def height_at(place: np.ndarray) -> np.ndarray:
        return mean_y + slope * (place - mean_x) + fall * (place - width / 2)

    pieces = np.stack([left, height_at(left), right, height_at(right)], axis=1)
    return np.asarray(pieces[thin & (right - left >= length)])


def find_rules(ink: np.ndarray, parts: PartAngles, length: int = 60) -> Rules:
    """Return the long rules of a page whose parts are level at about the angles given.

    Args:
        ink: of `to_ink`.
        parts: of `part_angles`, with a wide reach.
        length: of the shortest rule, in pixels of `ink`.
    """
    binary = (ink > INK).astype(np.uint8)
    sideways = np.ascontiguousarray(binary.T)

    def between(angles: tuple[float, ...]) -> np.ndarray:
        low, high = min((*angles, 0.0)), max((*angles, 0.0))
        return np.linspace(low, high, 1 + int(np.ceil((high - low) / 1.2)))

    level = [_long_pieces(binary, length, lean) for lean in between(parts.rows)]
    upright = [_long_pieces(sideways, length, -lean) for lean in between(parts.columns)]
    return Rules(np.concatenate(level), np.concatenate(upright)[:, [1, 0, 3, 2]])


def _homography(p: np.ndarray, width: float, height: float) -> np.ndarray:
    """Return the matrix in pixels of turn, shear and keystone `p` = (radians, shear, g, h) at the centre."""
    half = max(width, height) / 2
    turn, shear, g, h = p
    cos, sin = np.cos(turn), np.sin(turn)
    core = np.array([[cos, -sin + shear, 0], [sin, cos, 0], [0, 0, 1]]) @ np.array(
        [[1, 0, 0], [0, 1, 0], [g, h, 1]]
    )
    unit = np.array([[half, 0, width / 2], [0, half, height / 2], [0, 0, 1]])
    return np.asarray(unit @ core @ np.linalg.inv(unit))


def _slopes_left(rules: Rules, matrix: np.ndarray) -> np.ndarray:
    """Return by how many pixels each rule still rises or leans from end to end, level ones first."""
    level = map_points(rules.level[:, 2:], matrix) - map_points(rules.level[:, :2], matrix)
    upright = map_points(rules.upright[:, 2:], matrix) - map_points(rules.upright[:, :2], matrix)
    return np.concatenate([level[:, 1], upright[:, 0]])


# Keystone and shear beyond this are no page lying in front of a camera but a wrong fit.
_MAX_KEYSTONE = 0.25
_TRUST = 20.0


def fit_keystone(rules: Rules, width: float, height: float) -> np.ndarray | None:
    """Return the homography that levels all rules, or None where a turn alone does as well.

    Gauss–Newton over turn, shear and two keystone terms, rules weighted down as they disagree (Huber). A weak
    pull to no keystone decides what rules in one direction, or in one corner, leave open.
    """
    spans = [
        (np.ptp(rules.level[:, [1, 3]]) if len(rules.level) >= 3 else 0) / height,
        (np.ptp(rules.upright[:, [0, 2]]) if len(rules.upright) >= 3 else 0) / width,
    ]
    if max(spans) < 0.3:
        return None
    pull = np.diag([0.0, 1.0, 1.0, 1.0]) * _TRUST

    def solve(free: list[int]) -> tuple[np.ndarray, float]:
        p = np.zeros(4)
        spread = np.inf
        for _ in range(8):
            left = _slopes_left(rules, _homography(p, width, height))
            spread = max(float(np.median(np.abs(left))), 0.3)
            weight = np.minimum(1.0, 2 * spread / np.maximum(np.abs(left), 1e-9))
            columns = []
            for k in free:
                step = np.zeros(4)
                step[k] = 1e-5
                columns.append((_slopes_left(rules, _homography(p + step, width, height)) - left) / 1e-5)
            jacobian = np.stack(columns, axis=1)
            bias = pull[np.ix_(free, free)]
            normal = jacobian.T @ (jacobian * weight[:, None]) + bias @ bias
            gradient = jacobian.T @ (left * weight) + bias @ bias @ p[free]
            p[free] -= np.linalg.solve(normal + 1e-9 * np.eye(len(free)), gradient)
        left = np.abs(_slopes_left(rules, _homography(p, width, height)))
        return p, float(np.sqrt(np.mean(np.minimum(left, 10 * spread) ** 2)))

    turn, turn_error = solve([0])
    full, full_error = solve([0, 1, 2, 3])
    if np.abs(full[1:]).max() > _MAX_KEYSTONE:
        return None
    matrix = _homography(full, width, height)
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], float)
    moved = map_points(corners, matrix) - map_points(corners, _homography(turn, width, height))
    matters = np.linalg.norm(moved - moved.mean(axis=0), axis=1).max() > 0.004 * max(width, height)
    return matrix if matters and full_error < 0.6 * turn_error else None


@dataclass(frozen=True)
class Levelling:
    """How a page is made level: `matrix` from the image looked at, `skew_deg` the turn in it."""

    matrix: np.ndarray
    skew_deg: float


def find_levelling(ink: np.ndarray) -> tuple[Levelling, np.ndarray]:
    """Return how to level a page, and its ink levelled on a canvas of the same size.

    Args:
        ink: of `to_ink`, about 100 dpi.
    """
    height, width = ink.shape
    third = cv2.resize(ink, None, fx=1 / 3, fy=1 / 3, interpolation=cv2.INTER_AREA)
    coarse = part_angles(third, 6, np.arange(-MAX_SKEW - 0.75, MAX_SKEW + 0.8, 0.75))
    if coarse.clear < CLEAR:
        return Levelling(np.eye(3), 0.0), ink
    # Within its own uncertainty the first guess is not worth a resampling.
    turn = coarse.whole if abs(coarse.whole) > 0.3 else 0.0
    matrix = turn_matrix(turn, width, height)
    level = warp(ink, matrix, (width, height), cv2.INTER_LINEAR, 0) if turn else ink
    fine = part_angles(level, 16, np.arange(-0.6, 0.61, 0.1))
    if max(coarse.spread() - 0.5, fine.spread()) > DISAGREE:
        keystone = fit_keystone(find_rules(level, coarse.after(turn)), width, height)
        if keystone is not None:
            matrix = keystone @ matrix
            level = warp(ink, matrix, (width, height), cv2.INTER_LINEAR, 0)
            return Levelling(matrix, turn_in(matrix, width, height)), level
    skew = turn + fine.whole
    if abs(skew) < LEVEL:
        return Levelling(np.eye(3), 0.0), ink
    return Levelling(turn_matrix(skew, width, height), skew), level
