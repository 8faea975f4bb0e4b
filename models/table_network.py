"""The network that looks at a page: where tables, borders of cells, lines of text and seals lie.

A U-Net of depthwise convolutions. Borders of cells are long and thin, and where nothing is printed only what
stands far to the left and right, or above and below, tells that one is there: so each block looks along its
row and along its column by kernels `(1, k)` and `(k, 1)`, beside a square one for glyphs.

Ronneberger et al. 2015 (U-Net); Howard et al. 2017 (separable convolutions); Peng et al. 2017 (long kernels
in two directions). Needs torch; what is shipped runs without (`extraction/tables/look.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from yusuan.models.table_maps import MAPS


@dataclass(frozen=True)
class NetworkShape:
    """Sizes of the network.

    Attributes:
        shrink: how much smaller the maps are than the page.
        widths: channels on the scale of the maps, and at 1/2, 1/4 and 1/8 of it.
        depths: blocks on the way down at each of these; on the way up there is one.
        kernels: length of the long kernels at each.
    """

    shrink: int = 4
    widths: tuple[int, int, int, int] = (24, 48, 88, 128)
    depths: tuple[int, int, int, int] = (1, 2, 4, 6)
    kernels: tuple[int, int, int, int] = (7, 11, 15, 15)


class Block(nn.Module):
    """Looks along the row, along the column and around each place, and mixes channels; adds to its input."""

    def __init__(self, width: int, kernel: int, widen: int) -> None:
        super().__init__()
        self.row = nn.Conv2d(width, width, (1, kernel), padding=(0, kernel // 2), groups=width, bias=False)
        self.column = nn.Conv2d(width, width, (kernel, 1), padding=(kernel // 2, 0), groups=width, bias=False)
        self.around = nn.Conv2d(width, width, 3, padding=1, groups=width, bias=False)
        self.norm = nn.BatchNorm2d(width)
        self.wide = nn.Conv2d(width, width * widen, 1)
        self.narrow = nn.Conv2d(width * widen, width, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return a tensor of the shape of `x`."""
        seen = self.norm(self.row(x) + self.column(x) + self.around(x))
        return x + self.narrow(torch.relu(self.wide(seen)))


def _down(before: int, after: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(before, after, 2, stride=2, bias=False), nn.BatchNorm2d(after), nn.ReLU())


def _up(before: int, after: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(before, after, 1, bias=False), nn.Upsample(scale_factor=2, mode="nearest"))


class TableNetwork(nn.Module):
    """Pages `(N, 3, H, W)`, 0 to 1, to logits `(N, len(MAPS), h, w)`, `shape.shrink` times smaller.

    `h` and `w` must be multiples of `MULTIPLE`.
    """

    def __init__(self, shape: NetworkShape | None = None) -> None:
        super().__init__()
        self.shape = shape = shape or NetworkShape()
        widths, kernels = shape.widths, shape.kernels
        first = 3 * shape.shrink**2
        self.stem = nn.Sequential(
            nn.PixelUnshuffle(shape.shrink),
            nn.Conv2d(first, widths[0], 3, padding=1, bias=False),
            nn.BatchNorm2d(widths[0]),
            nn.ReLU(),
        )
        levels = list(zip(widths, shape.depths, kernels, (1, 2, 2, 2), strict=True))
        self.stages = nn.ModuleList(
            nn.Sequential(*(Block(width, kernel, widen) for _ in range(depth)))
            for width, depth, kernel, widen in levels
        )
        self.downs = nn.ModuleList(_down(widths[k], widths[k + 1]) for k in range(3))
        self.ups = nn.ModuleList(_up(widths[k + 1], widths[k]) for k in range(3))
        self.joins = nn.ModuleList(Block(width, kernel, widen) for width, _, kernel, widen in levels[:3])
        self.head = nn.Conv2d(widths[0], len(MAPS), 1)

    def forward(self, pages: torch.Tensor) -> torch.Tensor:
        """Return logits; see the class."""
        x = self.stem(pages)
        kept = []
        for level, stage in enumerate(self.stages):
            x = stage(x)
            if level < len(self.downs):
                kept.append(x)
                x = self.downs[level](x)
        for level in reversed(range(len(self.ups))):
            x = self.joins[level](kept[level] + self.ups[level](x))
        return self.head(x)
