"""Where a frame's time goes, and what the pipeline keeps of the bare engine's rate.

Everything is measured in one process, in rounds that take turns, with LiteRT on one thread and the demo
clip decoded beforehand; medians and ratios are printed, because absolute times depend on the machine
and on what else it does.

Usage: python benchmarks/pipeline.py [--model NAME] [--rounds N]
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from edge_mbv2 import cameras, inference, models
from edge_mbv2.cameras.protocol import CameraSettings
from edge_mbv2.clock import MediaClock
from edge_mbv2.imaging.drawing import draw
from edge_mbv2.imaging.jpeg import encode_jpeg
from edge_mbv2.pipeline.analyse import Analyse
from edge_mbv2.pipeline.capture import Capture
from edge_mbv2.pipeline.metrics import Metrics
from edge_mbv2.pipeline.slot import LosslessSlot
from edge_mbv2.pipeline.supervisor import Supervisor
from edge_mbv2.types import Frame, FrameResult
from edge_mbv2.web.events import EventStream
from edge_mbv2.web.live import LiveVideo
from edge_mbv2.web.server import WebServer

FRAMES = 60


def clip() -> list[Frame]:
    """Return the demo clip's first frames, decoded."""
    camera = cameras.create("demo", name="demo", settings=CameraSettings(realtime=False), clock=MediaClock())
    camera.open()
    frames = [frame for _ in range(FRAMES) if (frame := camera.read()) is not None]
    camera.close()
    return frames


class Memory:
    """A camera that delivers frames that are there already."""

    name = description = "demo"
    frame_count: int | None = FRAMES
    idle: str | None = None

    def __init__(self, frames: list[Frame]) -> None:
        self._frames = iter(frames)

    def open(self) -> None: ...
    def read(self) -> Frame | None:
        return next(self._frames, None)

    def close(self) -> None: ...
    def interrupt(self) -> None: ...


class Bench:
    """The parts, opened once, and a way to time each."""

    def __init__(self, model: str) -> None:
        loaded = models.load(model)
        self.backend = inference.choose("litert", loaded.path, 1).backend
        self.detector = loaded.make_detector(self.backend.input, self.backend.outputs)
        self.frames = clip()
        self.tensors = []
        self.results: list[FrameResult] = []
        self.outputs = []
        for frame in self.frames:
            tensor, self.geometry = self.detector.preprocess(frame.image)
            self.tensors.append(tensor.copy())
            outputs = {name: value.copy() for name, value in self.backend.invoke(tensor).items()}
            self.outputs.append(outputs)
            self.results.append(FrameResult(frame, self.detector.decode(outputs, self.geometry)))
        self.drawn = draw(self.frames[0].image, ())

    def parts(self) -> dict[str, Callable[[int], Any]]:
        """Return by name what is done to the frame of a number."""
        return {
            "invoke": lambda n: self.backend.invoke(self.tensors[n]),
            "preprocess": lambda n: self.detector.preprocess(self.frames[n].image),
            "decode + NMS": lambda n: self.detector.decode(self.outputs[n], self.geometry),
            "overlay": lambda n: draw(self.frames[n].image, self.results[n].detections, out=self.drawn),
            "JPEG": lambda n: encode_jpeg(self.drawn),
        }

    def pipeline_ms(self, publish: Callable[[FrameResult], None]) -> float:
        """Run the clip through the whole pipeline and return the time of a frame."""
        metrics = Metrics(["demo"])
        slot = LosslessSlot(lambda frame, reason: metrics.count_dropped(frame.camera, reason))
        ready: list[float] = []
        supervisor = Supervisor(
            [Capture(Memory(self.frames), slot, metrics)],
            slot,
            Analyse(
                lambda: (self.backend, self.detector),
                slot,
                metrics,
                publish,
                lambda: ready.append(time.perf_counter()),
            ),
        )
        supervisor.start()
        supervisor.wait()
        elapsed_s = time.perf_counter() - ready[0]
        supervisor.stop()
        return 1e3 * elapsed_s / FRAMES


def part_ms(function: Callable[[int], Any]) -> float:
    start_s = time.perf_counter()
    for n in range(FRAMES):
        function(n)
    return 1e3 * (time.perf_counter() - start_s) / FRAMES


class Viewer:
    """A page with somebody who watches the MJPEG stream, in a process of their own."""

    def __init__(self, bench: Bench) -> None:
        self.live = LiveVideo(["demo"], MediaClock())
        self._server = WebServer(self.live, EventStream(str), NoState(), port=0)
        self._server.start()
        self.live.publish(bench.results[0])
        watch = (
            f"import urllib.request as u; r = u.urlopen('http://127.0.0.1:{self._server.port}/stream.mjpg')\n"
        )
        self._process = subprocess.Popen([sys.executable, "-c", watch + "while r.read(65536): pass"])
        while not self.live.viewers:
            time.sleep(0.01)

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        self._server.stop()


class NoState:
    """What the page would ask of a run."""

    def state(self) -> dict[str, Any]:
        return {}

    def problem(self) -> None:
        return None

    def record(self, result: FrameResult) -> dict[str, Any]:
        return {}


def first_detection_s() -> float:
    """Return how long after its start the command line's first record arrives."""
    start_s = time.perf_counter()
    command = [
        sys.executable,
        "-m",
        "edge_mbv2",
        "run",
        "--camera",
        "demo",
        "--json",
        "--port",
        "0",
        "--threads",
        "1",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as run:
        assert run.stdout is not None
        run.stdout.readline()
        elapsed_s = time.perf_counter() - start_s
        run.terminate()
    return elapsed_s


def resident_mb() -> float:
    """Return the resident memory of a run that has been watched for some seconds."""
    command = [sys.executable, "-m", "edge_mbv2", "run", "--camera", "demo", "--port", "0", "--threads", "1"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as run:
        assert run.stderr is not None
        page = next(line for line in run.stderr if "Page: " in line).split()[1]
        with urllib.request.urlopen(page + "stream.mjpg") as stream:
            end_s = time.monotonic() + 5
            while time.monotonic() < end_s:
                stream.read(4096)
        status = Path(f"/proc/{run.pid}/status").read_text()
        run.terminate()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default="ssdlite_mobilenet_v2_person")
    parser.add_argument("--rounds", type=int, default=10)
    arguments = parser.parse_args()
    bench = Bench(arguments.model)
    viewer = Viewer(bench)
    measured: dict[str, Callable[[], float]] = {
        **{name: lambda part=part: part_ms(part) for name, part in bench.parts().items()},
        "pipeline, nobody looks": lambda: bench.pipeline_ms(lambda result: None),
        "pipeline, one viewer": lambda: bench.pipeline_ms(viewer.live.publish),
    }
    times: dict[str, list[float]] = {name: [] for name in measured}
    for _ in range(arguments.rounds):
        for name, measure in measured.items():
            times[name].append(measure())
    viewer.close()
    print(f"{'':<24}{'ms':>8}{'of invoke':>11}{'rate of invoke':>16}")
    for name, values in times.items():
        ratios = [value / invoke for value, invoke in zip(values, times["invoke"], strict=True)]
        ratio = statistics.median(ratios)
        rate = f"{1 / ratio:>15.3f}" if name.startswith("pipeline") else ""
        print(f"{name:<24}{statistics.median(values):>8.2f}{ratio:>11.3f}{rate}")
    print(f"first detection {statistics.median(first_detection_s() for _ in range(5)):.2f} s after the start")
    print(f"resident memory {resident_mb():.0f} MB with a viewer")


if __name__ == "__main__":
    main()
