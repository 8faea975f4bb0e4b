"""Peers beside us: every program on the same documents, in the same figures."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from yusuan.eval.figures import Scored, figures
from yusuan.eval.result import OURS, Comparison, Standing
from yusuan.eval.truth import Truth, read_names
from yusuan.extraction.errors import InputError

# Peers are compared as wholes and by state of the paper, not by document or field.
GROUPS = ("all", "scan", "family", "type", "source")


# Of a worker process.
_TRUTH: Truth | None = None


def peer_folders(peers: Path) -> list[Path]:
    """Return the output folders in a folder, one for each peer, by name.

    Raises:
        InputError: there is none.
    """
    folders = sorted(path for path in peers.glob("*/") if not path.name.startswith("."))
    if not folders:
        raise InputError(
            f"no peers in {peers}",
            f"expected {peers}/<peer>/documents; python -m yusuan.eval.peers writes them",
        )
    return folders


def compare(
    truth: Truth, ours: Sequence[Scored], peers: Path
) -> tuple[tuple[Comparison, ...], tuple[str, ...]]:
    """Score each peer, and set it beside us on the documents that it read.

    A peer may read digital pages alone. So there is a comparison for each set of documents that some peer
    read, with every program that read all of them, and all figures computed anew on these documents.
    What a peer did not read is left out for all in its comparison, and named. What we did not read and a
    peer did counts as missed.

    Returns:
        The comparison on the most documents first; and a note for each peer that read nothing.

    Raises:
        InputError: there are no peers, or the output of one cannot be read.
    """
    folders = peer_folders(peers)
    # Aligning badly read tables takes long. A fork shares the gold with its parent.
    workers = min(len(folders), len(os.sched_getaffinity(0)))
    with ProcessPoolExecutor(workers, get_context("fork"), _keep, (truth,)) as pool:
        programs = {
            folder.name: scored for folder, scored in zip(folders, pool.map(_score, folders), strict=True)
        }
    read = {peer: read_names(scored) for peer, scored in programs.items()}
    everything = [one.document.name for one in ours]
    comparisons = tuple(
        Comparison(
            standings=(
                _standing(OURS, ours, names),
                *(_standing(peer, programs[peer], names) for peer in programs if read[peer] >= names),
            ),
            documents=tuple(name for name in everything if name in names),
            excluded=tuple(name for name in everything if name not in names),
        )
        for names in sorted(set(read.values()), key=lambda names: (-len(names), sorted(names)))
        if names
    )
    idle = (peer for peer in programs if not read[peer])
    return comparisons, tuple(f"{peer} read none of the documents and is in no comparison." for peer in idle)


def _keep(truth: Truth) -> None:
    global _TRUTH
    _TRUTH = truth


def _score(folder: Path) -> tuple[Scored, ...]:
    assert _TRUTH is not None
    return _TRUTH.score(folder).scored


def _standing(name: str, scored: Sequence[Scored], names: Collection[str]) -> Standing:
    return Standing(name, figures([one for one in scored if one.document.name in names], GROUPS))
