"""How old frames are when they are analysed, with an engine slower than the camera.

    .venv/bin/python benchmarks/capture_age.py [--frames 10000] [--camera-hz 400] [--inference-ms 6]

Capture, slot and analysis are the product's own; the camera and the engine are scripted and keep their
pace by sleeping. The bound is one camera interval and one inference, both as they really were.
"""

from __future__ import annotations

import argparse
import threading
import time
from collections.abc import Mapping

import numpy as np

from edge_mbv2.pipeline.analyse import Analyse
from edge_mbv2.pipeline.capture import Capture
from edge_mbv2.pipeline.metrics import Metrics
from edge_mbv2.pipeline.slot import LatestSlot
from edge_mbv2.pipeline.supervisor import Supervisor
from edge_mbv2.types import Detection, Frame, FrameResult


class SteadyCamera:
    """A frame at each interval; a late one is not made up for."""

    name = description = "camera"
    frame_count: int | None = None
    idle: str | None = None

    def __init__(self, rate_hz: float) -> None:
        self.taken_ns: list[int] = []
        self._interval_ns = round(1e9 / rate_hz)
        self._interrupted = threading.Event()
        self._image = np.zeros((48, 64, 3), np.uint8)

    def open(self) -> None:
        self._due_ns = time.monotonic_ns()

    def read(self) -> Frame | None:
        self._due_ns = max(self._due_ns + self._interval_ns, time.monotonic_ns())
        time.sleep(max(0, self._due_ns - time.monotonic_ns()) / 1e9)
        if self._interrupted.is_set():
            return None
        self.taken_ns.append(time.monotonic_ns())
        return Frame(self.name, len(self.taken_ns) - 1, self.taken_ns[-1], self._image)

    def close(self) -> None:
        pass

    def interrupt(self) -> None:
        self._interrupted.set()


class SlowEngine:
    """Sleeps for as long as an inference takes, and notes when it began and ended."""

    def __init__(self, inference_s: float) -> None:
        self.times_ns: list[tuple[int, int]] = []
        self._inference_s = inference_s

    def invoke(self, tensor: np.ndarray) -> Mapping[str, np.ndarray]:
        began_ns = time.monotonic_ns()
        time.sleep(self._inference_s)
        self.times_ns.append((began_ns, time.monotonic_ns()))
        return {}


class NoDetector:
    """Finds nothing."""

    def preprocess(self, image: np.ndarray) -> tuple[np.ndarray, None]:
        return image, None

    def decode(self, outputs: Mapping[str, np.ndarray], geometry: None) -> tuple[Detection, ...]:
        return ()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--frames", type=int, default=10_000, help="to analyse")
    parser.add_argument("--camera-hz", type=float, default=400)
    parser.add_argument("--inference-ms", type=float, default=6)
    arguments = parser.parse_args()

    camera, engine = SteadyCamera(arguments.camera_hz), SlowEngine(arguments.inference_ms / 1000)
    metrics, analysed = Metrics([camera.name]), list[Frame]()
    slot = LatestSlot(lambda frame, reason: metrics.count_dropped(frame.camera, reason))
    enough = threading.Event()

    def publish(result: FrameResult) -> None:
        analysed.append(result.frame)
        if len(analysed) >= arguments.frames:
            enough.set()

    analyse = Analyse(lambda: (engine, NoDetector()), slot, metrics, publish)  # type: ignore[arg-type,return-value]
    supervisor = Supervisor([Capture(camera, slot, metrics)], slot, analyse)
    supervisor.start()
    enough.wait()
    supervisor.stop()
    report(camera, engine, analysed[: arguments.frames])


def report(camera: SteadyCamera, engine: SlowEngine, analysed: list[Frame]) -> None:
    times_ns = np.array(engine.times_ns[1 : len(analysed) + 1])  # the first was the warm-up
    taken_ns = np.array([frame.timestamp_ns for frame in analysed])
    starts_ms = (times_ns[:, 0] - taken_ns) / 1e6
    ages_ms = (times_ns[:, 1] - taken_ns) / 1e6
    inference_ms = (times_ns[:, 1] - times_ns[:, 0]) / 1e6
    camera_ns = np.array(camera.taken_ns)
    # The interval that an analysed frame was followed by, as the camera really kept it.
    sequences = np.array([frame.sequence for frame in analysed])
    next_ns = camera_ns[np.minimum(sequences + 1, len(camera_ns) - 1)]
    intervals_ms = (next_ns - taken_ns) / 1e6
    over_ms = ages_ms - inference_ms - intervals_ms
    print(f"{len(analysed)} frames analysed of {len(camera_ns)} captured")
    for name, values in (
        ("camera interval", intervals_ms),
        ("inference", inference_ms),
        ("age when its inference begins", starts_ms),
        ("age when its inference ends", ages_ms),
    ):
        told = ", ".join(f"p{p:g} {np.percentile(values, p):.2f}" for p in (50, 90, 99, 99.9, 100))
        print(f"{name:32} ms: {told}")
    late = int((over_ms > 0).sum())
    print(f"older than one interval and one inference: {late} (the oldest by {over_ms.max():.2f} ms)")


if __name__ == "__main__":
    main()
