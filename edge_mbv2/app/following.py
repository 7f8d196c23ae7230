"""From the configuration to what follows objects and tells of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from edge_mbv2.app.watched import rules
from edge_mbv2.clock import Clock
from edge_mbv2.config.schema import Config
from edge_mbv2.events.evaluate import Events
from edge_mbv2.events.rules import Rules
from edge_mbv2.events.story import Moment
from edge_mbv2.pipeline.follow import GAP_NS, Followed
from edge_mbv2.pipeline.look import Glance, whole
from edge_mbv2.tracking.tracker import Tracker
from edge_mbv2.types import BoundingBox, Event, Frame, Scene, Track


class Following:
    """Follows the objects of a run's cameras.

    Implements `edge_mbv2.pipeline.follow.Follower` and `edge_mbv2.pipeline.attention.Objects`.

    Args:
        config: returns the configuration as it is in force.
        threshold: returns the model's, for labels that have none of their own.
        clock: which the frames are stamped with.
    """

    def __init__(self, config: Callable[[], Config], threshold: Callable[[], float], clock: Clock) -> None:
        self._config = config
        self._threshold = threshold
        self._clock = clock
        self._cameras: dict[str, _Camera] = {}
        self._numbers: dict[str, int] = {}  # of objects on cameras that were forgotten

    def follow(self, frame: Frame, glance: Glance) -> Followed:
        """Take in what a glance at a frame gave, or that there was none."""
        # Recordings have a time each.
        ended = self._end_absent(frame.timestamp_ns, but=frame.camera) if self._clock.has_dates else []
        config = self._config().cameras.get(frame.camera)
        if config is None:
            return Followed(ended=ended)  # a last frame of a camera that was taken away
        camera = self._cameras.get(frame.camera)
        if camera is None:
            watched = rules(config, self._threshold(), self._clock)
            number = self._numbers.get(frame.camera, 0)
            camera = self._cameras[frame.camera] = _Camera(watched, self._clock, number)
        camera.events.armed = config.armed
        return camera.follow(frame, glance, ended)

    def idle(self) -> Sequence[Event]:
        """End the events of cameras from which no frame has come for long, when none comes at all."""
        return self._end_absent(self._clock.now_ns())

    def expected(self, frame: Frame) -> Sequence[BoundingBox]:
        """Return where objects should be in a frame by what was seen before it."""
        camera = self._cameras.get(frame.camera)
        return () if camera is None else camera.tracker.expected(frame.timestamp_ns)

    def doubts(self, camera: str) -> bool:
        """Tell whether, when nothing moves, another look would tell if an object is still there."""
        followed = self._cameras.get(camera)
        return followed is not None and followed.tracker.doubts

    def forget(self, camera: str) -> Sequence[Event]:
        """Begin anew with a camera, by the configuration then in force; end its open events."""
        followed = self._cameras.pop(camera, None)
        if followed is None:
            return ()
        self._numbers[camera] = followed.tracker.number
        return followed.end()

    def finish(self) -> Sequence[Event]:
        """End every open event."""
        return [event for _, camera in sorted(self._cameras.items()) for event in camera.end()]

    def state(self, camera: str) -> Mapping[str, Any]:
        """Return what there is on a camera at present, ready for JSON; any thread may ask."""
        followed = self._cameras.get(camera)
        return {} if followed is None else followed.state

    def _end_absent(self, now_ns: int, but: str | None = None) -> list[Event]:
        absent = [
            camera
            for name, camera in sorted(self._cameras.items())
            if name != but and camera.latest_ns is not None and now_ns - camera.latest_ns > GAP_NS
        ]
        return [event for camera in absent for event in camera.end()]


class _Camera:
    """What is followed on one camera.

    Attributes:
        latest_ns: when its last frame was taken, None while nothing is followed.
    """

    def __init__(self, rules: Rules, clock: Clock, number: int) -> None:
        self.tracker = Tracker(lambda label: rules.limits_of(label).threshold, number)
        self.events = Events(rules, clock)
        self.state: Mapping[str, Any] = {}
        self.latest_ns: int | None = None
        self._rules = rules
        self._scene = (
            None
            if not (rules.zones or rules.lines)
            else Scene(
                tuple([(zone.name, zone.area.corners) for zone in rules.zones]),
                tuple([(line.name, line.start, line.end) for line in rules.lines]),
            )
        )
        self._tracks: tuple[Track, ...] = ()
        self._shape: tuple[int, ...] = ()

    def follow(self, frame: Frame, glance: Glance, ended: Sequence[Event]) -> Followed:
        """Take in a frame; ``ended`` are events of other cameras to tell with its own."""
        ended = [*ended, *(self.end() if self._is_another_scene(frame) else ())]
        events: Sequence[Event] = ()
        self.latest_ns, self._shape = frame.timestamp_ns, frame.image.shape
        if glance.skipped != "rate":  # a frame that was not due tells not even that nothing moves
            events = self._evaluate(frame, glance)
        return Followed(self._tracks, ended, events, self._scene)

    def end(self) -> Sequence[Event]:
        """End what is open, and follow nobody."""
        events = self.events.finish()
        self.tracker.forget()
        self.latest_ns, self._tracks = None, ()
        self._count()
        return events

    def _is_another_scene(self, frame: Frame) -> bool:
        """Tell whether who was followed can't be in a frame, by its time or its size."""
        if self.latest_ns is None:
            return False
        passed_ns = frame.timestamp_ns - self.latest_ns
        return not 0 < passed_ns <= GAP_NS or frame.image.shape != self._shape

    def _evaluate(self, frame: Frame, glance: Glance) -> Sequence[Event]:
        height, width = frame.image.shape[:2]
        detections = [each for each in glance.detections if self._rules.admits(each, width, height)]
        # The whole picture also tells of an object that has walked out of it.
        looked = None if whole(frame.image) in glance.regions else glance.regions
        tracks = self.tracker.update(detections, frame.timestamp_ns, looked, still=not glance.moving)
        if glance.skipped is None:
            self._tracks = tracks
        moment = Moment(frame.camera, frame.sequence, frame.timestamp_ns, width, height)
        events = self.events.evaluate(tracks, moment)
        self._count()
        return events

    def _count(self) -> None:
        self.state = {"objects": self.events.counts(), "zones": self.events.zone_counts()}
