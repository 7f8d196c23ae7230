"""A video file, at its own speed or as fast as it can be read."""

from __future__ import annotations

import math
from pathlib import Path
from threading import Event

from edge_mbv2 import resources
from edge_mbv2.cameras.frames import FrameMaker, scale
from edge_mbv2.cameras.opencv import prepare
from edge_mbv2.cameras.protocol import CameraSettings
from edge_mbv2.cameras.timeline import Timeline
from edge_mbv2.cameras.video import Video
from edge_mbv2.clock import Clock
from edge_mbv2.errors import CameraError
from edge_mbv2.types import Frame


class VideoFileCamera:
    """A video, decoded by OpenCV's FFmpeg and turned as its metadata says.

    A frame's time is the container's; where that is missing or does not rise, one frame interval
    after the frame before. A repeated video goes on where it ended, one interval after its last
    frame. `framerate` drops frames down to that rate.

    Args:
        target: path of the file.
        name: what its frames are labelled with.
        settings: all are honoured.
        clock: stamps the frames in real time.
    """

    def __init__(self, target: str, *, name: str, settings: CameraSettings, clock: Clock) -> None:
        self.name = name
        self.description = target
        self.frame_count: int | None = None
        self._target = target
        self._path = Path(target)
        self._settings = settings
        self._interrupted = Event()
        self._frames = FrameMaker(name, settings)
        self._timeline = Timeline(clock, realtime=settings.realtime, interrupted=self._interrupted)
        self._video: Video | None = None
        self._round_start_ns = 0
        self._slot = -1

    @property
    def idle(self) -> str | None:
        return self._timeline.idle

    def open(self) -> None:
        prepare()
        self._video = Video(self._path)
        self._timeline.restart()
        self._round_start_ns, self._slot = 0, -1
        self.frame_count = self._video.frame_count
        width, height = self._video.width, self._video.height
        self.description = f"{self._target}, {width}x{height}, {self._video.framerate:g} fps"

    def read(self) -> Frame | None:
        while not self._interrupted.is_set():
            video = self._advance()
            if video is None:
                return None
            media_ns = self._round_start_ns + video.position_ns
            image = video.picture() if self._is_wanted(media_ns, video.interval_ns) else None
            if image is None:
                continue
            timestamp_ns = self._timeline.reach(media_ns)
            if timestamp_ns is None:
                return None
            return self._frames.make(scale(image, self._settings), timestamp_ns, file=self._target)
        return None

    def close(self) -> None:
        if self._video is not None:
            self._video.close()
            self._video = None

    def interrupt(self) -> None:
        self._interrupted.set()

    def _is_wanted(self, media_ns: int, interval_ns: int) -> bool:
        """Tell whether a frame is the first in its slot of the rate asked for."""
        if self._settings.framerate is None:
            return True
        # Frame times jitter: a quarter of an interval early is not too early.
        slot = math.floor((media_ns + interval_ns / 4) * self._settings.framerate / 1e9)
        if slot <= self._slot:
            return False
        self._slot = slot
        return True

    def _advance(self) -> Video | None:
        """Return the video at its next frame, opened again after the last one if it repeats."""
        if self._video is None:
            raise CameraError(f"video {self._target} is not open")
        if self._video.advance():
            return self._video
        if not self._settings.loop:
            return None
        # Not by seeking: that is inexact in some containers.
        self._round_start_ns += self._video.position_ns + self._video.interval_ns
        self.close()
        self._video = Video(self._path)
        self._video.advance()
        return self._video


class DemoCamera(VideoFileCamera):
    """The clip that the product ships: people in a yard, rendered, 640x480 at 10 fps.

    Args:
        target: not used: there is one clip.
        name: as for a video, and so are the others.
        settings: all are honoured.
        clock: stamps the frames in real time.
    """

    def __init__(self, target: str, *, name: str, settings: CameraSettings, clock: Clock) -> None:
        super().__init__("demo", name=name, settings=settings, clock=clock)
        self._path = resources.path("demo/demo.mp4")
