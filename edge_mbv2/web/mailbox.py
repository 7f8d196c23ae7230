"""The way of one item after another from any thread to one waiting coroutine."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Mailbox(Generic[Item]):
    """Holds what its reader has not taken yet; when full, the oldest item gives way.

    Made in the reader's event loop; `put` and `close` may be called from any thread while that loop
    is open.

    Args:
        capacity: items that may wait.
    """

    def __init__(self, capacity: int) -> None:
        self._loop = asyncio.get_running_loop()
        self._items: deque[Item] = deque(maxlen=capacity)
        self._changed = asyncio.Event()
        self._closed = False

    def put(self, item: Item) -> None:
        self._loop.call_soon_threadsafe(self._add, item)

    def close(self) -> None:
        """Let `get` return None from now on."""
        self._loop.call_soon_threadsafe(self._end)

    async def get(self) -> Item | None:
        """Wait for the oldest item; None once the mailbox is closed."""
        while not self._items and not self._closed:
            self._changed.clear()
            await self._changed.wait()
        return None if self._closed else self._items.popleft()

    def _add(self, item: Item) -> None:
        self._items.append(item)
        self._changed.set()

    def _end(self) -> None:
        self._closed = True
        self._changed.set()
