"""Which of the frames in which nothing moved a recording tells of: as few as replay the same events."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_MINUTE_S = 60


class Stills:
    """Keeps the last of a row of such frames in mind, until its line is written.

    Between two analysed frames of a camera only the last one matters, and the first of each minute,
    because a schedule changes with the minute.
    """

    def __init__(self) -> None:
        self._lines: dict[str, Mapping[str, Any]] = {}
        self._minutes: dict[str, int] = {}

    def keep(self, timestamp_ns: int, record: Mapping[str, Any]) -> bool:
        """Take a frame's record; tell whether its line is due at once."""
        which = {key: record[key] for key in ("camera", "frame", "time", "width", "height")}
        self._lines[record["camera"]] = {"type": "still", "timestamp_ns": timestamp_ns, "record": which}
        return self._is_another_minute(record)

    def take(self, camera: str) -> list[Mapping[str, Any]]:
        """Return the line that is to be written before anything else of a camera, if there is one."""
        line = self._lines.pop(camera, None)
        return [] if line is None else [line]

    def take_all(self) -> list[Mapping[str, Any]]:
        """Return the lines of all cameras."""
        lines = list(self._lines.values())
        self._lines.clear()
        return lines

    def note(self, record: Mapping[str, Any]) -> None:
        """Take the record of a frame that was analysed."""
        self._is_another_minute(record)

    def _is_another_minute(self, record: Mapping[str, Any]) -> bool:
        minute = int(record["time"] // _MINUTE_S)
        before, self._minutes[record["camera"]] = self._minutes.get(record["camera"], minute), minute
        return before != minute
