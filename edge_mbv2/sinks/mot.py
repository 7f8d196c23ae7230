"""Writes tracks as MOT Challenge CSV."""

from __future__ import annotations

from pathlib import Path

from edge_mbv2.errors import EdgeError, UsageError
from edge_mbv2.sinks.file_names import FileNames
from edge_mbv2.sinks.growing_file import GrowingFile
from edge_mbv2.sinks.paths import why_not
from edge_mbv2.types import Frame, FrameResult, Track

_NOTHING = -1, -1


class MotSink:
    """Writes a line for each object of one camera in a frame: frame, number, left, top, width, height, score.

    Frames and objects are counted from 1. Recordings that follow one another do not fit into one file:
    where time or the count of frames begins anew there is a second, ``tracks.2.csv``. So there is where
    the run has written the file before. What is there from an earlier run stays until the first frame.

    Args:
        path: of the file, replaced if it exists.
        names: of the run's files; None where there are no others.

    Source: MOT Challenge, "Submission instructions".
    """

    name = "tracks"

    def __init__(self, path: Path, names: FileNames | None = None) -> None:
        self._path = self._name = path
        self._names = names or FileNames()
        self._file: GrowingFile | None = None
        self._latest = _NOTHING

    def open(self) -> None:
        """Take the file at once, so that a wrong path is told before the first frame.

        Raises:
            UsageError: it can't be written.
        """
        try:
            self._file = self._begin()
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
            if self._latest == _NOTHING:
                self._names.give_back(self._name)

    def _file_at(self, frame: Frame) -> GrowingFile:
        """Return the file of the recording in which a frame is the next."""
        before, self._latest = self._latest, (frame.timestamp_ns, frame.sequence)
        if frame.timestamp_ns <= before[0] or frame.sequence <= before[1]:
            self.close()
        if self._file is None:
            self._file = self._begin()
        return self._file

    def _begin(self) -> GrowingFile:
        self._name = self._names.take(self._path)
        try:
            return GrowingFile(self._name, replace=True)
        except OSError:
            self._names.give_back(self._name)
            raise


def _line(frame: int, track: Track) -> str:
    box = track.box
    edges = f"{box.x1:.2f},{box.y1:.2f},{box.width:.2f},{box.height:.2f}"
    return f"{frame},{track.number},{edges},{track.score:.4f},-1,-1,-1\n"
