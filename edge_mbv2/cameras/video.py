"""One pass through a video file, frame by frame, with the container's times."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from edge_mbv2.cameras.container import what_is_missing
from edge_mbv2.errors import MediaError

if TYPE_CHECKING:
    import cv2

_MOST_TRIES = 1000
"""OpenCV fails at the end and at a frame that can't be decoded alike, but goes on after the latter. So many
tries cost a millisecond or two at the end, and no more than a second elsewhere."""

_MOST_WAITING = 16
"""Frames from before the damage that a decoder may still hold when it fails, to bring them in order."""

_SOUND_NS = 3_000_000_000
"""What 512 packets of sound last, at least: so many does OpenCV 4.6 read for a frame (4.11: 4096)."""


class Video:
    """A video that OpenCV's FFmpeg decodes, standing at one of its frames.

    Args:
        path: of the file.

    Attributes:
        width: of the first picture in pixels, turned as it is to be shown.
        height: likewise.
        framerate: frames per second by the container's word; 25 when it has none.
        frame_count: by the container's word; 0 when it has none.
        interval_ns: the time from frame to frame at that rate.
        position_ns: of the present frame, from the start; it rises from frame to frame.

    Raises:
        MediaError: the file is absent, cut off, or no video that can be decoded.
    """

    def __init__(self, path: Path) -> None:
        import cv2

        _check(path)
        self._path = path
        # An absolute path, because FFmpeg takes "name:rest" for a protocol.
        self._capture = cv2.VideoCapture(str(path.resolve()), cv2.CAP_FFMPEG)
        self._turn = _turn(self._capture)
        rate = self._capture.get(cv2.CAP_PROP_FPS)
        self.framerate = rate if 0 < rate < 1000 else 25.0
        self.frame_count = max(0, round(self._capture.get(cv2.CAP_PROP_FRAME_COUNT)))
        self.interval_ns = round(1e9 / self.framerate)
        self.position_ns = -1
        self._grabbed = self._failed = self._doubtful = 0
        # The first frame is decoded at once: what can't be played is refused before it is used.
        first = self.picture() if self._grab() else None
        if first is None:
            self.close()
            raise MediaError(f"{path} can't be decoded as a video: it is damaged, or not a video at all")
        self.height, self.width = first.shape[:2]
        self._is_before_first = True

    def advance(self) -> bool:
        """Go to the next frame (at first, to the first one); False at the end.

        Raises:
            MediaError: there is more, but what comes next can't be decoded. That is the end, too.
        """
        if self._is_before_first:
            self._is_before_first = False
            return True
        before_ns = self.position_ns
        failed = next((tries for tries in range(_MOST_TRIES) if self._grab()), None)
        if failed is None:
            self.close()
            return False
        if self._is_damaged(failed, self.position_ns - before_ns):
            self.close()
            delivered = self._grabbed - 1
            of_all = f" of {self.frame_count}" if self.frame_count > delivered else ""
            raise MediaError(f"{self._path} is damaged after frame {delivered}{of_all}")
        return True

    def picture(self) -> np.ndarray | None:
        """Return the present frame as (height, width, 3) uint8, B, G, R, in memory of its own.

        None when it can't be decoded. The size may change from frame to frame.
        """
        import cv2

        complete, image = self._capture.retrieve()
        if not complete:
            return None
        return image if self._turn is None else cv2.rotate(image, self._turn)

    def close(self) -> None:
        self._capture.release()

    def _is_damaged(self, failed: int, step_ns: int) -> bool:
        """Tell whether frames are missing before the present one, because they could not be decoded.

        OpenCV also fails among hundreds of packets of sound, and then nothing is missing, or a long
        time lies between two frames.

        Args:
            failed: tries before the present frame came.
            step_ns: from the frame before it.
        """
        if failed:
            self._failed, self._doubtful = failed, _MOST_WAITING
        if not self._doubtful:
            return False
        self._doubtful -= 1
        return 1.5 * self.interval_ns < step_ns < self._failed * _SOUND_NS

    def _grab(self) -> bool:
        import cv2

        if not self._capture.grab():
            return False
        self._grabbed += 1
        container_ns = round(self._capture.get(cv2.CAP_PROP_POS_MSEC) * 1e6)
        if container_ns > self.position_ns:
            self.position_ns = container_ns
        else:
            self.position_ns = self.position_ns + self.interval_ns if self.position_ns >= 0 else 0
        return True


def _check(path: Path) -> None:
    try:
        if path.is_dir():
            raise MediaError(f"{path} is a folder, not a video")
        missing = what_is_missing(path) if path.stat().st_size else "it is empty"
    except OSError as exc:
        raise MediaError(f"can't read video {path}: {exc.strerror}") from exc
    if missing is not None:
        raise MediaError(f"{path} is not a whole video: {missing}")


def _turn(capture: cv2.VideoCapture) -> int | None:
    """Return OpenCV's code for the turn that the container asks for, and keep OpenCV from making it.

    Whether OpenCV turns by itself, and which way, depends on its version: 4.6.0 (Debian 12's)
    turns the wrong way (opencv issue 22088), 4.11.0 not at all (26795).
    """
    import cv2

    angle = round(capture.get(cv2.CAP_PROP_ORIENTATION_META))
    capture.set(cv2.CAP_PROP_ORIENTATION_AUTO, 0)
    if cv2.__version__.startswith("4.6."):
        angle = -angle
    turns = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}
    return turns.get(angle % 360)
