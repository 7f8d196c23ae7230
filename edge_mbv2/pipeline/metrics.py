"""Counters of one run: every captured frame ends in exactly one of them."""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field


class RateMeter:
    """Events per second over the last few seconds, or between the last two when they are rarer."""

    def __init__(self, window_s: float = 3.0, now_s: Callable[[], float] = time.monotonic) -> None:
        self._window_s = window_s
        self._now_s = now_s
        self._times: deque[float] = deque()

    def tick(self) -> float:
        """Count one event and return the rate, 0.0 at the first."""
        self._times.append(self._now_s())
        return self.rate_hz()

    def rate_hz(self) -> float:
        """Return the rate now; it falls towards 0.0 when events stop."""
        now = self._now_s()
        while len(self._times) > 2 and now - self._times[0] > self._window_s:
            self._times.popleft()
        if len(self._times) < 2:
            return 0.0
        return (len(self._times) - 1) / max(now - self._times[0], 1e-9)


@dataclass(slots=True)
class CameraCounters:
    """What became of one camera's frames.

    ``captured == analysed + sum(skipped.values()) + sum(dropped.values())`` once a run has ended; while it
    runs, the frame that is handed over, the one in the slot and the one under analysis are still open.

    Attributes:
        skipped: frames that were not worth an inference: ``gate``, nothing moved; ``rate``, not yet due.
        inferences: how often the model ran on the analysed frames; more than once where it looked closer.
        still: whether the last frame was skipped because nothing moved.
    """

    captured: int = 0
    analysed: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    dropped: Counter[str] = field(default_factory=Counter)
    reconnects: int = 0
    inferences: int = 0
    still: bool = False
    analysed_rate: RateMeter = field(default_factory=RateMeter)
    last_captured_s: float | None = None
    last_result_s: float | None = None


class Metrics:
    """Counters by camera; any thread may count and read.

    Args:
        cameras: the names of the run's cameras.
    """

    def __init__(self, cameras: list[str]) -> None:
        self._lock = threading.Lock()
        self._cameras = {name: CameraCounters() for name in cameras}

    @property
    def cameras(self) -> list[str]:
        """The names of all cameras that were ever counted for."""
        with self._lock:
            return list(self._cameras)

    def add(self, camera: str) -> None:
        """Count for one more camera; one that is known already goes on where it was."""
        with self._lock:
            self._cameras.setdefault(camera, CameraCounters())

    def count_captured(self, camera: str) -> None:
        with self._lock:
            counters = self._cameras[camera]
            counters.captured += 1
            counters.last_captured_s = time.monotonic()

    def count_analysed(self, camera: str, inferences: int = 1) -> float:
        """Count one that took so many inferences, and return the camera's analysis rate in Hz."""
        with self._lock:
            counters = self._cameras[camera]
            counters.analysed += 1
            counters.inferences += inferences
            counters.still = False
            counters.last_result_s = time.monotonic()
            return counters.analysed_rate.tick()

    def count_skipped(self, camera: str, reason: str) -> float:
        """Count one that was not worth an inference, and return the camera's analysis rate in Hz."""
        with self._lock:
            counters = self._cameras[camera]
            counters.skipped[reason] += 1
            counters.still = counters.still if reason == "rate" else True
            counters.last_result_s = time.monotonic()
            return counters.analysed_rate.rate_hz()

    def count_dropped(self, camera: str, reason: str) -> None:
        with self._lock:
            self._cameras[camera].dropped[reason] += 1

    def count_reconnect(self, camera: str) -> None:
        """Count that a camera which was lost delivers again."""
        with self._lock:
            self._cameras[camera].reconnects += 1

    def snapshot(self, camera: str) -> dict[str, object]:
        """Return the counters, the rate in Hz, and the seconds since the last frame and the last result."""
        with self._lock:
            counters = self._cameras[camera]
            return {
                "captured": counters.captured,
                "analysed": counters.analysed,
                "skipped": dict(counters.skipped),
                "dropped": dict(counters.dropped),
                "reconnects": counters.reconnects,
                "inferences": counters.inferences,
                "still": counters.still,
                "rate_hz": round(counters.analysed_rate.rate_hz(), 2),
                "frame_age_s": _age_s(counters.last_captured_s),
                "result_age_s": _age_s(counters.last_result_s),
            }

    def summary(self, camera: str) -> str:
        """Return the counters as one sentence for a log."""
        counters = self.snapshot(camera)
        skipped = "".join(f", {n} skipped ({reason})" for reason, n in sorted(counters["skipped"].items()))  # type: ignore[attr-defined]
        dropped = "".join(f", {n} {reason}" for reason, n in sorted(counters["dropped"].items()))  # type: ignore[attr-defined]
        closer = counters["inferences"] != counters["analysed"]
        looks = f" with {counters['inferences']} inferences" if closer else ""
        return (
            f"{camera}: {counters['captured']} frames captured, {counters['analysed']} analysed{looks}"
            f"{skipped}{dropped}, {counters['rate_hz']} fps"
        )


def _age_s(then_s: float | None) -> float | None:
    return None if then_s is None else round(time.monotonic() - then_s, 3)
