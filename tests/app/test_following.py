"""What is followed on a run's cameras: gates, time that begins anew, arming, other configurations."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from fakes.scenes import Finder, Yard, frames
from fakes.walks import person

from edge_mbv2.app.attention import attention
from edge_mbv2.app.following import Following
from edge_mbv2.clock import Clock, MediaClock, SystemClock
from edge_mbv2.config.camera import CameraConfig, ZoneConfig
from edge_mbv2.config.schema import Config
from edge_mbv2.pipeline.follow import Followed
from edge_mbv2.pipeline.look import Glance, Sight
from edge_mbv2.types import Detection, Event, Frame, Region

IMAGE = np.zeros((480, 640, 3), np.uint8)
WHOLE = (Region(0, 0, 640, 480),)
LEFT = ZoneConfig(points=((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0)))


class Scene:
    def __init__(self, clock: Clock | None = None, **camera: object) -> None:
        self.config = Config.model_validate({"cameras": {"front": camera, "back": {}}})
        self.following = Following(lambda: self.config, lambda: 0.5, clock or MediaClock())
        self.events: list[Event] = []
        self.frame = 0

    def show(
        self,
        detections: Sequence[Detection],
        *,
        skipped: str | None = None,
        camera: str = "front",
        at: int | None = None,
    ) -> Followed:
        now_ns = (self.frame if at is None else at) * 10**8
        frame = Frame(camera, self.frame, now_ns, IMAGE)
        self.frame += 1
        glance = Glance(skipped=skipped) if skipped else Glance(tuple(detections), WHOLE)
        followed = self.following.follow(frame, glance)
        self.events += [*followed.ended, *followed.events]
        return followed

    @property
    def told(self) -> list[tuple[str, str]]:
        return [(event.type, event.camera) for event in self.events]


def test_frames_that_were_not_analysed_show_what_was_there_before() -> None:
    scene = Scene()
    for _ in range(5):
        shown = scene.show([person(100, 300)])
    for skipped in ("gate", "rate") * 100:
        assert scene.show([], skipped=skipped).tracks == shown.tracks
    assert scene.told == [("new", "front")]
    assert scene.show([person(100, 300)]).tracks[0].number == 1


def test_cameras_do_not_know_of_each_other() -> None:
    scene = Scene()
    for _ in range(5):
        scene.show([person(100, 300)])
        scene.show([person(100, 300)], camera="back")
    assert scene.told == [("new", "front"), ("new", "back")]
    assert scene.following.state("front") == {"objects": {"person": 1}, "zones": {}}
    assert scene.following.state("attic") == {}
    scene.events += scene.following.finish()
    assert scene.told[2:] == [("end", "back"), ("end", "front")]  # by name, as in a replay
    assert scene.following.finish() == []


def test_a_recording_that_begins_again_shows_others() -> None:
    scene = Scene()
    for at in [*range(5), *range(5)]:
        scene.show([person(100, 300)], at=at)
    assert [kind for kind, _ in scene.told] == ["new", "end", "new"]
    assert len({event.after.id for event in scene.events}) == 2


def test_disarming_a_camera_leaves_the_other() -> None:
    scene = Scene()
    armed = scene.config
    for _ in range(5):
        scene.show([person(100, 300)])
        scene.show([person(100, 300)], camera="back")
    scene.config = Config.model_validate({"cameras": {"front": {"armed": False}, "back": {}}})
    for _ in range(5):
        scene.show([person(100, 300)])
        scene.show([person(100, 300)], camera="back")
    assert scene.told[2:] == [("end", "front")]
    scene.config = armed
    shown = scene.show([person(100, 300)])
    assert scene.told[3:] == [("new", "front")]
    assert shown.tracks[0].number == 1


def test_last_frames_of_a_camera_that_was_taken_away_are_not_followed() -> None:
    scene = Scene()
    scene.show([person(100, 300)], camera="attic")
    assert scene.following.finish() == []
    assert scene.following.state("attic") == {}


def test_another_configuration_begins_anew() -> None:
    scene = Scene()
    for _ in range(5):
        assert scene.show([person(100, 300)]).scene is None
    scene.events += scene.following.forget("front")
    scene.config = Config(cameras={"front": CameraConfig(zones={"left": LEFT})})
    for _ in range(5):
        shown = scene.show([person(100, 300)])
    assert [kind for kind, _ in scene.told] == ["new", "end", "new"]
    assert shown.scene is not None
    assert [name for name, _ in shown.scene.zones] == ["left"]
    assert scene.following.state("front")["zones"] == {"left": {"person": 1}}
    assert scene.following.forget("attic") == ()


def test_numbers_go_on_after_another_configuration() -> None:
    scene = Scene()
    scene.show([person(100, 300), person(300, 300)])
    scene.following.forget("front")
    assert [track.number for track in scene.show([person(100, 300)]).tracks] == [3]


def test_recordings_have_a_time_each() -> None:
    scene = Scene()
    for n in range(10):
        scene.show([person(100, 300)], at=n)
        scene.show([], camera="back", at=400 * n)
    assert scene.told == [("new", "front")]


def test_who_was_there_before_a_long_gap_is_gone() -> None:
    scene = Scene(SystemClock())
    for _ in range(5):
        scene.show([person(100, 300)])
    scene.show([], camera="back", at=100)
    assert scene.told == [("new", "front")]
    scene.show([], camera="back", at=400)
    assert scene.told == [("new", "front"), ("end", "front")]
    assert scene.following.state("front")["objects"] == {}
    assert scene.events[-1].timestamp_ns == 4 * 10**8
    (track,) = scene.show([person(100, 300)], at=500).tracks
    assert track.number == 2


def test_a_camera_that_is_gone_ends_its_events_though_no_other_is_there() -> None:
    scene = Scene()
    clock = MediaClock()
    scene.following = Following(lambda: scene.config, lambda: 0.5, clock)
    for _ in range(5):
        scene.show([person(100, 300)])
    clock.now_ns = lambda: 20 * 10**9  # type: ignore[method-assign]
    assert scene.following.idle() == []
    clock.now_ns = lambda: 40 * 10**9  # type: ignore[method-assign]
    assert [event.type for event in scene.following.idle()] == ["end"]
    assert scene.following.idle() == []


def test_a_picture_of_another_size_shows_another_scene() -> None:
    scene = Scene()
    for _ in range(5):
        scene.show([person(100, 300)])
    frame = Frame("front", 5, 5 * 10**8, IMAGE[:240, :320].copy())
    followed = scene.following.follow(frame, Glance((person(50, 150, height=60),), (Region(0, 0, 320, 240),)))
    assert [event.type for event in followed.ended] == ["end"]
    assert [track.number for track in followed.tracks] == [2]


def test_what_the_rules_do_not_admit_is_not_followed() -> None:
    scene = Scene(masks=[[[0, 0.5], [0.5, 0.5], [0.5, 1], [0, 1]]], objects={"person": {"min_height": 0.2}})
    for _ in range(5):
        shown = scene.show([person(100, 300), person(500, 300), person(500, 150, height=60)])
    assert [track.box.x1 for track in shown.tracks] == [person(500, 300).box.x1]


def test_who_walks_out_of_the_picture_is_gone() -> None:
    scene = Scene()
    for n in range(40):
        scene.show([person(400 + 6 * n, 300)])
    for _ in range(60):
        shown = scene.show([])
    assert shown.tracks == ()
    assert [kind for kind, _ in scene.told if kind != "update"] == ["new", "end"]
    assert scene.events[-1].timestamp_ns < 100 * 10**8


@pytest.mark.parametrize("rate_hz", [2.0, 10.0, 25.0])
def test_a_still_scene_does_not_keep_him_who_has_left(rate_hz: float) -> None:
    scene, yard = Scene(), Yard()
    scene.config = Config.model_validate(
        {"cameras": {"front": {}}, "analysis": {"motion_gate": True, "look_every_s": 60}}
    )
    attend, finder = attention(lambda: scene.config, scene.following), Finder()
    ways = range(-32, 672, int(100 / rate_hz))
    pictures = [
        *[yard.empty] * int(3 * rate_hz),
        *[yard.walked_through(x, 200, height=160) for x in ways],
        *[yard.empty] * int(20 * rate_hz),
    ]
    left_ns, looks = 0, 0
    for frame in frames((yard.picture(each) for each in pictures), rate_hz, "front"):
        glance = attend(frame, Sight(finder, finder))  # type: ignore[arg-type]
        scene.events += scene.following.follow(frame, glance).events
        if glance.detections:
            left_ns = frame.timestamp_ns
        elif glance.skipped is None:
            looks += 1
    assert [kind for kind, _ in scene.told if kind != "update"] == ["new", "end"]
    assert scene.events[-1].timestamp_ns - left_ns < 7e9
    assert looks < 30


def test_the_next_look_goes_where_objects_should_be() -> None:
    scene = Scene()
    ahead = Frame("front", 0, 0, IMAGE)
    assert scene.following.expected(ahead) == ()
    for n in range(10):
        scene.show([person(100 + 10 * n, 300)])
    (box,) = scene.following.expected(Frame("front", 10, 10 * 10**8, IMAGE))
    assert abs((box.x1 + box.x2) / 2 - 200) < 6
    for _ in range(15):
        scene.show([])
    assert scene.following.expected(Frame("front", 25, 25 * 10**8, IMAGE)) == []
