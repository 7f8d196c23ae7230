"""Counters and rates."""

from edge_mbv2.pipeline.metrics import Metrics, RateMeter


def test_rate_is_events_per_second_and_falls_when_they_stop() -> None:
    now = [100.0]
    meter = RateMeter(window_s=2.0, now_s=lambda: now[0])
    assert meter.tick() == 0.0
    for _ in range(20):
        now[0] += 0.1
        rate = meter.tick()
    assert abs(rate - 10.0) < 1e-6
    now[0] += 60
    assert meter.rate_hz() < 0.05


def test_a_rate_of_less_than_one_in_a_window() -> None:
    now = [0.0]
    meter = RateMeter(window_s=3.0, now_s=lambda: now[0])
    meter.tick()
    for _ in range(5):
        now[0] += 10
        rate = meter.tick()
    assert abs(rate - 0.1) < 1e-9


def test_counters_by_camera() -> None:
    metrics = Metrics(["front", "back"])
    metrics.count_captured("front")
    metrics.count_captured("front")
    metrics.count_analysed("front")
    metrics.count_dropped("front", "replaced")
    front = metrics.snapshot("front")
    assert (front["captured"], front["analysed"], front["dropped"]) == (2, 1, {"replaced": 1})
    assert metrics.snapshot("back")["captured"] == 0
    assert metrics.summary("front").startswith("front: 2 frames captured, 1 analysed, 1 replaced")
