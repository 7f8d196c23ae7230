"""Makes OpenCV fit to be waited on and silent, before a camera uses it."""

from __future__ import annotations

import os
from typing import Any

# OpenCV reads them when it first opens a device or a video; whoever has set one knows why.
_ENVIRONMENT = {
    # How long a device's `grab` blocks without a frame, in whole seconds (10 by default): the time
    # within which an interruption is noticed.
    "OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT": "1",
    # FFmpeg's "quiet": its complaints reach users as one MediaError.
    "OPENCV_FFMPEG_LOGLEVEL": "-8",
}


def prepare() -> None:
    """Set OpenCV's time-out and keep it from writing to standard error.

    ``OPENCV_LOG_LEVEL`` and the variables above are left alone where they are set.
    """
    for name, value in _ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    import cv2

    if "OPENCV_LOG_LEVEL" not in os.environ:
        home: Any = cv2 if hasattr(cv2, "setLogLevel") else vars(cv2.utils)["logging"]  # since 4.14
        home.setLogLevel(0)
