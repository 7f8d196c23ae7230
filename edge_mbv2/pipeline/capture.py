"""The stage that keeps one camera going: one state machine for devices, streams, files and folders."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from edge_mbv2.cameras.protocol import Camera, Patience
from edge_mbv2.clock import Clock
from edge_mbv2.errors import CameraError, InputError
from edge_mbv2.pipeline.backoff import BackOff
from edge_mbv2.pipeline.metrics import Metrics
from edge_mbv2.pipeline.reader import Reader
from edge_mbv2.pipeline.slot import Slot
from edge_mbv2.types import Frame

_log = logging.getLogger(__name__)

_LOOK_S = 0.25
"""How often a camera is seen to, at least."""

_OF_FILES = Patience(open_s=20, read_s=20, longest_wait_s=0)
"""A file that gives nothing for half of that is called stalled; it is not given up."""

_GRACE_S = 2.0
"""How long a reader that was given up may take to close its camera before another opens it."""

_LEAVE_S = 0.6
"""How long a reader may take to close its camera at the end of the run."""

_MOST_HANGING = 3
"""Threads that hang in one camera's driver; then only a restart of the process helps."""

_MOST_REASONS = 8


class CameraState(StrEnum):
    """What a camera is doing.

    ``opening`` until the first frame, ``streaming`` while frames come, ``stalled`` when none does
    although one should, ``waiting`` between two tries to open it, ``closed`` at the end.
    """

    OPENING = "opening"
    STREAMING = "streaming"
    STALLED = "stalled"
    WAITING = "waiting"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Recovery:
    """How a live camera is brought back.

    Attributes:
        renew: makes the camera again, for when a thread hangs in the present one.
        patience: how long it is waited for.
        clock: which its frames are stamped with.
        must_open: a first try that fails ends the run; afterwards the camera is always reopened.
    """

    renew: Callable[[], Camera]
    patience: Patience
    clock: Clock
    must_open: bool = False


