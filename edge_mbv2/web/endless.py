"""Responses without an end, to clients that may be slow, asleep or gone."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable

from aiohttp import web

_STALLED_S = 30.0
_UNSENT_BYTES = 16 << 10

Send = Callable[[bytes], Awaitable[None]]


@contextlib.asynccontextmanager
async def endless(response: web.StreamResponse, request: web.Request) -> AsyncIterator[Send]:
    """Begin ``response`` and yield the function that sends; leave quietly when the client has gone.

    Sending waits until the client has taken nearly all that was sent before: buffers on this side
    would only make it see old pictures. A client that takes nothing for 30 s is cut off.
    """
    await response.prepare(request)
    transport = request.transport
    if transport is not None:
        transport.set_write_buffer_limits(high=0)
        connection = transport.get_extra_info("socket")
        if hasattr(socket, "TCP_NOTSENT_LOWAT"):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, _UNSENT_BYTES)

    async def send(data: bytes) -> None:
        async with asyncio.timeout(_STALLED_S):
            await response.write(data)

    try:
        yield send
    except ConnectionError:
        pass
    except (TimeoutError, asyncio.CancelledError) as exc:
        if transport is not None:
            transport.abort()  # closing would wait for a client that takes nothing
        if isinstance(exc, asyncio.CancelledError):
            raise
