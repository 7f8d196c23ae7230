"""Whole runs with scripted parts: ends, failures, stops, and counters that add up."""

import signal
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from fakes.pipeline import Collector, OneDetection, ScriptedCamera, ScriptedEngine

from edge_mbv2.errors import CameraError, EdgeError, EngineError, MediaError, OutputClosed
from edge_mbv2.pipeline.analyse import Analyse
from edge_mbv2.pipeline.capture import Capture
from edge_mbv2.pipeline.metrics import Metrics
from edge_mbv2.pipeline.publish import Publish
from edge_mbv2.pipeline.slot import LatestSlot, LosslessSlot
from edge_mbv2.pipeline.supervisor import Supervisor
from edge_mbv2.types import Frame


class Run:
    """A joined pipeline, as the application joins it."""

    def __init__(
        self,
        cameras: list[ScriptedCamera],
        engine: ScriptedEngine | None = None,
        *,
        sink: Collector | None = None,
        lossless: bool = True,
        on_unreadable: Callable[[MediaError], None] | None = None,
    ) -> None:
        self.cameras = cameras
        self.engine = engine or ScriptedEngine()
        self.sink = sink or Collector()
        self.ready = threading.Event()
        self.metrics = Metrics([camera.name for camera in cameras])
        kind = LosslessSlot if lossless else LatestSlot
        slot = kind(lambda frame, reason: self.metrics.count_dropped(frame.camera, reason))
        publish: Publish[object] = Publish(self.sink, capacity=4, lossless=lossless)
        self.supervisor = Supervisor(
            [Capture(camera, slot, self.metrics, on_unreadable) for camera in cameras],
            slot,
            Analyse(lambda: (self.engine, OneDetection()), slot, self.metrics, publish.offer, self.ready.set),
            [publish],
        )

    def run(self) -> None:
        """Run to the end, as the application does."""
        try:
            self.supervisor.start()
            self.supervisor.wait()
        finally:
            self.supervisor.stop()
        self.supervisor.check()

    def check_counters(self) -> dict[str, object]:
        for camera in self.cameras:
            counters = self.metrics.snapshot(camera.name)
            assert counters["captured"] == counters["analysed"] + sum(counters["dropped"].values())
        return counters


def test_a_lossless_run_analyses_every_frame() -> None:
    run = Run([ScriptedCamera(100)])
    run.run()
    assert [result.frame.sequence for result in run.sink.items] == list(range(100))
    assert run.ready.is_set()
    assert run.engine.calls == 101  # the first was the warm-up
    assert run.sink.closed
    assert run.cameras[0].closed.is_set()
    counters = run.check_counters()
    assert (counters["captured"], counters["analysed"], counters["dropped"]) == (100, 100, {})


def test_several_cameras_share_the_engine() -> None:
    run = Run([ScriptedCamera(30, name) for name in ("a", "b", "c")])
    run.run()
    for name in ("a", "b", "c"):
        assert [r.frame.sequence for r in run.sink.items if r.frame.camera == name] == list(range(30))
    run.check_counters()


def test_a_live_run_drops_old_frames_and_counts_them() -> None:
    run = Run([ScriptedCamera(200)], ScriptedEngine(lambda n: time.sleep(0.002)), lossless=False)
    run.run()
    counters = run.check_counters()
    sequences = [result.frame.sequence for result in run.sink.items]
    assert sequences == sorted(set(sequences))
    assert sequences[-1] == 199
    assert counters["dropped"].get("replaced", 0) > 0


@pytest.mark.parametrize("error", [CameraError("camera 0: gone"), ValueError("a bug")])
def test_a_failing_camera_ends_the_run(error: Exception) -> None:
    def fail(sequence: int) -> None:
        if sequence == 5:
            raise error

    run = Run([ScriptedCamera(10, on_read=fail)])
    with pytest.raises(type(error), match=str(error)):
        run.run()
    assert run.cameras[0].closed.is_set()
    assert run.sink.closed
    run.check_counters()


