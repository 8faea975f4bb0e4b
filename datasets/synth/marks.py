"""What is on a sheet besides its print: shade, patches of weak toner, dirt, grain, red stamps.

All of it in whole numbers, drawn from the generator that is passed in.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from statistics import NormalDist

import cv2
import numpy as np

Array = np.ndarray


@dataclass(frozen=True)
class Seal:
    """A round stamp: centre as shares of width and height, radius of the shorter, turn in degrees."""

    x: float
    y: float
    radius: float
    turn_deg: float = 0.0


# A shade is smooth: it is drawn this many times smaller and enlarged.
COARSE = 8


def paper_light(shape: tuple[int, int], paper: int, shade: float, turn_deg: float) -> Array:
    """Return the gray level of bare paper `(H, W)` uint8: darker towards one side and into its corner.

    Args:
        shape: height and width, pixels.
        paper: level of the lightest place, 0 to 255.
        shade: how much darker the darkest corner is, levels.
        turn_deg: which side is dark.
    """
    height, width = shape
    if not shade:
        return np.full(shape, paper, np.uint8)
    xs, ys = (np.linspace(-1, 1, max(2, length // COARSE))[None] for length in (width, height))
    angle = np.deg2rad(turn_deg)
    along = (xs * np.cos(angle) + ys.T * np.sin(angle) + 1.0) / 2.0
    levels = np.rint(paper - shade * np.clip(along, 0, 1) ** 2.2)
    return np.asarray(cv2.resize(levels.astype(np.uint8), (width, height)))


def clouds(shape: tuple[int, int], rng: np.random.Generator, grain: float) -> Array:
    """Return smooth patches between 0 and 255, uint8, about `grain` pixels across."""
    height, width = shape
    size = max(2, int(height / grain)), max(2, int(width / grain))
    small = rng.integers(0, 256, size, np.uint8)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC))


@cache
def noise_levels(sigma: float) -> Array:
    """Return 65536 equally likely values of normal noise, int16, rounded to whole gray levels."""
    normal = NormalDist(0.0, sigma)
    return np.array([round(normal.inv_cdf((step + 0.5) / 65536)) for step in range(65536)], np.int16)


def specks(shape: tuple[int, int], density: float, rng: np.random.Generator) -> Array:
    """Return how much darker dots of dirt make the page, `(H, W)` int16; `density` is dots per pixel."""
    height, width = shape
    count = int(density * height * width)
    dots = np.zeros(shape, np.uint8)
    places = rng.integers((0, 0, 0, 40), (width, height, 2, 150), (count, 4))
    for x, y, radius, level in places.tolist():
        cv2.circle(dots, (x, y), radius, (level,), -1)
    return dots.astype(np.int16)


# Light that a full stamp throws back, of 255: red, green, blue, and on a gray scan.
RED = (219, 56, 61)
GRAY_OF_RED = (140,)
INK_OF_STAMP = (217,)


def seal_coverage(shape: tuple[int, int], seal: Seal, rng: np.random.Generator) -> Array:
    """Return the coverage of a round stamp, uint8: a ring, a star, and marks where characters stand."""
    height, width = shape
    stamp = np.zeros(shape, np.uint8)
    centre = np.array([seal.x * width, seal.y * height])
    radius = seal.radius * min(width, height)
    middle = (int(centre[0]), int(centre[1]))
    cv2.circle(stamp, middle, int(radius), INK_OF_STAMP, max(2, int(radius * 0.06)), cv2.LINE_AA)
    tips = []
    for step in range(10):
        angle = np.deg2rad(seal.turn_deg + step * 36 - 90)
        reach = radius * (0.34 if step % 2 == 0 else 0.14)
        tips.append(centre + reach * np.array([np.cos(angle), np.sin(angle)]))
    cv2.fillPoly(stamp, [np.rint(tips).astype(np.int32)], INK_OF_STAMP, cv2.LINE_AA)
    glyph = radius * 0.1
    for place in range(14):
        angle = np.deg2rad(seal.turn_deg + 150 + place * 240 / 13)
        at = centre + radius * 0.76 * np.array([np.cos(angle), np.sin(angle)])
        # Strokes that look like a character from afar; nobody is meant to read a stamp.
        for _ in range(5):
            start, stop = np.rint(at + rng.uniform(-glyph, glyph, (2, 2))).astype(int).tolist()
            cv2.line(stamp, start, stop, INK_OF_STAMP, max(1, int(radius * 0.022)), cv2.LINE_AA)
    worn = 140 + (clouds(shape, rng, max(4.0, radius / 6)).astype(np.uint16) * 115 >> 8)
    return np.asarray((stamp * worn >> 8).astype(np.uint8))
