"""SIGINT and SIGTERM end a run in order and with exit code 0."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from types import FrameType


class StopSignals:
    """While entered, both signals leave the process, or call what `call` was given.

    Handlers run in the main thread, between any two of its instructions: until there is something
    to stop in order (imports, a model that loads), leaving at once is right. A stop that was asked for
    stays in force: a second signal while the process leaves must not turn its exit code into a kill.
    """

    _SIGNALS = (signal.SIGINT, signal.SIGTERM)

    def __init__(self) -> None:
        self._stop: Callable[[], None] = lambda: sys.exit(0)
        self._asked = False

    def __enter__(self) -> StopSignals:
        self._before = {number: signal.signal(number, self._handle) for number in self._SIGNALS}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, signal.SIG_IGN if self._asked else handler)

    def call(self, stop: Callable[[], None]) -> None:
        """Call ``stop`` from now on; it must be quick and bear being called more than once.

        Also at once, if a signal has come: what it raised may have been lost in a library's import.
        """
        self._stop = stop
        if self._asked:
            stop()

    def _handle(self, _number: int, _frame: FrameType | None) -> None:
        self._asked = True
        self._stop()