def test_a_failing_engine_ends_the_run() -> None:
    def fail(call: int) -> None:
        if call == 3:
            raise EngineError("litert: invoke failed")

    run = Run([ScriptedCamera(10)], ScriptedEngine(fail))
    with pytest.raises(EngineError):
        run.run()
    counters = run.check_counters()
    assert counters["dropped"]["failed"] == 1


def test_a_reader_that_goes_away_ends_the_run_quietly() -> None:
    def gone(item: object) -> None:
        raise OutputClosed("standard output")

    run = Run([ScriptedCamera(10**9)], sink=Collector(gone))
    run.run()
    assert run.cameras[0].closed.is_set()


def test_an_unreadable_picture_can_be_passed_over() -> None:
    def damaged(sequence: int) -> None:
        if not told and sequence == 3:
            raise MediaError("b.jpg: not a picture")

    told: list[MediaError] = []
    run = Run([ScriptedCamera(6, on_read=damaged)], on_unreadable=told.append)
    run.run()
    assert [str(error) for error in told] == ["b.jpg: not a picture"]
    assert len(run.sink.items) == 6


@pytest.fixture
def forever() -> Iterator[threading.Event]:
    """Something to wait for that does not come while the test runs."""
    event = threading.Event()
    yield event
    event.set()


def stopped(run: Run, when: threading.Event) -> bool:
    """Ask for a stop once ``when`` is set and say whether the run then ended by itself."""
    thread = threading.Thread(target=run.run)
    thread.start()
    assert when.wait(10)
    run.supervisor.request_stop()
    run.supervisor.request_stop()
    thread.join(10)
    return not thread.is_alive()


@pytest.mark.parametrize("lossless", [True, False])
def test_a_stop_while_frames_flow(lossless: bool) -> None:
    flowing = threading.Event()
    run = Run([ScriptedCamera(10**9)], sink=Collector(lambda item: flowing.set()), lossless=lossless)
    assert stopped(run, flowing)
    assert run.cameras[0].closed.is_set()
    run.check_counters()


@pytest.mark.parametrize("lossless", [True, False])
def test_a_stop_while_the_camera_hangs(lossless: bool, forever: threading.Event) -> None:
    hanging = threading.Event()

    def hang(sequence: int) -> None:
        if sequence == 2:
            hanging.set()
            forever.wait()

    assert stopped(Run([ScriptedCamera(10, on_read=hang)], lossless=lossless), hanging)


@pytest.mark.parametrize("lossless", [True, False])
def test_a_stop_while_a_sink_hangs(lossless: bool, forever: threading.Event) -> None:
    hanging = threading.Event()

    def hang(item: object) -> None:
        hanging.set()
        forever.wait()

    assert stopped(Run([ScriptedCamera(10**9)], sink=Collector(hang), lossless=lossless), hanging)


def test_a_signal_that_does_not_wake_the_waiting_thread_ends_the_run(forever: threading.Event) -> None:
    hanging = threading.Event()

    def hang(sequence: int) -> None:
        hanging.set()
        forever.wait()

    def signal_another_thread() -> None:
        hanging.wait()
        time.sleep(0.2)  # until the waiting thread sleeps
        signal.pthread_kill(threading.get_ident(), signal.SIGUSR1)

    run = Run([ScriptedCamera(10, on_read=hang)])
    before = signal.signal(signal.SIGUSR1, lambda *_: run.supervisor.request_stop())
    other = threading.Thread(target=signal_another_thread)
    other.start()
    try:
        run.run()
    finally:
        other.join()
        signal.signal(signal.SIGUSR1, before)


