"""SIGINT, SIGTERM and SIGHUP: the first two end a run in order, the last does so or reloads."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from types import FrameType


class StopSignals:
    """While entered, the signals leave the process with exit code 0, or call what `call` was given.

    Handlers run in the main thread, between any two of its instructions: until there is something
    to stop in order (imports, a model that loads), leaving at once is right. A stop that was asked for
    stays in force: a second signal while the process leaves must not turn its exit code into a kill.

    SIGHUP asks to reload; where there is nothing to reload, or when the terminal has gone away that the
    process was started from, it stops like the others. ``nohup`` is respected.

    Args:
        reloads: whether there will be something to reload.
    """

    def __init__(self, *, reloads: bool = False) -> None:
        self._stop: Callable[[], None] = lambda: sys.exit(0)
        self._reload: Callable[[], None] | None = None
        self._reloads = reloads
        self._stop_asked = False
        self._reload_asked = False

    def __enter__(self) -> StopSignals:
        without_hangup = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
        self._terminal = not without_hangup and _has_terminal()
        handled = [signal.SIGINT, signal.SIGTERM]
        if self._reloads or not without_hangup:
            handled.append(signal.SIGHUP)
        self._before = {number: signal.signal(number, self._handle) for number in handled}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, signal.SIG_IGN if self._stop_asked else handler)

    def call(self, stop: Callable[[], None], reload: Callable[[], None] | None = None) -> None:
        """Call ``stop`` or ``reload`` from now on; both must be quick and bear being called more than once.

        Also at once, if a signal has come: what it raised may have been lost in a library's import.
        """
        self._stop, self._reload = stop, reload
        if self._stop_asked:
            stop()
        elif self._reload_asked and reload is not None:
            reload()

    def _handle(self, number: int, _frame: FrameType | None) -> None:
        if number == signal.SIGHUP and self._reloads and not (self._terminal and not _has_terminal()):
            self._reload_asked = True
            if self._reload is not None:
                self._reload()
            return
        self._stop_asked = True
        self._stop()


def _has_terminal() -> bool:
    """Tell whether the process has a terminal that controls it, and that still exists."""
    try:
        os.close(os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY | os.O_CLOEXEC))
    except OSError:
        return False
    return True
