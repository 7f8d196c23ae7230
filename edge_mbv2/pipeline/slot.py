"""The hand-over from the cameras' threads to the analyse thread: newest frame wins, or none is lost."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from typing import Protocol

from edge_mbv2.types import Frame


class Slot(Protocol):
    """One place per camera."""

    def put(self, frame: Frame, source: object = None) -> None:
        """Hand a frame over; after `close` it is dropped, and after `bar` its source's, as ``stopped``."""

    def take(self, timeout_s: float) -> Frame | None:
        """Return the next frame, or None when none came in time or the slot is drained."""

    def bar(self, source: object) -> None:
        """Drop what is here of a source, and whatever it still hands over, with the reason ``stopped``."""

    def close(self) -> None:
        """Say that no frame will come any more; what is here can still be taken."""

    def clear(self) -> None:
        """Close, and drop what is here with the reason ``stopped``."""

    @property
    def drained(self) -> bool:
        """True when closed and empty: nothing will ever come."""


class _Places:
    """What both hand-overs share. A dict keeps the order in which frames began to wait."""

    def __init__(self, count_drop: Callable[[Frame, str], None]) -> None:
        self._count_drop = count_drop
        self._frames: dict[str, tuple[Frame, object]] = {}
        self._barred: weakref.WeakSet[object] = weakref.WeakSet()
        self._closed = False
        self._changed = threading.Condition()

    def take(self, timeout_s: float) -> Frame | None:
        with self._changed:
            self._changed.wait_for(lambda: self._frames or self._closed, timeout_s)
            if not self._frames:
                return None
            frame, _ = self._frames.pop(self._next())
            self._changed.notify_all()
            return frame

    def _next(self) -> str:
        """Return the camera whose turn it is; called with the lock held while a frame is here."""
        return next(iter(self._frames))

    def bar(self, source: object) -> None:
        with self._changed:
            self._barred.add(source)
            left = [frame for frame, its in self._frames.values() if its is source]
            for frame in left:
                del self._frames[frame.camera]
            self._changed.notify_all()
        for frame in left:
            self._count_drop(frame, "stopped")

    def _refuses(self, source: object) -> bool:
        """Tell whether nothing is taken of a source any more; called with the lock held."""
        return self._closed or source in self._barred

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def clear(self) -> None:
        with self._changed:
            left = [frame for frame, _ in self._frames.values()]
            self._frames.clear()
            self._closed = True
            self._changed.notify_all()
        for frame in left:
            self._count_drop(frame, "stopped")

    @property
    def drained(self) -> bool:
        with self._changed:
            return self._closed and not self._frames


class LatestSlot(_Places):
    """For live sources: `put` never waits, a newer frame replaces an older one of its camera.

    Of the cameras that have a frame here, the one that was served least lately is next, so that a fast one
    gets no more turns than the others, unless they have no frame to take them with.

    Args:
        count_drop: told of each frame that is never taken, with the reason ``replaced`` or ``stopped``.
    """

    def __init__(self, count_drop: Callable[[Frame, str], None]) -> None:
        super().__init__(count_drop)
        self._served: dict[str, int] = {}
        self._turns = 0

    def _next(self) -> str:
        camera = min(self._frames, key=lambda camera: self._served.get(camera, -1))
        self._served[camera] = self._turns
        self._turns += 1
        return camera

    def put(self, frame: Frame, source: object = None) -> None:
        replaced = None
        with self._changed:
            refused = self._refuses(source)
            if not refused:
                replaced = self._frames.get(frame.camera)
                self._frames[frame.camera] = frame, source  # a replaced frame's place in the order is kept
                self._changed.notify_all()
        if refused:
            self._count_drop(frame, "stopped")
        elif replaced is not None:
            self._count_drop(replaced[0], "replaced")


class LosslessSlot(_Places):
    """For recordings: `put` waits until the camera's earlier frame was taken; nothing is dropped.

    Frames are taken in the order in which they came.

    Args:
        count_drop: told of each frame that is never taken because the run was stopped.
    """

    def put(self, frame: Frame, source: object = None) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._refuses(source) or frame.camera not in self._frames)
            refused = self._refuses(source)
            if not refused:
                self._frames[frame.camera] = frame, source
                self._changed.notify_all()
        if refused:
            self._count_drop(frame, "stopped")
