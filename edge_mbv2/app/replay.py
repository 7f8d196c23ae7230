"""A recording, analysed again: the same frames at the same times, whatever the machine does meanwhile."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Mapping
from typing import Any

from edge_mbv2.app.analyser import Analyser
from edge_mbv2.app.outputs import Outputs, texts
from edge_mbv2.config.schema import Config
from edge_mbv2.errors import ModelError
from edge_mbv2.pipeline.analyse import Analyse
from edge_mbv2.pipeline.metrics import Metrics
from edge_mbv2.pipeline.recording import Recording
from edge_mbv2.pipeline.replay import Play, RecordedClock
from edge_mbv2.pipeline.slot import LosslessSlot
from edge_mbv2.pipeline.supervisor import Supervisor
from edge_mbv2.sinks.records import Records
from edge_mbv2.types import FrameResult

_log = logging.getLogger(__name__)


class Replay:
    """One pass over a recording; no frame is dropped, nothing is waited for.

    Args:
        config: the model and the outputs are used.
        recording: what to play.
        other_model: whether a model that is not the recorded one is what was asked for.
        on_record: told of each record, in the order of the recording, in the thread that analyses.

    Raises:
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
        self._analyser = Analyser(config.model)
        self._check_model(recording, other_model)
        self._records = Records(
            RecordedClock(recording.frames),
            model=self._analyser.model.manifest.name,
            engine=self._analyser.engine_name,
        )
        metrics = Metrics(recording.cameras)
        slot = LosslessSlot(lambda frame, reason: metrics.count_dropped(frame.camera, reason))
        self._outputs = Outputs(self._records.text, texts(config.output, lossless=True), {})
        self._supervisor = Supervisor(
            [Play(recording.frames, slot, metrics)],
            slot,
            Analyse(self._analyser.open, slot, metrics, self._publish),
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
        self._on_record(self._records.record(result))

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
        self.frames += 1
        self._sum.update(json.dumps(without_engine(record), separators=(",", ":")).encode() + b"\n")

    def text(self) -> str:
        """Return the digest of all so far, in hexadecimal."""
        return self._sum.hexdigest()


def without_engine(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record without what differs between engines that find the same."""
    return {key: value for key, value in record.items() if key != "engine"}
