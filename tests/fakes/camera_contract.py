"""What every camera promises, as checks that take a source; run as a program, one check of them."""

from __future__ import annotations

import itertools
import sys
import threading
from collections.abc import Callable

import numpy as np

from edge_mbv2.cameras import Camera, CameraSettings, create
from edge_mbv2.clock import SystemClock
from edge_mbv2.types import Frame

FRAMES = 3


def make(source: str, **settings: object) -> Camera:
    """Return an unopened camera which, if it can, is as fast as it is read and never ends."""
    wanted = CameraSettings(**{"realtime": False, "loop": True} | settings)
    return create(source, name="front", settings=wanted, clock=SystemClock())


def take(source: str, count: int = FRAMES, **settings: object) -> list[Frame]:
    """Return the first frames of a source."""
    camera = make(source, **settings)
    camera.open()
    try:
        frames = [camera.read() for _ in range(count)]
    finally:
        camera.close()
    assert None not in frames
    return frames


def delivers_frames(source: str) -> None:
    frames = take(source)
    for frame in frames:
        assert frame.camera == "front"
        assert frame.image.dtype == np.uint8
        assert frame.image.ndim == 3
        assert frame.image.shape[2] == 3
        assert frame.image.flags.c_contiguous
        assert not frame.image.flags.writeable
        assert frame.image.std() > 1
    assert [frame.sequence for frame in frames] == [0, 1, 2]
    assert all(a.timestamp_ns < b.timestamp_ns for a, b in itertools.pairwise(frames))


def gives_each_frame_its_own_memory(source: str) -> None:
    frames = take(source)
    assert not any(np.shares_memory(a.image, b.image) for a, b in itertools.pairwise(frames))


def stamps_real_time_by_the_clock(source: str) -> None:
    clock = SystemClock()
    before_ns = clock.now_ns()
    frames = take(source, 2, realtime=True, framerate=10.0)
    assert before_ns < frames[0].timestamp_ns < frames[1].timestamp_ns < clock.now_ns()


def turns_pictures(source: str) -> None:
    plain = _first(source)
    for hflip in (False, True):
        for vflip in (False, True):
            for rotation in (0, 90, 180, 270):
                expected = plain[:, ::-1] if hflip else plain
                expected = expected[::-1] if vflip else expected
                expected = np.rot90(expected, -rotation // 90)
                turned = _first(source, hflip=hflip, vflip=vflip, rotation=rotation)
                assert turned.shape == expected.shape, (hflip, vflip, rotation)
                # A device's first frames differ in brightness, by less than its quarters do.
                assert _thumbnail(turned) == _thumbnail(expected), (hflip, vflip, rotation)


def blanks_what_is_private(source: str) -> None:
    top = ((0.0, 0.0), (1.0, 0.0), (1.0, 0.25), (0.0, 0.25))
    for rotation in (0, 90, 180, 270):
        image = _first(source, rotation=rotation, hflip=rotation == 180, privacy=(top,))
        rows = image.shape[0] // 4
        assert not image[:rows].any(), rotation
        assert image[rows + 4 :].std() > 1, rotation


def honours_the_size(source: str) -> None:
    assert _first(source, width=320, height=240).shape == (240, 320, 3)
    assert _first(source, width=320, height=240, rotation=90).shape == (320, 240, 3)


def closes_twice_and_unopened(source: str) -> None:
    camera = make(source)
    camera.close()
    camera.open()
    camera.close()
    camera.close()


def opens_again(source: str) -> None:
    camera = make(source)
    for first in (0, 2):
        camera.open()
        assert [_sequence(camera), _sequence(camera)] == [first, first + 1]
        camera.close()


def says_what_it_is(source: str) -> None:
    camera = make(source)
    camera.open()
    camera.close()
    assert camera.name == "front"
    assert len(camera.description) > len(source)


def ends_when_interrupted(source: str) -> None:
    camera = make(source, realtime=True, framerate=0.1)
    camera.open()
    assert camera.read() is not None
    ended = threading.Event()

    def read_on() -> None:
        while camera.read() is not None:
            pass
        ended.set()

    reader = threading.Thread(target=read_on)
    reader.start()
    camera.interrupt()
    assert ended.wait(30)
    reader.join()
    assert camera.read() is None
    camera.close()
    camera.open()
    assert camera.read() is None
    camera.close()


CHECKS: dict[str, Callable[[str], None]] = {
    check.__name__: check
    for check in (
        delivers_frames,
        gives_each_frame_its_own_memory,
        stamps_real_time_by_the_clock,
        turns_pictures,
        blanks_what_is_private,
        honours_the_size,
        closes_twice_and_unopened,
        opens_again,
        says_what_it_is,
        ends_when_interrupted,
    )
}


def _first(source: str, **settings: object) -> np.ndarray:
    return take(source, 1, **settings)[0].image


def _sequence(camera: Camera) -> int:
    frame = camera.read()
    assert frame is not None
    return frame.sequence


def _thumbnail(image: np.ndarray) -> list[list[int]]:
    """Return what is to be seen in each of 4 x 4 parts, coarsely."""
    height, width = image.shape[0] // 4, image.shape[1] // 4
    parts = image[: height * 4, : width * 4].reshape(4, height, 4, width, 3)
    return np.round(parts.mean(axis=(1, 3)) / 64).astype(int).tolist()


if __name__ == "__main__":
    CHECKS[sys.argv[1]](sys.argv[2])
