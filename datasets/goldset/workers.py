"""The same work on many things, on all cores."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import TypeVar

import cv2

J = TypeVar("J")
R = TypeVar("R")


def each(work: Callable[[J], R], jobs: Sequence[J]) -> list[R]:
    """Return `work` of each job, in the order of the jobs; errors of a job are raised here.

    Args:
        work: a function of a module, so that other processes can import it.
        jobs: what to work on.
    """
    count = min(len(os.sched_getaffinity(0)), len(jobs))
    if count < 2:
        return [work(job) for job in jobs]
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(count, mp_context=context, initializer=cv2.setNumThreads, initargs=(1,)) as pool:
        return list(pool.map(work, jobs))
