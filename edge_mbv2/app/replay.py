"""A recording, analysed again: the same frames at the same times, whatever the machine does meanwhile."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Mapping
from typing import Any

from edge_mbv2.app.analyser import Analyser
from edge_mbv2.app.following import Following
from edge_mbv2.app.outputs import Outputs, Target, by_camera, pictures, texts
from edge_mbv2.app.recording import watched
from edge_mbv2.config.schema import Config
from edge_mbv2.errors import ModelError
from edge_mbv2.pipeline.analyse import Analyse
from edge_mbv2.pipeline.metrics import Metrics
from edge_mbv2.pipeline.publish import Publish
from edge_mbv2.pipeline.recording import Recording, Settings
from edge_mbv2.pipeline.replay import LookAgain, Play, RecordedClock
from edge_mbv2.pipeline.slot import LosslessSlot
from edge_mbv2.pipeline.supervisor import Supervisor
from edge_mbv2.sinks.mot import MotSink
from edge_mbv2.sinks.records import Records
from edge_mbv2.types import Event, FrameResult

_log = logging.getLogger(__name__)


class Replay:
    """One pass over a recording; no frame is dropped, nothing is waited for.

    Args:
        config: the model and the outputs are used.
        recording: what to play.
        other_model: whether a model that is not the recorded one is what was asked for.
        on_record: told of each record, of frames and of events, in their order, in the thread that
            analyses.

    Raises:
        MediaError: the recording is damaged.
        ModelError: the model is wrong, or not the one that the recording was made with.
        UsageError: there is no engine of that name.
    """

    def __init__(
        self,
        config: Config,
        recording: Recording,
        *,
        other_model: bool,
        on_record: Callable[[Mapping[str, Any]], None],
    ) -> None:
        _tell_what_is_missing(recording)
        self._on_record = on_record
        self._recording = recording
        self._config = self._watching(config, recording.header["configuration"])
        for step in recording.steps:
            if isinstance(step, Settings):
                self._watching(config, step.configuration)  # so that damage is told before anything else
        self._analyser = Analyser(config.model)
        self._check_model(recording, other_model)
        clock = RecordedClock(recording.steps)
        self._records = Records(
            clock,
            model=self._analyser.model.manifest.name,
            engine=self._analyser.engine_name,
        )
        metrics = Metrics(recording.cameras)
        slot = LosslessSlot(lambda frame, reason: metrics.count_dropped(frame.camera, reason))
        takers: dict[Target, Publish[FrameResult]] = {}
        if config.output.tracks:
            for name, path in by_camera(
                config.output.tracks, recording.cameras, several=len(recording.cameras) > 1
            ):
                takers[path, name] = pictures(MotSink(path), lossless=True)
        self._outputs = Outputs(self._records.text, texts(config.output, lossless=True), takers)
        self._following = Following(lambda: self._config, self._analyser.threshold, clock)
        self._supervisor = Supervisor(
            [Play(recording.steps, slot, metrics)],
            slot,
            Analyse(
                self._analyser.open,
                slot,
                metrics,
                self._publish,
                attention=LookAgain(recording.steps, self._reconfigure),
                follower=self._following,
                tell=self._tell,
            ),
            self._outputs.publishers,
        )

    def request_stop(self) -> None:
        """End the replay soon; may be called from a signal handler."""
        self._supervisor.request_stop()

    def run(self) -> None:
        """Analyse every frame.

        Raises:
            MediaError: the recording is damaged.
            EdgeError: the engine or an output failed.
        """
        try:
            self._supervisor.start()
            self._supervisor.wait()
        finally:
            self._supervisor.stop()
        self._supervisor.check()
        self._analyser.close()

    def _publish(self, result: FrameResult) -> None:
        self._outputs.publish(result)
        if result.analysed:
            self._on_record(self._records.record(result))

    def _tell(self, event: Event) -> None:
        self._outputs.tell(self._records.event_text(event))
        self._on_record(self._records.event_record(event))

    def _watching(self, config: Config, recorded: Mapping[str, Any]) -> Config:
        return config.model_copy(update={"cameras": watched(recorded, self._recording.cameras)})

    def _reconfigure(self, settings: Settings) -> None:
        self._config = self._watching(self._config, settings.configuration)
        for name in settings.anew:
            for event in self._following.forget(name):
                self._tell(event)

    def _check_model(self, recording: Recording, other_model: bool) -> None:
        recorded, manifest = recording.header["model"], self._analyser.model.manifest
        if manifest.sha256 == recorded["sha256"]:
            return
        told = (
            f"{recording.folder} was recorded with {recorded['name']} of sha256 {recorded['sha256'][:12]}, "
            f"and {self._analyser.model.path} is {manifest.name} of sha256 {manifest.sha256[:12]}"
        )
        if not other_model:
            raise ModelError(
                f"{told}; name the recorded file with --model FILE, or this one to see what it finds"
            )
        _log.warning("%s: expect other results", told)


def _tell_what_is_missing(recording: Recording) -> None:
    for index in recording.cut:
        _log.warning("%s: its end is missing; replaying up to the last whole frame", index)
    if recording.missing:
        _log.warning(
            "%s: %d frames between its first and its last were analysed and not kept",
            recording.folder,
            recording.missing,
        )


class Digest:
    """Counts records and sums them up, so that two replays can be compared by a line.

    It is the SHA-256 of the records as JSON Lines without their ``engine``: engines that find the same
    have the same digest.
    """

    def __init__(self) -> None:
        self.frames = 0
        self._sum = hashlib.sha256()

    def add(self, record: Mapping[str, Any]) -> None:
        """Take the next record in."""
        self.frames += record["type"] == "detections"
        same = {key: value for key, value in record.items() if key != "engine"}
        self._sum.update(json.dumps(same, separators=(",", ":")).encode() + b"\n")

    def text(self) -> str:
        """Return the digest of all so far, in hexadecimal."""
        return self._sum.hexdigest()


def findings(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was found in a frame and nothing else of its record.

    The engine's name is left out, and the objects' numbers, because they also tell what came before: a
    recording need not begin where the run did.
    """
    found = [{k: v for k, v in each.items() if k != "track"} for each in record["detections"]]
    return {**record, "engine": None, "detections": found}
