"""Several cameras share one engine: equal shares, or all that a slow camera has, and never old frames."""

from __future__ import annotations

import heapq
import threading
from collections import Counter

import pytest
from fakes.pipeline import OneDetection, ScriptedCamera, ScriptedEngine, frame
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_mbv2.pipeline.analyse import Analyse
from edge_mbv2.pipeline.capture import Capture
from edge_mbv2.pipeline.metrics import Metrics
from edge_mbv2.pipeline.slot import LatestSlot
from edge_mbv2.pipeline.supervisor import Supervisor

SECOND = 10**6  # in steps of simulated time


def shares(cameras: dict[str, tuple[int, int]], inference: int, duration: int) -> tuple[Counter[str], int]:
    """Simulate a slot between cameras and an engine.

    Args:
        cameras: the interval and the first frame's time of each.
        inference: how long one takes.
        duration: of the simulation.

    Returns:
        How many frames of each camera were analysed, and by how much the oldest of them was older than its
        camera's interval when its inference began.
    """
    slot = LatestSlot(lambda frame, reason: None)
    arrivals = [(phase, name) for name, (_, phase) in cameras.items()]
    heapq.heapify(arrivals)
    analysed: Counter[str] = Counter()
    oldest = free = 0
    while free < duration:
        while arrivals[0][0] <= free:
            time, name = heapq.heappop(arrivals)
            slot.put(frame(0, name, timestamp_ns=time))
            heapq.heappush(arrivals, (time + cameras[name][0], name))
        taken = slot.take(0)
        if taken is None:
            free = arrivals[0][0]
            continue
        oldest = max(oldest, free - taken.timestamp_ns - cameras[taken.camera][0])
        analysed[taken.camera] += 1
        free += inference
    return analysed, oldest


@pytest.mark.parametrize("rates", [(30, 30, 30, 30), (30, 25, 60, 15), (10, 10, 10, 120)])
def test_four_busy_cameras_have_equal_shares(rates: tuple[int, ...]) -> None:
    cameras = {f"c{n}": (SECOND // rate, n * 777) for n, rate in enumerate(rates)}
    analysed, oldest = shares(cameras, inference=SECOND // 24, duration=100 * SECOND)
    assert sum(analysed.values()) == pytest.approx(2400, abs=2)
    assert max(analysed.values()) - min(analysed.values()) <= 2
    assert oldest <= 0


def test_a_slow_camera_has_all_of_its_frames_analysed_and_the_rest_is_shared() -> None:
    cameras = {"slow": (SECOND, 0), "a": (SECOND // 30, 5), "b": (SECOND // 30, 9), "c": (SECOND // 30, 7)}
    analysed, _ = shares(cameras, inference=SECOND // 16, duration=100 * SECOND)
    assert analysed["slow"] == pytest.approx(100, abs=1)
    assert analysed["a"] == pytest.approx(500, abs=2)
    assert max(analysed[n] for n in "abc") - min(analysed[n] for n in "abc") <= 2


@given(
    st.lists(st.tuples(st.integers(20, 400), st.integers(0, 400)), min_size=2, max_size=6),
    st.integers(5, 100),
)
@settings(max_examples=40)
def test_no_camera_waits_for_more_than_one_turn_of_every_other(
    timing: list[tuple[int, int]], inference: int
) -> None:
    cameras = {f"c{n}": each for n, each in enumerate(timing)}
    duration = 20_000
    analysed, oldest = shares(cameras, inference, duration)
    others = inference * (len(cameras) - 1)
    for name, (interval, phase) in cameras.items():
        # A turn of its own, or the wait for its next frame, and then one turn of each other at most.
        assert analysed[name] + 2 >= (duration - phase) // (max(interval, inference) + others)
    assert oldest <= 0


def test_the_threads_of_a_run_keep_the_turns() -> None:
    """Four cameras that always have a newer frame: the engine serves them in turns."""
    names = [f"c{n}" for n in range(4)]
    count = 400
    metrics = Metrics(names)
    done = threading.Event()
    served: list[str] = []

    def each_has_a_frame_waiting(call: int) -> None:
        while not done.is_set() and len(slot._frames) < len(names):
            done.wait(0.0005)

    def publish(result: object) -> None:
        served.append(result.frame.camera)
        if len(served) == count:
            done.set()
            supervisor.request_stop()

    slot = LatestSlot(lambda frame, reason: metrics.count_dropped(frame.camera, reason))
    pace = [ScriptedCamera(10**9, name, on_read=lambda n: done.wait(0.0005)) for name in names]
    supervisor = Supervisor(
        [Capture(camera, slot, metrics) for camera in pace],
        slot,
        Analyse(lambda: (ScriptedEngine(each_has_a_frame_waiting), OneDetection()), slot, metrics, publish),
    )
    supervisor.start()
    supervisor.wait()
    supervisor.stop()
    supervisor.check()
    assert all(thread.join(60) for thread in supervisor.threads)
    assert all(camera.closed.wait(60) for camera in pace)
    turns = served[4:count]
    assert all(set(turns[n : n + 4]) == set(names) for n in range(0, len(turns) - 4, 4))
    for name in names:
        counters = metrics.snapshot(name)
        assert counters["captured"] == counters["analysed"] + sum(counters["dropped"].values())
