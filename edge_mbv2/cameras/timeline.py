"""Says when a recorded frame is due: at its own time, or by the clock."""

from __future__ import annotations

from threading import Event

from edge_mbv2.clock import Clock


class Timeline:
    """Turns a recording's times into timestamps.

    In real time every frame waits until it is due, counted from the first one: a late frame is
    delivered at once, and the frames after it catch up, so there is no drift.

    Args:
        clock: says what time it is, in real time.
        realtime: False makes the recording's own time the timestamp and never waits.
        interrupted: ends a wait when set.
    """

    def __init__(self, clock: Clock, *, realtime: bool, interrupted: Event) -> None:
        self._clock = clock
        self._realtime = realtime
        self._interrupted = interrupted
        self._start_ns: int | None = None
        self._waiting = False

    @property
    def idle(self) -> str | None:
        """What is waited for, None while nothing is."""
        return "the next frame is not due" if self._waiting else None

    def restart(self) -> None:
        """Count from the next frame."""
        self._start_ns = None

    def reach(self, media_ns: int) -> int | None:
        """Wait until the frame at ``media_ns`` is due and return its timestamp, None if interrupted."""
        if not self._realtime:
            return media_ns
        if self._start_ns is None:
            self._start_ns = self._clock.now_ns() - media_ns
        while (early_ns := self._start_ns + media_ns - self._clock.now_ns()) > 0:
            self._waiting = True
            interrupted = self._interrupted.wait(early_ns / 1e9)
            self._waiting = False
            if interrupted:
                return None
        return self._clock.now_ns()
