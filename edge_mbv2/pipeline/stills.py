"""Which of the frames in which nothing moved a recording tells of: as few as replay the same events."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from edge_mbv2.pipeline.follow import GAP_NS

_MINUTE_S = 60


class Stills:
    """Keeps the last of a row of such frames in mind, until its line is written.

    Between two analysed frames of a camera only the last one matters; besides, the first of each minute,
    because a schedule changes with the minute, the first after a reload, and so many that no gap shows.
    """

    def __init__(self) -> None:
        self._lines: dict[str, Mapping[str, Any]] = {}
        self._told: dict[str, tuple[int, int]] = {}  # minute and time of each camera's last line

    def keep(self, when: Mapping[str, int], record: Mapping[str, Any]) -> bool:
        """Take a frame's record and what its line says of its time; tell whether the line is due at once."""
        which = {key: record[key] for key in ("camera", "frame", "time", "width", "height")}
        self._lines[record["camera"]] = {"type": "still", **when, "record": which}
        minute, told_ns = self._told.get(record["camera"], (-1, 0))
        return minute != int(record["time"] // _MINUTE_S) or when["timestamp_ns"] - told_ns > GAP_NS // 2

    def take(self, camera: str) -> list[Mapping[str, Any]]:
        """Return the line that is to be written before anything else of a camera, if there is one."""
        line = self._lines.pop(camera, None)
        if line is None:
            return []
        self.note(line["timestamp_ns"], line["record"])
        return [line]

    def take_all(self) -> list[Mapping[str, Any]]:
        """Return the lines of all cameras, because another configuration follows; the next are due."""
        lines = list(self._lines.values())
        self._lines.clear()
        self._told.clear()
        return lines

    def note(self, timestamp_ns: int, record: Mapping[str, Any]) -> None:
        """Take what was written of a camera."""
        self._told[record["camera"]] = int(record["time"] // _MINUTE_S), timestamp_ns
