"""The live picture: one encode for all who look, none for nobody, no waiting for anybody."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Awaitable, Callable, Iterator

import cv2
import numpy as np
import pytest
from fakes.results import PERSON, grey, picture, result

from edge_mbv2.clock import MediaClock
from edge_mbv2.types import FrameResult
from edge_mbv2.web import live as live_module
from edge_mbv2.web.live import LiveVideo


@pytest.fixture
def live() -> Iterator[LiveVideo]:
    live = LiveVideo(["yard", "door"], MediaClock())
    live.start()
    yield live
    live.stop()


def run(test: Callable[[], Awaitable[None]]) -> None:
    async def limited() -> None:
        async with asyncio.timeout(60):
            await test()

    asyncio.run(limited())


def plain(sequence: int, camera: str = "yard") -> FrameResult:
    return result(sequence, camera=camera, image=picture(sequence, 160, 120))


def decoded(jpeg: bytes | None) -> np.ndarray:
    assert jpeg is not None
    return cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)


def shade(jpeg: bytes | None) -> int:
    return int(np.median(decoded(jpeg)))


def test_without_a_viewer_nothing_is_encoded(live: LiveVideo) -> None:
    for n in range(50):
        live.publish(plain(n))
    live.stop()
    assert live.encodes == 0


def test_three_viewers_cost_one_encode_a_frame(live: LiveVideo) -> None:
    async def test() -> None:
        with contextlib.ExitStack() as stack:
            viewers = [stack.enter_context(live.view("yard", overlay=True)) for _ in range(3)]
            assert live.viewers == 3
            for n in range(10):
                live.publish(plain(n))
                jpegs = [await viewer.get() for viewer in viewers]
                assert jpegs[0] is jpegs[1] is jpegs[2]
                assert abs(shade(jpegs[0]) - grey(n)) <= 3
                assert live.encodes == n + 1
        assert live.viewers == 0

    run(test)


def test_no_more_a_second_than_asked_for() -> None:
    live = LiveVideo(["yard"], MediaClock(), rate_hz=0.001)
    live.start()

    async def test() -> None:
        with live.view("yard", overlay=False) as viewer:
            live.publish(plain(0))
            assert abs(shade(await viewer.get()) - grey(0)) <= 3
            for n in range(1, 20):
                live.publish(plain(n))
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(viewer.get(), 0.3)
        assert live.encodes == 1

    run(test)
    live.stop()


def test_each_variant_in_use_is_encoded_once(live: LiveVideo) -> None:
    async def test() -> None:
        with live.view("yard", overlay=True) as boxes, live.view("yard", overlay=False) as bare:
            live.publish(plain(1))
            drawn, untouched = decoded(await boxes.get()), decoded(await bare.get())
        assert live.encodes == 2
        assert np.abs(untouched.astype(int) - grey(1)).max() <= 3
        assert np.abs(drawn[8:41, 10:31].astype(int) - grey(1)).max() > 50

    run(test)


def test_viewers_of_one_camera_get_nothing_of_the_other(live: LiveVideo) -> None:
    async def test() -> None:
        with live.view("door", overlay=False) as viewer:
            for n in range(5):
                live.publish(plain(n))
            live.publish(plain(7, "door"))
            assert abs(shade(await viewer.get()) - grey(7)) <= 3
        assert live.encodes == 1

    run(test)


def test_whoever_comes_later_gets_the_newest_at_once(live: LiveVideo) -> None:
    async def test() -> None:
        live.publish(plain(1))
        live.publish(plain(2))
        with live.view("yard", overlay=True) as viewer:
            first = await viewer.get()
        assert abs(shade(first) - grey(2)) <= 3
        with live.view("yard", overlay=True) as viewer:
            assert await viewer.get() is first  # still the newest: not encoded again
        assert live.encodes == 1
        live.publish(plain(3))
        with live.view("yard", overlay=True) as viewer:
            assert abs(shade(await viewer.get()) - grey(3)) <= 3
        assert live.encodes == 2

    run(test)


def test_a_slow_viewer_finds_the_newest_and_the_others_all(live: LiveVideo) -> None:
    async def test() -> None:
        with live.view("yard", overlay=False) as slow, live.view("yard", overlay=False) as quick:
            for n in range(20):
                live.publish(plain(n))
                assert abs(shade(await quick.get()) - grey(n)) <= 3
            # The last picture may be on its way to one viewer while the other has it.
            found = [abs(shade(await slow.get()) - grey(19)) <= 3]
            if not found[0]:
                found.append(abs(shade(await slow.get()) - grey(19)) <= 3)
            assert found[-1]

    run(test)


def test_a_busy_camera_does_not_keep_the_other_from_being_seen(
    live: LiveVideo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each encode of the busy camera brings its next frame, so there is always work."""
    encode, both = live_module.encode_jpeg, threading.Event()
    widths: list[int] = []

    def and_the_next(image: np.ndarray, quality: int) -> bytes:
        both.wait()
        widths.append(image.shape[1])
        if live.encodes < 500:
            live.publish(plain(live.encodes))
        return encode(image, quality)

    monkeypatch.setattr(live_module, "encode_jpeg", and_the_next)

    async def test() -> None:
        with live.view("yard", overlay=False), live.view("door", overlay=False) as door:
            live.publish(plain(0))
            live.publish(result(1, camera="door", image=picture(1, 200, 120)))
            both.set()
            assert await door.get() is not None

    run(test)
    assert widths.index(200) <= 1


