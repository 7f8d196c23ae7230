"""The way to a sink: order, loss, failure."""

import logging
import threading

import pytest
from fakes.pipeline import Collector

from edge_mbv2.errors import EdgeError
from edge_mbv2.pipeline.publish import Publish
from edge_mbv2.pipeline.stage import StageThread


def run(publish: Publish[int]) -> tuple[StageThread, list[Exception | None]]:
    ends: list[Exception | None] = []
    thread = StageThread(publish, ends.append)
    thread.start()
    return thread, ends


@pytest.mark.parametrize("lossless", [True, False])
def test_what_is_queued_is_delivered_in_order(lossless: bool) -> None:
    sink = Collector()
    publish: Publish[int] = Publish(sink, capacity=100, lossless=lossless)
    for item in range(50):
        publish.offer(item)
    publish.finish()
    thread, ends = run(publish)
    assert thread.join(60)
    assert sink.items == list(range(50))
    assert sink.closed
    assert ends == [None]


def test_a_live_run_loses_what_a_slow_sink_cannot_take() -> None:
    release = threading.Event()
    entered = threading.Event()

    def wait(_: object) -> None:
        entered.set()
        release.wait(60)

    sink = Collector(wait)
    publish: Publish[int] = Publish(sink, capacity=2, lossless=False)
    thread, _ = run(publish)
    publish.offer(0)
    assert entered.wait(60)
    for item in range(1, 10):
        publish.offer(item)  # never waits
    release.set()
    publish.finish()
    assert thread.join(60)
    assert sink.items == [0, 1, 2]
    assert publish.lost == 7


def test_a_lossless_run_waits_for_a_slow_sink() -> None:
    sink = Collector()
    publish: Publish[int] = Publish(sink, capacity=1, lossless=True)
    thread, _ = run(publish)
    for item in range(200):
        publish.offer(item)
    publish.finish()
    assert thread.join(60)
    assert sink.items == list(range(200))
    assert publish.lost == 0


def test_finish_frees_whoever_waits() -> None:
    publish: Publish[int] = Publish(Collector(), capacity=1, lossless=True)
    publish.offer(0)
    waiting = threading.Thread(target=publish.offer, args=(1,))
    waiting.start()
    publish.finish()
    waiting.join(60)
    assert not waiting.is_alive()


def test_a_live_run_outlives_a_failing_sink(caplog: pytest.LogCaptureFixture) -> None:
    def fail(item: object) -> None:
        if item in (1, 2, 3):
            raise EdgeError("detections.jsonl: no space left on device")

    sink = Collector(fail)
    publish: Publish[int] = Publish(sink, capacity=10, lossless=False)
    for item in range(6):
        publish.offer(item)
    publish.finish()
    with caplog.at_level(logging.ERROR):
        thread, ends = run(publish)
        assert thread.join(60)
    assert sink.items == [0, 4, 5]
    assert publish.lost == 3
    assert ends == [None]
    assert len([r for r in caplog.records if "no space left" in r.getMessage()]) == 1


def test_a_lossless_run_ends_with_a_failing_sink() -> None:
    error = EdgeError("no space left on device")

    def fail(_: object) -> None:
        raise error

    sink = Collector(fail)
    publish: Publish[int] = Publish(sink, capacity=10, lossless=True)
    publish.offer(0)
    thread, ends = run(publish)
    assert thread.join(60)
    assert ends == [error]
    assert sink.closed
    publish.offer(1)  # returns, though nobody takes it any more
