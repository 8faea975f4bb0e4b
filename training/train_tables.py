"""Train the table model: `yusuan train tables`.

From nothing to weights: synthetic pages are drawn and put through the product's own cleaning
(`table_corpus`), the network of `yusuan.models.table_network` learns where their borders lie, it is written
as an ONNX file (`table_onnx`), measured on pages that it has not seen, and all of it is logged to MLflow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, NamedTuple

import cv2
import numpy as np
import torch
from torch import nn

from yusuan.datasets.synth.borders import PARTS, PageBorders
from yusuan.models.table_maps import MAP_DPI, MAPS, TEXT_ENDS, TEXT_TRIM
from yusuan.models.table_network import NetworkShape, TableNetwork
from yusuan.training.loop import keep_state, made_ahead
from yusuan.training.table_corpus import Corpus, Sample, read_sample

Array = np.ndarray
Implied = Literal["strip", "line", "none"]
# What a missed or false place of each map costs.
WEIGHTS = {"table": 1.0, "across": 2.0, "down": 2.0, "text": 1.0, "seal": 0.5}
BORDER_WIDTH = 0.03  # inches
FINER = 2  # times finer than they are, maps are drawn
FINE = 16  # parts of a pixel in which OpenCV draws
# Pages are shown a little larger and smaller than they are.
SCALES = (0.8, 1.3)
# Steps after which losses are told and the state is kept.
TELL_EVERY, KEEP_EVERY = 50, 100
# Batches on which the statistics of the normalisation are taken at the end.
SETTLING = 60
# Share of views that are of a table, where the page has one.
ON_TABLE = 0.8


@dataclass(frozen=True)
class Recipe:
    """How to train.

    Attributes:
        corpus: what is learnt from.
        steps: of the optimizer, in all.
        rounds: in which the rate of learning rises and falls, of as many steps each. Each sees twice the
            pages of the one before it, the last one all, at half its rate: what a round has learnt serves as
            weights by itself, and more pages can be tried without beginning anew.
        batch: crops a step.
        side: of the maps of a crop, pixels.
        rate: highest rate of learning in the first round.
        implied: borders that are not printed are learnt as the strips of white that they are (`strip`), as
            thin lines in the middle of these (`line`), or not at all (`none`).
        seed: of everything random.
        shape: of the network.
    """

    corpus: Corpus = field(default_factory=Corpus)
    steps: int = 6400
    rounds: int = 2
    batch: int = 4
    side: int = 256
    rate: float = 4e-3
    implied: Implied = "strip"
    seed: int = 20
    shape: NetworkShape = field(default_factory=NetworkShape)


class Round(NamedTuple):
    """Steps `start` to `stop` on the first `pages` pages, at a rate of at most `rate`."""

    start: int
    stop: int
    pages: int
    rate: float


def rounds_of(recipe: Recipe) -> list[Round]:
    """Return the rounds of a training; the last one takes the steps that are left over."""
    length = recipe.steps // recipe.rounds
    rounds = []
    for number in range(recipe.rounds):
        last = number == recipe.rounds - 1
        pages = -(-recipe.corpus.pages // 2 ** (recipe.rounds - 1 - number))
        stop = recipe.steps if last else (number + 1) * length
        rounds.append(Round(number * length, stop, pages, recipe.rate / 2**number))
    return rounds


def draw_maps(
    borders: PageBorders, size: tuple[int, int], matrix: Array, implied: Implied = "strip"
) -> Array:
    """Return the maps `(len(MAPS), h, w)` uint8 of a view of a page.

    Args:
        borders: of the page, in its pixels.
        size: width and height of the maps.
        matrix: `(2, 3)` from the page to the maps.
        implied: see `Recipe`.
    """
    width, height = size[0] * FINER, size[1] * FINER
    matrix = matrix * FINER
    maps = np.zeros((len(MAPS), height, width), np.uint8)
    seen = borders.moved(lambda points: points @ matrix[:, :2].T + matrix[:, 2])

    def fixed(points: Array) -> Array:
        return np.rint(points * FINE - FINE / 2).astype(np.int32)

    for name, quads in (("table", seen.tables), ("text", _cores(seen.text))):
        layer = maps[MAPS.index(name)]
        for quad in fixed(quads):
            cv2.fillConvexPoly(layer, quad, (255,), cv2.LINE_8, 4)
    wide = round(BORDER_WIDTH * MAP_DPI * FINER)
    for name, lines, sides in (
        ("across", seen.across, seen.across_sides),
        ("down", seen.down, seen.down_sides),
    ):
        layer = maps[MAPS.index(name)]
        reach = (sides - lines[:, PARTS // 2])[:, None]
        if implied == "none":
            lines = lines[~reach.any(axis=(1, 2))]
        cv2.polylines(layer, list(fixed(lines)), False, (255,), wide, cv2.LINE_8, 4)
        if implied != "strip":
            continue
        strips = np.concatenate([lines - reach, (lines + reach)[:, ::-1]], axis=1)
        for strip in fixed(strips[np.abs(reach).max(axis=(1, 2)) > wide / 2]):
            cv2.fillPoly(layer, [strip], (255,), cv2.LINE_8, 4)
    for quad in seen.seals:
        (x, y), (across, down) = quad.mean(axis=0), np.ptp(quad, axis=0)
        cv2.ellipse(maps[MAPS.index("seal")], ((x, y), (across, down), 0.0), (255,), -1)
    return np.stack([cv2.resize(layer, size, interpolation=cv2.INTER_AREA) for layer in maps])


def _cores(quads: Array) -> Array:
    """Return the middles of lines of text `(N, 4, 2)`."""
    top_left, top_right, bottom_right, bottom_left = (quads[:, k] for k in range(4))
    downward = bottom_left - top_left
    along = (top_right - top_left) / np.maximum(1e-6, np.linalg.norm(top_right - top_left, axis=1))[:, None]
    ends = along * np.linalg.norm(downward, axis=1)[:, None] * TEXT_ENDS
    trim = downward * TEXT_TRIM
    return np.stack(
        [
            top_left + trim + ends,
            top_right + trim - ends,
            bottom_right - trim - ends,
            bottom_left - trim + ends,
        ],
        axis=1,
    )


def crop(sample: Sample, recipe: Recipe, rng: np.random.Generator) -> tuple[Array, Array]:
    """Return a random view of a page, uint8, and its maps, `(len(MAPS), recipe.side, recipe.side)`.

    The view is as many times larger as the network shrinks it, on the scale of `sample` or nearly.
    """
    side, shrink = recipe.side, recipe.shape.shrink
    view_side = side * shrink
    height, width = sample.image.shape[:2]
    scale = float(np.exp(rng.uniform(*np.log(SCALES))))
    reach = view_side / scale
    x, y = (float(rng.uniform(-0.05 * reach, max(0.0, length - 0.95 * reach))) for length in (width, height))
    tables = sample.borders.tables
    if len(tables) and rng.random() < ON_TABLE:
        # Most of a page is white: a view is one of a place in a table, wherever that comes to stand in it.
        table = tables[rng.integers(len(tables))]
        low, high = table.min(axis=0), table.max(axis=0)
        x, y = rng.uniform(low, high) - rng.uniform(0.1, 0.9, 2) * reach
    matrix = np.array([[scale, 0, -x * scale], [0, scale, -y * scale]])
    view = cv2.warpAffine(
        sample.image, matrix, (view_side, view_side), flags=cv2.INTER_LINEAR, borderValue=(255, 255, 255)
    )
    maps = draw_maps(sample.borders, (side, side), matrix / shrink, recipe.implied)
    return _other_light(view, shrink, rng), maps


def _other_light(view: Array, shrink: int, rng: np.random.Generator) -> Array:
    """Return a view a little brighter or darker, flatter or harder, now and then blurred or grainy."""
    gain, lift = float(rng.uniform(0.75, 1.15)), float(rng.uniform(-12, 18))
    levels = np.clip((np.arange(256.0) - 255) * gain + 255 - max(0.0, lift), 0, 255)
    lit = cv2.LUT(view, levels.astype(np.uint8))
    if rng.random() < 0.15:
        lit = cv2.GaussianBlur(lit, (0, 0), float(rng.uniform(0.4, 0.9)) * shrink / 2)
    if rng.random() < 0.2:
        grain = rng.standard_normal(lit.shape[:2], np.float32)[:, :, None] * float(rng.uniform(2, 8))
        lit = np.clip(lit + grain, 0, 255).astype(np.uint8)
    return np.asarray(lit)


def batches(
    files: Sequence[Path], recipe: Recipe, start: int, stop: int
) -> Iterator[tuple[torch.Tensor, ...]]:
    """Return the batches of the steps `start` to `stop`: pages and maps.

    What a step sees follows from the seed, its number and `files` alone.
    """

    def make(step: int) -> tuple[torch.Tensor, ...]:
        rng = np.random.default_rng([recipe.seed, step])
        views, maps = [], []
        for place in range(recipe.batch):
            turn, at = divmod(step * recipe.batch + place, len(files))
            order = np.random.default_rng([recipe.seed, turn, 1]).permutation(len(files))
            sample = read_sample(files[order[at]])
            view, truth = crop(sample, recipe, rng)
            views.append(view)
            maps.append(truth)
        return (
            torch.from_numpy(np.stack(views)).permute(0, 3, 1, 2).float() / 255,
            torch.from_numpy(np.stack(maps)).float() / 255,
        )

    return made_ahead(make, start, stop)


def loss_of(logits: torch.Tensor, maps: torch.Tensor) -> torch.Tensor:
    """Return the loss of each map, `(len(MAPS),)`: cross entropy and Dice."""
    entropy = nn.functional.binary_cross_entropy_with_logits(logits, maps, reduction="none")
    said = torch.sigmoid(logits)
    both = (said * maps).sum(dim=(0, 2, 3))
    dice = 1 - (2 * both + 1) / (said.sum(dim=(0, 2, 3)) + maps.sum(dim=(0, 2, 3)) + 1)
    return entropy.mean(dim=(0, 2, 3)) + 0.5 * dice


def train(
    files: Sequence[Path],
    recipe: Recipe,
    state: Path | None = None,
    told: Callable[[int, list[float]], None] = lambda step, losses: None,
    device: str = "cpu",
) -> TableNetwork:
    """Return a network trained on the pages `files`.

    Args:
        files: of `table_corpus.write_sample`.
        recipe: how.
        state: file in which the state is kept now and then; training goes on from it where it is there.
        told: called now and then with the number of the step and the mean losses since, by map.
        device: `cpu` or `cuda`.
    """
    torch.manual_seed(recipe.seed)
    network = _channels_last(TableNetwork(recipe.shape).to(device))
    optimizer = torch.optim.AdamW(network.parameters(), weight_decay=1e-2)
    kept: dict[str, Any] = {"step": 0}
    if state is not None and state.is_file():
        kept = torch.load(state, weights_only=True, map_location=device)
        network.load_state_dict(kept["network"])
        optimizer.load_state_dict(kept["optimizer"])
    weights = torch.tensor([WEIGHTS[name] for name in MAPS], device=device)
    network.train()
    half = device != "cpu" or has_bfloat16()
    sums = torch.zeros(len(MAPS))
    for turn in rounds_of(recipe):
        start = max(turn.start, kept["step"])
        if start >= turn.stop:
            continue
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimizer, turn.rate, total_steps=turn.stop - turn.start, pct_start=0.15
        )
        if start > turn.start:
            # A new schedule sets the rate back to its beginning.
            optimizer.load_state_dict(kept["optimizer"])
            schedule.load_state_dict(kept["schedule"])
        for step, batch in enumerate(batches(files[: turn.pages], recipe, start, turn.stop), start + 1):
            pages, maps = (part.to(device) for part in batch)
            with torch.autocast(device, torch.bfloat16, enabled=half):
                logits = network(_channels_last(pages))
            losses = loss_of(logits.float(), maps)
            optimizer.zero_grad()
            (losses * weights).sum().backward()
            nn.utils.clip_grad_norm_(network.parameters(), 5.0)
            optimizer.step()
            schedule.step()
            sums += losses.detach().cpu()
            if step % TELL_EVERY == 0:
                told(step, (sums / TELL_EVERY).tolist())
                sums.zero_()
            if state is not None and step % KEEP_EVERY == 0:
                parts: dict[str, Any] = {"network": network, "optimizer": optimizer, "schedule": schedule}
                keep_state(state, {**{name: part.state_dict() for name, part in parts.items()}, "step": step})
    settle(network, files, recipe)
    return network.cpu().eval()


def has_bfloat16() -> bool:
    """Say whether the processor reckons in bfloat16: others pretend to, slower than they are in float32."""
    return bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())


def _channels_last(value: Any) -> Any:
    """Return a network or a tensor laid out as convolutions in bfloat16 like it: 5 times as fast on a CPU."""
    return value.to(memory_format=torch.channels_last)


def settle(network: TableNetwork, files: Sequence[Path], recipe: Recipe) -> None:
    """Take the statistics of the normalisation anew, with the weights as they are now.

    Those gathered on the way are of other weights: with them a page that is read well in training mode
    is hardly seen. Wu and Johnson 2021, "Rethinking 'Batch' in BatchNorm".
    """
    norms = [module for module in network.modules() if isinstance(module, nn.BatchNorm2d)]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # the mean over all that is seen
    network.train()
    with torch.no_grad():
        for pages, _ in batches(files, recipe, recipe.steps, recipe.steps + SETTLING):
            network(_channels_last(pages.to(network.head.weight.device)))
