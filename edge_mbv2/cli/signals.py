"""SIGINT and SIGTERM end a run in order and with exit code 0."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from types import FrameType


class StopSignals:
    """While entered, both signals leave the process, or call what `call` was given.

    Handlers run in the main thread, between any two of its instructions: until there is something
    to stop in order (imports, a model that loads), leaving at once is right.
    """

    _SIGNALS = (signal.SIGINT, signal.SIGTERM)

    def __init__(self) -> None:
        self._stop: Callable[[], None] = lambda: sys.exit(0)

    def __enter__(self) -> StopSignals:
        self._before = {number: signal.signal(number, self._handle) for number in self._SIGNALS}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def call(self, stop: Callable[[], None]) -> None:
        """Call ``stop`` from now on; it must be quick and bear being called more than once."""
        self._stop = stop

    def _handle(self, _number: int, _frame: FrameType | None) -> None:
        self._stop()
