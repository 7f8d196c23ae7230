"""A camera that has every trouble there is, one after the other."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator

import numpy as np

from edge_mbv2.clock import SystemClock
from edge_mbv2.errors import CameraError
from edge_mbv2.types import Frame

TROUBLES = (
    "unplugs",
    "hangs in read",
    "brings a frame late",
    "hangs in open",
    "does not open",
    "returns None",
    "wrong sizes",
    "black frames",
    "torn frames",
    "another resolution",
    "time jumps",
    "fails to close",
)
LATE = 77
"""The grey level of frames that come after their reader was given up."""


class World:
    """What the cameras that are made one after the other have in common.

    Attributes:
        returned: how many frames `read` has returned.
        sessions: how many times a camera was opened.
        finished: set once every trouble of the plan has been had.
        cameras: all that were made.
    """

    def __init__(self, plan: list[str], frames: int = 3) -> None:
        self.returned = self.sessions = 0
        self.finished = threading.Event()
        self.cameras: list[HostileCamera] = []
        self.frames = frames
        self._plan = iter(plan)
        self._hanging: list[threading.Event] = []
        self._lock = threading.Lock()

    def make(self) -> HostileCamera:
        camera = HostileCamera(self)
        self.cameras.append(camera)
        return camera

    def begin(self) -> str:
        """Return the next trouble; whoever has hung for two sessions comes free."""
        with self._lock:
            self.sessions += 1
            for event in self._hanging[:-1]:
                event.set()
            trouble = next(self._plan, None)
            if trouble is None:
                self.finished.set()
                return "none any more"
            return trouble

    def hang(self) -> None:
        event = threading.Event()
        self._hanging.append(event)
        event.wait()

    def release(self) -> None:
        for event in self._hanging:
            event.set()


class HostileCamera:
    """Delivers a few good frames after each `open`, then has its trouble."""

    name = "front"
    frame_count: int | None = None
    idle: str | None = None

    def __init__(self, world: World) -> None:
        self.description = "hostile camera"
        self.interrupted = threading.Event()
        self._world = world
        self._clock = SystemClock()
        self._sequence = 0
        self._descriptor = -1
        self._script: Iterator[Frame | None] = iter(())

    @property
    def is_open(self) -> bool:
        return self._descriptor >= 0

    def open(self) -> None:
        trouble = self._world.begin()
        if trouble == "does not open":
            raise CameraError("camera front: no such device")
        self._descriptor = os.open(os.devnull, os.O_RDONLY)
        if trouble == "hangs in open":
            self._world.hang()
        self._trouble = trouble
        self._script = self._frames(trouble)

    def read(self) -> Frame | None:
        frame = next(self._script)
        if frame is not None:
            self._world.returned += 1
        return frame

    def close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
            if self._trouble == "fails to close":
                raise CameraError("camera front: close failed")

    def interrupt(self) -> None:
        self.interrupted.set()

    def _frames(self, trouble: str) -> Iterator[Frame | None]:
        for _ in range(self._world.frames):
            yield self._frame()
        if trouble == "hangs in read":
            self._world.hang()
        elif trouble == "brings a frame late":
            self._world.hang()
            yield self._frame(np.full((48, 64, 3), LATE, np.uint8))
        elif trouble == "returns None":
            yield None
        elif trouble == "wrong sizes":
            yield self._frame(np.zeros((48, 64), np.uint8))
            yield self._frame(np.zeros((0, 64, 3), np.uint8))
            yield self._frame(np.zeros((48, 64, 4), np.uint8))
            yield self._frame(np.zeros((1, 48 * 64 * 2), np.uint8))
            yield self._frame(np.zeros((48, 64, 3), np.float32))
            yield self._frame()
        elif trouble == "black frames":
            yield self._frame(np.zeros((48, 64, 3), np.uint8))
        elif trouble == "torn frames":
            torn = np.zeros((48, 64, 3), np.uint8)
            torn[20:] = 128
            yield self._frame(torn)
        elif trouble == "another resolution":
            yield self._frame(np.full((72, 33, 3), 9, np.uint8))
            yield self._frame(np.full((1, 1, 3), 9, np.uint8))
        elif trouble == "time jumps":
            for jump_s in (-3600, 3600, 0, -(10**6)):
                yield self._frame(timestamp_ns=self._clock.now_ns() + jump_s * 10**9)
        elif trouble == "none any more":
            while not self.interrupted.wait(0.02):
                yield self._frame()
            yield None
        raise CameraError("camera front: unplugged")

    def _frame(self, image: np.ndarray | None = None, timestamp_ns: int | None = None) -> Frame:
        image = np.full((48, 64, 3), 50, np.uint8) if image is None else image
        image.setflags(write=False)
        self._sequence += 1
        stamp = self._clock.now_ns() if timestamp_ns is None else timestamp_ns
        return Frame(self.name, self._sequence - 1, stamp, image)
