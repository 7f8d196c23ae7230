"""Waits for what other threads and processes bring about."""

from __future__ import annotations

import time
from collections.abc import Callable

PATIENCE_S = 100
"""Long, because the machine may be busy; pytest's own time-out comes later."""


def until(condition: Callable[[], object], what: str = "it") -> None:
    """Wait for a condition, in small steps."""
    deadline_s = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline_s, f"{what} never came true"
        time.sleep(0.02)
