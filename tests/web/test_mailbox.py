"""From any thread to one coroutine."""

from __future__ import annotations

import asyncio
import threading

from edge_mbv2.web.mailbox import Mailbox


def test_items_come_in_order_from_another_thread() -> None:
    async def read() -> list[int | None]:
        mailbox: Mailbox[int] = Mailbox(10)
        thread = threading.Thread(target=lambda: [mailbox.put(n) for n in range(5)])
        thread.start()
        got = [await mailbox.get() for _ in range(5)]
        thread.join()
        return got

    assert asyncio.run(read()) == [0, 1, 2, 3, 4]


def test_when_full_the_oldest_gives_way() -> None:
    async def read() -> list[int | None]:
        mailbox: Mailbox[int] = Mailbox(2)
        for n in range(5):
            mailbox.put(n)
        await asyncio.sleep(0)
        return [await mailbox.get(), await mailbox.get()]

    assert asyncio.run(read()) == [3, 4]


def test_close_ends_a_reader_that_waits_and_every_later_one() -> None:
    async def read() -> list[int | None]:
        mailbox: Mailbox[int] = Mailbox(2)
        waiting = asyncio.create_task(mailbox.get())
        await asyncio.sleep(0)
        threading.Thread(target=mailbox.close).start()
        return [await waiting, await mailbox.get()]

    assert asyncio.run(read()) == [None, None]
