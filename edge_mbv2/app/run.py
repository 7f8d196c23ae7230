"""One ``run``: cameras, their analysis, the outputs and the page."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from edge_mbv2 import cameras
from edge_mbv2.app.analyser import Analyser
from edge_mbv2.app.outputs import Outputs
from edge_mbv2.app.page import Page
from edge_mbv2.app.recording import recorder
from edge_mbv2.app.state import RunState
from edge_mbv2.cameras.protocol import Camera, CameraSettings
from edge_mbv2.clock import Clock, MediaClock, SystemClock
from edge_mbv2.config.schema import CameraConfig, Config
from edge_mbv2.pipeline.analyse import Analyse
from edge_mbv2.pipeline.capture import Capture, Recovery
from edge_mbv2.pipeline.metrics import Metrics
from edge_mbv2.pipeline.slot import LatestSlot, LosslessSlot, Slot
from edge_mbv2.pipeline.supervisor import Supervisor
from edge_mbv2.service.notify import Notifier
from edge_mbv2.service.watchdog import Watchdog
from edge_mbv2.sinks.by_camera import ByCamera, path_of
from edge_mbv2.sinks.protocol import Sink
from edge_mbv2.sinks.records import Records
from edge_mbv2.sinks.video import VideoSink
from edge_mbv2.types import Frame, FrameResult

_log = logging.getLogger(__name__)


class Run:
    """Joins what a configuration asks for, and runs it.

    Args:
        config: everything there is to know.
        announce: takes lines for the person who started it (the page's addresses).
        must_open: a live camera that can't be opened at the first try ends the run, unless systemd
            started it; otherwise it is waited for, as is one that has streamed in either case.

    Raises:
        ModelError: the model, its manifest or the labels are wrong.
        CameraError: a camera's source means nothing.
        UsageError: the engine or the page's host is not known.
        EdgeError: the page's token can't be kept.
    """

    def __init__(self, config: Config, announce: Callable[[str], None], *, must_open: bool = False) -> None:
        lossless = config.analysis.every_frame
        self._analyser = Analyser(config.model)
        clock = _clock(config)
        self._metrics = Metrics(list(config.cameras))
        self._notifier = Notifier()
        slot = (LosslessSlot if lossless else LatestSlot)(self._count_drop)
        must_open = must_open and not self._notifier.has_listener
        captures = [
            _capture(name, camera, slot, self._metrics, clock, realtime=not lossless, must_open=must_open)
            for name, camera in config.cameras.items()
        ]
        records = Records(clock, model=self._analyser.model.manifest.name, engine=self._analyser.engine_name)
        recording = recorder(config, self._analyser, records)
        self._state = RunState(self._analyser, captures, self._metrics, records, recording)
        self._outputs = Outputs(
            records.text,
            stdout=config.output.stdout,
            file=config.output.file,
            pictures=[sink for sink in (_video(config, clock), recording) if sink is not None],
            lossless=lossless,
        )
        self._cameras = list(config.cameras)
        self._page = Page(config.web, self._cameras, clock, records.text, self._state, announce)
        self._supervisor = Supervisor(
            captures,
            slot,
            Analyse(self._analyser.open, slot, self._metrics, self._publish, self._tell_ready),
            self._outputs.publishers,
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


def _clock(config: Config) -> Clock:
    """Recordings run in their own time when every frame counts; a device's time is the clock's."""
    live = any(cameras.is_live(camera.source) for camera in config.cameras.values())
    return SystemClock() if live or not config.analysis.every_frame else MediaClock()


def _video(config: Config, clock: Clock) -> Sink[FrameResult] | None:
    path = config.output.video
    if path is None:
        return None
    count = len(config.cameras)
    return ByCamera("video", {name: VideoSink(path_of(path, name, count), clock) for name in config.cameras})


def _capture(
    name: str,
    config: CameraConfig,
    slot: Slot,
    metrics: Metrics,
    clock: Clock,
    *,
    realtime: bool,
    must_open: bool,
) -> Capture:
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

    def make() -> Camera:
        return cameras.create(config.source, name=name, settings=settings, clock=clock)

    patience = cameras.patience(config.source, config.framerate)
    recovery = None if patience is None else Recovery(make, patience, clock, must_open)
    return Capture(make(), slot, metrics, recovery=recovery)
