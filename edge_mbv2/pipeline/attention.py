"""Spends inferences where something happens: whether to look at a camera's frame, and where."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from edge_mbv2.motion.detector import Motion, MotionDetector
from edge_mbv2.motion.gate import Gate
from edge_mbv2.pipeline.look import Glance, Sight, look_at_everything, whole
from edge_mbv2.regions.merge import merge
from edge_mbv2.regions.watch import Watch
from edge_mbv2.types import BoundingBox, Frame


class Objects(Protocol):
    """What is known of the objects that are followed."""

    def expected(self, frame: Frame) -> Sequence[BoundingBox]:
        """Return where objects should be in a frame by what was seen before it."""

    def doubts(self, camera: str) -> bool:
        """Tell whether, when nothing moves, another look would tell if an object is still there."""


class RateCap:
    """Tells which frames are due when there shall be no more than so many a second.

    Args:
        rate_hz: the most, by the frames' own times.
    """

    def __init__(self, rate_hz: float) -> None:
        self._period_ns = round(1e9 / rate_hz)
        self._early_ns = self._period_ns // 4  # a camera's pace is never quite even
        self._due_ns: int | None = None

    def is_due(self, timestamp_ns: int) -> bool:
        """Tell whether to take a frame; where frames come unevenly, the rate is kept on average."""
        if self._due_ns is None or not -2 * self._period_ns <= timestamp_ns - self._due_ns < self._period_ns:
            self._due_ns = timestamp_ns  # the first, one after a gap, or time begins anew
        if timestamp_ns < self._due_ns - self._early_ns:
            return False
        self._due_ns += self._period_ns
        return True


class CameraAttention:
    """Attends to one camera.

    Args:
        cap: leaves out frames that come too soon, None none.
        motion: looks for motion, which gate and regions need; None for neither.
        gate: leaves out frames in which nothing happens, None none.
        watch: makes the plan where to look closer, given the smallest side worth it in pixels; None
            always looks at the whole picture.
        objects: that are followed; None expects them where the last look found some.
    """

    def __init__(
        self,
        *,
        cap: RateCap | None = None,
        motion: MotionDetector | None = None,
        gate: Gate | None = None,
        watch: Callable[[int], Watch] | None = None,
        objects: Objects | None = None,
    ) -> None:
        self._cap = cap
        self._motion = motion
        self._gate = gate
        self._make_watch = watch
        self._watch: Watch | None = None
        self._objects = objects
        self._found: list[BoundingBox] = []

    def __call__(self, frame: Frame, sight: Sight) -> Glance:
        """Look at a frame, or do not."""
        if self._cap is not None and not self._cap.is_due(frame.timestamp_ns):
            return Glance(skipped="rate")
        motion = self._motion(frame) if self._motion is not None else Motion()
        if self._gate is not None:
            height, width = frame.image.shape[:2]
            doubts = self._objects is not None and self._objects.doubts(frame.camera)
            if not self._gate.passes(motion, frame.timestamp_ns, width, height, doubts=doubts):
                return Glance(moving=motion.areas, skipped="gate")
        glance = self._look(frame, motion, sight)
        self._found = [each.box for each in glance.detections if each.score >= sight.threshold]
        if self._gate is not None:
            self._gate.looked(frame.timestamp_ns, self._found)
        return glance

    def _look(self, frame: Frame, motion: Motion, sight: Sight) -> Glance:
        if self._make_watch is None:
            return Glance(sight.find(frame.image), (whole(frame.image),), motion.areas)
        if self._watch is None:
            self._watch = self._make_watch(sight.least_px)
        height, width = frame.image.shape[:2]
        expected = self._found if self._objects is None else self._objects.expected(frame)
        regions = self._watch.plan(width, height, expected, motion.areas)
        return Glance(merge(sight.find_in(frame.image, regions)), tuple(regions), motion.areas)


class AttentionByCamera:
    """Attends to several cameras, each with a memory of its own.

    Args:
        make: makes what attends to a camera, when its first frame comes; None for a camera that was
            taken away and whose last frames come yet.
    """

    def __init__(self, make: Callable[[str], CameraAttention | None]) -> None:
        self._make = make
        self._cameras: dict[str, CameraAttention] = {}

    def forget(self, camera: str) -> None:
        """Begin anew with a camera's next frame; called between two frames."""
        self._cameras.pop(camera, None)

    def __call__(self, frame: Frame, sight: Sight) -> Glance:
        """Look at a frame, or do not."""
        attention = self._cameras.get(frame.camera) or self._make(frame.camera)
        if attention is None:
            return look_at_everything(frame, sight)
        self._cameras[frame.camera] = attention
        return attention(frame, sight)