class Capture:
    """Has a thread of its own read the camera into the slot, and sees to both.

    A frame counts as captured when it comes in time; one that a reader brings after it was given up is
    not looked at. Frames that are no pictures are dropped as ``unusable``.

    Args:
        camera: read in a thread of its own, a new one after each failure.
        slot: where the frames go.
        metrics: counts them.
        on_unreadable: told of a file that can't be read, after which the camera goes on with the
            next; None ends the run with the error instead.
        recovery: None for what has an end: its errors end the run, and nothing is tried again.

    Attributes:
        name: of the stage.
        camera_name: what the frames are labelled with.
        state: of the camera.
        reason: why it does not stream, in words; None while it does or nothing is wrong.
    """

    def __init__(
        self,
        camera: Camera,
        slot: Slot,
        metrics: Metrics,
        on_unreadable: Callable[[InputError], None] | None = None,
        recovery: Recovery | None = None,
    ) -> None:
        self.name = f"capture {camera.name}"
        self.camera_name = camera.name
        self.state = CameraState.OPENING
        self.reason: str | None = None
        self._camera = camera
        self._slot = slot
        self._metrics = metrics
        self._on_unreadable = on_unreadable
        self._recovery = recovery
        self._changed = threading.Condition()
        self._interrupted = False
        self._handing_over = False
        self._reader: Reader | None = None
        self._hanging: list[Reader] = []
        self._hopeless = False
        self._delivered = self._seen = 0
        self._first_sequence = self._next_sequence = 0
        self._last_ns = -1
        self._streaming_since_s: float | None = None
        self._lost_at_s: float | None = None
        self._due_s = 0.0
        self._told: list[str] = []
        self._backoff = BackOff(recovery.patience.longest_wait_s if recovery else 0.0)

    @property
    def description(self) -> str:
        """What the camera is, in words."""
        return self._camera.description

    @property
    def idle(self) -> str | None:
        """Why no step is due: the camera is being brought back, a file's next frame is not due, or
        the analysis has no room for it."""
        if self._handing_over:
            return "waiting for the analysis"
        if self.state is CameraState.STREAMING:
            return self._camera.idle
        if self.state is CameraState.STALLED and (self._recovery is None or self._hopeless):
            return None
        return f"camera is {self.state}"

    def start(self) -> None:
        self._begin()

    def step(self) -> bool:
        """See to the camera until it has got on: by a frame, or into another state."""
        state = self.state
        while not self._interrupted:
            if self._reader is None:
                self._wait_for_the_next_try()
            elif not self._look(self._reader):
                return False
            if self._delivered != self._seen or self.state is not state:
                self._seen = self._delivered
                return True
        return False

    def interrupt(self) -> None:
        """End it soon; may be called from any thread."""
        with self._changed:
            self._interrupted = True
            self._changed.notify_all()
        self._camera.interrupt()

    def stop(self) -> None:
        self.interrupt()
        reader = self._reader
        if reader is not None:
            reader.give_up()
            if not reader.join(_LEAVE_S):
                _log.debug("%s: left while its driver hangs", self.camera_name)
        self.state, self.reason = CameraState.CLOSED, None

    def _begin(self) -> None:
        self.state = CameraState.OPENING
        self._reader = Reader(self._camera, self._deliver, self._on_unreadable, self._notify)
        self._reader.start()

    def _notify(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def _look(self, reader: Reader) -> bool:
        """Wait a moment and see whether the reader gets on; False when there will be no more."""
        patience = self._recovery.patience if self._recovery else _OF_FILES
        limit_s = patience.read_s if reader.has_read else patience.open_s
        with self._changed:
            self._changed.wait_for(lambda: reader.done or self._interrupted, min(_LOOK_S, limit_s / 8))
        if self._interrupted:
            return False
        if reader.done:
            return self._ended(reader)
        if self._camera.idle is not None:
            reader.note_progress()
        elif self._handing_over:
            pass
        elif self._recovery is not None and reader.waited_s > limit_s:
            self._give_up(reader, limit_s)
        elif self.state is CameraState.STREAMING and reader.waited_s > limit_s / 2:
            self._note_stall(limit_s / 2)
        return True

    def _note_stall(self, waited_s: float) -> None:
        with self._changed:
            if self._handing_over:
                return  # a frame has come at the last moment
            self.state, self.reason = CameraState.STALLED, "no frame comes"
        _log.warning("%s: no frame for %g s", self.camera_name, waited_s)

    def _ended(self, reader: Reader) -> bool:
        """Go on after a reader that ended by itself; False when there will be no more."""
        failure, recovery = reader.failure, self._recovery
        if recovery is None or (failure is not None and not isinstance(failure, InputError)):
            if failure is not None:
                raise failure
            return False
        self._fail(failure or CameraError(f"camera {self.description} has ended"))
        return True

    def _give_up(self, reader: Reader, limit_s: float) -> None:
        """Leave a reader that hangs, and its camera with it."""
        with self._changed:
            if self._handing_over or reader.waited_s <= limit_s:
                return  # a frame has come at the last moment
            self._reader = None
            what = "no usable frame for" if reader.has_read else "did not open within"
            reason = f"camera {self.description}: {what} {limit_s:g} s"
            self.state, self.reason = CameraState.STALLED, reason
        reader.give_up()
        with self._changed:
            self._changed.wait_for(lambda: reader.done or self._interrupted, _GRACE_S)
        if not reader.done:
            self._hanging.append(reader)
            reason += "; its driver hangs"
        assert self._recovery is not None
        self._camera = self._recovery.renew()
        self._first_sequence = self._next_sequence
        if self._interrupted:
            self._camera.interrupt()
        self._fail(CameraError(reason))

    def _fail(self, failure: Exception) -> None:
        """Wait with the next try; say why, once.

        Raises:
            InputError: the camera had to open at the first try and did not.
        """
        assert self._recovery is not None
        self._reader = None
        if self._recovery.must_open and self._delivered == 0:
            raise failure
        now_s = time.monotonic()
        since_s, self._streaming_since_s = self._streaming_since_s, None
        lasted_s = 0.0 if since_s is None else now_s - since_s
        self._lost_at_s = now_s if self._lost_at_s is None else self._lost_at_s
        self._due_s = now_s + self._backoff.next_s(lasted_s)
        reason = str(failure)
        if reason not in self._told and not self._interrupted:
            self._told = [*self._told, reason][-_MOST_REASONS:]
            _log.warning("%s: %s; trying again until it is there", self.camera_name, reason)
        with self._changed:
            self.state, self.reason = CameraState.WAITING, reason

    def _wait_for_the_next_try(self) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._interrupted, max(0.0, self._due_s - time.monotonic()))
        self._hanging = [reader for reader in self._hanging if not reader.done]
        if len(self._hanging) >= _MOST_HANGING:
            self._wait_for_a_driver()
        if not self._interrupted:
            self._begin()

    def _wait_for_a_driver(self) -> None:
        """Wait while too many threads hang; that no step is made is what the watchdog must see."""
        reason = f"{len(self._hanging)} threads hang in its driver; only a restart of the program may help"
        _log.error("%s: %s", self.camera_name, reason)
        with self._changed:
            self.state, self.reason, self._hopeless = CameraState.STALLED, reason, True
            self._changed.wait_for(lambda: self._interrupted or any(reader.done for reader in self._hanging))
            self._hanging = [reader for reader in self._hanging if not reader.done]
            self._hopeless = False

    def _deliver(self, reader: Reader, frame: Frame) -> None:
        """Take a frame, in the reader's thread, unless it comes too late."""
        usable = _is_picture(frame.image)
        with self._changed:
            if reader is not self._reader:
                return
            self._metrics.count_captured(self.camera_name)
            if usable:
                frame = self._placed(frame)
                self._delivered += 1
                self._handing_over = True
                before, self.state, self.reason = self.state, CameraState.STREAMING, None
        if not usable:
            self._metrics.count_dropped(self.camera_name, "unusable")
            return
        reader.has_read = True
        if before is not CameraState.STREAMING:
            self._note_stream(before)
        self._slot.put(frame, self)
        reader.note_progress()
        self._handing_over = False

    def _placed(self, frame: Frame) -> Frame:
        """Return a live camera's frame after those before it, in number and time."""
        if self._recovery is None:
            return frame
        sequence, timestamp_ns = frame.sequence + self._first_sequence, frame.timestamp_ns
        now_ns = self._recovery.clock.now_ns()
        if not self._last_ns < timestamp_ns <= now_ns:
            timestamp_ns = max(now_ns, self._last_ns + 1)
        self._next_sequence, self._last_ns = sequence + 1, timestamp_ns
        if (sequence, timestamp_ns) == (frame.sequence, frame.timestamp_ns):
            return frame
        return replace(frame, sequence=sequence, timestamp_ns=timestamp_ns)

    def _note_stream(self, before: CameraState) -> None:
        """Note that frames come, which they did not."""
        if before is CameraState.STALLED:
            _log.info("%s: frames come again", self.camera_name)
            return
        self._streaming_since_s = time.monotonic()
        self._told = []
        if self._lost_at_s is None:
            _log.info("%s: %s", self.camera_name, self.description)
            return
        away_s, self._lost_at_s = self._streaming_since_s - self._lost_at_s, None
        self._metrics.count_reconnect(self.camera_name)
        _log.info("%s: there after %.1f s: %s", self.camera_name, away_s, self.description)


def _is_picture(image: np.ndarray) -> bool:
    return image.ndim == 3 and image.shape[2] == 3 and image.dtype == np.uint8 and image.size > 0
