"""One way to train a network: AdamW, a rate that rises and falls once, and a state to go on from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

# Steps after which losses are told and the state is kept.
TELL_EVERY, KEEP_EVERY = 50, 100


@dataclass(frozen=True)
class Schedule:
    """How long and how fast: `rate` is the highest that the optimizer has, after a tenth of the `steps`."""

    steps: int
    rate: float
    weight_decay: float = 0.02


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
            part = state.with_suffix(".part")
            torch.save(
                {
                    "network": network.state_dict(),
                    "optimizer": optimizer.state_dict(),
                    "rates": rates.state_dict(),
                    "step": step,
                },
                part,
            )
            part.replace(state)
    network.eval()
