"""One ``run``: cameras, their analysis, the outputs and the page."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from edge_mbv2 import cameras
from edge_mbv2.app.analyser import Analyser
from edge_mbv2.app.outputs import Outputs
from edge_mbv2.app.page import Page
from edge_mbv2.app.state import RunState
from edge_mbv2.cameras.protocol import Camera, CameraSettings
from edge_mbv2.clock import Clock, MediaClock, SystemClock
from edge_mbv2.config.schema import CameraConfig, Config
from edge_mbv2.pipeline.analyse import Analyse
from edge_mbv2.pipeline.capture import Capture
from edge_mbv2.pipeline.metrics import Metrics
from edge_mbv2.pipeline.slot import LatestSlot, LosslessSlot
from edge_mbv2.pipeline.supervisor import Supervisor
from edge_mbv2.service.notify import Notifier
from edge_mbv2.service.watchdog import Watchdog
from edge_mbv2.sinks.records import Records
from edge_mbv2.sinks.video import VideoSink
from edge_mbv2.types import Frame, FrameResult

_log = logging.getLogger(__name__)


class Run:
    """Joins what a configuration asks for, and runs it.

    Args:
        config: everything there is to know.
        announce: takes lines for the person who started it (the page's addresses).

    Raises:
        ModelError: the model, its manifest or the labels are wrong.
        CameraError: a camera's source means nothing.
        UsageError: the engine or the page's host is not known.
        EdgeError: the page's token can't be kept.
    """

    def __init__(self, config: Config, announce: Callable[[str], None]) -> None:
        lossless = config.analysis.every_frame
        self._analyser = Analyser(config.model)
        clock = _clock(config)
        self._cameras = {
            name: _camera(name, camera, clock, realtime=not lossless)
            for name, camera in config.cameras.items()
        }
        self._metrics = Metrics(list(self._cameras))
        records = Records(clock, model=self._analyser.model.manifest.name, engine=self._analyser.engine_name)
        self._state = RunState(self._analyser, self._cameras, self._metrics, records)
        self._outputs = Outputs(
            records.text,
            stdout=config.output.stdout,
            file=config.output.file,
            pictures=[VideoSink(config.output.video, clock)] if config.output.video else [],
            lossless=lossless,
        )
        self._page = Page(config.web, list(self._cameras), clock, records.text, self._state, announce)
        self._notifier = Notifier()
        slot = (LosslessSlot if lossless else LatestSlot)(self._count_drop)
        self._supervisor = Supervisor(
            [Capture(camera, slot, self._metrics) for camera in self._cameras.values()],
            slot,
            Analyse(self._analyser.open, slot, self._metrics, self._publish, self._tell_ready),
            self._outputs.publishers,
            self._interrupt,
        )

    def request_stop(self) -> None:
        """End the run soon; may be called from a signal handler."""
        self._supervisor.request_stop()

    def run(self) -> None:
        """Run until the sources end or a stop is asked for.

        Raises:
            EdgeError: a part failed, or could not start.
        """
        watchdog = Watchdog(self._notifier, self._supervisor.threads, self._state.status)
        try:
            self._supervisor.start()
            watchdog.start()
            self._supervisor.wait()
        finally:
            self._notifier.send(STOPPING=1, STATUS="stopping")
            self._stop(watchdog)
            for name in self._cameras:
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
            self._analyser.close()

    def _publish(self, result: FrameResult) -> None:
        self._page.publish(result)
        self._outputs.publish(result)

    def _count_drop(self, frame: Frame, reason: str) -> None:
        self._metrics.count_dropped(frame.camera, reason)

    def _tell_ready(self) -> None:
        self._supervisor.call(self._show_page)

    def _show_page(self) -> None:
        self._page.start()
        self._notifier.send(READY=1, STATUS=self._state.status())

    def _interrupt(self) -> None:
        for camera in self._cameras.values():
            camera.interrupt()


def _clock(config: Config) -> Clock:
    """Recordings run in their own time when every frame counts; a device's time is the clock's."""
    live = any(cameras.is_live(camera.source) for camera in config.cameras.values())
    return SystemClock() if live or not config.analysis.every_frame else MediaClock()


def _camera(name: str, config: CameraConfig, clock: Clock, *, realtime: bool) -> Camera:
    settings = CameraSettings(
        width=config.width,
        height=config.height,
        framerate=config.framerate,
        hflip=config.hflip,
        vflip=config.vflip,
        rotation=config.rotation,
        realtime=realtime,
        loop=(realtime and config.source == "demo") if config.loop is None else config.loop,
    )
    return cameras.create(config.source, name=name, settings=settings, clock=clock)
