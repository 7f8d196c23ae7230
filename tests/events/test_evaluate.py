"""The rules of an event's life, message by message."""

from __future__ import annotations

import itertools

import pytest
from fakes.clocks import DatedClock
from fakes.walks import HEIGHT, THRESHOLD, WIDTH, Walk, frames, person, watch
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_mbv2.events.evaluate import Events
from edge_mbv2.events.median import MedianScore
from edge_mbv2.events.rules import Limits, Line, Rules, Zone
from edge_mbv2.events.schedule import Schedule, Window
from edge_mbv2.events.story import Moment
from edge_mbv2.geometry import Area
from edge_mbv2.tracking.tracker import Tracker
from edge_mbv2.types import Detection, Event, Region

SECOND = 10**9
WHOLE_ZONE = Zone("all", Area([(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)]))
RULES = Rules(
    Limits(THRESHOLD),
    zones=(WHOLE_ZONE, Zone("left", Area([(0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0)]))),
    lines=(Line("gate", (0.3, 1.0), (0.6, 0.0)),),
)


class Scene:
    """A tracker and its events; time goes on by a tenth of a second a frame."""

    def __init__(self, rules: Rules = RULES, start_s: float = 1_700_000_000.0, ahead_s: int = 0) -> None:
        self.tracker = Tracker(lambda label: rules.limits_of(label).threshold)
        self.events = Events(rules, DatedClock(start_s, ahead_s))
        self.now_ns = 0
        self.frame = 0

    def show(
        self,
        detections: list[Detection],
        looked: tuple[Region, ...] | None = None,
        step_ns: int = SECOND // 10,
    ) -> list[Event]:
        tracks = self.tracker.update(detections, self.now_ns, looked)
        told = self.events.evaluate(tracks, Moment("front", self.frame, self.now_ns, WIDTH, HEIGHT))
        self.now_ns += step_ns
        self.frame += 1
        return told


@pytest.mark.parametrize(
    ("scores", "median"),
    [
        ((0.9,), 0.0),
        ((0.9, 0.8), 0.8),
        ((0.9, 0.8, 0.7), 0.8),
        ((0.9, 0.8, 0.0, 0.0), 0.4),
        ((0.1,) * 10 + (0.9,) * 5, 0.5),
        ((0.1,) * 10 + (0.9,) * 6, 0.9),
    ],
)
def test_the_median(scores: tuple[float, ...], median: float) -> None:
    rule = MedianScore()
    assert [rule.add(score) for score in scores][-1] == pytest.approx(median)


def test_gated_frames_do_not_count_against_an_object() -> None:
    scene = Scene()
    told = scene.show([person(100, 300)])
    for _ in range(30):
        told += scene.show([], looked=())
    told += scene.show([person(100, 300)])
    assert [event.type for event in told] == ["new"]
    missed = Scene()
    told = missed.show([person(100, 300)])
    for _ in range(4):
        told += missed.show([])
    assert told + missed.show([person(100, 300)]) == []


