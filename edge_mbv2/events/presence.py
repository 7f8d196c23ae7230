"""On which side of zones' edges and lines an object is, freed of what only trembles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from edge_mbv2.events.rules import Line, Zone
from edge_mbv2.geometry import Point, segments_meet, side
from edge_mbv2.types import Transition

SETTLE_NS = 150_000_000
"""How long a change of side lasts before it counts; it then bears the time of its first frame."""

RETURN_NS = 1_000_000_000
"""How long one lasts that takes a change back which is younger than `RETURN_WITHIN_NS`."""

RETURN_WITHIN_NS = 5_000_000_000


class Step(NamedTuple):
    """Where an object was seen.

    Attributes:
        frame: 0-based number of the frame.
        timestamp_ns: of the frame.
        foot: where it stands, as fractions of the picture.
        point: the same in pixels.
    """

    frame: int
    timestamp_ns: int
    foot: Point
    point: tuple[float, float]


class _Side:
    """A yes or no that changes when another answer has lasted."""

    def __init__(self, settled: bool) -> None:
        self.settled = settled
        self._first: Step | None = None
        self._changed_ns: int | None = None

    def observe(self, answer: bool, step: Step, *, settle_ns: int = SETTLE_NS) -> Step | None:
        """Return the step that changed the side, once that counts.

        Two steps at least agree on it, however far apart frames are.

        Args:
            answer: of this step.
            step: where the object was seen.
            settle_ns: how long a change lasts that takes none back.
        """
        if answer == self.settled:
            self._first = None
            return None
        if self._first is None:
            self._first = step
            return None
        first = self._first
        returns = self._changed_ns is not None and first.timestamp_ns - self._changed_ns < RETURN_WITHIN_NS
        if step.timestamp_ns - first.timestamp_ns < (RETURN_NS if returns else settle_ns):
            return None
        self.settled, self._first, self._changed_ns = answer, None, first.timestamp_ns
        return first

    @property
    def trembles(self) -> bool:
        """Whether the other answer was the last, but has not lasted yet."""
        return self._first is not None


class _LineSide(_Side):
    """The side of a line, and whether the way there led across it or around its end.

    Args:
        line: which it is of.
        step: beside the line, not on it: the line is no side, so an object that begins there has none yet.
    """

    def __init__(self, line: Line, step: Step) -> None:
        super().__init__(side(line.start, line.end, step.foot) > 0)
        self._line = line
        self._before = step
        self._crossed = False

    def see(self, step: Step) -> Step | None:
        """Return the step that crossed the line, once that counts."""
        line, before, self._before = self._line, self._before, step
        where = side(line.start, line.end, step.foot)
        answer = where > 0 if where else self.settled
        if answer != self.settled and not self.trembles:
            self._crossed = segments_meet(line.start, line.end, before.foot, step.foot)
        first = self.observe(answer, step)
        return first if self._crossed else None


class Presence:
    """Where one object is.

    Args:
        zones: which count for it.
        lines: which count for it.

    Attributes:
        entered: the zones it has been in, in the order of entering.
    """

    def __init__(self, zones: Sequence[Zone], lines: Sequence[Line]) -> None:
        self.entered: tuple[str, ...] = ()
        self._zones = [(zone, _Side(False)) for zone in zones]
        self._lines = lines
        self._sides: dict[str, _LineSide] = {}

    @property
    def zones(self) -> tuple[str, ...]:
        """The zones it is in."""
        return tuple([zone.name for zone, inside in self._zones if inside.settled])

    def forget(self) -> None:
        """Forget which zones it has left."""
        self.entered = tuple([name for name in self.entered if name in self.zones])

    def see(self, step: Step, *, begins: bool) -> list[Transition]:
        """Return what has come to count with one more step, earliest first.

        Args:
            step: where the object was seen.
            begins: whether its event begins with this step. The zones that two steps agree on need not
                last then, so that the first message names them and no second one has to.
        """
        found = []
        settle_ns = 0 if begins else SETTLE_NS
        for zone, inside in self._zones:
            first = inside.observe(zone.area.contains(step.foot), step, settle_ns=settle_ns)
            if first is not None:
                if inside.settled and zone.name not in self.entered:
                    self.entered = (*self.entered, zone.name)
                found.append(
                    _transition("zone_enter" if inside.settled else "zone_exit", zone.name, None, first)
                )
        for line in self._lines:
            beside = self._sides.get(line.name)
            if beside is None:
                if side(line.start, line.end, step.foot):
                    self._sides[line.name] = _LineSide(line, step)
            elif (first := beside.see(step)) is not None:
                found.append(
                    _transition("line_cross", line.name, "right" if beside.settled else "left", first)
                )
        return sorted(found, key=lambda transition: transition.frame)


def _transition(
    kind: Literal["zone_enter", "zone_exit", "line_cross"],
    name: str,
    direction: Literal["left", "right"] | None,
    step: Step,
) -> Transition:
    return Transition(kind, name, direction, step.frame, step.timestamp_ns, step.point)
