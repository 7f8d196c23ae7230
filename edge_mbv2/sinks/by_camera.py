"""Gives each camera's results to a sink of its own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from edge_mbv2.sinks.protocol import Sink
from edge_mbv2.types import FrameResult


class ByCamera:
    """Implements `edge_mbv2.sinks.protocol.Sink` with one sink for each camera.

    Args:
        name: for logs and counters.
        sinks: by camera; results of other cameras go nowhere.
    """

    def __init__(self, name: str, sinks: Mapping[str, Sink[FrameResult]]) -> None:
        self.name = name
        self._sinks = sinks

    def open(self) -> None:
        """Open all of them.

        Raises:
            EdgeError: one can't be.
        """
        for sink in self._sinks.values():
            sink.open()

    def publish(self, result: FrameResult) -> None:
        """Deliver a result to its camera's sink.

        Raises:
            EdgeError: it can't be delivered.
        """
        sink = self._sinks.get(result.frame.camera)
        if sink is not None:
            sink.publish(result)

    def close(self) -> None:
        """Close all of them.

        Raises:
            EdgeError: one could not finish; the others have been closed too.
        """
        failures: list[Exception] = []
        for sink in self._sinks.values():
            try:
                sink.close()
            except Exception as exc:
                failures.append(exc)
        if failures:
            raise failures[0]


def path_of(path: Path, camera: str, cameras: int) -> Path:
    """Return the file of one of so many cameras: of several, each has its name before the ending."""
    return path if cameras == 1 else path.with_name(f"{path.stem}-{camera}{path.suffix}")
