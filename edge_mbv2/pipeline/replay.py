"""Plays a recording: the frames that were analysed, in that order, at the times that they had."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from edge_mbv2.clock import MediaClock
from edge_mbv2.errors import MediaError
from edge_mbv2.imaging.lossless import decode_lossless
from edge_mbv2.pipeline.look import Glance, Sight, look_at_everything, whole
from edge_mbv2.pipeline.metrics import Metrics
from edge_mbv2.pipeline.recording import RecordedFrame, Settings, SkippedFrame, Step
from edge_mbv2.pipeline.slot import LosslessSlot
from edge_mbv2.regions.merge import merge
from edge_mbv2.types import Frame


class RecordedClock:
    """The run's clock as it was when it recorded; nothing depends on when it is asked.

    Args:
        steps: whose times it knows.
    """

    def __init__(self, steps: Sequence[Step]) -> None:
        known = [step for step in steps if not isinstance(step, Settings)]
        first = known[0]
        self._first_ns = first.timestamp_ns
        self._unix_s: dict[int, float] = {step.timestamp_ns: step.record["time"] for step in known}
        self._utc_offset_s = {step.timestamp_ns: step.utc_offset_s for step in known}
        # What has no dates writes the timestamp itself.
        self.has_dates = first.record["time"] != round(MediaClock().unix_s(first.timestamp_ns), 6)

    def now_ns(self) -> int:
        """Return the time of the first frame."""
        return self._first_ns

    def unix_s(self, timestamp_ns: int) -> float:
        """Return what was recorded as the time of the frame that was taken at ``timestamp_ns``."""
        return self._unix_s[timestamp_ns]

    def utc_offset_s(self, timestamp_ns: int) -> int:
        """Return how far local time was ahead of UTC where that frame was taken."""
        return self._utc_offset_s[timestamp_ns]


class Pictures:
    """Reads recorded frames; the file of the newest is kept open for the next."""

    def __init__(self) -> None:
        self._file: tuple[Path, int] | None = None

    def read(self, recorded: RecordedFrame) -> Frame:
        """Return a frame as it was when it was analysed, under the name and number of its camera.

        Raises:
            MediaError: its picture is damaged or gone.
        """
        record = recorded.record
        try:
            image = decode_lossless(self._packed(recorded), record["width"], record["height"])
        except OSError as exc:
            raise MediaError(f"{recorded.data}: {exc.strerror}; is it being recorded over?") from exc
        except MediaError as exc:
            raise MediaError(
                f"{recorded.data}: frame {record['frame']} of {record['camera']}, at byte "
                f"{recorded.offset_bytes}: {exc}; moved out of the folder with its index, "
                "this segment is passed over"
            ) from exc
        image.setflags(write=False)
        return Frame(record["camera"], record["frame"], recorded.timestamp_ns, image, record.get("file"))

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            os.close(self._file[1])
            self._file = None

    def _packed(self, recorded: RecordedFrame) -> bytes:
        if self._file is None or self._file[0] != recorded.data:
            self.close()
            self._file = recorded.data, os.open(recorded.data, os.O_RDONLY | os.O_CLOEXEC)
        return os.pread(self._file[1], recorded.size_bytes, recorded.offset_bytes)


class Play:
    """The stage that hands recorded frames over, as captures do with what cameras deliver.

    The picture of a frame that was not analysed was not kept; a black one stands for it.

    Args:
        steps: what to play, of however many cameras.
        slot: where they go, in their order.
        metrics: counts them.
    """

    name = "play"
    idle: str | None = None

    def __init__(self, steps: Sequence[Step], slot: LosslessSlot, metrics: Metrics) -> None:
        self._left = (step for step in steps if not isinstance(step, Settings))
        self._slot = slot
        self._metrics = metrics
        self._pictures = Pictures()
        self._interrupted = False

    def start(self) -> None:
        pass

    def step(self) -> bool:
        step = None if self._interrupted else next(self._left, None)
        if step is None:
            return False
        frame = _black(step) if isinstance(step, SkippedFrame) else self._pictures.read(step)
        self._metrics.count_captured(frame.camera)
        self._slot.put(frame)
        return True

    def interrupt(self) -> None:
        """End it after the frame that is being handed over; may be called from any thread."""
        self._interrupted = True

    def stop(self) -> None:
        self._pictures.close()


class LookAgain:
    """Looks where the run looked; implements `edge_mbv2.pipeline.look.Attention`.

    Args:
        steps: as they are played.
        reconfigure: told of each other configuration that was taken up, ahead of its first frame.
    """

    def __init__(self, steps: Sequence[Step], reconfigure: Callable[[Settings], None]) -> None:
        self._left = iter(steps)
        self._reconfigure = reconfigure

    def __call__(self, frame: Frame, sight: Sight) -> Glance:
        """Look at the next step's frame."""
        while isinstance(step := next(self._left), Settings):
            self._reconfigure(step)
        if isinstance(step, SkippedFrame):
            moving = (whole(frame.image),) if step.reason == "moving" else ()
            return Glance(moving=moving, skipped="rate" if step.reason == "rate" else "gate")
        if not step.regions:
            return look_at_everything(frame, sight)
        return Glance(merge(sight.find_in(frame.image, step.regions)), step.regions)


def _black(skipped: SkippedFrame) -> Frame:
    record = skipped.record
    image = np.broadcast_to(np.uint8(0), (record["height"], record["width"], 3))
    return Frame(record["camera"], record["frame"], skipped.timestamp_ns, image)
