"""One state machine keeps a camera going, whatever it does; nothing leaks, and the counters add up."""

from __future__ import annotations

import itertools
import logging
import os
import threading
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes.hostile import LATE, TROUBLES, World
from fakes.pipeline import OneDetection, ScriptedCamera, ScriptedEngine
from fakes.waiting import until

from edge_mbv2.cameras.protocol import Patience
from edge_mbv2.clock import SystemClock
from edge_mbv2.errors import CameraError, MediaError
from edge_mbv2.pipeline import backoff as backoff_module
from edge_mbv2.pipeline import capture as capture_module
from edge_mbv2.pipeline.analyse import Analyse
from edge_mbv2.pipeline.capture import CameraState, Capture, Recovery
from edge_mbv2.pipeline.metrics import Metrics
from edge_mbv2.pipeline.publish import Publish
from edge_mbv2.pipeline.slot import LatestSlot
from edge_mbv2.pipeline.stage import StageThread
from edge_mbv2.pipeline.supervisor import Supervisor
from edge_mbv2.sinks.video import VideoSink
from edge_mbv2.types import Frame, FrameResult

PATIENCE = Patience(open_s=0.3, read_s=0.3, longest_wait_s=0.01)
LONG = Patience(open_s=600, read_s=600, longest_wait_s=0.01)


class KeptSlot(LatestSlot):
    """Remembers what was put into it."""

    def __init__(self, metrics: Metrics) -> None:
        super().__init__(lambda frame, reason: metrics.count_dropped(frame.camera, reason))
        self.frames: list[tuple[int, int, int]] = []

    def put(self, frame: Frame, source: object = None) -> None:
        self.frames.append((frame.sequence, frame.timestamp_ns, int(frame.image.max())))
        super().put(frame, source)


class Running:
    """A capture that runs in its thread."""

    def __init__(self, world: World, patience: Patience = PATIENCE, *, must_open: bool = False) -> None:
        self.metrics = Metrics(["front"])
        self.slot = KeptSlot(self.metrics)
        self.failures: list[Exception | None] = []
        recovery = Recovery(world.make, patience, SystemClock(), must_open)
        self.capture = Capture(world.make(), self.slot, self.metrics, recovery=recovery)
        self.thread = StageThread(self.capture, self.failures.append)
        self.thread.start()

    def stop(self) -> None:
        self.thread.request_stop()
        self.capture.interrupt()
        assert self.thread.join(30)


@pytest.fixture
def worlds() -> Iterator[list[World]]:
    """Worlds whose hanging threads are let go at the end of the test."""
    made: list[World] = []
    yield made
    for world in made:
        world.release()


@pytest.fixture
def short_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capture_module, "_GRACE_S", 0.05)


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


@pytest.mark.usefixtures("short_grace")
def test_a_hundred_troubles_leak_nothing_and_lose_no_count(tmp_path: Path, worlds: list[World]) -> None:
    """Through the whole pipeline, with a video being written."""
    plan = [trouble for trouble, _ in zip(itertools.cycle(TROUBLES), range(108), strict=False)]
    world = World(plan)
    worlds.append(world)
    threads, files = threading.active_count(), descriptors()
    metrics = Metrics(["front"])
    slot = KeptSlot(metrics)
    video: Publish[FrameResult] = Publish(
        VideoSink(tmp_path / "out.avi", SystemClock()), capacity=4, lossless=True
    )
    results: list[tuple[int, int]] = []

    def publish(result: FrameResult) -> None:
        results.append((result.frame.sequence, result.frame.timestamp_ns))
        video.offer(result)

    capture = Capture(world.make(), slot, metrics, recovery=Recovery(world.make, PATIENCE, SystemClock()))
    analyse = Analyse(lambda: (ScriptedEngine(), OneDetection()), slot, metrics, publish)
    supervisor = Supervisor([capture], slot, analyse, [video])
    supervisor.start()
    tracemalloc.start()
    until(lambda: world.sessions > 24)
    early_bytes, _ = tracemalloc.get_traced_memory()
    until(world.finished.is_set)
    until(lambda: capture.state is CameraState.STREAMING)
    late_bytes, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    supervisor.stop()
    supervisor.check()
    world.release()
    until(lambda: threading.active_count() <= threads, "the end of each thread")
    until(lambda: descriptors() <= files, "the end of each descriptor")
    assert late_bytes - early_bytes < 300_000  # the lists of this test are the most of it

    counters = metrics.snapshot("front")
    assert counters["captured"] == len(slot.frames) + counters["dropped"]["unusable"]
    assert counters["captured"] == counters["analysed"] + sum(counters["dropped"].values())
    # What was read and not counted came from readers that had been given up, one frame at most from each.
    refused = world.returned - counters["captured"]
    assert 9 <= refused <= sum(camera.interrupted.is_set() for camera in world.cameras)
    assert all(level != LATE for _, _, level in slot.frames)
    assert counters["dropped"]["unusable"] == 9 * 5
    assert counters["reconnects"] >= 108 - 9 - 9 - 1  # all that opened
    for column in (0, 1):
        values = [frame[column] for frame in slot.frames]
        assert all(a < b for a, b in itertools.pairwise(values)), "numbers and times rise"
    assert set(results) <= {frame[:2] for frame in slot.frames}
    assert slot.frames[-1][1] <= SystemClock().now_ns()


