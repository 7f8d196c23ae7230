"""Several sources, one after the other, as if they were one."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Event

from edge_mbv2.cameras.protocol import Camera
from edge_mbv2.errors import InputError
from edge_mbv2.types import Frame


class ChainCamera:
    """Opens each camera when the one before it has ended, and reads it to its end.

    A camera that can't be opened or read is left with its error; the next `read` goes on with
    what comes after it, and so does a folder with its next picture. Frames keep the number and the
    time that they have in their own source.

    Args:
        name: what the cameras' frames are labelled with.
        cameras: finite, all of that name.
    """

    frame_count: int | None = None
    idle: str | None = None

    def __init__(self, name: str, cameras: Sequence[Camera]) -> None:
        self.name = name
        self.description = f"{len(cameras)} sources"
        self._cameras = cameras
        self._interrupted = Event()
        self._position = 0
        self._opened = False

    def open(self) -> None:
        self._position = 0

    def read(self) -> Frame | None:
        while self._position < len(self._cameras) and not self._interrupted.is_set():
            camera = self._cameras[self._position]
            frame = self._read(camera)
            if frame is not None:
                return frame
            self._leave(camera)
        return None

    def close(self) -> None:
        if self._opened:
            self._leave(self._cameras[self._position])

    def interrupt(self) -> None:
        self._interrupted.set()
        for camera in self._cameras:
            camera.interrupt()

    def _read(self, camera: Camera) -> Frame | None:
        if not self._opened:
            self._opened = True
            try:
                camera.open()
            except InputError:
                self._leave(camera)
                raise
        return camera.read()

    def _leave(self, camera: Camera) -> None:
        camera.close()
        self._opened = False
        self._position += 1
