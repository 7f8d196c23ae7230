"""Starts the stages of one run, waits for their end, and stops them in order."""

from __future__ import annotations

import contextlib
import logging
import queue
import time
from collections.abc import Callable, Sequence
from typing import Any

from edge_mbv2.errors import OutputClosed
from edge_mbv2.pipeline.analyse import Analyse
from edge_mbv2.pipeline.publish import Publish
from edge_mbv2.pipeline.slot import Slot
from edge_mbv2.pipeline.stage import Source, Stage, StageThread

_log = logging.getLogger(__name__)

STOP_DEADLINE_S = 1.5
"""How long stages may take to end when a run is stopped; a thread that hangs longer is left behind."""

LONGEST_SLEEP_S = 0.25
"""A signal's handler runs when the main thread next runs Python. One that arrives while that thread is on
its way to sleep, as when it hands the interpreter to another thread, does not wake it."""


class Supervisor:
    """One run: captures -> slot -> analyse -> sinks, each in a thread.

    Args:
        captures: one for each camera, or what plays a recording.
        slot: between them and the analysis.
        analyse: the only consumer of the slot.
        publishers: the ways to the sinks.

    Attributes:
        threads: of all stages, for whoever watches their progress.
    """

    def __init__(
        self,
        captures: Sequence[Source],
        slot: Slot,
        analyse: Analyse,
        publishers: Sequence[Publish[Any]] = (),
    ) -> None:
        self._slot = slot
        self._publishers = publishers
        self._cameras = captures
        self._events: queue.SimpleQueue[Callable[[], bool]] = queue.SimpleQueue()
        self._failure: Exception | None = None
        self._captures = [self._thread(capture, self._capture_ended) for capture in captures]
        self._analyse = self._thread(analyse, self._analyse_ended)
        self._sinks = [self._thread(publisher, self._sink_ended) for publisher in publishers]
        self.threads = [*self._captures, self._analyse, *self._sinks]

    def request_stop(self) -> None:
        """End the run soon; may be called from a signal handler and more than once."""
        self._events.put(self._stop_asked)

    def call(self, function: Callable[[], None]) -> None:
        """Have a function called by the thread that is in `wait`; what it raises ends the run."""

        def called() -> bool:
            function()
            return False

        self._events.put(called)

    def start(self) -> None:
        """Open the sinks and start every thread.

        Raises:
            EdgeError: a sink can't be opened.
        """
        for publisher in self._publishers:
            publisher.open()
        for thread in self.threads:
            thread.start()

    def wait(self) -> None:
        """Wait until the sources end, a stage fails, or a stop is asked for."""
        while not self._next_event()():
            pass

    def _next_event(self) -> Callable[[], bool]:
        while True:
            with contextlib.suppress(queue.Empty):
                return self._events.get(timeout=LONGEST_SLEEP_S)

    def stop(self) -> None:
        """Stop every thread, in the order of the frames' way; also after a `start` that failed.

        A thread that hangs in a driver is left behind after `STOP_DEADLINE_S`; only leaving the
        process gets rid of it.
        """
        deadline_s = time.monotonic() + STOP_DEADLINE_S
        for thread in (*self._captures, self._analyse):
            thread.request_stop()
        for capture in self._cameras:
            capture.interrupt()
        self._slot.clear()
        self._join([*self._captures, self._analyse], deadline_s - STOP_DEADLINE_S / 2)
        for publisher in self._publishers:
            publisher.finish()
        self._join(self._sinks, deadline_s)
        for publisher, thread in zip(self._publishers, self._sinks, strict=True):
            if not thread.begun:
                publisher.stop()
            elif not thread.done and publisher.undelivered:
                _log.warning("%s hangs: %d results were not delivered", thread.name, publisher.undelivered)

    def check(self) -> None:
        """Say what went wrong, once stopped; that a reader has gone away is no failure.

        Raises:
            EdgeError: the first failure of a stage; any other is logged.
        """
        failures = [thread.failure for thread in self.threads if thread.failure is not None]
        first = self._failure or next(iter(failures), None)
        for failure in failures:
            if failure is not first and not isinstance(failure, OutputClosed):
                _log.error("%s", failure)
        if first is not None and not isinstance(first, OutputClosed):
            raise first

    def _thread(self, stage: Stage, ended: Callable[[], bool]) -> StageThread:
        def on_end(failure: Exception | None) -> None:
            self._events.put(lambda: self._failed(failure) if failure else ended())

        return StageThread(stage, on_end)

    def _stop_asked(self) -> bool:
        return True

    def _failed(self, failure: Exception) -> bool:
        self._failure = self._failure or failure
        return True

    def _capture_ended(self) -> bool:
        if all(thread.done for thread in self._captures):
            self._slot.close()
        return False

    def _analyse_ended(self) -> bool:
        for publisher in self._publishers:
            publisher.finish()
        return not self._sinks

    def _sink_ended(self) -> bool:
        return all(thread.done for thread in self._sinks)

    @staticmethod
    def _join(threads: Sequence[StageThread], deadline_s: float) -> None:
        hung = [t.name for t in threads if not t.join(max(0.0, deadline_s - time.monotonic()))]
        if hung:
            _log.debug("left behind, still busy: %s", ", ".join(hung))
