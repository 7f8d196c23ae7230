"""The way to a sink: a bounded queue and a thread of its own, so that no sink waits for another."""

from __future__ import annotations

import contextlib
import logging
import queue
import threading
from typing import Generic, TypeVar

from edge_mbv2.errors import EdgeError, OutputClosed
from edge_mbv2.sinks.protocol import Sink

_log = logging.getLogger(__name__)

Item = TypeVar("Item")


class Publish(Generic[Item]):
    """Feeds one sink, one item a step.

    A live run outlives a sink that fails (a full disk): the failure is logged once, what can't be
    delivered is counted, and delivery is tried again with the next item. Where nothing may be lost,
    the failure ends the run.

    Args:
        sink: opened by `open`, fed and closed in the stage's thread.
        capacity: items that may wait.
        lossless: True makes `offer` wait for a full queue.

    Attributes:
        sink: as given.
        lost: items that found the queue full or the sink failing.
    """

    idle: str | None = None
    _WAIT_S = 0.2

    def __init__(self, sink: Sink[Item], *, capacity: int, lossless: bool) -> None:
        self.name = f"publish {sink.name}"
        self.lost = 0
        self.sink = sink
        self._lossless = lossless
        self._queue: queue.Queue[Item | None] = queue.Queue(capacity)
        self._finished = threading.Event()
        self._failing = False

    def open(self) -> None:
        """Open the sink ahead of the thread, so that a wrong path ends the run before it begins."""
        self.sink.open()

    def offer(self, item: Item) -> None:
        """Queue an item; called from the analyse thread."""
        while not self._finished.is_set():
            try:
                return self._queue.put(item, timeout=self._WAIT_S if self._lossless else 0)
            except queue.Full:
                if not self._lossless:
                    break
        self.lost += 1
        return None

    @property
    def undelivered(self) -> int:
        """How many items were lost or still wait."""
        return self.lost + self._queue.qsize()

    def finish(self) -> None:
        """Take no item any more, and end once what is queued is delivered. Never waits."""
        self._finished.set()
        with contextlib.suppress(queue.Full):  # wakes the thread; with a full queue it is awake
            self._queue.put_nowait(None)

    def start(self) -> None:
        pass

    def step(self) -> bool:
        try:
            item = self._queue.get(timeout=0 if self._finished.is_set() else self._WAIT_S)
        except queue.Empty:
            return not self._finished.is_set()
        if item is None:
            return True
        try:
            self.sink.publish(item)
        except OutputClosed:
            raise
        except EdgeError as exc:
            if self._lossless:
                raise
            self._note_failure(exc)
        else:
            self._failing = False
        return True

    def stop(self) -> None:
        self._finished.set()
        self.sink.close()
        if self.lost:
            _log.warning("%s: results lost: %d", self.sink.name, self.lost)

    def _note_failure(self, exc: EdgeError) -> None:
        self.lost += 1
        if not self._failing:
            _log.error("%s; going on without it until it works again", exc)
        self._failing = True
