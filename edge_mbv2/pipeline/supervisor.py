"""Starts the stages of one run, waits for their end, and stops them in order."""

from __future__ import annotations

import contextlib
import logging
import queue
import threading
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
    """

    def __init__(
        self,
        captures: Sequence[Source],
        slot: Slot,
        analyse: Analyse,
        publishers: Sequence[Publish[Any]] = (),
    ) -> None:
        self._slot = slot
        self._events: queue.SimpleQueue[Callable[[], bool]] = queue.SimpleQueue()
        self._failure: Exception | None = None
        self._end_events = analyse.end
        self._analyse = self._thread(analyse, self._analyse_ended)
        self._captures = {capture: self._thread(capture, self._capture_ended) for capture in captures}
        self._sinks = {publisher: self._thread(publisher, self._sink_ended) for publisher in publishers}
        self._leaving: set[Source] = set()

    @property
    def threads(self) -> list[StageThread]:
        """Those of all stages that are to go on, for whoever watches their progress."""
        captures = [thread for capture, thread in self._captures.items() if capture not in self._leaving]
        return [*captures, self._analyse, *self._sinks.values()]

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
        for publisher in self._sinks:
            publisher.open()
        for thread in self.threads:
            thread.start()

    def exchange_captures(self, leaving: Sequence[Source], arriving: Sequence[Source]) -> None:
        """Stop some captures and start others; called by the thread that is in `wait`.

        A capture that hangs is left behind, and what
        becomes of it is only logged.
        """
        self._forget_ended()
        self._leaving.update(leaving)
        threads = [self._captures[capture] for capture in leaving if capture in self._captures]
        for thread in threads:
            thread.request_stop()
        for capture in leaving:
            capture.interrupt()
        self._join(threads, time.monotonic() + STOP_DEADLINE_S)
        for capture in arriving:
            self._captures[capture] = self._thread(capture, self._capture_ended)
            self._captures[capture].start()

    def add_publishers(self, arriving: Sequence[Publish[Any]]) -> None:
        """Start publishers that are open; called by the thread that is in `wait`.

        To part from one, stop offering to it and have it `finish`.
        """
        self._forget_ended()
        for publisher in arriving:
            self._sinks[publisher] = self._thread(publisher, self._sink_ended)
            self._sinks[publisher].start()

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
        sources = [*self._captures.values(), self._analyse]
        for thread in sources:
            thread.request_stop()
        for capture in self._captures:
            capture.interrupt()
        self._slot.clear()
        self._join(sources, deadline_s - STOP_DEADLINE_S / 2)
        if self._analyse.begun and not self._analyse.done:  # a frame takes longer; a sink may hang, too
            ending = threading.Thread(target=self._end_events, name="end events", daemon=True)
            ending.start()
            ending.join(STOP_DEADLINE_S / 4)
        for publisher in self._sinks:
            publisher.finish()
        self._join(list(self._sinks.values()), deadline_s)
        for publisher, thread in self._sinks.items():
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
            self._events.put(lambda: self._failed(stage, failure) if failure else ended())

        return StageThread(stage, on_end)

    def _stop_asked(self) -> bool:
        return True

    def _failed(self, stage: Stage, failure: Exception) -> bool:
        if stage in self._leaving:
            _log.warning("%s, which was on its way out: %s", stage.name, failure)
            return self._capture_ended()
        self._failure = self._failure or failure
        return True

    def _capture_ended(self) -> bool:
        if all(thread.done for thread in self._captures.values()):
            self._slot.close()
        return False

    def _analyse_ended(self) -> bool:
        for publisher in self._sinks:
            publisher.finish()
        return self._sink_ended()

    def _sink_ended(self) -> bool:
        return self._analyse.done and all(thread.done for thread in self._sinks.values())

    def _forget_ended(self) -> None:
        """Let go of what left earlier and has come to its end."""
        for capture in [capture for capture in self._leaving if self._captures[capture].done]:
            self._leaving.discard(capture)
            del self._captures[capture]
        for publisher in [each for each, thread in self._sinks.items() if thread.done and not thread.failure]:
            del self._sinks[publisher]

    @staticmethod
    def _join(threads: Sequence[StageThread], deadline_s: float) -> None:
        hung = [t.name for t in threads if not t.join(max(0.0, deadline_s - time.monotonic()))]
        if hung:
            _log.debug("left behind, still busy: %s", ", ".join(hung))
