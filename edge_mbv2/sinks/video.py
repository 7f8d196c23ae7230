"""Writes the analysed frames with their boxes as a video."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np

from edge_mbv2.clock import Clock
from edge_mbv2.errors import EdgeError, UsageError
from edge_mbv2.imaging.drawing import caption
from edge_mbv2.imaging.overlay import draw_result
from edge_mbv2.sinks.file_names import FileNames
from edge_mbv2.sinks.paths import why_not
from edge_mbv2.sinks.timeline import typical_rate_hz
from edge_mbv2.sinks.video_file import CODECS, VideoFile
from edge_mbv2.types import FrameResult

_MEASURED_FRAMES = 8
_LEAST_FREE_BYTES = 32 << 20


class VideoSink:
    """Draws each result into a video that runs in the results' own time and has the first one's size.

    Args:
        path: ends in one of `CODECS`; replaced if it exists, but not where the run has written it
            before: then the video is ``boxes.2.mp4``.
        clock: which the frames were stamped with.
        framerate_hz: of the video; None takes that of the first eight results.
        show_rate: whether the caption tells how many frames a second are analysed.
        debug: also draw where it was looked.
        names: of the run's files; None where there are no others.
    """

    name = "video"

    def __init__(
        self,
        path: Path,
        clock: Clock,
        *,
        framerate_hz: float | None = None,
        show_rate: bool = True,
        debug: bool = False,
        names: FileNames | None = None,
    ) -> None:
        self._path = path
        self._names = names or FileNames()
        self._clock = clock
        self._framerate_hz = framerate_hz
        self._show_rate = show_rate
        self._debug = debug
        self._opened = False
        self._waiting: list[FrameResult] = []
        self._file: VideoFile | None = None
        self._drawn: np.ndarray | None = None
        self._failure: EdgeError | None = None

    def open(self) -> None:
        """Make sure that the video can be written.

        Raises:
            UsageError: the name's ending is none of `CODECS`, or the file can't be written.
        """
        if self._path.suffix.lower() not in CODECS:
            raise UsageError(f"{self._path}: the name of a video to write ends in {', '.join(CODECS)}")
        name = self._names.take(self._path)
        try:
            name.open("ab").close()
        except OSError as exc:
            self._names.give_back(name)
            raise UsageError(f"{name}: {why_not(exc, name)}") from exc
        self._path, self._opened = name, True

    def publish(self, result: FrameResult) -> None:
        """Draw and append one result.

        Raises:
            EdgeError: the disk is nearly full, and the video was ended so that it can be played;
                or OpenCV can't write such a video.
        """
        if self._failure is not None:
            raise self._failure
        try:
            self._ensure_room()
            self._write(result)
        except EdgeError as exc:
            self._failure = exc  # a video that has ended is not begun again
            raise

    def close(self) -> None:
        """Finish the file, or remove it when there was nothing to write.

        Raises:
            EdgeError: the finished file can't be read.
        """
        file = self._begin() if self._waiting else self._file
        opened, self._opened, self._file = self._opened, False, None
        if file is not None:
            file.close()
        elif opened:
            self._names.give_back(self._path)
            if self._path.is_file() and not self._path.stat().st_size:
                self._path.unlink()

    def _write(self, result: FrameResult) -> None:
        if self._file is not None:
            self._append(self._file, result)
            return
        self._waiting.append(result)
        if self._framerate_hz is not None or len(self._waiting) == _MEASURED_FRAMES:
            self._file = self._begin()

    def _begin(self) -> VideoFile:
        """Open the file, now that size and rate are known, and append what has waited."""
        waiting, self._waiting = self._waiting, []
        rate_hz = self._framerate_hz or typical_rate_hz([r.frame.timestamp_ns for r in waiting])
        height, width = waiting[0].frame.image.shape[:2]
        file = VideoFile(self._path, rate_hz, width, height)
        for result in waiting:
            self._append(file, result)
        return file

    def _append(self, file: VideoFile, result: FrameResult) -> None:
        frame = result.frame
        rate_hz = result.rate_hz if self._show_rate else 0.0
        words = caption(self._clock.unix_s(frame.timestamp_ns), rate_hz)
        self._drawn = draw_result(result, words=words, debug=self._debug, out=self._drawn)
        file.append(self._drawn, frame.timestamp_ns)

    def _ensure_room(self) -> None:
        """End the video while there is room for its index, without which it could not be played."""
        try:
            free_bytes = shutil.disk_usage(self._path.parent).free
        except OSError as exc:
            raise EdgeError(f"{self._path}: {why_not(exc, self._path)}") from exc
        if free_bytes < _LEAST_FREE_BYTES:
            ends = "the video ends here" if self._waiting or self._file is not None else "nothing was written"
            self.close()
            raise EdgeError(
                f"{self._path}: the disk is full: {free_bytes >> 20} MB are free, and a video leaves "
                f"{_LEAST_FREE_BYTES >> 20} MB free; {ends}"
            )
