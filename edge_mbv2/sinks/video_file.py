"""One video file being written: any pictures in, a steady rate and one size out."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from edge_mbv2.errors import EdgeError, MediaError
from edge_mbv2.imaging.resize import letterbox
from edge_mbv2.sinks.timeline import Timeline

CODECS = {".mp4": "mp4v", ".mkv": "mp4v", ".avi": "MJPG", ".webm": "VP80"}
"""What OpenCV's wheels can encode, by the file's ending. They have no H.264 encoder: MPEG-4 part 2 costs
the least time, MJPG keeps every frame whole, VP8, which browsers play, takes some twenty times as long."""


class VideoFile:
    """Opens at once; replaces a file that is there.

    A ``.mp4`` can be played once it is closed; what a power cut leaves of a ``.mkv`` or ``.avi`` can
    be played too.

    Args:
        path: ends in one of `CODECS`.
        rate_hz: frames per second.
        width: in pixels.
        height: in pixels.

    Raises:
        MediaError: OpenCV can't write such a video.
    """

    def __init__(self, path: Path, rate_hz: float, width: int, height: int) -> None:
        import cv2

        self._path = path
        self._timeline = Timeline(rate_hz)
        self._picture = np.empty((height, width, 3), np.uint8)
        codec = CODECS[path.suffix.lower()]
        self._writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*codec), rate_hz, (width, height))
        if not self._writer.isOpened():
            raise MediaError(
                f"{path}: OpenCV {cv2.__version__} can't write {codec} video of {width}x{height} pixels; "
                f"try another ending: {', '.join(CODECS)}"
            )

    def append(self, picture: np.ndarray, timestamp_ns: int) -> None:
        """Let ``picture`` be seen from ``timestamp_ns`` on.

        Args:
            picture: (height, width, 3) uint8, B, G, R, of any size, fitted into the video's; not kept.
            timestamp_ns: on whichever clock the pictures share.
        """
        repeats, has_place = self._timeline.advance(timestamp_ns)
        for _ in range(repeats):
            self._writer.write(self._picture)
        if has_place:
            letterbox(picture, out=self._picture)
            self._writer.write(self._picture)

    def close(self) -> None:
        """Finish the file.

        Raises:
            EdgeError: what was written can't be read.
        """
        import cv2

        self._writer.release()
        # OpenCV's writer reports no failure, so see whether its file can be read.
        reader = cv2.VideoCapture(str(self._path))
        readable = reader.isOpened()
        reader.release()
        if not readable:
            raise EdgeError(f"{self._path}: the video was not written whole; see whether the disk is full")
