"""What several cameras at once cost: their total rate against one camera's, and how they share it.

Cameras that are there already deliver the demo clip's frames faster than the engine takes them, each from
a thread of its own as real ones do. Runs of one and of several take turns; medians are printed.

Usage: python benchmarks/cameras.py [--engine NAME] [--cameras N] [--framerate HZ] [--seconds S] [--rounds N]
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import threading
import time

from edge_mbv2 import cameras, inference, models
from edge_mbv2.cameras.protocol import CameraSettings
from edge_mbv2.clock import MediaClock
from edge_mbv2.pipeline.analyse import Analyse
from edge_mbv2.pipeline.capture import Capture
from edge_mbv2.pipeline.metrics import Metrics
from edge_mbv2.pipeline.slot import LatestSlot
from edge_mbv2.pipeline.supervisor import Supervisor
from edge_mbv2.types import Frame, FrameResult


def clip() -> list[Frame]:
    """Return the demo clip's first frames, decoded."""
    camera = cameras.create("demo", name="demo", settings=CameraSettings(realtime=False), clock=MediaClock())
    camera.open()
    frames = [frame for _ in range(60) if (frame := camera.read()) is not None]
    camera.close()
    return frames


class Paced:
    """A camera that copies the next frame out of memory when it is due, as a driver's buffer is."""

    description = "demo"
    frame_count: int | None = None
    idle: str | None = None

    def __init__(self, name: str, frames: list[Frame], framerate_hz: float) -> None:
        self.name = name
        self._frames = itertools.cycle(frames)
        self._interval_s = 1 / framerate_hz
        self._due_s = time.monotonic()
        self._stopped = threading.Event()

    def open(self) -> None: ...

    def read(self) -> Frame | None:
        self._due_s = max(self._due_s + self._interval_s, time.monotonic() - self._interval_s)
        if self._stopped.wait(max(0.0, self._due_s - time.monotonic())):
            return None
        frame = next(self._frames)
        return Frame(self.name, frame.sequence, frame.timestamp_ns, frame.image.copy())

    def close(self) -> None: ...

    def interrupt(self) -> None:
        self._stopped.set()


class Bench:
    """An opened engine, and runs on it."""

    def __init__(self, engine: str) -> None:
        model = models.load("ssdlite_mobilenet_v2_person")
        self._backend = inference.choose(engine, model.path, 1).backend
        self._detector = model.make_detector(self._backend.input, self._backend.outputs)
        self._frames = clip()

    def rates_hz(self, count: int, framerate_hz: float, seconds: float) -> list[float]:
        """Return how many frames a second of each of so many cameras are analysed."""
        names = [f"camera{n}" for n in range(count)]
        sources = [Paced(name, self._frames, framerate_hz) for name in names]
        metrics = Metrics(names)
        slot = LatestSlot(lambda frame, reason: metrics.count_dropped(frame.camera, reason))
        analysed = dict.fromkeys(names, 0)
        warm = threading.Event()

        def publish(result: FrameResult) -> None:
            analysed[result.frame.camera] += 1
            if min(analysed.values()):
                warm.set()

        supervisor = Supervisor(
            [Capture(source, slot, metrics) for source in sources],
            slot,
            Analyse(lambda: (self._backend, self._detector), slot, metrics, publish),
        )
        supervisor.start()
        warm.wait()
        before, start_s = dict(analysed), time.perf_counter()
        time.sleep(seconds)
        after, elapsed_s = dict(analysed), time.perf_counter() - start_s
        supervisor.stop()
        return [(after[name] - before[name]) / elapsed_s for name in names]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--engine", default="litert")
    parser.add_argument("--cameras", type=int, default=4)
    parser.add_argument("--framerate", type=float, default=0.0, help="of each; 0: twice the engine's rate")
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--rounds", type=int, default=8)
    arguments = parser.parse_args()
    bench = Bench(arguments.engine)
    framerate_hz = arguments.framerate or 2 * sum(bench.rates_hz(1, 1000, arguments.seconds))
    ones, totals, spreads = [], [], []
    for _ in range(arguments.rounds):
        ones.append(sum(bench.rates_hz(1, framerate_hz, arguments.seconds)))
        rates = bench.rates_hz(arguments.cameras, framerate_hz, arguments.seconds)
        totals.append(sum(rates))
        spreads.append(max(abs(rate * len(rates) / sum(rates) - 1) for rate in rates))
    ratio = statistics.median(total / one for total, one in zip(totals, ones, strict=True))
    print(f"cameras deliver {framerate_hz:.0f} frames a second each to {arguments.engine} on one thread")
    print(f"one camera      {statistics.median(ones):7.2f} analysed a second")
    print(f"{arguments.cameras} cameras       {statistics.median(totals):7.2f}, {ratio:.3f} of one camera's")
    print(f"shares          within {max(spreads):.1%} of an equal part in the worst round")


if __name__ == "__main__":
    main()
