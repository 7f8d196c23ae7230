"""Which of the frames that were not analysed a recording tells of: as few as replay the same events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from edge_mbv2.pipeline.follow import GAP_NS

_MINUTE_S = 60

Line = Mapping[str, Any]
"""What the index has of such a frame; see `edge_mbv2.pipeline.recording`."""


class Skipped:
    """Keeps the last of a row of such frames in mind, until its line is written.

    A frame in which something moved is told at once, because objects are thought to go on in it. Of the
    others only the last one before a line of its camera matters, and besides the first of each minute,
    because a schedule changes with the minute, the first after a reload, and so many that no gap shows.
    """

    def __init__(self) -> None:
        self._waiting: dict[tuple[str, str], Line] = {}
        self._told: dict[str, tuple[int, int]] = {}  # minute and time of each camera's last line

    def add(self, line: Line) -> Sequence[Line]:
        """Take a frame's line; return the lines that are due."""
        camera, timestamp_ns = line["record"]["camera"], line["timestamp_ns"]
        minute, told_ns = self._told.get(camera, (-1, 0))
        if (
            line["reason"] != "moving"
            and minute == int(line["record"]["time"] // _MINUTE_S)
            and timestamp_ns - told_ns <= GAP_NS // 2
        ):
            self._waiting[camera, line["reason"]] = line
            return ()
        lines = [*self.before(camera, timestamp_ns), line]
        self.note(timestamp_ns, line["record"])
        return lines

    def before(self, camera: str, timestamp_ns: int) -> Sequence[Line]:
        """Return the lines that are to be written ahead of one of a camera.

        They are its own, and those of cameras whose events the line would end, so long was nothing told.
        """
        if timestamp_ns - self._told_ns(camera) <= GAP_NS // 2:
            self._waiting.pop((camera, "rate"), None)  # it would only show that there is no gap
        return self._take(
            [
                key
                for key in self._waiting
                if key[0] == camera or timestamp_ns - self._told_ns(key[0]) > GAP_NS
            ]
        )

    def all(self) -> Sequence[Line]:
        """Return the lines of all cameras, because another configuration follows; the next are due."""
        lines = self._take(list(self._waiting))
        self._told.clear()
        return lines

    def note(self, timestamp_ns: int, record: Mapping[str, Any]) -> None:
        """Take what was written of a camera."""
        self._told[record["camera"]] = int(record["time"] // _MINUTE_S), timestamp_ns

    def _told_ns(self, camera: str) -> int:
        return self._told.get(camera, (-1, 0))[1]

    def _take(self, keys: Sequence[tuple[str, str]]) -> Sequence[Line]:
        lines = sorted((self._waiting.pop(key) for key in keys), key=lambda line: int(line["timestamp_ns"]))
        for line in lines:
            self.note(line["timestamp_ns"], line["record"])
        return lines
