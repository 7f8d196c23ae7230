"""A stage does one step at a time; a thread that somebody else owns runs it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Protocol

_log = logging.getLogger(__name__)


class Stage(Protocol):
    """A piece of the pipeline; its constructor only keeps its arguments.

    Attributes:
        name: of the stage, for logs and the watchdog.
        idle: why it rightly makes no progress at the moment, in words; None while it should.
    """

    name: str

    @property
    def idle(self) -> str | None: ...

    def start(self) -> None:
        """Take what the stage needs."""

    def step(self) -> bool:
        """Do one piece of work, or wait a moment for one; False when there will be no more."""

    def stop(self) -> None:
        """Give everything back; called once, after the last step, also when `start` failed."""


class Source(Stage, Protocol):
    """A stage that frames come from."""

    def interrupt(self) -> None:
        """End it soon, whatever it waits for; may be called from any thread."""


class StageThread:
    """Runs one stage until it ends, fails or is told to stop.

    Args:
        stage: what to run.
        on_end: called in the thread at its very end with the failure, or None.

    Attributes:
        steps: how many steps have been made, for whoever watches the progress.
        done: True once the stage is stopped.
        failure: what ended it, None when nothing went wrong.
    """

    def __init__(self, stage: Stage, on_end: Callable[[Exception | None], None]) -> None:
        self.stage = stage
        self.steps = 0
        self.done = False
        self.failure: Exception | None = None
        self._started = False
        self._on_end = on_end
        self._stop = threading.Event()
        # A daemon, because a thread that hangs in a driver must not keep the process alive.
        self._thread = threading.Thread(target=self._run, name=stage.name, daemon=True)

    @property
    def name(self) -> str:
        return self.stage.name

    @property
    def idle(self) -> str | None:
        """Why no progress is expected now, or None."""
        if self.done:
            return "ended"
        return self.stage.idle if self._started else "starting"

    @property
    def begun(self) -> bool:
        """Whether the thread was ever started."""
        return self._thread.ident is not None

    def start(self) -> None:
        self._thread.start()

    def request_stop(self) -> None:
        """Ask the thread to end after the step it is in."""
        self._stop.set()

    def join(self, timeout_s: float | None) -> bool:
        """Wait for the end; False when it did not come in time."""
        if self.begun:
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            self.stage.start()
            self._started = True
            while not self._stop.is_set() and self.stage.step():
                self.steps += 1
        except Exception as exc:
            self.failure = exc
        try:
            self.stage.stop()
        except Exception as exc:
            self.failure = self.failure or exc
        self.done = True
        _log.debug("stage %s ended%s", self.name, f": {self.failure}" if self.failure else "")
        self._on_end(self.failure)
