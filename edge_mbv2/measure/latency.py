"""How long a frame takes, and how many there are in a second when one follows the other."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

_WARM_UP_FRAMES = 3
_FEWEST_FRAMES = 10


@dataclass(frozen=True, slots=True)
class Latency:
    """Frames of one engine, back to back.

    Attributes:
        frames: how many were timed.
        p50_ms: half of them took at most so long.
        p95_ms: 95 of 100 did.
        p99_ms: 99 of 100 did.
        rate_hz: frames per second over the whole time.
    """

    frames: int
    p50_ms: float
    p95_ms: float
    p99_ms: float
    rate_hz: float


def measure(
    frame: Callable[[], object], duration_s: float, now_ns: Callable[[], int] = time.perf_counter_ns
) -> Latency:
    """Do ``frame`` again and again.

    Args:
        frame: all that one frame needs.
        duration_s: for how long; a slow engine goes on until it has done ten.
        now_ns: a clock.
    """
    for _ in range(_WARM_UP_FRAMES):
        frame()
    start = last = now_ns()
    times_ns: list[int] = []
    while len(times_ns) < _FEWEST_FRAMES or last - start < duration_s * 1e9:
        frame()
        now = now_ns()
        times_ns.append(now - last)
        last = now
    p50, p95, p99 = (float(p) for p in np.percentile(np.array(times_ns) / 1e6, (50, 95, 99)))
    return Latency(len(times_ns), p50, p95, p99, len(times_ns) * 1e9 / (last - start))