def test_what_fails_at_the_very_end_is_told_after_a_stop_too() -> None:
    class Unfinishable(Collector):
        def close(self) -> None:
            raise MediaError("out.mp4 was not written whole")

    flowing = threading.Event()
    run = Run([ScriptedCamera(10**9)], sink=Unfinishable(lambda item: flowing.set()))
    told: list[Exception] = []

    def body() -> None:
        try:
            run.run()
        except MediaError as error:
            told.append(error)

    thread = threading.Thread(target=body)
    thread.start()
    assert flowing.wait(10)
    run.supervisor.request_stop()
    thread.join(10)
    assert [str(error) for error in told] == ["out.mp4 was not written whole"]


def test_results_behind_a_sink_that_hangs_are_told(
    forever: threading.Event, caplog: pytest.LogCaptureFixture
) -> None:
    hanging = threading.Event()

    def hang(item: object) -> None:
        hanging.set()
        forever.wait()

    run = Run([ScriptedCamera(10)], sink=Collector(hang))
    run.supervisor.start()
    assert hanging.wait(10)
    while run.metrics.snapshot("camera")["analysed"] < 4:
        time.sleep(0.01)
    run.supervisor.stop()
    assert "publish collector hangs: " in caplog.text
    assert "results were not delivered" in caplog.text


def test_a_sink_that_was_opened_is_closed_when_another_can_not_be() -> None:
    class Unopenable(Collector):
        def open(self) -> None:
            raise EdgeError("no such folder")

    first = Collector()
    run = Run([ScriptedCamera(1)], sink=first)
    slot = LosslessSlot(lambda frame, reason: None)
    run.supervisor = Supervisor(
        [],
        slot,
        Analyse(lambda: (run.engine, OneDetection()), slot, run.metrics, lambda result: None),
        [Publish(sink, capacity=1, lossless=True) for sink in (first, Unopenable())],
    )
    with pytest.raises(EdgeError, match="no such folder"):
        run.run()
    assert first.closed


@pytest.mark.parametrize("call", [1, 2])
def test_a_stop_while_the_engine_hangs(call: int, forever: threading.Event) -> None:
    hanging = threading.Event()

    def hang(n: int) -> None:
        if n == call:
            hanging.set()
            forever.wait()

    assert stopped(Run([ScriptedCamera(10)], ScriptedEngine(hang)), hanging)


def test_the_analysed_frame_is_never_old() -> None:
    """Ten thousand frames, and an engine during whose every inference four of them come.

    Time is counted in frames. The fourth comes while the next inference begins, so the frame that is
    analysed is the newest or the one before it: at its end it is one interval and one inference old.
    """
    frames, during = 10_000, 4
    due = threading.Semaphore(0)
    delivered = [0]
    waiting: list[int] = []

    class CountingSlot(LatestSlot):
        def put(self, frame: Frame) -> None:
            super().put(frame)
            delivered[0] += 1
            waiting.append(len(self._frames))

    def infer(call: int) -> None:
        began.append(delivered[0])
        wanted = min(frames, delivered[0] + during - 1)
        for _ in range(during):
            due.release()
        while delivered[0] < wanted:
            time.sleep(0)

    began: list[int] = []
    camera = ScriptedCamera(frames, on_read=lambda n: due.acquire(timeout=60) and None)
    metrics, sequences = Metrics(["camera"]), []
    slot = CountingSlot(lambda frame, reason: metrics.count_dropped(frame.camera, reason))
    analyse = Analyse(
        lambda: (ScriptedEngine(infer), OneDetection()),
        slot,
        metrics,
        lambda result: sequences.append(result.frame.sequence),
    )
    supervisor = Supervisor([Capture(camera, slot, metrics)], slot, analyse)
    due.release()
    supervisor.start()
    supervisor.wait()
    supervisor.stop()
    counters = metrics.snapshot("camera")
    assert counters["captured"] == frames == counters["analysed"] + sum(counters["dropped"].values())
    assert len(sequences) > frames / during - 2
    # Frames that had come when an inference began, the first of them being number 0.
    ages = [newest - 1 - sequence for newest, sequence in zip(began[1:], sequences, strict=True)]
    assert max(ages) <= 1
    assert max(waiting) == 1  # no queue grows
