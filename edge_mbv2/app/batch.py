"""Pictures, folders and videos, one after the other, every frame of each."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from pathlib import Path

from edge_mbv2 import cameras
from edge_mbv2.app.analyser import Analyser
from edge_mbv2.app.attention import tiling
from edge_mbv2.app.following import Following
from edge_mbv2.app.outputs import Outputs, Target, pictures, texts
from edge_mbv2.cameras.chain import ChainCamera
from edge_mbv2.cameras.protocol import Camera, CameraSettings
from edge_mbv2.clock import Clock, MediaClock
from edge_mbv2.config.camera import CameraConfig
from edge_mbv2.config.schema import Config
from edge_mbv2.errors import InputError
from edge_mbv2.pipeline.analyse import Analyse
from edge_mbv2.pipeline.capture import Capture
from edge_mbv2.pipeline.metrics import Metrics
from edge_mbv2.pipeline.publish import Publish
from edge_mbv2.pipeline.slot import LosslessSlot
from edge_mbv2.pipeline.supervisor import Supervisor
from edge_mbv2.sinks.mot import MotSink
from edge_mbv2.sinks.pictures import AnnotatedCopies
from edge_mbv2.sinks.records import Records
from edge_mbv2.types import FrameResult

_NAME = "files"


class Batch:
    """Analyses files in order and writes what was asked for; nothing is dropped.

    Args:
        config: the model, the tiles and the outputs are used.
        paths: pictures, folders of pictures and videos, or ``demo``.
        save: folder for annotated copies, None for none.
        on_result: told of each result, in the thread that analyses.
        on_unreadable: told of each file that can't be read, in the thread that reads.

    Attributes:
        stopped: whether a stop was asked for.

    Raises:
        ModelError: the model, its manifest or the labels are wrong.
        UsageError: an output is a file that is read, or two are one.
    """

    def __init__(
        self,
        config: Config,
        paths: Sequence[str],
        save: Path | None,
        on_result: Callable[[FrameResult], None],
        on_unreadable: Callable[[InputError], None],
    ) -> None:
        self.stopped = False
        self._on_result = on_result
        self._on_unreadable = on_unreadable
        self._unreadable = 0
        self._analyser = Analyser(config.model)
        clock = MediaClock()
        records = Records(clock, model=self._analyser.model.manifest.name, engine=self._analyser.engine_name)
        self._sources = [_source(path, clock) for path in paths]
        chain = ChainCamera(_NAME, self._sources)
        metrics = Metrics([_NAME])
        slot = LosslessSlot(lambda frame, reason: metrics.count_dropped(frame.camera, reason))
        debug = config.analysis.debug_overlay
        takers: dict[Target, Publish[FrameResult]] = {}
        if save:
            takers[save, None] = pictures(AnnotatedCopies(save, clock, debug=debug), lossless=True)
        tracks = config.output.tracks
        if tracks:
            takers[tracks, _NAME] = pictures(MotSink(tracks), lossless=True)
        read = [*map(Path, paths), self._analyser.model.path]
        self._outputs = Outputs(records.text, texts(config.output, lossless=True), takers, read)
        self._supervisor = Supervisor(
            [Capture(chain, slot, metrics, self._note_unreadable)],
            slot,
            Analyse(
                self._analyser.open,
                slot,
                metrics,
                self._publish,
                attention=tiling(config.analysis.tiles),
                # Pictures show different things as a rule: who wants no tracks has nothing to follow.
                follower=self._follower(clock) if tracks else None,
            ),
            self._outputs.publishers,
        )

    def frame_count(self) -> int:
        """Return how many frames there are, as far as the files tell without being read; opens each."""
        count = 0
        for source in self._sources:
            with contextlib.suppress(InputError):
                source.open()
                count += source.frame_count or 0
            source.close()
        return count

    def request_stop(self) -> None:
        """End the run soon; may be called from a signal handler."""
        self.stopped = True
        self._supervisor.request_stop()

    def run(self) -> None:
        """Analyse everything.

        Raises:
            InputError: some files could not be read; each was told to ``on_unreadable``.
            EdgeError: the engine or an output failed.
        """
        try:
            self._supervisor.start()
            self._supervisor.wait()
        finally:
            self._supervisor.stop()
        self._supervisor.check()
        self._analyser.close()
        if self._unreadable:
            s = "s" if self._unreadable > 1 else ""
            raise InputError(f"{self._unreadable} file{s} could not be read")

    def _follower(self, clock: Clock) -> Following:
        config = Config(cameras={_NAME: CameraConfig()})
        return Following(lambda: config, self._analyser.threshold, clock)

    def _publish(self, result: FrameResult) -> None:
        self._outputs.publish(result)
        self._on_result(result)

    def _note_unreadable(self, error: InputError) -> None:
        self._unreadable += 1
        self._on_unreadable(error)


def _source(path: str, clock: Clock) -> Camera:
    """Make the camera of a file; the prefixes keep a path from meaning a device."""
    prefix = "" if path == "demo" else "dir:" if Path(path).is_dir() else "file:"
    return cameras.create(prefix + path, name=_NAME, settings=CameraSettings(realtime=False), clock=clock)
