"""What two engines find in one recording, frame by frame."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from edge_mbv2 import inference
from edge_mbv2.app.replay import Replay, findings
from edge_mbv2.config.schema import Config
from edge_mbv2.pipeline.recording import Recording

RECORDED = "recorded"
"""Stands for the records of the run itself, in an engine's place."""

_Record = Mapping[str, Any]


class Comparison:
    """Replays a recording on two engines, one after the other.

    Args:
        config: the model is used.
        recording: what to play.
        sources: two engines' names, or `RECORDED`.
        other_model: whether a model that is not the recorded one is what was asked for.
        on_difference: told of both records of each frame in which the engines differ.

    Attributes:
        compared: how many frames were.
        differing: how many of them differ.

    Raises:
        UsageError: there is no engine of a name.
    """

    def __init__(
        self,
        config: Config,
        recording: Recording,
        sources: tuple[str, str],
        *,
        other_model: bool,
        on_difference: Callable[[_Record, _Record], None],
    ) -> None:
        for source in sources:
            if source != RECORDED:
                inference.check_name(source)
        self.compared = self.differing = 0
        self._config = config
        self._recording = recording
        self._sources = sources
        self._other_model = other_model
        self._on_difference = on_difference
        self._stopped = False
        self._replay: Replay | None = None

    def request_stop(self) -> None:
        """End the comparison soon; may be called from a signal handler."""
        self._stopped = True
        if self._replay is not None:
            self._replay.request_stop()

    def run(self) -> None:
        """Compare every frame.

        Raises:
            ModelError: the model is wrong, or not the one that the recording was made with.
            MediaError: the recording is damaged.
            EngineError: an engine failed.
        """
        first: list[_Record] = []
        self._play(self._sources[0], first.append)
        expected = iter(first)
        self._play(self._sources[1], lambda record: self._compare(next(expected), record))

    def _play(self, source: str, take: Callable[[_Record], None]) -> None:
        if self._stopped:
            return
        if source == RECORDED:
            for frame in self._recording.frames:
                take(frame.record)
            return
        model = self._config.model.model_copy(update={"engine": source})
        self._replay = Replay(
            self._config.model_copy(update={"model": model}),
            self._recording,
            other_model=self._other_model,
            on_record=lambda record: take(record) if record["type"] == "detections" else None,
        )
        self._replay.run()

    def _compare(self, first: _Record, second: _Record) -> None:
        self.compared += 1
        if findings(first) != findings(second):
            self.differing += 1
            self._on_difference(first, second)
