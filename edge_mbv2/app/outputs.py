"""The ways from one result to everything that takes it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from edge_mbv2.pipeline.publish import Publish
from edge_mbv2.sinks.jsonl import JsonLinesSink
from edge_mbv2.sinks.protocol import Sink
from edge_mbv2.types import FrameResult

_TEXTS_WAITING = 1000
_PICTURES_WAITING = 4  # each holds a whole picture


class Outputs:
    """Hands each result to the sinks: its record as a line of JSON, or itself, picture included.

    Args:
        text: gives a result's record as JSON.
        stdout: write records to standard output.
        file: append records to this file.
        pictures: sinks of whole results.
        lossless: wait for a sink that is slow; otherwise it loses what it can't take.

    Attributes:
        publishers: the sinks' stages.
    """

    def __init__(
        self,
        text: Callable[[FrameResult], str],
        *,
        stdout: bool,
        file: Path | None,
        pictures: Sequence[Sink[FrameResult]],
        lossless: bool,
    ) -> None:
        self._text = text
        targets: list[Path | None] = [*([None] if stdout else []), *([file] if file else [])]
        self._texts: list[Publish[str]] = [
            Publish(JsonLinesSink(target), capacity=_TEXTS_WAITING, lossless=lossless) for target in targets
        ]
        self._pictures: list[Publish[FrameResult]] = [
            Publish(sink, capacity=_PICTURES_WAITING, lossless=lossless) for sink in pictures
        ]
        self.publishers: list[Publish[Any]] = [*self._texts, *self._pictures]

    def publish(self, result: FrameResult) -> None:
        """Hand over one result; called from the analyse thread."""
        if self._texts:
            text = self._text(result)
            for publisher in self._texts:
                publisher.offer(text)
        for picture_publisher in self._pictures:
            picture_publisher.offer(result)
