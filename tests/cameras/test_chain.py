"""Several sources as one: order, errors passed over, an end for each that was opened."""

import pytest
from fakes.pipeline import ScriptedCamera

from edge_mbv2.cameras.chain import ChainCamera
from edge_mbv2.errors import MediaError


class Unopenable(ScriptedCamera):
    def open(self) -> None:
        raise MediaError("b.mp4 is empty")


def damaged_once() -> ScriptedCamera:
    told: list[int] = []

    def read(sequence: int) -> None:
        if sequence == 1 and not told:
            told.append(sequence)
            raise MediaError("2.jpg is damaged")

    return ScriptedCamera(2, on_read=read)


def test_it_reads_each_to_its_end_and_passes_over_what_is_wrong() -> None:
    cameras = [ScriptedCamera(2), Unopenable(5), damaged_once(), ScriptedCamera(1)]
    chain = ChainCamera("files", cameras)
    chain.open()
    seen: list[int | str] = []
    while True:
        try:
            frame = chain.read()
        except MediaError as error:
            seen.append(str(error))
            continue
        if frame is None:
            break
        seen.append(frame.sequence)
    assert seen == [0, 1, "b.mp4 is empty", 0, "2.jpg is damaged", 1, 0]
    assert all(camera.closed.is_set() for camera in cameras)
    chain.close()


def test_close_in_the_middle_closes_what_is_open() -> None:
    first, second = ScriptedCamera(5), ScriptedCamera(5)
    chain = ChainCamera("files", [first, second])
    chain.open()
    assert chain.read() is not None
    chain.close()
    assert first.closed.is_set()
    assert not second.closed.is_set()


@pytest.mark.parametrize("reads", [0, 1])
def test_an_interrupt_ends_it(reads: int) -> None:
    chain = ChainCamera("files", [ScriptedCamera(5)])
    chain.open()
    for _ in range(reads):
        assert chain.read() is not None
    chain.interrupt()
    assert chain.read() is None