def test_publishing_and_encoding_are_in_different_threads(
    live: LiveVideo, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoding, go = threading.Event(), threading.Event()

    def wait(image: np.ndarray, quality: int) -> bytes:
        encoding.set()
        go.wait()
        return b"jpeg of " + threading.current_thread().name.encode()

    monkeypatch.setattr(live_module, "encode_jpeg", wait)

    async def test() -> None:
        with live.view("yard", overlay=True) as viewer:
            live.publish(plain(0))
            await asyncio.to_thread(encoding.wait)
            for n in range(1, 100):
                live.publish(plain(n))  # would hang here if it waited for the encoder
            go.set()
            assert await viewer.get() == b"jpeg of live picture"

    run(test)


def test_overlays_are_drawn_into_one_array(live: LiveVideo, monkeypatch: pytest.MonkeyPatch) -> None:
    arrays = []
    monkeypatch.setattr(live_module, "encode_jpeg", lambda image, quality: arrays.append(image) or b"x")

    async def test() -> None:
        with live.view("yard", overlay=True) as viewer:
            for n in range(3):
                live.publish(plain(n))
                await viewer.get()

    run(test)
    assert arrays[0] is arrays[1] is arrays[2]


def test_a_picture_that_cannot_be_encoded_is_told_and_the_next_one_seen(
    live: LiveVideo, caplog: pytest.LogCaptureFixture
) -> None:
    wide = np.zeros((1, 70_000, 3), np.uint8)
    wide.setflags(write=False)

    async def test() -> None:
        with live.view("yard", overlay=False) as viewer:
            live.publish(result(0, image=wide))
            while not caplog.messages:
                await asyncio.sleep(0.01)
            live.publish(plain(1))
            assert abs(shade(await viewer.get()) - grey(1)) <= 3

    run(test)
    assert "yard: no live picture: a picture of 70000x1 pixels" in caplog.messages[0]


def test_stop_ends_every_view(live: LiveVideo) -> None:
    async def test() -> None:
        with live.view("yard", overlay=True) as viewer:
            waiting = asyncio.create_task(viewer.get())
            await asyncio.sleep(0)
            await asyncio.to_thread(live.stop)
            assert await waiting is None

    run(test)


def test_latest(live: LiveVideo) -> None:
    assert live.latest("yard") is None
    item = result(detections=(PERSON,))
    live.publish(item)
    assert live.latest("yard") is item
    assert live.latest("door") is None


def test_cameras_come_and_go(live: LiveVideo) -> None:
    async def test() -> None:
        live.publish(plain(1, "door"))
        with live.view("door", overlay=False) as gone, live.view("yard", overlay=False) as stays:
            assert shade(await gone.get()) == grey(1)
            live.set_cameras(["yard", "shed"])
            assert await gone.get() is None
            live.publish(plain(2, "door"))
            assert live.latest("door") is None
            live.publish(plain(3))
            assert shade(await stays.get()) == grey(3)
            with live.view("shed", overlay=False) as new:
                live.publish(plain(4, "shed"))
                assert shade(await new.get()) == grey(4)
        with live.view("door", overlay=True) as late:
            assert await late.get() is None

    run(test)
    assert live.cameras == ("yard", "shed")
    assert live.viewers == 0
