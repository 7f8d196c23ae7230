"""A recording gives the events of its run again, whatever was left out of it."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fakes.clocks import DatedClock
from fakes.recordings import HEADER
from fakes.walks import person

from edge_mbv2.app.following import Following
from edge_mbv2.clock import Clock
from edge_mbv2.config.schema import Config
from edge_mbv2.pipeline import recording
from edge_mbv2.pipeline.look import Glance
from edge_mbv2.pipeline.record import Recorder
from edge_mbv2.pipeline.recording import SkippedFrame
from edge_mbv2.pipeline.replay import LookAgain, RecordedClock
from edge_mbv2.sinks.records import Records
from edge_mbv2.types import Frame, FrameResult, Region

SECOND = 10**9
IMAGE = np.zeros((480, 640, 3), np.uint8)
IMAGE.setflags(write=False)
WHOLE = (Region(0, 0, 640, 480),)
START_S = 1_700_000_000.0  # a Tuesday, 22:13:20 UTC

NEVER: Any = None
"""Is not asked."""

Told = list[Mapping[str, Any]]
Script = list[tuple[Frame, Glance]]


def script(chance: random.Random) -> Iterator[tuple[Frame, Glance]]:
    """Give frames of two cameras: looked at, left out for one reason or another, at times none for long."""
    sequence, now_ns, x = {"a": 0, "b": 0}, {"a": 0, "b": 1}, {"a": 100.0, "b": 400.0}
    silent, looks = chance.choice(["a", "b", None]), chance.choice([0.05, 0.3, 0.9])
    step_ns, reasons = chance.choice([SECOND // 10, SECOND // 2, SECOND]), chance.choice([1, 2, 3])
    for turn in range(chance.randrange(100, 400)):
        camera = chance.choice("ab")
        if camera == silent and chance.random() < 0.9 and turn > 50:
            continue
        gap_ns = chance.randrange(12, 45) * SECOND if chance.random() < 0.02 else 0
        now_ns[camera] = max(now_ns.values()) + step_ns + gap_ns
        x[camera] = (x[camera] + chance.choice([0, 0, 8])) % 640
        frame = Frame(camera, sequence[camera], now_ns[camera], IMAGE)
        sequence[camera] += 1
        left_out = [Glance(skipped="gate"), Glance(skipped="rate"), Glance(moving=WHOLE, skipped="gate")]
        there = chance.random() < 0.8
        look = Glance((person(x[camera], 300),) if there else (), WHOLE)
        yield frame, look if chance.random() < looks else chance.choice(left_out[:reasons])


def told(frames: Script, config: Config, clock: Clock, recorder: Recorder | None = None) -> Told:
    """Return the records of all events; have the frames recorded."""
    following = Following(lambda: config, lambda: 0.5, clock)
    records = Records(clock, model="person", engine=lambda: "scripted")
    events: Told = []
    number = 0
    for position, (frame, glance) in enumerate(frames):
        followed = following.follow(frame, glance)
        events += [records.event_record(event) for event in (*followed.ended, *followed.events)]
        if recorder is not None:
            result = FrameResult(
                frame, (), 0.0, number, position, glance.skipped, glance.regions, glance.moving
            )
            recorder.publish(result)
        number += glance.skipped is None
    return events + [records.event_record(event) for event in following.finish()]


@pytest.mark.parametrize("seed", range(12))
def test_whatever_is_left_out_the_events_are_the_same(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    evening = {"start": "22:13", "end": chance.choice(["22:14", "22:15", "22:30"])}
    schedule = chance.choice([{}, {"schedule": {"evening": evening}}])
    config = Config.model_validate({"cameras": {"a": schedule, "b": {}}})
    frames = list(script(chance))
    first = next(n for n, (_, glance) in enumerate(frames) if glance.skipped is None)
    frames = frames[first:]
    clock = DatedClock(START_S)
    records = Records(clock, model="person", engine=lambda: "scripted")
    recorder = Recorder(tmp_path, 10**9, HEADER, records.record, clock, least_free_bytes=0)
    recorder.open()
    run = told(frames, config, clock, recorder)
    recorder.close()

    steps = recording.load(tmp_path).steps
    looked = {(frame.camera, frame.sequence): glance for frame, glance in frames}
    kept: Script = []
    for step in steps:
        assert not isinstance(step, recording.Settings)
        frame = Frame(step.record["camera"], step.record["frame"], step.timestamp_ns, IMAGE)
        glance = looked[frame.camera, frame.sequence]
        if isinstance(step, SkippedFrame):
            glance = LookAgain([step], NEVER)(frame, NEVER)
        kept.append((frame, glance))
    assert told(kept, config, RecordedClock(steps)) == run
    assert len(kept) <= len(frames)
