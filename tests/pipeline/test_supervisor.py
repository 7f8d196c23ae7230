"""Whole runs with scripted parts: ends, failures, stops, and counters that add up."""

from __future__ import annotations

import queue
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence

import pytest
from fakes.pipeline import Collector, OneDetection, ScriptedCamera, ScriptedEngine
from fakes.waiting import until

from edge_mbv2.errors import CameraError, EdgeError, EngineError, MediaError, OutputClosed
from edge_mbv2.pipeline import capture as capture_module
from edge_mbv2.pipeline import supervisor as supervisor_module
from edge_mbv2.pipeline.analyse import Analyse
from edge_mbv2.pipeline.capture import Capture
from edge_mbv2.pipeline.follow import Follower, FollowNothing
from edge_mbv2.pipeline.metrics import Metrics
from edge_mbv2.pipeline.publish import Publish
from edge_mbv2.pipeline.slot import LatestSlot, LosslessSlot
from edge_mbv2.pipeline.supervisor import Supervisor
from edge_mbv2.types import Event, Frame


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
        follower: Follower | None = None,
    ) -> None:
        self.cameras = cameras
        self.engine = engine or ScriptedEngine()
        self.sink = sink or Collector()
        self.ready = threading.Event()
        self.metrics = Metrics([camera.name for camera in cameras])
        kind = LosslessSlot if lossless else LatestSlot
        self.slot = kind(lambda frame, reason: self.metrics.count_dropped(frame.camera, reason))
        self.publish: Publish[object] = Publish(self.sink, capacity=4, lossless=lossless)
        self.captures = [Capture(camera, self.slot, self.metrics, on_unreadable) for camera in cameras]
        self.analyse = Analyse(
            lambda: (self.engine, OneDetection()),
            self.slot,
            self.metrics,
            lambda result: self.publish.offer(result),
            self.ready.set,
            follower=follower,
            tell=self.publish.offer,
        )
        self.supervisor = Supervisor(self.captures, self.slot, self.analyse, [self.publish])

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