@pytest.mark.usefixtures("short_grace")
@pytest.mark.parametrize("trouble", TROUBLES)
def test_each_trouble_is_got_over(trouble: str, worlds: list[World]) -> None:
    world = World([trouble])
    worlds.append(world)
    running = Running(world)
    until(world.finished.is_set)
    until(lambda: running.capture.state is CameraState.STREAMING)
    running.stop()
    assert running.capture.state is CameraState.CLOSED
    assert running.failures == [None]


@pytest.mark.parametrize(
    ("trouble", "state", "reason"),
    [
        ("hangs in open", CameraState.OPENING, None),
        ("none any more", CameraState.STREAMING, None),
        ("unplugs", CameraState.WAITING, "camera front: unplugged"),
        ("hangs in read", CameraState.STALLED, "camera hostile camera: no usable frame for 0.3 s"),
    ],
)
def test_states_are_named_while_they_last(
    trouble: str,
    state: CameraState,
    reason: str | None,
    worlds: list[World],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(capture_module, "_GRACE_S", 600)
    monkeypatch.setattr(backoff_module, "_FIRST_S", 600)
    world = World([trouble])
    worlds.append(world)
    read_s = 0.3 if state is CameraState.STALLED else 600
    running = Running(world, Patience(open_s=600, read_s=read_s, longest_wait_s=600))
    until(lambda: running.capture.state is state and running.capture.reason == reason)
    idle = None if trouble == "none any more" else f"camera is {state}"
    until(lambda: running.capture.idle == idle)  # for a moment after each frame it waits for the analysis
    running.stop()
    assert running.capture.state is CameraState.CLOSED


def test_a_file_that_gives_nothing_is_stalled_until_it_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capture_module, "_OF_FILES", Patience(open_s=0.2, read_s=0.2, longest_wait_s=0))
    reached, release = threading.Event(), threading.Event()
    metrics = Metrics(["camera"])

    def wait(sequence: int) -> None:
        if sequence == 2:
            reached.set()
            release.wait(60)

    camera = ScriptedCamera(5, on_read=wait)
    capture = Capture(camera, KeptSlot(metrics), metrics)
    thread = StageThread(capture, lambda failure: None)
    thread.start()
    assert reached.wait(60)
    until(lambda: capture.state is CameraState.STALLED)
    assert capture.idle is None  # the watchdog shall see it
    release.set()
    assert thread.join(60)
    assert metrics.snapshot("camera")["captured"] == 5


