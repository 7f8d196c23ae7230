"""Takes up the configuration file again while the run goes on: all of it, or nothing."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from edge_mbv2.app.parts import Parts, as_far_as_running
from edge_mbv2.app.state import RunState
from edge_mbv2.config.document import differences
from edge_mbv2.config.schema import Config
from edge_mbv2.errors import EdgeError
from edge_mbv2.service.notify import Notifier

_log = logging.getLogger(__name__)


class Reload:
    """Reads, makes, opens and only then exchanges; what fails on the way leaves the run as it is.

    Everything but the opening, which may take seconds, happens in the thread that waits for the run.

    Args:
        read: reads the configuration.
        make: makes the parts for a configuration, those it shares with what is in force excepted.
        running: returns the parts in force.
        exchange: puts parts in the place of those in force, and calls back when that is done.
        call: has a function called in the thread that waits for the run.
        state: is told of a configuration that was refused.
        notifier: the way to systemd.
    """

    def __init__(
        self,
        read: Callable[[], Config],
        make: Callable[[Config, Parts], Parts],
        running: Callable[[], Parts],
        exchange: Callable[[Parts, Callable[[], None]], None],
        call: Callable[[Callable[[], None]], None],
        state: RunState,
        notifier: Notifier,
    ) -> None:
        self._read = read
        self._make = make
        self._running = running
        self._exchange = exchange
        self._call = call
        self._state = state
        self._notifier = notifier
        self._busy = True
        self._asked = False
        self._pending: tuple[Parts, Parts] | None = None
        self._opening = threading.Thread()

    def ask(self) -> None:
        """Reload soon; may be called from a signal handler, and again before it is done."""
        self._call(self._begin)

    def ready(self) -> None:
        """Say that the run is ready, and that a reload may begin; called in the thread that waits for it."""
        self._busy = False
        self._notifier.send(READY=1, STATUS=self._state.status())
        if self._asked:
            self._asked = False
            self._begin()

    def abandon(self) -> None:
        """Give back what was opened for a reload that the end of the run has overtaken."""
        pending, self._pending = self._pending, None
        if pending is not None and not self._opening.is_alive():
            new, old = pending
            new.discard(old)

    def _begin(self) -> None:
        if self._busy:
            self._asked = True
            return
        self._busy = True
        self._notifier.send_reloading("reading the configuration again")
        old = self._running()
        try:
            wanted = self._read()
            new = self._make(as_far_as_running(wanted, old.config), old)
        except Exception as exc:
            self._refuse(exc)
            return
        self._pending = new, old
        self._opening = threading.Thread(
            target=self._open, args=(wanted, new, old), name="reload", daemon=True
        )
        self._opening.start()

    def _open(self, wanted: Config, new: Parts, old: Parts) -> None:
        try:
            new.open_beside(old)
        except Exception as exc:
            failure = exc
            self._call(lambda: self._refuse(failure))
        else:
            self._call(lambda: self._exchange(new, lambda: self._tell(wanted, old.config, new.config)))

    def _refuse(self, failure: Exception) -> None:
        self._pending = None
        known = isinstance(failure, EdgeError)
        lines = (
            str(failure).splitlines() if known else [f"internal error, {type(failure).__name__}: {failure}"]
        )
        for line in lines:
            _log.error("%s", line, exc_info=None if known else failure)
        _log.error("the configuration is refused; running on with the old one")
        self._state.reload_problem = lines[0] + (f" (and {len(lines) - 1} more)" if len(lines) > 1 else "")
        self.ready()

    def _tell(self, wanted: Config, before: Config, now: Config) -> None:
        self._pending = self._state.reload_problem = None
        changed = ", ".join(differences(before, now))
        _log.info(
            "the configuration is read again: %s", f"changed {changed}" if changed else "nothing changed"
        )
        if waiting := ", ".join(differences(now, wanted)):
            _log.warning("%s: a change takes a restart; as before until then", waiting)
        self.ready()
