"""What a run is joined from, as one configuration asks for it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from edge_mbv2 import cameras
from edge_mbv2.app.analyser import Analyser
from edge_mbv2.app.outputs import Outputs, outputs
from edge_mbv2.app.recording import Record, recorder
from edge_mbv2.app.watched import unknown_labels
from edge_mbv2.cameras.protocol import Camera, CameraSettings
from edge_mbv2.clock import Clock, MediaClock, SystemClock
from edge_mbv2.config.camera import CameraConfig
from edge_mbv2.config.schema import AT_RESTART, Config
from edge_mbv2.errors import UsageError
from edge_mbv2.pipeline.capture import Capture, Recovery
from edge_mbv2.pipeline.metrics import Metrics
from edge_mbv2.pipeline.record import Recorder
from edge_mbv2.pipeline.slot import Slot
from edge_mbv2.sinks.file_names import FileNames
from edge_mbv2.types import FrameResult

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts that another configuration may replace while the run goes on.

    Attributes:
        config: which asked for them.
        analyser: the model and its engine.
        captures: the stages that read the cameras, by name.
        outputs: the sinks.
        recorder: the one among them that keeps frames, None where nothing is recorded.
    """

    config: Config
    analyser: Analyser
    captures: Mapping[str, Capture]
    outputs: Outputs
    recorder: Recorder | None

    def open_beside(self, old: Parts) -> None:
        """Open what ``old`` does not have already; takes up to seconds.

        Raises:
            EdgeError: something can't be opened; what was is closed again.
        """
        try:
            for publisher in self.outputs.publishers:
                if publisher not in old.outputs.publishers:
                    publisher.open()
            if self.analyser is not old.analyser:
                self.analyser.open_beside(old.analyser)
        except BaseException:
            self.discard(old)
            raise

    def discard(self, old: Parts) -> None:
        """Close what ``old`` does not have; nothing of it has been used."""
        for publisher in self.outputs.publishers:
            if publisher not in old.outputs.publishers:
                publisher.stop()
        if self.analyser is not old.analyser:
            self.analyser.close(keep=old.analyser)


class Maker:
    """Makes the parts of one run.

    Args:
        config: at the start; what can't be changed afterwards is taken from it.
        text: gives a result's record as JSON.
        record: gives a result's record.
        slot: where the frames go.
        metrics: counts them.
        must_open: a live camera of the start that can't be opened at the first try ends the run.

    Attributes:
        clock: which frames are stamped with.
    """

    def __init__(
        self,
        config: Config,
        text: Callable[[FrameResult], str],
        record: Record,
        slot: Slot,
        metrics: Metrics,
        *,
        must_open: bool = False,
    ) -> None:
        self.clock = _clock(config)
        self._lossless = config.analysis.every_frame
        self._debug = config.analysis.debug_overlay
        self._text = text
        self._record = record
        self._slot = slot
        self._metrics = metrics
        self._must_open = must_open
        self._cameras: set[str] = set()
        self._files = FileNames()

    def make(self, config: Config, old: Parts | None = None) -> Parts:
        """Make what a configuration asks for; what ``old`` has of it stays as it is. Opens nothing.

        Raises:
            ModelError: the model, its manifest or the labels are wrong.
            CameraError: a camera's source means nothing.
            UsageError: two outputs are one file, or the configuration can't be gone over to without a
                restart.
        """
        if type(_clock(config)) is not type(self.clock):
            raise UsageError(
                "every_frame gives recordings their own time, and devices the clock's; "
                "from one sort of camera to the other takes a restart"
            )
        analyser = Analyser(config.model)
        if old and analyser.is_as(old.analyser):
            analyser = old.analyser
        elif old and old.recorder:
            raise UsageError(
                "record: a recording is of one model; while one is made, a change of the model, its manifest "
                "or its labels takes a restart"
            )
        for mistake in unknown_labels(config, analyser.model.manifest.labels):
            _log.warning("%s", mistake)
        captures = {
            name: old.captures[name]
            if old and name in old.captures and old.config.cameras[name].capture() == camera.capture()
            else self._capture(name, camera, must_open=self._must_open and old is None)
            for name, camera in config.cameras.items()
        }
        keeper = old.recorder if old else recorder(config, analyser, self._record, self.clock)
        self._cameras.update(config.cameras)
        sources = [Path(camera.source) for camera in config.cameras.values()]
        sinks = outputs(
            config,
            self._text,
            self.clock,
            keeper,
            [*sources, analyser.model.path],
            lossless=self._lossless,
            debug=self._debug,
            several=len(self._cameras) > 1,
            names=self._files,
            old=old.outputs if old else None,
        )
        return Parts(config, analyser, captures, sinks, keeper)

    def _capture(self, name: str, config: CameraConfig, *, must_open: bool) -> Capture:
        realtime = not self._lossless
        settings = CameraSettings(
            width=config.width,
            height=config.height,
            framerate=config.framerate,
            hflip=config.hflip,
            vflip=config.vflip,
            rotation=config.rotation,
            realtime=realtime,
            privacy=config.privacy_masks or (),
            loop=(realtime and config.source == "demo") if config.loop is None else config.loop,
        )

        def make() -> Camera:
            return cameras.create(config.source, name=name, settings=settings, clock=self.clock)

        patience = cameras.patience(config.source, config.framerate)
        recovery = None if patience is None else Recovery(make, patience, self.clock, must_open)
        return Capture(make(), self._slot, self._metrics, recovery=recovery)


def as_far_as_running(config: Config, running: Config) -> Config:
    """Return a configuration with the sections that take a restart as they are in force."""
    return config.model_copy(update={section: getattr(running, section) for section in AT_RESTART})


def _clock(config: Config) -> Clock:
    """Recordings run in their own time when every frame counts; a device's time is the clock's."""
    live = any(cameras.is_live(camera.source) for camera in config.cameras.values())
    return SystemClock() if live or not config.analysis.every_frame else MediaClock()
