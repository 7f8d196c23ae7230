"""Whether to look at a frame, where, and what is told of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from fakes.pipeline import ScriptedCamera
from fakes.results import result
from fakes.scenes import Finder, Yard, frames

from edge_mbv2.motion.detector import MotionDetector
from edge_mbv2.motion.gate import Gate
from edge_mbv2.pipeline.analyse import Analyse
from edge_mbv2.pipeline.attention import AttentionByCamera, CameraAttention, RateCap
from edge_mbv2.pipeline.capture import Capture
from edge_mbv2.pipeline.look import Attention, Glance, LookAtTiles, Sight, look_at_everything
from edge_mbv2.pipeline.metrics import Metrics
from edge_mbv2.pipeline.slot import LosslessSlot
from edge_mbv2.pipeline.supervisor import Supervisor
from edge_mbv2.regions.watch import Watch
from edge_mbv2.types import BoundingBox, Detection, Frame, FrameResult, Region

WHOLE = Region(0, 0, 640, 480)


def sight(finder: Finder) -> Sight:
    return Sight(finder, finder)  # type: ignore[arg-type]


def glances(attention: Attention, pictures: Sequence[np.ndarray], finder: Finder) -> list[Glance]:
    return [attention(frame, sight(finder)) for frame in frames(pictures)]


def test_without_more_every_frame_is_looked_at_as_a_whole() -> None:
    finder = Finder()
    (glance,) = glances(look_at_everything, [Yard().picture()], finder)
    assert glance == Glance((), (WHOLE,))
    assert finder.sizes == [(480, 640)]


def test_a_gated_frame_costs_nothing_and_says_so() -> None:
    yard, finder = Yard(), Finder()
    attention = CameraAttention(motion=MotionDetector(), gate=Gate(10.0))
    pictures = [yard.picture() for _ in range(12)] + [yard.picture(yard.walked_through(300))]
    seen = glances(attention, pictures, finder)
    assert [glance.skipped for glance in seen] == [None, *["gate"] * 11, None]
    assert len(finder.sizes) == 2
    assert seen[-1].detections


def test_regions_follow_what_was_found_even_when_it_stands_still() -> None:
    yard, finder = Yard(), Finder()
    attention = CameraAttention(
        motion=MotionDetector(), watch=lambda least_px: Watch(limit=3, whole_every=100, least_px=least_px)
    )
    seen = glances(attention, [yard.picture(yard.walked_through(300)) for _ in range(20)], finder)
    assert seen[0].regions == (WHOLE,)
    for glance in seen[1:]:
        (region,) = glance.regions
        assert region.x1 < 300 < 332 < region.x2
        (found,) = glance.detections
        assert (found.box.x1, found.box.x2) == pytest.approx((300, 332), abs=2)


def test_regions_take_predicted_boxes_from_whoever_has_them() -> None:
    finder, asked = Finder(), []

    class One:
        def expected(self, frame: Frame) -> list[BoundingBox]:
            asked.append(frame.sequence)
            return [BoundingBox(500, 100, 520, 160)]

        def doubts(self, camera: str) -> bool:
            return False

    attention = CameraAttention(
        motion=MotionDetector(),
        watch=lambda least_px: Watch(limit=3, whole_every=2, least_px=least_px),
        objects=One(),
    )
    yard = Yard()
    seen = glances(attention, [yard.picture() for _ in range(4)], finder)
    assert asked == [0, 1, 2, 3]
    assert all(any(r.x1 < 500 < 520 < r.x2 and r != WHOLE for r in glance.regions) for glance in seen)
    assert [WHOLE in glance.regions for glance in seen] == [True, False, True, False]


def test_the_same_frames_give_the_same_glances() -> None:
    def once() -> list[Glance]:
        yard = Yard()
        attention = CameraAttention(
            motion=MotionDetector(),
            gate=Gate(1.0),
            watch=lambda least_px: Watch(limit=3, whole_every=3, least_px=least_px),
        )
        return glances(
            attention, [yard.picture(yard.walked_through(9 * n - 60)) for n in range(40)], Finder()
        )

    first = once()
    assert first == once()
    assert any(glance.skipped for glance in first)
    assert any(len(glance.regions) > 1 for glance in first)


def test_a_part_of_a_picture_is_not_copied() -> None:
    seen: list[np.ndarray] = []

    class Watching(Finder):
        def preprocess(self, image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            seen.append(image)
            return image, image

    picture = Yard().picture()
    sight(Watching()).find_in(picture, [Region(100, 100, 250, 250)])
    assert np.shares_memory(seen[0], picture)


def test_tiles_of_a_grid_and_the_whole() -> None:
    finder = Finder()
    (glance,) = glances(LookAtTiles((3, 2)), [Yard().picture()], finder)
    assert len(glance.regions) == len(finder.sizes) == 7
    assert glance.regions[0] == WHOLE


def test_chosen_tiles_find_again_what_the_whole_picture_faintly_shows() -> None:
    yard, finder = Yard(), Finder()
    picture = yard.picture(yard.walked_through(300, width=24, height=80))
    (faint,) = glances(look_at_everything, [picture], finder)[0].detections
    (glance,) = glances(LookAtTiles(None), [picture], finder)
    assert faint.score < Finder.threshold <= glance.detections[0].score
    assert len(glance.detections) == 1
    assert len(glance.regions) <= 5


@pytest.mark.parametrize(
    ("camera_hz", "cap_hz", "kept"), [(30, 10, 100), (30, 7, 70), (10, 30, 100), (25, 0.5, 5)]
)
def test_a_rate_is_kept_on_average(camera_hz: float, cap_hz: float, kept: int) -> None:
    random, cap = np.random.default_rng(1), RateCap(cap_hz)
    times_s = np.arange(int(10 * camera_hz)) / camera_hz + random.uniform(
        0, 0.2 / camera_hz, int(10 * camera_hz)
    )
    due = [cap.is_due(int(time_s * 1e9)) for time_s in times_s]
    assert sum(due) == pytest.approx(kept, abs=1)


def test_a_rate_where_time_begins_again() -> None:
    cap = RateCap(1.0)
    assert cap.is_due(100 * 10**9)
    assert cap.is_due(0)
    assert not cap.is_due(10**8)
    assert cap.is_due(10**9)


def test_cameras_have_memories_of_their_own() -> None:
    made: list[str] = []

    def make(name: str) -> CameraAttention:
        made.append(name)
        return CameraAttention(cap=RateCap(1.0))

    attention, finder, yard = AttentionByCamera(make), Finder(), Yard()
    for camera in ("front", "back", "front"):
        (frame,) = frames([yard.picture()], camera=camera)
        attention(frame, sight(finder))
    assert made == ["front", "back"]
    assert len(finder.sizes) == 2


class Skipping:
    """Looks at every second frame."""

    def __call__(self, frame: Frame, sight: Sight) -> Glance:
        if frame.sequence % 2:
            return Glance(skipped="gate", moving=(Region(1, 2, 3, 4),))
        faint = Detection("person", 0, 0.1, BoundingBox(0, 0, 5, 5))
        sure = Detection("person", 0, 0.8, BoundingBox(1, 1, 9, 9 + frame.sequence))
        return Glance((sure, faint), (Region(0, 0, 64, 48), Region(0, 0, 30, 30)))


def run(attention: Any) -> tuple[list[FrameResult], Metrics]:
    metrics, results, finder = Metrics(["camera"]), [], Finder()
    slot = LosslessSlot(lambda frame, reason: metrics.count_dropped(frame.camera, reason))
    analyse = Analyse(lambda: (finder, finder), slot, metrics, results.append, attention=attention)  # type: ignore[arg-type,return-value]
    supervisor = Supervisor([Capture(ScriptedCamera(6), slot, metrics)], slot, analyse)
    supervisor.start()
    supervisor.wait()
    supervisor.stop()
    supervisor.check()
    return results, metrics


def test_every_frame_ends_in_one_counter_and_is_published() -> None:
    results, metrics = run(Skipping())
    assert [result.analysed for result in results] == [True, False] * 3
    counters = metrics.snapshot("camera")
    assert (counters["captured"], counters["analysed"], counters["inferences"]) == (6, 3, 6)
    assert counters["skipped"] == {"gate": 3}
    assert counters["dropped"] == {}
    assert counters["still"] is True
    assert "3 analysed with 6 inferences, 3 skipped (gate)" in metrics.summary("camera")


def test_what_is_too_faint_to_count_is_not_told() -> None:
    results, _ = run(Skipping())
    assert all([each.score for each in result.detections] == [0.8] for result in results)


def test_a_frame_that_was_not_analysed_shows_what_the_last_one_did() -> None:
    results, _ = run(Skipping())
    assert [result.detections[0].box.y2 for result in results] == [9, 9, 11, 11, 13, 13]
    assert results[1].regions == ()
    assert results[1].moving == (Region(1, 2, 3, 4),)
    assert len(results[0].regions) == 2


def test_a_camera_that_is_begun_anew_shows_nothing_until_it_is_looked_at() -> None:
    metrics, results, finder = Metrics(["camera"]), list[FrameResult](), Finder()
    slot = LosslessSlot(lambda frame, reason: metrics.count_dropped(frame.camera, reason))
    analyse = Analyse(lambda: (finder, finder), slot, metrics, results.append, attention=Skipping())  # type: ignore[arg-type,return-value]
    analyse.start()
    for sequence, anew in enumerate(["", "", "other", "camera", ""]):
        if anew:
            analyse.between_frames(lambda anew=anew: analyse.forget(anew))  # type: ignore[misc]
        slot.put(result(sequence, camera="camera").frame)
        assert analyse.step()
    assert [len(each.detections) for each in results] == [1, 1, 1, 0, 1]
