"""What trainings share: batches made ahead, a state to go on from, AdamW with a rate that rises and falls."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import nn

T = TypeVar("T")

# Batches that are made while one is learnt from.
AHEAD = 3
# Steps after which losses are told and the state is kept.
TELL_EVERY, KEEP_EVERY = 50, 100


@dataclass(frozen=True)
class Schedule:
    """How long and how fast: `rate` is the highest that the optimizer has, after a tenth of the `steps`."""

    steps: int
    rate: float
    weight_decay: float = 0.02


def made_ahead(make: Callable[[int], T], start: int, stop: int) -> Iterator[T]:
    """Yield what is made for the steps from `start` to before `stop`; those to come are made meanwhile."""
    with ThreadPoolExecutor(1) as pool:
        pending = [pool.submit(make, step) for step in range(start, min(start + AHEAD, stop))]
        for step in range(start, stop):
            ready = pending.pop(0).result()
            if step + AHEAD < stop:
                pending.append(pool.submit(make, step + AHEAD))
            yield ready


def keep_state(path: Path, state: Mapping[str, Any]) -> None:
    """Write the state of a training; one that is cut off leaves the last state whole."""
    part = path.with_suffix(".part")
    torch.save(dict(state), part)
    part.replace(path)


def fit(
    network: nn.Module,
    schedule: Schedule,
    batches: Callable[[int, int], Iterator[Any]],
    losses: Callable[[Any], torch.Tensor],
    state: Path | None = None,
    told: Callable[[int, list[float]], None] = lambda step, losses: None,
) -> None:
    """Train a network in place.

    Args:
        network: on the device on which it is trained.
        schedule: how long and how fast.
        batches: gives those of the steps from its first argument to before its second. What a step sees must
            follow from its number.
        losses: of a batch, one for each thing that is learnt; their sum is made small.
        state: file in which the state is kept now and then; training goes on from it where it is there.
        told: called now and then with the number of the step and the mean losses since.
    """
    optimizer = torch.optim.AdamW(network.parameters(), lr=schedule.rate, weight_decay=schedule.weight_decay)
    rates = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, schedule.rate, total_steps=schedule.steps, pct_start=0.1
    )
    done = 0
    if state is not None and state.is_file():
        kept = torch.load(state, weights_only=True)
        network.load_state_dict(kept["network"])
        optimizer.load_state_dict(kept["optimizer"])
        rates.load_state_dict(kept["rates"])
        done = int(kept["step"])
    network.train()
    sums: torch.Tensor | float = 0.0
    for step, batch in enumerate(batches(done, schedule.steps), done + 1):
        # What is dropped out follows from the step alone, so that going on is the same as never stopping.
        torch.manual_seed(step)
        each = losses(batch)
        optimizer.zero_grad()
        each.sum().backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        rates.step()
        sums = sums + each.detach().cpu()
        if step % TELL_EVERY == 0 or step == schedule.steps:
            told(step, (sums / (step % TELL_EVERY or TELL_EVERY)).tolist())
            sums = 0.0
        if state is not None and (step % KEEP_EVERY == 0 or step == schedule.steps):
            parts: dict[str, Any] = {"network": network, "optimizer": optimizer, "rates": rates}
            keep_state(state, {**{name: part.state_dict() for name, part in parts.items()}, "step": step})
    network.eval()
