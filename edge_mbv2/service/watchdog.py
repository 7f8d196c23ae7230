"""Pings systemd's watchdog, but only while every part of the pipeline really gets on."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from typing import Protocol

from edge_mbv2.service.notify import Notifier

_log = logging.getLogger(__name__)


class Progress(Protocol):
    """What is watched: a stage that counts its steps.

    Attributes:
        name: for the log.
        steps: grows as long as the stage gets on.
        idle: why it rightly does not, in words; None while it should.
    """

    @property
    def name(self) -> str: ...
    @property
    def steps(self) -> int: ...
    @property
    def idle(self) -> str | None: ...


class Watchdog:
    """Sends ``STATUS=`` and, only when each stage has stepped or is idle, ``WATCHDOG=1``.

    Pinging from a timer alone would tell systemd that a hanging camera driver is fine; here a
    stage without a step for half of systemd's interval stops the pings, and systemd restarts us.

    Args:
        notifier: the way to systemd; pings go out every half of its ``watchdog_ns``.
        stages: returns what must get on at present.
        status: what a person wants to know, in one line.
    """

    _STATUS_S = 10.0

    def __init__(
        self, notifier: Notifier, stages: Callable[[], Sequence[Progress]], status: Callable[[], str]
    ) -> None:
        self._notifier = notifier
        self._stages = stages
        self._status = status
        self._steps: list[tuple[Progress, int]] = []
        self._stop = threading.Event()
        interval_ns = notifier.watchdog_ns
        self._interval_s = self._STATUS_S if interval_ns is None else interval_ns / 2e9
        self._thread = threading.Thread(target=self._run, name="watchdog", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End the thread; it never takes long."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join()

    def check(self) -> list[str]:
        """Return the names of the stages that should have stepped since the last call and have not."""
        before = {id(stage): steps for stage, steps in self._steps}
        self._steps = [(stage, stage.steps) for stage in self._stages()]
        return [
            stage.name
            for stage, steps in self._steps
            if before.get(id(stage)) == steps and stage.idle is None
        ]

    def _run(self) -> None:
        while not self._stop.wait(self._interval_s):
            stuck = self.check()
            if stuck:
                status = f"stuck: {', '.join(stuck)}"
                _log.error("no progress for %.0f s in %s", self._interval_s, ", ".join(stuck))
            else:
                status = self._status()
                if self._notifier.watchdog_ns is not None:
                    self._notifier.send(WATCHDOG=1)
            self._notifier.send(STATUS=status)
