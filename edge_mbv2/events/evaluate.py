"""The objects of one camera, and the messages that their lives give rise to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from edge_mbv2.clock import Clock
from edge_mbv2.events.presence import Presence
from edge_mbv2.events.rules import Rules
from edge_mbv2.events.story import Moment, Story
from edge_mbv2.types import Event, Track


class Events:
    """Makes events of one camera's tracks.

    Nothing but what it is given decides what it returns, so a recording gives the same events again.

    Args:
        rules: what is watched for.
        clock: which the moments are stamped with, for ids and the schedule.

    Attributes:
        armed: False ends every open event and begins none until it is True again; tracks and counts
            go on.
    """

    def __init__(self, rules: Rules, clock: Clock) -> None:
        self.armed = True
        self._rules = rules
        self._clock = clock
        self._stories: dict[int, Story] = {}
        self._moment: Moment | None = None

    def evaluate(self, tracks: Sequence[Track], moment: Moment) -> list[Event]:
        """Return the messages of one frame, in the order of the objects' appearance.

        Args:
            tracks: every object that is followed; one that is missing has gone for good.
            moment: of the frame; later than the one before.
        """
        self._moment = moment
        present = {track.number for track in tracks}
        events = self._end([number for number in self._stories if number not in present])
        on = self.armed and self._is_on(moment.timestamp_ns)
        for track in sorted(tracks, key=lambda track: track.number):
            story = self._stories.get(track.number)
            if story is None:
                story = self._stories[track.number] = self._begin(track)
            story.see(track, moment)
            event = story.tell(moment) if on else story.end(moment)
            if event is not None:
                events.append(event)
        return events

    def finish(self) -> list[Event]:
        """End every open event, because nothing more will come; forgets all objects."""
        return self._end(list(self._stories))

    def counts(self) -> Mapping[str, int]:
        """Return how many objects there are of each label, those out of sight for a moment included."""
        return Counter(story.label for story in self._stories.values() if story.confirmed)

    def zone_counts(self) -> Mapping[str, Mapping[str, int]]:
        """Return the same for each zone."""
        counts: dict[str, Counter[str]] = {zone.name: Counter() for zone in self._rules.zones}
        for story in self._stories.values():
            if story.confirmed:
                for zone in story.zones:
                    counts[zone][story.label] += 1
        return counts

    def _is_on(self, timestamp_ns: int) -> bool:
        schedule, clock = self._rules.schedule, self._clock
        return schedule is None or schedule.is_on(
            clock.unix_s(timestamp_ns) + clock.utc_offset_s(timestamp_ns)
        )

    def _begin(self, track: Track) -> Story:
        zones = [zone for zone in self._rules.zones if not zone.labels or track.label in zone.labels]
        lines = [line for line in self._rules.lines if not line.labels or track.label in line.labels]
        threshold = self._rules.limits_of(track.label).threshold
        return Story(track, threshold, Presence(zones, lines), self._clock.unix_s)

    def _end(self, numbers: Sequence[int]) -> list[Event]:
        ended = [self._stories.pop(number).end(self._moment) for number in sorted(numbers) if self._moment]
        return [event for event in ended if event is not None]
