"""Writes tracks as MOT Challenge CSV."""

from __future__ import annotations

from pathlib import Path
from typing import TextIO

from edge_mbv2.errors import EdgeError, UsageError
from edge_mbv2.sinks.paths import why_not
from edge_mbv2.types import FrameResult, Track


class MotSink:
    """Writes a line for each object found in a frame: frame, number, left, top, width, height, score.

    Frames and objects are counted from 1. Tracks of several cameras, and of recordings that follow one
    another, do not fit into one file: with several cameras each has its own, ``tracks_front.csv``, and
    where time begins anew there is a second, ``tracks_2.csv``.

    Args:
        path: of the file, replaced if it exists.
        by_camera: whether there are several cameras.

    Source: MOT Challenge, "Submission instructions".
    """

    name = "tracks"

    def __init__(self, path: Path, *, by_camera: bool) -> None:
        self._path = path
        self._by_camera = by_camera
        self._files: dict[str, TextIO] = {}
        self._latest_ns: dict[str, int] = {}
        self._counts: dict[str, int] = {}

    def open(self) -> None:
        """Make sure that the file can be written.

        Raises:
            UsageError: it can't.
        """
        try:
            with self._path.open("w"):
                pass
            if self._by_camera:
                self._path.unlink()
        except OSError as exc:
            raise UsageError(f"--save-tracks {self._path}: {why_not(exc, self._path)}") from exc

    def publish(self, result: FrameResult) -> None:
        """Write the lines of one frame.

        Raises:
            EdgeError: they can't be written.
        """
        if not result.analysed:
            return
        lines = [_line(result.frame.sequence + 1, track) for track in result.tracks if track.detection]
        try:
            file = self._file(result)
            file.write("".join(lines))
            file.flush()
        except OSError as exc:
            raise EdgeError(f"{self._path}: {why_not(exc, self._path)}") from exc

    def close(self) -> None:
        for file in self._files.values():
            file.close()
        self._files.clear()

    def _file(self, result: FrameResult) -> TextIO:
        """Return the file of the recording that a result is of."""
        camera, now_ns = result.frame.camera, result.frame.timestamp_ns
        latest_ns, self._latest_ns[camera] = self._latest_ns.get(camera), now_ns
        if camera in self._files and latest_ns is not None and now_ns <= latest_ns:
            self._files.pop(camera).close()
        if camera not in self._files:
            self._counts[camera] = count = self._counts.get(camera, 0) + 1
            parts = [
                self._path.stem,
                *([camera] if self._by_camera else []),
                *([str(count)] if count > 1 else []),
            ]
            self._files[camera] = self._path.with_name("_".join(parts) + self._path.suffix).open("w")
        return self._files[camera]


def _line(frame: int, track: Track) -> str:
    box = track.box
    edges = f"{box.x1:.2f},{box.y1:.2f},{box.width:.2f},{box.height:.2f}"
    return f"{frame},{track.number},{edges},{track.score:.4f},-1,-1,-1\n"