def test_a_file_whose_next_frame_is_not_due_never_stalls(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(capture_module, "_OF_FILES", Patience(open_s=1, read_s=1, longest_wait_s=0))
    metrics = Metrics(["camera"])
    camera = ScriptedCamera(2, on_read=lambda n: time.sleep(1.5 if n == 1 else 0))
    camera.idle = "the next frame is not due"
    thread = StageThread(Capture(camera, KeptSlot(metrics), metrics), lambda failure: None)
    thread.start()
    assert thread.join(60)
    assert "no frame for" not in caplog.text


def test_a_reader_that_is_left_brings_no_frame_later(worlds: list[World]) -> None:
    world = World(["brings a frame late"])
    worlds.append(world)
    running = Running(world)
    until(world.finished.is_set)
    first = world.cameras[0]
    assert first.is_open
    world.release()  # the reader that was given up reads its frame now
    until(lambda: not first.is_open)
    running.stop()
    assert all(level != LATE for _, _, level in running.slot.frames)
    assert world.returned > running.metrics.snapshot("front")["captured"]


@pytest.mark.usefixtures("short_grace")
def test_only_so_many_threads_may_hang_and_the_watchdog_sees_it(
    worlds: list[World], caplog: pytest.LogCaptureFixture
) -> None:
    class Stubborn(World):
        def begin(self) -> str:
            self.sessions += 1
            return "hangs in open" if self.sessions <= 3 else "none any more"

    world = Stubborn([])
    worlds.append(world)
    running = Running(world)
    until(lambda: running.capture.state is CameraState.STALLED and running.capture.idle is None)
    steps = running.thread.steps
    time.sleep(0.3)
    assert world.sessions == 3
    assert running.thread.steps == steps  # no sign of life for the watchdog
    assert "3 threads hang in its driver" in str(running.capture.reason)
    assert running.thread.idle is None
    world.release()
    until(lambda: running.capture.state is CameraState.STREAMING)
    running.stop()


def test_a_stop_does_not_wait_for_a_driver(worlds: list[World]) -> None:
    world = World(["hangs in read"])
    worlds.append(world)
    running = Running(world, LONG)
    until(lambda: len(running.slot.frames) == 3)
    time.sleep(0.05)
    start_s = time.monotonic()
    running.stop()
    assert time.monotonic() - start_s < 30


def test_a_camera_that_must_open_ends_the_run_when_it_does_not(worlds: list[World]) -> None:
    for trouble, patience, message in (
        ("does not open", LONG, "no such device"),
        ("hangs in open", PATIENCE, "did not open within"),
    ):
        world = World([trouble])
        worlds.append(world)
        running = Running(world, patience, must_open=True)
        assert running.thread.join(60)
        (failure,) = running.failures
        assert isinstance(failure, CameraError)
        assert message in str(failure)


def test_a_camera_that_must_open_is_brought_back_once_it_has(worlds: list[World]) -> None:
    world = World(["unplugs", "does not open"])
    worlds.append(world)
    running = Running(world, LONG, must_open=True)
    until(world.finished.is_set)
    until(lambda: running.metrics.snapshot("front")["reconnects"])
    running.stop()
    assert running.failures == [None]
    assert running.metrics.snapshot("front")["reconnects"] == 1


def test_each_change_is_logged_once(worlds: list[World], caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    world = World(["unplugs", *["does not open"] * 20])
    worlds.append(world)
    running = Running(world, LONG)
    until(world.finished.is_set)
    until(lambda: "front: there after " in caplog.text)
    running.stop()
    lines = [record.getMessage() for record in caplog.records if record.levelno >= logging.INFO]
    assert lines[0] == "front: hostile camera"
    assert lines[1] == "front: camera front: unplugged; trying again until it is there"
    assert lines[2] == "front: camera front: no such device; trying again until it is there"
    assert lines[3].startswith("front: there after ")
    assert len(lines) == 4


def test_a_bug_ends_the_run(worlds: list[World]) -> None:
    class Broken(World):
        def begin(self) -> str:
            raise ValueError("a bug")

    world = Broken([])
    running = Running(world)
    assert running.thread.join(60)
    assert [str(failure) for failure in running.failures] == ["a bug"]


@pytest.mark.parametrize("error", [CameraError("gone"), MediaError("damaged")])
def test_what_has_an_end_is_not_tried_again(error: Exception) -> None:
    def fail(sequence: int) -> None:
        if sequence == 2:
            raise error

    failures: list[Exception | None] = []
    metrics = Metrics(["camera"])
    camera = ScriptedCamera(10, on_read=fail)
    thread = StageThread(Capture(camera, KeptSlot(metrics), metrics), failures.append)
    thread.start()
    assert thread.join(60)
    assert failures == [error]
    assert camera.closed.is_set()
    assert metrics.snapshot("camera")["captured"] == 2


def test_a_file_that_ends_ends() -> None:
    failures: list[Exception | None] = []
    metrics = Metrics(["camera"])
    capture = Capture(ScriptedCamera(3), KeptSlot(metrics), metrics)
    thread = StageThread(capture, failures.append)
    thread.start()
    assert thread.join(60)
    assert failures == [None]
    assert capture.state is CameraState.CLOSED
