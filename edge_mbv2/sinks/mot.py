"""Writes tracks as MOT Challenge CSV."""

from __future__ import annotations

from pathlib import Path

from edge_mbv2.errors import EdgeError, UsageError
from edge_mbv2.sinks.growing_file import GrowingFile
from edge_mbv2.sinks.paths import why_not
from edge_mbv2.types import Frame, FrameResult, Track


class MotSink:
    """Writes a line for each object of one camera in a frame: frame, number, left, top, width, height, score.

    Frames and objects are counted from 1. Recordings that follow one another do not fit into one file:
    where time or the count of frames begins anew there is a second, ``tracks.2.csv``.

    Args:
        path: of the file, replaced if it exists.

    Source: MOT Challenge, "Submission instructions".
    """

    name = "tracks"

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: GrowingFile | None = None
        self._latest: tuple[int, int] = -1, -1
        self._count = 1

    def open(self) -> None:
        """Create the file.

        Raises:
            UsageError: it can't be written.
        """
        try:
            self._file = GrowingFile(self._path, replace=True)
        except OSError as exc:
            raise UsageError(f"--save-tracks {self._path}: {why_not(exc, self._path)}") from exc

    def publish(self, result: FrameResult) -> None:
        """Write the lines of one frame.

        Raises:
            EdgeError: they can't be written; what was written of them is taken back.
        """
        if not result.analysed:
            return
        lines = [_line(result.frame.sequence + 1, track) for track in result.tracks if track.detection]
        try:
            self._file_at(result.frame).append("".join(lines).encode())
        except OSError as exc:
            raise EdgeError(f"{self._path}: {why_not(exc, self._path)}") from exc

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _file_at(self, frame: Frame) -> GrowingFile:
        """Return the file of the recording in which a frame is the next."""
        before, self._latest = self._latest, (frame.timestamp_ns, frame.sequence)
        if frame.timestamp_ns <= before[0] or frame.sequence <= before[1]:
            self.close()
            self._count += 1
        if self._file is None:
            number = f".{self._count}" if self._count > 1 else ""
            path = self._path.with_name(f"{self._path.stem}{number}{self._path.suffix}")
            self._file = GrowingFile(path, replace=True)
        return self._file


def _line(frame: int, track: Track) -> str:
    box = track.box
    edges = f"{box.x1:.2f},{box.y1:.2f},{box.width:.2f},{box.height:.2f}"
    return f"{frame},{track.number},{edges},{track.score:.4f},-1,-1,-1\n"
