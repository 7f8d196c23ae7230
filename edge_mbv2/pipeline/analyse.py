"""The stage that turns frames into results: look or not, preprocess, invoke, decode, in one thread."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from edge_mbv2.inference.protocol import Backend
from edge_mbv2.models.protocol import Detector
from edge_mbv2.pipeline.follow import Followed, Follower, FollowNothing
from edge_mbv2.pipeline.look import Attention, Glance, Sight, look_at_everything
from edge_mbv2.pipeline.metrics import Metrics
from edge_mbv2.pipeline.slot import Slot
from edge_mbv2.types import Detection, Event, Frame, FrameResult


class Analyse:
    """Takes frames from the slot, finds objects, publishes results.

    Args:
        load: opens the engine and builds the detector, in the stage's thread; they stay the caller's.
        slot: where frames come from.
        metrics: counts what becomes of them.
        publish: takes each result; may wait when nothing may be lost.
        on_ready: called once, after the first inference (on an empty picture, so that a camera that
            comes late does not hold it up).
        attention: decides at which frames to look, and where.
        follower: follows the objects that are found; None follows nothing.
        tell: takes each event, after the result of its frame.

    Attributes:
        position: of the next result, see `FrameResult`.
    """

    name = "analyse"
    idle: str | None = None
    _WAIT_S = 0.5

    def __init__(
        self,
        load: Callable[[], tuple[Backend, Detector[Any]]],
        slot: Slot,
        metrics: Metrics,
        publish: Callable[[FrameResult], None],
        on_ready: Callable[[], None] = lambda: None,
        attention: Attention = look_at_everything,
        follower: Follower | None = None,
        tell: Callable[[Event], None] = lambda event: None,
    ) -> None:
        self._load = load
        self._slot = slot
        self._metrics = metrics
        self._publish = publish
        self._on_ready = on_ready
        self._attention = attention
        self._follower = follower or FollowNothing()
        self._tell = tell
        self._latest: dict[str, tuple[Detection, ...]] = {}
        self._between: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._number = self.position = 0
        self._ended = False
        self._untold: deque[Event] = deque()
        self._telling = threading.Lock()

    def start(self) -> None:
        self.use(*self._load())
        self._sight.warm_up()
        self._on_ready()

    def use(self, backend: Backend, detector: Detector[Any]) -> None:
        """Take these for the frames that follow; called in the stage's thread."""
        self._sight = Sight(backend, detector)

    def forget(self, camera: str) -> None:
        """Show nothing of what was found on a camera until it is looked at again; called likewise."""
        self._latest.pop(camera, None)

    def between_frames(self, function: Callable[[], None]) -> None:
        """Have a function called in the stage's thread before it takes another frame; it must be quick.

        It is never called if no step is made any more. Any thread may ask.
        """
        self._between.put(function)

    def step(self) -> bool:
        with contextlib.suppress(queue.Empty):
            while True:
                function = self._between.get_nowait()
                with self._telling:
                    function()
        frame = self._slot.take(self._WAIT_S)
        if frame is None:
            with self._telling:
                self._untold.extend(self._follower.idle())
                self._tell_untold()
            return not self._slot.drained
        try:
            glance = self._attention(frame, self._sight)
            with self._telling:
                if self._ended:
                    self._metrics.count_dropped(frame.camera, "stopped")
                    return False
                followed = self._follower.follow(frame, glance)
                self._untold.extend(followed.ended)
                self._tell_untold()
                self._untold.extend(followed.events)
                result = self._result(frame, glance, followed)
        except Exception:
            self._metrics.count_dropped(frame.camera, "failed")
            raise
        self.idle = "waiting for a sink"  # which is the one to blame if that takes long
        self._publish(result)
        self._tell_untold()
        self.idle = None
        return True

    def stop(self) -> None:
        self._slot.clear()
        self.end()

    def end(self) -> None:
        """Tell the last events; any thread may have it done while a frame takes longer than a stop may."""
        with self._telling:
            if not self._ended:
                self._ended = True
                self._untold.extend(self._follower.finish())
                self._tell_untold()

    def _tell_untold(self) -> None:
        with contextlib.suppress(IndexError):
            while True:
                self._tell(self._untold.popleft())

    def _result(self, frame: Frame, glance: Glance, followed: Followed) -> FrameResult:
        counters, name = self._metrics, frame.camera
        result = FrameResult(
            frame,
            (),
            position=self.position,
            tracks=followed.tracks,
            scene=followed.scene,
            moving=glance.moving,
        )
        self.position += 1
        if glance.skipped is not None:
            rate_hz = counters.count_skipped(name, glance.skipped)
            latest = self._latest.get(name, ())
            return replace(result, detections=latest, rate_hz=rate_hz, skipped=glance.skipped)
        detections = tuple([each for each in glance.detections if each.score >= self._sight.threshold])
        self._latest[name] = detections
        rate_hz = counters.count_analysed(name, len(glance.regions))
        number, self._number = self._number, self._number + 1
        return replace(result, detections=detections, rate_hz=rate_hz, number=number, regions=glance.regions)
