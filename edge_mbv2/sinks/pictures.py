"""Puts a copy of every picture and video, with the boxes drawn on it, into a folder."""

from __future__ import annotations

import contextlib
import itertools
import os
from pathlib import Path

import numpy as np

from edge_mbv2.clock import Clock
from edge_mbv2.errors import EdgeError, UsageError
from edge_mbv2.imaging.jpeg import encode_jpeg
from edge_mbv2.imaging.overlay import draw_result
from edge_mbv2.sinks.paths import why_not
from edge_mbv2.sinks.video import VideoSink
from edge_mbv2.sinks.video_file import CODECS
from edge_mbv2.types import FrameResult

COPIES = {
    **dict.fromkeys((".jpg", ".jpeg"), ".jpg"),
    **dict.fromkeys((".png", ".bmp", ".webp", ".tif", ".tiff"), ".png"),
}
"""The ending of a picture's copy by that of the picture; whatever else comes is a video."""

_JPEG_QUALITY = 92


class AnnotatedCopies:
    """Writes ``photo.jpg`` as ``folder/photo.jpg``, and a video's frames as one video.

    Results of one video must come one after the other. Copies of an earlier run are replaced; where
    two sources have one name, the second becomes ``photo_2.jpg``.

    Args:
        folder: created if missing.
        clock: which the frames were stamped with.
        debug: also draw where it was looked.
    """

    name = "annotated copies"

    def __init__(self, folder: Path, clock: Clock, *, debug: bool = False) -> None:
        self._folder = folder
        self._debug = debug
        self._clock = clock
        self._names: dict[str, str] = {}  # the source that each copy's name was given to
        self._source: str | None = None
        self._video: VideoSink | None = None
        self._drawn: np.ndarray | None = None

    def open(self) -> None:
        """Create the folder.

        Raises:
            UsageError: it can't be created.
        """
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except FileExistsError as exc:
            raise UsageError(f"{self._folder} is a file; annotated copies need a folder") from exc
        except OSError as exc:
            raise UsageError(f"{self._folder}: {why_not(exc, self._folder)}") from exc

    def publish(self, result: FrameResult) -> None:
        """Write the copy of a picture, or a frame into the copy of a video.

        Raises:
            UsageError: the copy would replace its own source.
            EdgeError: it can't be written.
        """
        source = result.frame.file or f"{result.frame.camera}.mp4"
        if source != self._source:
            self._finish_video()
            self._source = source
            self._video = self._begin_video(source)
        if self._video is not None:
            self._video.publish(result)
        else:
            self._write_picture(source, result)

    def close(self) -> None:
        """Finish the video that was being written.

        Raises:
            EdgeError: it was not written whole.
        """
        self._finish_video()

    def _begin_video(self, source: str) -> VideoSink | None:
        """Return the opened sink of a video's copy, None if ``source`` is a picture."""
        ending = Path(source).suffix.lower()
        if ending in COPIES:
            return None
        target = self._target(source, ending if ending in CODECS else ".mp4")
        video = VideoSink(target, self._clock, show_rate=False, debug=self._debug)
        video.open()
        return video

    def _finish_video(self) -> None:
        video, self._video = self._video, None
        if video is not None:
            video.close()

    def _write_picture(self, source: str, result: FrameResult) -> None:
        target = self._target(source, COPIES[Path(source).suffix.lower()])
        self._drawn = draw_result(result, debug=self._debug, out=self._drawn)
        data = (
            encode_jpeg(self._drawn, _JPEG_QUALITY) if target.suffix == ".jpg" else _encode_png(self._drawn)
        )
        draft = target.with_name(f"{target.name}.{os.getpid()}")  # half a picture gets no picture's name
        try:
            draft.write_bytes(data)
            draft.replace(target)
        except OSError as exc:
            with contextlib.suppress(OSError):  # it may never have been there
                draft.unlink()
            raise EdgeError(f"{target}: {why_not(exc, target)}") from exc

    def _target(self, source: str, ending: str) -> Path:
        """Return the path of a source's copy, which no other source of this run has.

        Raises:
            UsageError: it is the source itself.
        """
        stem = Path(source).stem
        numbered = (f"{stem}_{number}{ending}" for number in itertools.count(2))
        for name in itertools.chain([f"{stem}{ending}"], numbered):
            if self._names.setdefault(name, source) == source:
                break
        target = self._folder / name
        if target.exists() and Path(source).exists() and target.samefile(source):
            raise UsageError(f"the annotated copy of {source} would replace it; name another folder")
        return target


def _encode_png(image: np.ndarray) -> bytes:
    import cv2

    return cv2.imencode(".png", image)[1].tobytes()
