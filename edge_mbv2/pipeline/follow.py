"""What following objects is to the analysis: tracks of each frame, and events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from edge_mbv2.pipeline.look import Glance
from edge_mbv2.types import Event, Frame, Scene, Track

GAP_NS = 30_000_000_000
"""How long after a camera's last frame its objects are taken for gone; who comes then is somebody else."""


@dataclass(frozen=True, slots=True)
class Followed:
    """What came of one frame.

    Attributes:
        tracks: the objects that are followed, as of the last analysed frame.
        ended: the last messages about what was followed before this frame.
        events: the messages that it brings about.
        scene: what is watched for, None if nothing in particular.
    """

    tracks: tuple[Track, ...] = ()
    ended: Sequence[Event] = ()
    events: Sequence[Event] = ()
    scene: Scene | None = None


class Follower(Protocol):
    """Follows the objects of all cameras; one thread calls it, frame by frame."""

    def follow(self, frame: Frame, glance: Glance) -> Followed:
        """Take in what a glance at a frame gave, or that there was none."""

    def idle(self) -> Sequence[Event]:
        """Return the messages that are due while no frame comes; called now and then."""

    def finish(self) -> Sequence[Event]:
        """Return the last messages, because no frame comes any more."""


class FollowNothing:
    """Follows no object."""

    def follow(self, frame: Frame, glance: Glance) -> Followed:
        return Followed()

    def idle(self) -> Sequence[Event]:
        return ()

    def finish(self) -> Sequence[Event]:
        return ()
