"""The two hand-overs: what is delivered, what is dropped, who waits."""

import threading

import pytest
from fakes.pipeline import frame
from hypothesis import given
from hypothesis import strategies as st

from edge_mbv2.pipeline.slot import LatestSlot, LosslessSlot
from edge_mbv2.types import Frame


class Drops(list[tuple[str, int, str]]):
    def __call__(self, dropped: Frame, reason: str) -> None:
        self.append((dropped.camera, dropped.sequence, reason))


def test_latest_keeps_the_newest_and_counts_the_replaced() -> None:
    drops = Drops()
    slot = LatestSlot(drops)
    for sequence in range(3):
        slot.put(frame(sequence))
    taken = slot.take(0)
    assert taken is not None
    assert taken.sequence == 2
    assert drops == [("camera", 0, "replaced"), ("camera", 1, "replaced")]
    assert slot.take(0) is None


def test_the_camera_that_waited_longest_is_served_first() -> None:
    slot = LatestSlot(Drops())
    slot.put(frame(0, "slow"))
    slot.put(frame(0, "fast"))
    slot.put(frame(1, "slow"))  # newer, but its place in the order is kept
    order = [slot.take(0), slot.take(0)]
    assert [(f.camera, f.sequence) for f in order if f] == [("slow", 1), ("fast", 0)]


def test_a_camera_that_was_just_served_lets_the_others_go_first() -> None:
    slot = LatestSlot(Drops())
    slot.put(frame(0, "fast"))
    assert slot.take(0) is not None
    slot.put(frame(1, "fast"))
    slot.put(frame(0, "slow"))
    order = [slot.take(0), slot.take(0)]
    assert [f.camera for f in order if f] == ["slow", "fast"]


def test_a_recording_keeps_its_order() -> None:
    slot = LosslessSlot(Drops())
    slot.put(frame(0, "a"))
    assert slot.take(0) is not None
    slot.put(frame(1, "a"))
    slot.put(frame(0, "b"))
    order = [slot.take(0), slot.take(0)]
    assert [f.camera for f in order if f] == ["a", "b"]


@pytest.mark.parametrize("kind", [LatestSlot, LosslessSlot])
def test_close_lets_what_is_here_be_taken(kind: type[LatestSlot | LosslessSlot]) -> None:
    drops = Drops()
    slot = kind(drops)
    slot.put(frame(0))
    slot.close()
    assert not slot.drained
    slot.put(frame(1))
    assert drops == [("camera", 1, "stopped")]
    assert slot.take(0) is not None
    assert slot.drained
    assert slot.take(60) is None  # and does not wait


@pytest.mark.parametrize("kind", [LatestSlot, LosslessSlot])
def test_clear_drops_what_is_here(kind: type[LatestSlot | LosslessSlot]) -> None:
    drops = Drops()
    slot = kind(drops)
    slot.put(frame(0))
    slot.clear()
    assert slot.drained
    assert drops == [("camera", 0, "stopped")]


def test_lossless_delivers_every_frame_in_order() -> None:
    drops = Drops()
    slot = LosslessSlot(drops)

    def produce() -> None:
        for sequence in range(500):
            slot.put(frame(sequence))
        slot.close()

    thread = threading.Thread(target=produce)
    thread.start()
    taken = []
    while not slot.drained:
        got = slot.take(60)
        if got is not None:
            taken.append(got.sequence)
    thread.join()
    assert taken == list(range(500))
    assert drops == []


def test_clear_frees_a_producer_that_waits() -> None:
    drops = Drops()
    slot = LosslessSlot(drops)
    slot.put(frame(0))
    thread = threading.Thread(target=slot.put, args=(frame(1),))
    thread.start()
    slot.clear()
    thread.join(60)
    assert not thread.is_alive()
    assert sorted(drops) == [("camera", 0, "stopped"), ("camera", 1, "stopped")]


@pytest.mark.parametrize("kind", [LatestSlot, LosslessSlot])
def test_nothing_is_taken_of_a_source_that_is_barred(kind: type[LatestSlot | LosslessSlot]) -> None:
    class Source:
        pass

    old, new, drops = Source(), Source(), Drops()
    slot = kind(drops)
    slot.put(frame(0), old)
    slot.put(frame(0, "other"), new)
    slot.bar(old)
    slot.put(frame(1), old)
    slot.put(frame(2), new)
    slot.put(frame(3), old)
    taken = [slot.take(0), slot.take(0)]
    assert [(each.camera, each.sequence) for each in taken if each] == [("other", 0), ("camera", 2)]
    assert drops == [("camera", sequence, "stopped") for sequence in (0, 1, 3)]


def test_a_bar_frees_a_producer_that_waits() -> None:
    drops = Drops()
    slot = LosslessSlot(drops)
    slot.put(frame(0))
    thread = threading.Thread(target=slot.put, args=(frame(1), slot))
    thread.start()
    slot.bar(slot)
    thread.join(60)
    assert not thread.is_alive()
    assert drops == [("camera", 1, "stopped")]


@given(st.lists(st.sampled_from(["put a", "put b", "take"]), max_size=60))
def test_every_frame_ends_in_exactly_one_place(actions: list[str]) -> None:
    drops = Drops()
    slot = LatestSlot(drops)
    put, taken = [], []
    for sequence, action in enumerate(actions):
        if action == "take":
            got = slot.take(0)
            if got is not None:
                taken.append((got.camera, got.sequence))
        else:
            camera = action[-1]
            slot.put(frame(sequence, camera))
            put.append((camera, sequence))
    slot.clear()
    ended = taken + [(camera, sequence) for camera, sequence, _ in drops]
    assert sorted(ended) == sorted(put)