@pytest.fixture(autouse=True)
def patience(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing hangs for ever, a stop waits for whoever is only slow."""
    if "forever" not in request.fixturenames:
        monkeypatch.setattr(supervisor_module, "STOP_DEADLINE_S", 60)
        monkeypatch.setattr(capture_module, "_LEAVE_S", 60)


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
    camera = ScriptedCamera(200)
    run = Run([camera], ScriptedEngine(lambda n: camera.closed.wait(60 if n == 3 else 0)), lossless=False)
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


def test_the_last_events_are_told_though_a_frame_takes_longer_than_a_stop_may(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(supervisor_module, "STOP_DEADLINE_S", 6)

    class Open(FollowNothing):
        def finish(self) -> Sequence[Event]:
            return ["the end"]  # type: ignore[list-item]

    reached, release = threading.Event(), threading.Event()

    def hang(call: int) -> None:
        if call == 3:
            reached.set()
            release.wait(60)

    run = Run([ScriptedCamera(10**9)], ScriptedEngine(hang), lossless=False, follower=Open())
    run.supervisor.start()
    assert reached.wait(60)
    run.supervisor.stop()
    assert run.sink.items[-1] == "the end"
    assert run.sink.closed
    release.set()
    for thread in run.supervisor.threads:
        assert thread.join(60)
    assert run.sink.items.count("the end") == 1
    assert run.check_counters()["dropped"]["stopped"] >= 1  # type: ignore[index]


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
    assert when.wait(60)
    run.supervisor.request_stop()
    run.supervisor.request_stop()
    thread.join(60)
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
    assert flowing.wait(60)
    run.supervisor.request_stop()
    thread.join(60)
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
    assert hanging.wait(60)
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
        def put(self, frame: Frame, source: object = None) -> None:
            super().put(frame, source)
            delivered[0] += 1
            waiting.append(len(self._frames))

    def infer(call: int) -> None:
        began.append(delivered[0])
        for _ in range(during):
            due.release()
        while delivered[0] < min(frames, call * during):
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


class Interruptible(ScriptedCamera):
    """Delivers without an end until it is interrupted."""

    def __init__(self, name: str, on_read: Callable[[int], None] = lambda n: None) -> None:
        super().__init__(10**9, name, on_read)

    def interrupt(self) -> None:
        self.count = self._sequence


class Going:
    """A run in a thread of its own, in whose waiting thread functions can be called."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self._thread = threading.Thread(target=run.run)

    def __enter__(self) -> Going:
        self._thread.start()
        assert self.run.ready.wait(60)
        return self

    def __exit__(self, *_: object) -> None:
        self.run.supervisor.request_stop()
        self._thread.join(60)
        assert not self._thread.is_alive()

    def call(self, function: Callable[..., None], *arguments: object) -> None:
        """Call a function in the thread that waits for the run."""
        called = threading.Event()
        self.run.supervisor.call(lambda: (function(*arguments), called.set())[0])
        assert called.wait(60)

    def switch(self, name: str, value: object) -> None:
        """Set an attribute of the run between two frames."""
        threads: queue.SimpleQueue[str] = queue.SimpleQueue()

        def switch() -> None:
            setattr(self.run, name, value)
            threads.put(threading.current_thread().name)

        self.run.analyse.between_frames(switch)
        assert threads.get(timeout=60) == "analyse"

    def captured(self, camera: str) -> int:
        return int(self.run.metrics.snapshot(camera)["captured"])  # type: ignore[call-overload]

    def wait_for_frames_of(self, camera: str) -> None:
        before = self.captured(camera)
        while self.captured(camera) < before + 5:
            time.sleep(0.001)


@pytest.mark.parametrize("lossless", [True, False])
def test_cameras_come_and_go_while_another_goes_on(lossless: bool) -> None:
    run = Run([Interruptible("stays"), Interruptible("goes")], lossless=lossless)
    leaving = run.captures[1]
    with Going(run) as going:
        for n in range(10):
            camera = Interruptible("goes" if n % 2 else "comes")
            run.metrics.add(camera.name)
            run.cameras.append(camera)
            arriving = Capture(camera, run.slot, run.metrics)
            going.call(run.supervisor.exchange_captures, [leaving], [arriving])
            leaving = arriving
            going.wait_for_frames_of("stays")
            going.wait_for_frames_of(camera.name)
        assert [thread.name for thread in run.supervisor.threads] == [
            "capture stays", "capture goes", "analyse", "publish collector"
        ]  # fmt: skip
        assert sum(camera.closed.is_set() for camera in run.cameras) == 10
    run.check_counters()
    if lossless:
        of_one = [r.frame.sequence for r in run.sink.items if r.frame.camera == "stays"]
        assert of_one == list(range(len(of_one)))
        assert set(run.metrics.snapshot("goes")["dropped"]) <= {"stopped"}


def test_a_camera_that_goes_may_hang_or_fail(
    forever: threading.Event, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        raise CameraError("camera fails: gone for good")

    run = Run(
        [Interruptible("stays"), Interruptible("hangs", lambda n: forever.wait()), Interruptible("fails")]
    )
    run.captures[2].stop = fail  # type: ignore[method-assign]
    with Going(run) as going:
        going.call(run.supervisor.exchange_captures, run.captures[1:], [])
        told = "capture fails, which was on its way out: camera fails: gone for good"
        until(lambda: told in caplog.text, told)
        going.wait_for_frames_of("stays")
        assert [thread.name for thread in run.supervisor.threads][:2] == ["capture stays", "analyse"]


def test_sinks_come_and_go_and_each_result_goes_to_one() -> None:
    run = Run([Interruptible("camera")])
    sinks = [run.sink]
    with Going(run) as going:
        for _ in range(20):
            old = run.publish
            new: Publish[object] = Publish(Collector(), capacity=4, lossless=True)
            sinks.append(new.sink)
            going.call(run.supervisor.add_publishers, [new])
            going.switch("publish", new)
            old.finish()
        going.wait_for_frames_of("camera")

        def those_that_left_are_forgotten() -> bool:
            going.call(run.supervisor.add_publishers, [])
            return len(run.supervisor.threads) == 3

        until(those_that_left_are_forgotten)
    assert all(sink.closed for sink in sinks)
    items = [result.frame.sequence for sink in sinks for result in sink.items]
    assert items == list(range(len(items)))
    counters = run.check_counters()
    assert counters["analysed"] == len(items)


def test_engines_are_exchanged_between_two_frames() -> None:
    run = Run([Interruptible("camera")])
    first = run.engine
    with Going(run) as going:
        going.wait_for_frames_of("camera")
        second, done = ScriptedEngine(), threading.Event()
        run.analyse.between_frames(lambda: run.analyse.use(second, OneDetection()))
        run.analyse.between_frames(done.set)
        assert done.wait(60)
        calls = first.calls
        going.wait_for_frames_of("camera")
        assert first.calls == calls, "the old one is not used any more"
    assert first.calls + second.calls == 1 + run.check_counters()["analysed"]


def test_something_is_done_between_frames_when_none_come(forever: threading.Event) -> None:
    done = threading.Event()
    with Going(Run([Interruptible("camera", lambda n: forever.wait())])) as going:
        going.run.analyse.between_frames(done.set)
        assert done.wait(60)
