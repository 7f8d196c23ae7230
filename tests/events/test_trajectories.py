"""What people do and what is told of it, written by hand, at four rates."""

from __future__ import annotations

import itertools

import pytest
from fakes.walks import THRESHOLD, Walk, lives, watch

from edge_mbv2.events.rules import Limits, Line, Rules, Zone
from edge_mbv2.geometry import Area
from edge_mbv2.types import Event

RATES = pytest.mark.parametrize("rate_hz", [1, 5, 15, 30])
RULES = Rules(
    Limits(THRESHOLD),
    zones=(Zone("middle", Area([(0.35, 0.4), (0.65, 0.4), (0.65, 1.0), (0.35, 1.0)])),),
    lines=(Line("gate", (0.5, 1.0), (0.5, 0.2)),),
)
THROUGH = ["new", "zone_enter middle", "line_cross gate right", "zone_exit middle", "end"]
BACK = ["new", "zone_enter middle", "line_cross gate left", "zone_exit middle", "end"]


def types(events: list[Event]) -> list[str]:
    return [event.type for event in events]


@RATES
def test_crossing(rate_hz: float) -> None:
    events = watch(
        [Walk([(0, 20, 300), (12, 620, 300)]), Walk([(0, 620, 335), (12, 20, 335)])], rate_hz, 20, RULES
    )
    assert lives(events) == {1: THROUGH, 2: BACK} or lives(events) == {1: BACK, 2: THROUGH}


@RATES
def test_hidden_for_three_seconds_on_the_line(rate_hz: float) -> None:
    events = watch([Walk([(0, 20, 300), (16, 620, 300)], hidden=[(6.5, 9.5)])], rate_hz, 24, RULES)
    assert lives(events) == {1: THROUGH}


@RATES
@pytest.mark.parametrize(("x", "zones"), [(200, ()), (280, ("middle",))])
def test_standing_for_five_minutes(rate_hz: float, x: float, zones: tuple[str, ...]) -> None:
    events = watch([Walk([(0, x, 300), (300, x, 300)])], rate_hz, 340, RULES)
    assert {event.after.current_zones for event in events} == {zones}
    assert types(events)[0] == "new"
    assert types(events)[-1] == "end"
    assert types(events).count("new") == types(events).count("end") == 1
    assert types(events).count("update") <= 6
    assert events[-1].after.stationary
    assert events[-1].after.end_ns == pytest.approx(300e9, abs=1.1e9)


@pytest.mark.parametrize("rate_hz", [1, 10])
def test_standing_for_five_minutes_on_the_edge_of_a_zone(rate_hz: float) -> None:
    events = watch([Walk([(0, 224, 300), (300, 224, 300)])], rate_hz, 340, RULES)
    assert types(events).count("update") <= 8


@RATES
def test_leaving_and_coming_back(rate_hz: float) -> None:
    events = watch(
        [Walk([(0, 20, 300), (12, 620, 300)]), Walk([(25, 620, 300), (37, 20, 300)])], rate_hz, 45, RULES
    )
    assert lives(events) == {1: THROUGH, 2: BACK}
    assert len({event.after.id for event in events}) == 2


@RATES
def test_entering_by_the_line_twice(rate_hz: float) -> None:
    way = [
        (0, 20, 300),
        (7, 400, 300),
        (10, 400, 300),
        (14, 180, 300),
        (17, 180, 300),
        (21, 400, 300),
        (24, 400, 300),
    ]
    told = lives(watch([Walk(way)], rate_hz, 32, RULES))[1]
    assert [news for news in told if news.startswith("line")] == [
        "line_cross gate right",
        "line_cross gate left",
        "line_cross gate right",
    ]


@RATES
def test_flickering_scores(rate_hz: float) -> None:
    scores = (0.9, 0.2, 0.7, 0.6, 0.15, 0.8)
    events = watch([Walk([(0, 20, 300), (16, 620, 300)], scores=scores)], rate_hz, 24, RULES)
    assert lives(events) == {1: THROUGH}


@RATES
def test_scores_below_the_threshold_tell_nothing(rate_hz: float) -> None:
    assert watch([Walk([(0, 20, 300), (16, 620, 300)], scores=(0.4, 0.45))], rate_hz, 20, RULES) == []


@RATES
def test_one_certain_detection_is_not_enough(rate_hz: float) -> None:
    assert watch([Walk([(0, 200, 300), (0.01, 200, 300)], scores=(1.0,))], rate_hz, 20, RULES) == []


@RATES
def test_going_around_the_end_of_a_line_is_not_crossing_it(rate_hz: float) -> None:
    short = Rules(Limits(THRESHOLD), lines=(Line("gate", (0.5, 0.5), (0.5, 0.3)),))
    events = watch([Walk([(0, 20, 400), (12, 620, 400)])], rate_hz, 20, short)
    assert lives(events) == {1: ["new", "end"]}


@RATES
def test_an_active_object_is_told_of_every_five_seconds(rate_hz: float) -> None:
    way = [(n * 4.0, 250.0 if n % 2 else 150.0, 250.0) for n in range(16)]
    events = watch([Walk(way)], rate_hz, 60, Rules(Limits(THRESHOLD)))
    told = [event.timestamp_ns for event in events if event.type != "end"]
    assert all(after - before >= 5e9 for before, after in itertools.pairwise(told))
    assert len(told) >= 9
