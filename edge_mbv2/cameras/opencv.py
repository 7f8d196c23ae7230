"""Makes OpenCV fit to be waited on and silent, before a camera uses it."""

from __future__ import annotations

import os
import threading
from typing import Any

# OpenCV reads them when it opens a device or a video; whoever has set one knows why.
_ENVIRONMENT = {
    # How long a device's `grab` blocks without a frame, in whole seconds (10 by default): the time
    # within which an interruption is noticed.
    "OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT": "1",
    # RTSP over UDP loses parts of pictures, and what a firewall lets out does not come back in.
    "OPENCV_FFMPEG_CAPTURE_OPTIONS": "rtsp_transport;tcp",
}
# FFmpeg's "quiet": its complaints reach users as one error of ours, and its own lines may hold a stream's
# password, so it is quiet whatever is set.
_QUIET = ("OPENCV_FFMPEG_LOGLEVEL", "-8")
# With these OpenCV prints each address that it opens, unless its log is off.
_TELLTALES = ("OPENCV_VIDEOIO_DEBUG", "OPENCV_VIDEOCAPTURE_DEBUG")

_lock = threading.Lock()


def prepare() -> None:
    """Set OpenCV's time-out and keep it from writing to standard error.

    Variables that are set are left alone, but for those that would let a password out.
    """
    with _lock:  # the first call sets them, before OpenCV reads them in any thread
        for name, value in _ENVIRONMENT.items():
            os.environ.setdefault(name, value)
        name, value = _QUIET
        if os.environ.get(name) != value:
            os.environ[name] = value
    import cv2

    if "OPENCV_LOG_LEVEL" not in os.environ or any(name in os.environ for name in _TELLTALES):
        home: Any = cv2 if hasattr(cv2, "setLogLevel") else vars(cv2.utils)["logging"]  # since 4.14
        home.setLogLevel(0)
