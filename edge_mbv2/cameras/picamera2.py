"""A Raspberry Pi camera, through libcamera and the system's picamera2."""

from __future__ import annotations

import logging
from dataclasses import replace
from threading import Event
from typing import TYPE_CHECKING, Any

import numpy as np

from edge_mbv2.cameras import picamera2_library
from edge_mbv2.cameras.frames import FrameMaker
from edge_mbv2.cameras.protocol import CameraSettings
from edge_mbv2.clock import Clock
from edge_mbv2.errors import CameraError
from edge_mbv2.types import Frame

if TYPE_CHECKING:
    from picamera2 import CompletedRequest, Picamera2

_log = logging.getLogger(__name__)

# picamera2 names the channels from the last byte to the first: this one gives arrays of B, G, R.
_FORMAT = "RGB888"
_FIRST_FRAME_S = 10.0
_STALL_S = 5.0
# How soon an interruption is noticed.
_LOOK_S = 0.5
# A sensor's time that is older than this is not on the clock's time line.
_OLDEST_NS = 5 * 10**9


class PiCamera:
    """A camera on the board's own connector.

    The frame is libcamera's ``main`` stream, scaled by the board's image processor to the size asked for
    (640x480 if none is); the analysis takes what it needs from it, so no ``lores`` stream is set up. Both
    flips and half a turn are made by the sensor and cost nothing; quarter turns are made here.

    Args:
        target: position among the cameras that libcamera finds, from 0.
        name: what its frames are labelled with.
        settings: `realtime` and `loop` mean nothing here.
        clock: must be the monotonic one, on which the sensor's own times are too; stamps what comes without.
    """

    frame_count: int | None = None
    idle: str | None = None

    def __init__(self, target: str, *, name: str, settings: CameraSettings, clock: Clock) -> None:
        self.name = name
        self.description = f"pi:{target}"
        self._position = int(target)
        self._settings = settings
        self._clock = clock
        half = settings.rotation == 180
        self._sensor_turns = settings.rotation in (0, 180)
        self._flips = {"hflip": settings.hflip != half, "vflip": settings.vflip != half}
        upright = replace(settings, hflip=False, vflip=False, rotation=0)
        self._frames = FrameMaker(name, upright if self._sensor_turns else settings)
        self._interrupted = Event()
        self._camera: Picamera2 | None = None
        self._last_ns = -1

    def open(self) -> None:
        self.close()
        if self._interrupted.is_set():
            return
        library = picamera2_library.load()
        info = library.info(self._position)
        self._camera = library.open(self._position)
        try:
            self._start(self._camera, info.get("Model", "camera"))
            request = self._request(self._camera, _FIRST_FRAME_S)
        except (RuntimeError, ValueError, OSError) as exc:
            self.close()
            raise CameraError(f"camera pi:{self._position} can't be started: {exc}") from exc
        if request is not None:
            request.release()
        elif not self._interrupted.is_set():
            self.close()
            raise CameraError(self._silence(_FIRST_FRAME_S))

    def read(self) -> Frame | None:
        if self._interrupted.is_set():
            return None
        if self._camera is None:
            raise CameraError(f"camera pi:{self._position} is not open")
        try:
            request = self._request(self._camera, _STALL_S)
        except (RuntimeError, OSError) as exc:
            raise CameraError(f"camera pi:{self._position} failed: {exc}") from exc
        if request is None:
            if self._interrupted.is_set():
                return None
            raise CameraError(self._silence(_STALL_S))
        try:
            image = request.make_array("main")
            metadata = request.get_metadata()
        finally:
            request.release()
        return self._frames.make(_packed(image), self._time_of(metadata))

    def close(self) -> None:
        camera, self._camera = self._camera, None
        if camera is not None:
            # A request that is still waited for would be served before the order to stop, that is, never.
            camera.cancel_all_and_flush()
            camera.close()

    def interrupt(self) -> None:
        self._interrupted.set()

    def _start(self, camera: Picamera2, model: str) -> None:
        from libcamera import Transform

        asked = self._settings
        width, height = asked.width or 640, asked.height or 480
        if asked.width and not asked.height:
            height = asked.width * 3 // 4
        elif asked.height and not asked.width:
            width = asked.height * 4 // 3
        controls: dict[str, Any] = {}
        if asked.framerate is not None and "FrameDurationLimits" in camera.camera_controls:
            interval_us = round(1e6 / asked.framerate)
            controls["FrameDurationLimits"] = (interval_us, interval_us)
        configuration = camera.create_video_configuration(
            main={"size": (width, height), "format": _FORMAT},
            transform=Transform(**self._flips) if self._sensor_turns else Transform(),
            controls=controls,
        )
        camera.configure(configuration)
        camera.start()
        width, height = camera.camera_configuration()["main"]["size"]
        rate = "" if asked.framerate is None else f", {asked.framerate:g} fps"
        self.description = f"pi:{self._position} ({model}), {width}x{height}{rate}"
        refused = [
            f"{side} {want}"
            for side, want, have in (("width", asked.width, width), ("height", asked.height, height))
            if want is not None and want != have
        ]
        if refused:
            _log.warning("%s: %s can't do %s", self.name, self.description, ", ".join(refused))

    def _request(self, camera: Picamera2, patience_s: float) -> CompletedRequest | None:
        """Return the newest frame's request; None if interrupted or if none comes."""
        job = camera.capture_request(wait=False)
        for _ in range(round(patience_s / _LOOK_S)):
            try:
                return job.get_result(timeout=_LOOK_S)
            except TimeoutError:
                if self._interrupted.is_set():
                    break
        return None

    def _time_of(self, metadata: dict[str, Any]) -> int:
        """Return when the sensor took a frame, later than the one before."""
        now_ns = self._clock.now_ns()
        taken_ns = metadata.get("SensorTimestamp")
        if not isinstance(taken_ns, int) or not now_ns - _OLDEST_NS < taken_ns <= now_ns:
            taken_ns = now_ns
        self._last_ns = max(taken_ns, self._last_ns + 1)
        return self._last_ns

    def _silence(self, patience_s: float) -> str:
        return (
            f"camera pi:{self._position}: no frame for {patience_s:g} s; check its ribbon cable "
            "(rpicam-hello --list-cameras shows whether the board sees it)"
        )


def _packed(image: np.ndarray) -> np.ndarray:
    """Return a picture without a fourth channel, C-contiguous."""
    return np.ascontiguousarray(image[..., :3])
