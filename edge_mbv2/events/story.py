"""One object's life, and what of it is worth a message."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from edge_mbv2.events.median import MedianScore
from edge_mbv2.events.presence import Presence, Step
from edge_mbv2.events.rules import foot_of
from edge_mbv2.types import Detection, Event, Look, Sighting, Track, Transition

ACTIVE_NS = 5_000_000_000
"""How long after a message an object that does nothing in particular gets the next, at the earliest."""

STATIONARY_NS = 60_000_000_000
"""The same of an object that stays in its place."""


@dataclass(frozen=True, slots=True)
class Moment:
    """One frame of one camera, without its picture.

    Attributes:
        camera: its name.
        frame: 0-based number of the frame.
        timestamp_ns: of the frame, nanoseconds on the run's `Clock`.
        width: in pixels.
        height: in pixels.
    """

    camera: str
    frame: int
    timestamp_ns: int
    width: int
    height: int


class Story:
    """Follows one object and tells its event, if it comes to one.

    Args:
        track: as first seen.
        threshold: what the median of its scores must reach.
        presence: in the zones and beside the lines that count for it.
        unix_s: gives the Unix time of a timestamp.

    Attributes:
        confirmed: whether the median has ever reached the threshold.
    """

    def __init__(
        self,
        track: Track,
        threshold: float,
        presence: Presence,
        unix_s: Callable[[int], float],
    ) -> None:
        self.label = track.label
        self.confirmed = False
        self._track = track
        self._start_ns = track.first_ns
        self._start_s = 0.0
        self._threshold = threshold
        self._presence = presence
        self._unix_s = unix_s
        self._scores = MedianScore()
        self._top_score = 0.0
        self._last: Look | None = None
        self._best: Look | None = None
        self._best_cut = False
        self._news: tuple[Transition, ...] = ()
        self._told: Sighting | None = None
        self._told_ns = 0

    @property
    def zones(self) -> tuple[str, ...]:
        """The zones that the object is in."""
        return self._presence.zones

    def see(self, track: Track, moment: Moment) -> None:
        """Take in what a frame shows of the object."""
        self._track = track
        was_confirmed = self.confirmed
        if track.score is not None:
            median = self._scores.add(track.score)
            self._top_score = max(self._top_score, median)
            self.confirmed = self.confirmed or median >= self._threshold
        if track.detection is not None:
            self._last = look = Look(moment.frame, moment.timestamp_ns, track.detection.score, track.box)
            cut = _is_cut(look, moment)
            if self._best is None or (
                self._best_cut if cut != self._best_cut else _is_better(look, self._best)
            ):
                self._best, self._best_cut = look, cut
            # A doubtful box is no witness, and what keeps its place changes sides by trembling only.
            if look.score >= self._threshold and not (track.stationary and was_confirmed):
                begins = self.confirmed and not was_confirmed
                self._news += tuple(self._presence.see(_step(track.detection, moment), begins=begins))

    def tell(self, moment: Moment) -> Event | None:
        """Return the message that the frame last seen makes due, if it does."""
        last = self._last
        if not self.confirmed or last is None or last.timestamp_ns != moment.timestamp_ns:
            return None
        if self._told is None:
            return self._message("new", moment)
        return self._message("update", moment) if self._is_due(self._told, last) else None

    def end(self, moment: Moment) -> Event | None:
        """Return the last message, if there was a first; what has happened so far is not told any more.

        Another event may follow, which begins now.
        """
        event = self._message("end", moment) if self._told else None
        self._told, self._best, self._news = None, None, ()
        self._start_ns = moment.timestamp_ns
        self._presence.forget()
        return event

    def _is_due(self, told: Sighting, last: Look) -> bool:
        if self._news or told.stationary != self._track.stationary:
            return True
        return last.timestamp_ns - self._told_ns >= (STATIONARY_NS if self._track.stationary else ACTIVE_NS)

    def _message(self, kind: Literal["new", "update", "end"], moment: Moment) -> Event:
        if self._told is None:  # later a board may have set its clock
            self._start_s = self._unix_s(self._start_ns)
        id = self._told.id if self._told else f"{self._start_s:.6f}-{moment.camera}-{self._track.number}"
        after = self._sighting(id, ended=kind == "end")
        before = self._told or after
        self._told, self._told_ns, self._news = after, moment.timestamp_ns, ()
        return Event(
            kind, moment.camera, moment.frame, moment.timestamp_ns, moment.width, moment.height, before, after
        )

    def _sighting(self, id: str, *, ended: bool) -> Sighting:
        track, last = self._track, self._last
        assert last is not None
        return Sighting(
            id=id,
            track=track.number,
            label=self.label,
            last=last,
            best=self._best or last,
            top_score=self._top_score,
            start_s=self._start_s,
            end_ns=last.timestamp_ns if ended else None,
            current_zones=self.zones,
            entered_zones=self._presence.entered,
            transitions=self._news,
            motionless_count=track.motionless_count,
            position_changes=track.position_changes,
            stationary=track.stationary,
        )


def _is_better(look: Look, best: Look) -> bool:
    """Tell whether an object shows itself clearly better: with a higher score, or larger."""
    if look.score >= best.score + 0.05:
        return True
    return look.score >= best.score - 0.05 and _area(look) > 1.1 * _area(best)


def _is_cut(look: Look, moment: Moment) -> bool:
    """Tell whether the picture's edge may cut off a part of the object."""
    box = look.box
    return box.x1 <= 1 or box.y1 <= 1 or box.x2 >= moment.width - 1 or box.y2 >= moment.height - 1


def _area(look: Look) -> float:
    return look.box.width * look.box.height


def _step(detection: Detection, moment: Moment) -> Step:
    box = detection.box
    foot = foot_of(detection, moment.width, moment.height)
    return Step(moment.frame, moment.timestamp_ns, foot, ((box.x1 + box.x2) / 2, box.y2))
