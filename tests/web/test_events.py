"""Server-sent events: the records as they are, to all who follow."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from fakes.results import result

from edge_mbv2.types import FrameResult
from edge_mbv2.web.events import EventStream


def text(item: FrameResult) -> str:
    return f'{{"camera":"{item.frame.camera}","frame":{item.frame.sequence}}}'


def run(test: Callable[[], Awaitable[None]]) -> None:
    async def limited() -> None:
        async with asyncio.timeout(60):
            await test()

    asyncio.run(limited())


def test_an_event_to_the_byte() -> None:
    async def test() -> None:
        events = EventStream(text)
        with events.follow() as client:
            events.publish(result(7))
            assert await client.get() == (b'id: 1\nevent: detections\ndata: {"camera":"yard","frame":7}\n\n')

    run(test)


def test_nobody_follows_nothing_is_built() -> None:
    built = []
    events = EventStream(lambda item: built.append(item) or "")  # type: ignore[func-returns-value]
    for n in range(10):
        events.publish(result(n))
    assert built == []
    assert events.clients == 0


def test_all_who_follow_get_one_text() -> None:
    built = []

    def counted(item: FrameResult) -> str:
        built.append(item)
        return text(item)

    async def test() -> None:
        events = EventStream(counted)
        with events.follow() as one, events.follow() as two:
            assert events.clients == 2
            for n in range(5):
                events.publish(result(n))
                assert await one.get() is await two.get()
        assert events.clients == 0

    run(test)
    assert len(built) == 5


def test_whoever_comes_later_begins_with_each_cameras_newest() -> None:
    async def test() -> None:
        events = EventStream(text)
        for n in range(3):
            events.publish(result(n, camera="yard"))
            events.publish(result(n + 10, camera="door"))
        with events.follow() as client:
            first = [await client.get(), await client.get()]
            events.publish(result(3))
            then = await client.get()
        assert [b'"frame":2' in (event or b"") for event in first] == [True, False]
        assert [b'"frame":12' in (event or b"") for event in first] == [False, True]
        assert then is not None
        assert then.startswith(b"id: 7\n")

    run(test)


def test_a_client_that_does_not_read_loses_its_oldest_events_only() -> None:
    async def test() -> None:
        events = EventStream(text)
        with events.follow() as slow, events.follow() as quick:
            for n in range(1000):
                events.publish(result(n))
                assert f'"frame":{n}}}'.encode() in (await quick.get() or b"")
            left = [await slow.get() for _ in range(256)]
        assert b'"frame":744}' in (left[0] or b"")
        assert b'"frame":999}' in (left[-1] or b"")

    run(test)


def test_stop_ends_all() -> None:
    async def test() -> None:
        events = EventStream(text)
        with events.follow() as client:
            events.stop()
            assert await client.get() is None

    run(test)


def test_a_camera_that_went_is_told_of_no_more() -> None:
    async def test() -> None:
        events = EventStream(text)
        events.publish(result(1, camera="yard"))
        events.publish(result(2, camera="door"))
        events.forget("yard")
        events.forget("never there")
        with events.follow() as client:
            assert b'"door"' in (await client.get() or b"")
            events.publish(result(3, camera="door"))
            assert b'"frame":3' in (await client.get() or b"")

    run(test)


def test_what_happens_to_an_object_is_an_event_of_its_type() -> None:
    async def test() -> None:
        events = EventStream(text)
        events.tell("new", "{}")
        with events.follow() as client:
            events.tell("end", '{"type":"end"}')
            assert await client.get() == b'id: 2\nevent: end\ndata: {"type":"end"}\n\n'

    run(test)