def test_the_first_message() -> None:
    scene = Scene()
    assert scene.show([person(100, 300, score=0.6)]) == []
    (event,) = scene.show([person(104, 300, score=0.8)])
    assert (event.type, event.camera, event.frame, event.timestamp_ns) == ("new", "front", 1, SECOND // 10)
    assert event.before == event.after
    assert event.after.id == "1700000000.000000-front-1"
    assert (event.after.start_s, event.after.end_ns) == (1_700_000_000, None)
    assert (event.after.last.score, event.after.top_score, event.after.best.score) == (0.8, 0.6, 0.8)


def test_a_clock_that_is_set_meanwhile_changes_neither_id_nor_start() -> None:
    clock = DatedClock(1000.0)
    events = Events(Rules(Limits(THRESHOLD)), clock)
    followed, told = Tracker(lambda label: THRESHOLD), []
    for n in range(80):
        clock.start_s = 5000.0 if n > 10 else 1000.0
        tracks = followed.update([person(100 + 5 * n, 300)], n * SECOND // 10)
        told += events.evaluate(tracks, Moment("front", n, n * SECOND // 10, 640, 480))
    assert len(told) > 1
    assert {(event.after.id, event.after.start_s) for event in told} == {("1000.000000-front-1", 1000.0)}


def test_a_message_shows_the_state_before_it() -> None:
    scene = Scene()
    told = [event for n in range(10) for event in scene.show([person(360 - 8 * n, 300)])]
    new, update = told
    assert (update.type, update.before) == ("update", new.after)
    assert update.after.current_zones == update.after.entered_zones == ("all", "left")
    assert [(news.kind, news.name, news.frame) for news in update.after.transitions] == [
        ("zone_enter", "left", 5)
    ]
    assert {event.after.id for event in told} == {new.after.id}


@pytest.mark.parametrize("step_ns", [SECOND // 30, SECOND])
@pytest.mark.parametrize("doubtful", [0, 1, 40])
def test_the_first_message_names_the_zones_an_object_is_in(step_ns: int, doubtful: int) -> None:
    scene, told = Scene(), []
    for score in [0.9, *[0.3] * doubtful, *[0.9] * 12]:
        told += scene.show([person(100, 300, score=score)], step_ns=step_ns)
    new = told[0]
    assert new.after.current_zones == new.after.entered_zones == ("all", "left")
    assert [(news.kind, news.name, news.frame) for news in new.after.transitions] == [
        ("zone_enter", "all", 0),
        ("zone_enter", "left", 0),
    ]
    assert not any(event.after.transitions for event in told[1:])


def test_one_step_into_a_zone_does_not_count_at_once() -> None:
    scene = Scene()
    (new,) = [event for x in (322, 318, 322, 322) for event in scene.show([person(x, 300)])]
    assert new.after.current_zones == ("all",)


def test_a_zone_reaches_to_the_edge_of_the_picture() -> None:
    scene = Scene()
    told = [event for _ in range(8) for event in scene.show([person(24, HEIGHT)])]
    assert told[-1].after.current_zones == ("all", "left")


LINES = Rules(
    Limits(THRESHOLD),
    lines=(Line("across", (0.5, 0.0), (0.5, 1.0)), Line("lower edge", (1.0, 1.0), (0.0, 1.0))),
)


def crossings(way: list[tuple[float, float]]) -> list[tuple[str, str | None, int]]:
    """Return the lines that somebody crosses who stands at these points, and in which frame."""
    scene = Scene(LINES)
    told = [event for x, foot in way for event in scene.show([person(x, foot)])]
    return [(news.name, news.direction, news.frame) for event in told for news in event.after.transitions]


@pytest.mark.parametrize("step", [-8, 8])
@pytest.mark.parametrize("stands", [1, 5])
def test_who_begins_on_a_line_has_no_side_and_does_not_cross_it(step: int, stands: int) -> None:
    off = [(320.0 + step * n, 300.0) for n in range(1, 10)]
    away = [(320.0, 300.0)] * stands + off
    assert crossings(away) == []
    assert crossings(away + off[::-1]) == []
    back = [(320.0 - step * n, 300.0) for n in range(1, 20)]
    assert crossings(away + off[::-1] + back) == [("across", "left" if step < 0 else "right", stands + 18)]


@pytest.mark.parametrize("step", [-8, 8])
def test_who_stands_on_a_line_has_not_crossed_it_before_the_next_step(step: int) -> None:
    onto = [(320.0 + step * n, 300.0) for n in range(-9, 1)]
    along = [(320.0, 300.0 - 8 * n) for n in range(8)]
    back, on = [[(320.0 + way * n, 236.0) for n in range(1, 9)] for way in (-step, step)]
    assert crossings(onto + along + back) == []
    assert crossings(onto + along + on) == [("across", "left" if step > 0 else "right", 18)]


def test_who_comes_in_over_the_lower_edge_crosses_no_line_there() -> None:
    assert crossings([(200.0, 480.0)] * 3 + [(200.0, 480.0 - 8 * n) for n in range(1, 12)]) == []


def test_the_end_says_when_the_object_was_last_seen() -> None:
    scene = Scene()
    for _ in range(30):
        scene.show([person(100, 300)])
    told = [event for _ in range(80) for event in scene.show([])]
    (end,) = told
    assert (end.type, end.after.end_ns) == ("end", 29 * SECOND // 10)
    assert scene.events.counts() == {}


def test_the_run_s_end_ends_what_is_open_once() -> None:
    scene = Scene()
    for _ in range(5):
        scene.show([person(100, 300), person(400, 300)])
    assert [event.type for event in scene.events.finish()] == ["end", "end"]
    assert scene.events.finish() == []


def test_counts() -> None:
    scene = Scene()
    for n in range(5):
        scene.show([person(100 + n, 300), person(500, 300), person(200, 200, label="dog")])
    assert scene.events.counts() == {"person": 2, "dog": 1}
    assert scene.events.zone_counts() == {"all": {"person": 2, "dog": 1}, "left": {"person": 1, "dog": 1}}


def test_a_zone_counts_its_labels_only() -> None:
    scene = Scene(Rules(Limits(THRESHOLD), zones=(Zone("pets", WHOLE_ZONE.area, frozenset({"dog"})),)))
    for _ in range(5):
        scene.show([person(100, 300), person(400, 300, label="dog")])
    assert scene.events.zone_counts() == {"pets": {"dog": 1}}


def test_disarming_ends_events_and_arming_begins_new_ones() -> None:
    scene = Scene()
    told = [event for _ in range(10) for event in scene.show([person(100, 300)])]
    first = told[0].after.id
    scene.events.armed = False
    told = [event for _ in range(20) for event in scene.show([person(100, 300)])]
    assert [(event.type, event.after.id) for event in told] == [("end", first)]
    assert scene.events.counts() == {"person": 1}
    scene.events.armed = True
    (again,) = [event for _ in range(5) for event in scene.show([person(100, 300)])]
    assert (again.type, again.after.id != first) == ("new", True)
    assert again.after.start_s - 1_700_000_000 <= again.after.last.timestamp_ns / 1e9
    assert again.after.current_zones == ("all", "left")
    assert again.after.transitions == ()


@pytest.mark.parametrize(("ahead_s", "told"), [(0, []), (3600, ["new"]), (-3600, []), (2 * 3600, [])])
def test_outside_the_schedule_nothing_is_told(ahead_s: int, told: list[str]) -> None:
    late_on_tuesday = Schedule([Window(frozenset({1}), 23 * 60, 24 * 60)])
    rules = Rules(Limits(THRESHOLD), schedule=late_on_tuesday)
    scene = Scene(rules, start_s=1_700_000_000.0, ahead_s=ahead_s)  # Tuesday, 22:13 UTC
    assert [event.type for _ in range(4) for event in scene.show([person(100, 300)])] == told


def test_a_label_has_its_own_threshold() -> None:
    scene = Scene(Rules(Limits(0.9), limits={"dog": Limits(0.4)}))
    told = [
        event
        for _ in range(5)
        for event in scene.show([person(100, 300, score=0.8), person(400, 300, score=0.5, label="dog")])
    ]
    assert [event.after.label for event in told] == ["dog"]


def test_sizes_and_masks() -> None:
    mask = Area([(0.5, 0.5), (1.0, 0.5), (1.0, 1.0), (0.5, 1.0)])
    rules = Rules(Limits(0.5, min_height=0.2, max_height=0.5), masks=(mask,))
    admitted = [
        rules.admits(detection, WIDTH, HEIGHT)
        for detection in (
            person(100, 300),
            person(100, 300, height=60),
            person(100, 300, height=290),
            person(480, 300),
        )
    ]
    assert admitted == [True, False, False, False]


def test_ids_differ_after_a_restart() -> None:
    before, after = (
        {event.after.id for event in _all(Scene(start_s=start))} for start in (1.7e9, 1.7e9 + 0.001)
    )
    assert before
    assert not before & after


def _all(scene: Scene) -> list[Event]:
    told = [
        event for n in range(10) for event in scene.show([person(100 + n, 300), person(400 + 3 * n, 300)])
    ]
    return told + scene.events.finish()


def test_the_same_recording_gives_the_same_events() -> None:
    walks = [
        Walk([(0, 20, 300), (12, 620, 300)]),
        Walk([(3, 620, 320), (9, 20, 320)], scores=(0.9, 0.3, 0.6)),
    ]
    assert watch(walks, 10, 15, RULES) == watch(walks, 10, 15, RULES)
    assert list(frames(walks, 10, 15))


people = st.builds(
    person,
    st.integers(0, 640),
    st.integers(60, 480),
    st.integers(40, 200),
    st.sampled_from([0.1, 0.4, 0.6, 0.9]),
    st.sampled_from(["person", "dog"]),
)
repeated = st.tuples(
    st.lists(people, max_size=4), st.integers(1, 6), st.booleans(), st.booleans(), st.integers(1, 40)
)


@settings(max_examples=60)
@given(st.lists(repeated, max_size=12))
def test_whatever_happens(script: list[tuple[list[Detection], int, bool, bool, int]]) -> None:
    scene, told = Scene(), []
    for detections, times, gated, armed, tenths in script:
        scene.events.armed = armed
        for _ in range(times):
            looked = () if gated else None
            news = scene.show([] if gated else detections, looked, tenths * SECOND // 10)
            told += news
            numbers = {track.number for track in scene.tracker.update([], scene.now_ns - 1, ())}
            assert all(event.after.track in numbers for event in news if event.type != "end")
            zones = scene.events.zone_counts()
            counts = scene.events.counts()
            assert all(count > 0 for count in counts.values())
            assert all(0 <= zones["left"].get(label, 0) <= counts[label] for label in zones["left"])
    told += scene.events.finish()
    assert [event.timestamp_ns for event in told] == sorted(event.timestamp_ns for event in told)
    lives: dict[str, list[Event]] = {}
    for event in told:
        lives.setdefault(event.after.id, []).append(event)
    for life in lives.values():
        assert [event.type for event in life] == ["new", *["update"] * (len(life) - 2), "end"]
        assert all(before.after == after.before for before, after in itertools.pairwise(life))
        times_ns = [event.after.last.timestamp_ns for event in life]
        assert times_ns == sorted(times_ns)
        assert life[0].after.start_s - 1_700_000_000 <= times_ns[0] / 1e9
        assert life[-1].after.end_ns == times_ns[-1]
