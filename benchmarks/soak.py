"""Whether anything grows: many synthetic frames through the whole pipeline, with a scripted engine.

The hand-over, the analysis, tracks, events, records and a sink are the real ones; the engine
answers at once, and a made-up detector turns its answers into people who come, walk, stand and go. The
resident memory, threads, open descriptors, queues and followed objects are told along the way, and the slope
of the memory over the second half.

Usage: python benchmarks/soak.py [--frames 200000] [--objects 6]
"""

from __future__ import annotations

import argparse
import os
import tempfile
import threading
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from edge_mbv2.app.attention import attention
from edge_mbv2.app.following import Following
from edge_mbv2.app.outputs import Outputs, texts
from edge_mbv2.clock import MediaClock
from edge_mbv2.config.schema import Config
from edge_mbv2.inference.scripted import ScriptedBackend
from edge_mbv2.pipeline.analyse import Analyse
from edge_mbv2.pipeline.capture import Capture
from edge_mbv2.pipeline.metrics import Metrics
from edge_mbv2.pipeline.slot import LosslessSlot
from edge_mbv2.pipeline.supervisor import Supervisor
from edge_mbv2.sinks.records import Records
from edge_mbv2.tensor import TensorSpec
from edge_mbv2.types import BoundingBox, Detection, Event, Frame, FrameResult

WIDTH, HEIGHT, RATE_HZ = 320, 240, 10
SAMPLES = 20


class Scene:
    """A camera that shows noise, and people in it."""

    name = description = "soak"
    frame_count: int | None = None
    idle: str | None = None

    def __init__(self, frames: int) -> None:
        self._frames = frames
        self._sequence = 0
        random = np.random.default_rng(2)
        self._pictures = [random.integers(90, 160, (HEIGHT, WIDTH, 3), np.uint8) for _ in range(8)]

    def open(self) -> None: ...
    def read(self) -> Frame | None:
        if self._sequence == self._frames:
            return None
        image = self._pictures[self._sequence % len(self._pictures)].copy()
        frame = Frame(self.name, self._sequence, self._sequence * 10**9 // RATE_HZ, image)
        self._sequence += 1
        return frame

    def close(self) -> None: ...
    def interrupt(self) -> None: ...


class People:
    """A detector that finds people where they are by the count of its calls."""

    labels = ("person",)
    threshold = 0.35

    def __init__(self, objects: int) -> None:
        self._objects = objects
        self._random = np.random.default_rng(3)
        self._calls = 0

    def preprocess(self, image: np.ndarray) -> tuple[np.ndarray, None]:
        return np.zeros((1, 8, 8, 3), np.uint8), None

    def decode(self, outputs: Mapping[str, np.ndarray], geometry: None) -> tuple[Detection, ...]:
        self._calls += 1
        found = []
        for n in range(self._objects):
            phase = (self._calls + 400 * n) % (3000 + 170 * n)  # present for 60 s of every 5 minutes or so
            if phase < 600 and self._random.random() < 0.9:
                x = phase if phase < 150 else 150 if phase < 400 else phase - 250
                x, foot = x + self._random.normal(0, 1), 120 + 15 * n + self._random.normal(0, 1)
                box = BoundingBox(x - 12, foot - 60, x + 12, foot)
                found.append(Detection("person", 0, float(self._random.uniform(0.2, 1.0)), box))
        return tuple(sorted(found, key=lambda detection: -detection.score))


def resident_kb() -> int:
    return int(Path("/proc/self/status").read_text().split("VmRSS:")[1].split()[0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--frames", type=int, default=200_000)
    parser.add_argument("--objects", type=int, default=6)
    arguments = parser.parse_args()
    config = Config.model_validate(
        {
            "cameras": {
                "soak": {
                    "zones": {"middle": {"points": [[0.3, 0], [0.7, 0], [0.7, 1], [0.3, 1]]}},
                    "lines": {"gate": {"start": [0.5, 1], "end": [0.5, 0]}},
                }
            },
            "analysis": {"every_frame": True},
            "output": {"file": str(Path(tempfile.mkdtemp()) / "soak.jsonl")},
        }
    )
    clock = MediaClock()
    following = Following(lambda: config, lambda: People.threshold, clock)
    records = Records(clock, model="scripted", engine=lambda: "scripted")
    outputs = Outputs(records.text, texts(config.output, lossless=True), {})
    metrics = Metrics(["soak"])
    slot = LosslessSlot(lambda frame, reason: metrics.count_dropped(frame.camera, reason))
    spec = TensorSpec("in", (1, 8, 8, 3), np.dtype(np.uint8))
    backend = ScriptedBackend(spec, {}, [{}])
    backend.open()
    samples: list[tuple[int, int]] = []
    told = 0

    def publish(result: FrameResult) -> None:
        outputs.publish(result)
        sequence = result.frame.sequence + 1
        if sequence % (arguments.frames // SAMPLES) == 0:
            samples.append((sequence, resident_kb()))
            waiting = sum(publisher.undelivered for publisher in outputs.publishers)
            print(
                f"{sequence:>8} frames {samples[-1][1]:>8} kB  {threading.active_count()} threads  "
                f"{len(os.listdir('/proc/self/fd'))} descriptors  {waiting} waiting  "
                f"{len(result.tracks)} followed  {told} messages",
                flush=True,
            )

    def tell(event: Event) -> None:
        nonlocal told
        told += 1
        outputs.tell(records.event_text(event))

    supervisor = Supervisor(
        [Capture(Scene(arguments.frames), slot, metrics)],
        slot,
        Analyse(
            lambda: (backend, People(arguments.objects)),
            slot,
            metrics,
            publish,
            attention=attention(lambda: config, following),
            follower=following,
            tell=tell,
        ),
        outputs.publishers,
    )
    start_s = time.perf_counter()
    supervisor.start()
    supervisor.wait()
    supervisor.stop()
    supervisor.check()
    print(
        metrics.summary("soak"), f"{1e3 * (time.perf_counter() - start_s) / arguments.frames:.2f} ms a frame"
    )
    later = np.array(samples[SAMPLES // 2 :], np.float64)
    slope = np.polyfit(later[:, 0], later[:, 1], 1)[0] * 100_000 / 1024
    print(f"memory: {slope:+.2f} MB per 100,000 frames over the second half")


if __name__ == "__main__":
    main()
