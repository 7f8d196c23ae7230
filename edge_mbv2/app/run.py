"""One ``run``: cameras, their analysis, the outputs and the page."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from typing import Any

from edge_mbv2.app.attention import attention
from edge_mbv2.app.following import Following
from edge_mbv2.app.page import Page
from edge_mbv2.app.parts import Maker, Parts
from edge_mbv2.app.recording import configuration
from edge_mbv2.app.reload import Reload
from edge_mbv2.app.state import RunState
from edge_mbv2.config.schema import Config, LoggingConfig
from edge_mbv2.pipeline.analyse import Analyse
from edge_mbv2.pipeline.metrics import Metrics
from edge_mbv2.pipeline.slot import LatestSlot, LosslessSlot
from edge_mbv2.pipeline.supervisor import Supervisor
from edge_mbv2.service.notify import Notifier
from edge_mbv2.service.watchdog import Watchdog
from edge_mbv2.sinks.records import Records
from edge_mbv2.types import Event, Frame, FrameResult

_log = logging.getLogger(__name__)


class Run:
    """Joins what a configuration asks for, and runs it.

    Args:
        config: everything there is to know.
        announce: takes lines for the person who started it (the page's addresses).
        read: reads the configuration again.
        configure_log: takes up another configuration of what is logged.
        must_open: a live camera that can't be opened at the first try ends the run, unless systemd
            started it; otherwise it is waited for, as is one that has streamed in either case.

    Raises:
        ModelError: the model, its manifest or the labels are wrong.
        CameraError: a camera's source means nothing.
        UsageError: the page's host is not known.
        EdgeError: the page's token can't be kept.
    """

    def __init__(
        self,
        config: Config,
        announce: Callable[[str], None],
        read: Callable[[], Config],
        configure_log: Callable[[LoggingConfig], None],
        *,
        must_open: bool = False,
    ) -> None:
        self._configure_log = configure_log
        self._notifier = Notifier()
        self._metrics = Metrics(list(config.cameras))
        self._slot = slot = (LosslessSlot if config.analysis.every_frame else LatestSlot)(self._count_drop)
        must_open = must_open and not self._notifier.has_listener
        maker = Maker(config, self._text, self._record, slot, self._metrics, must_open=must_open)
        self._parts = parts = maker.make(config)
        captures = list(parts.captures.values())
        self._records = Records(maker.clock, model=parts.analyser.model.manifest.name, engine=self._engine)
        self._state = RunState(
            parts.analyser,
            captures,
            self._metrics,
            self._records,
            config.node,
            parts.recorder,
            self._present,
        )
        self._page = Page(
            config.web,
            list(config.cameras),
            maker.clock,
            self._text,
            self._state,
            announce,
            debug=config.analysis.debug_overlay,
        )
        self._following = Following(lambda: self._parts.config, self._threshold, maker.clock)
        self._attention = attention(lambda: self._parts.config, self._following)
        self._analyse = Analyse(
            parts.analyser.open,
            slot,
            self._metrics,
            self._publish,
            self._tell_ready,
            self._attention,
            self._following,
            self._tell,
        )
        self._supervisor = Supervisor(captures, slot, self._analyse, parts.outputs.publishers)
        self._reload = Reload(
            read,
            maker.make,
            lambda: self._parts,
            self._exchange,
            self._supervisor.call,
            self._state,
            self._notifier,
        )

    def request_stop(self) -> None:
        """End the run soon; may be called from a signal handler."""
        self._supervisor.request_stop()

    def request_reload(self) -> None:
        """Take up the configuration file again soon; may be called from a signal handler."""
        self._reload.ask()

    def run(self) -> None:
        """Run until the sources end or a stop is asked for.

        Raises:
            EdgeError: a part failed, or could not start.
        """
        self._page.listen()
        watchdog = Watchdog(self._notifier, lambda: self._supervisor.threads, self._state.status)
        try:
            self._supervisor.start()
            watchdog.start()
            self._supervisor.wait()
        finally:
            self._notifier.send(STOPPING=1, STATUS="stopping")
            self._stop(watchdog)
            for name in self._metrics.cameras:
                if self._metrics.snapshot(name)["captured"]:  # else a failure at the start is the only news
                    _log.info("%s", self._metrics.summary(name))
        self._supervisor.check()

    def _stop(self, watchdog: Watchdog) -> None:
        watchdog.stop()
        # At the same time, because each takes up to a second where somebody does not listen.
        leave_page = threading.Thread(target=self._page.stop, name="leave page")
        leave_page.start()
        self._supervisor.stop()
        leave_page.join()
        if all(thread.done for thread in self._supervisor.threads):
            self._reload.abandon()
            self._parts.analyser.close()

    def _exchange(self, new: Parts, done: Callable[[], None]) -> None:
        """Go over to other parts between two frames; called by the thread that waits for the run."""
        old = self._parts
        for name in new.captures:
            self._metrics.add(name)
        self._supervisor.add_publishers(
            [p for p in new.outputs.publishers if p not in old.outputs.publishers]
        )

        def switch() -> None:
            self._parts = new
            for name, capture in old.captures.items():
                if capture is not new.captures.get(name):  # whose privacy masks may be others
                    self._slot.bar(capture)
                    self._page.forget(name)
            anew = [
                name
                for name, camera in old.config.cameras.items()
                if new.analyser is not old.analyser or not camera.is_as(new.config.cameras.get(name))
            ]
            for name in anew:
                self._attention.forget(name)
                self._analyse.forget(name)
                for event in self._following.forget(name):
                    self._tell(event)
            if new.recorder is not None:
                new.recorder.reconfigure(self._analyse.position, configuration(new.config), anew)
            if new.analyser is not old.analyser:
                self._analyse.use(*new.analyser.open())
                self._records.model = new.analyser.model.manifest.name
                self._state.analyser = new.analyser
            self._supervisor.call(lambda: self._leave(old, new, done))

        self._analyse.between_frames(switch)

    def _leave(self, old: Parts, new: Parts, done: Callable[[], None]) -> None:
        """Part from what is not used any more, once the analysis has gone over to the new."""
        for publisher in old.outputs.publishers:
            if publisher not in new.outputs.publishers:
                publisher.finish()
        if old.analyser is not new.analyser:
            old.analyser.close(keep=new.analyser)
        self._page.set_cameras(list(new.captures))
        self._state.captures, self._state.node = list(new.captures.values()), new.config.node
        leaving = [each for name, each in old.captures.items() if each is not new.captures.get(name)]
        arriving = [each for name, each in new.captures.items() if each is not old.captures.get(name)]
        self._supervisor.exchange_captures(leaving, arriving)
        self._configure_log(new.config.logging)
        done()

    def _publish(self, result: FrameResult) -> None:
        self._page.publish(result)
        self._parts.outputs.publish(result)

    def _tell(self, event: Event) -> None:
        text = self._records.event_text(event)
        self._page.tell(event, text)
        self._parts.outputs.tell(text)

    def _present(self, camera: str) -> Mapping[str, Any]:
        return self._following.state(camera)

    def _threshold(self) -> float:
        return self._parts.analyser.threshold()

    def _text(self, result: FrameResult) -> str:
        return self._records.text(result)

    def _record(self, result: FrameResult) -> Mapping[str, Any]:
        return self._records.record(result)

    def _engine(self) -> str:
        return self._parts.analyser.engine_name()

    def _count_drop(self, frame: Frame, reason: str) -> None:
        self._metrics.count_dropped(frame.camera, reason)

    def _tell_ready(self) -> None:
        self._supervisor.call(self._show_page)

    def _show_page(self) -> None:
        self._page.start()
        self._reload.ready()
