"""Serves the page from a thread and an event loop of its own."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable
from concurrent.futures import Future

from aiohttp import web

from edge_mbv2.web.access import Access
from edge_mbv2.web.events import EventStream
from edge_mbv2.web.live import LiveVideo
from edge_mbv2.web.routes import Routes, Source, errors_as_json

_LAST_WORDS_S = 0.3


class WebServer:
    """The page and its interfaces.

    Args:
        live: the pictures; its thread runs while the server does.
        events: the records.
        source: state and health.
        token: that clients must show; None for all who can connect. See `token_for`.

    Attributes:
        port: the one that is listened on, once started.
    """

    def __init__(
        self,
        live: LiveVideo,
        events: EventStream,
        source: Source,
        token: str | None = None,
    ) -> None:
        self.port = 0
        self._live = live
        self._events = events
        self._source = source
        self._token = token
        self._thread: threading.Thread | None = None
        self._ask_to_stop: Callable[[], object] | None = None

    def start(self, listener: socket.socket) -> None:
        """Answer from now on.

        Args:
            listener: listens already, see `listen`, and is closed with the server.
        """
        routes = Routes(self._live, self._events, self._source)
        self.port = listener.getsockname()[1]
        ready: Future[None] = Future()
        self._live.start()
        self._thread = threading.Thread(
            target=self._run, args=(routes, listener, ready), name="web", daemon=True
        )
        self._thread.start()
        ready.result()

    def stop(self) -> None:
        """End every stream and close, within a second. May be called twice, and without `start`."""
        thread, self._thread = self._thread, None
        if thread is not None and self._ask_to_stop is not None:
            self._ask_to_stop()
            thread.join()

    def _run(self, routes: Routes, listener: socket.socket, ready: Future[None]) -> None:
        try:
            asyncio.run(self._serve(routes, listener, ready))
        except Exception as exc:
            if ready.done():
                raise
            ready.set_exception(exc)

    async def _serve(self, routes: Routes, listener: socket.socket, ready: Future[None]) -> None:
        loop, stop = asyncio.get_running_loop(), asyncio.Event()
        self._ask_to_stop = lambda: loop.call_soon_threadsafe(stop.set)
        access = Access(self._token, cookie=f"edge_mbv2_token_{self.port}")
        app = web.Application(middlewares=[errors_as_json, access.check])
        app.on_response_prepare.append(access.protect)
        app.on_shutdown.append(self._end_streams)
        routes.add_to(app)
        # Cancelling the handler of a client that has gone ends its view even when no picture comes.
        runner = web.AppRunner(
            app, handler_cancellation=True, access_log=None, shutdown_timeout=_LAST_WORDS_S
        )
        await runner.setup()
        try:
            await web.SockSite(runner, listener).start()
            ready.set_result(None)
            await stop.wait()
        finally:
            await runner.cleanup()

    async def _end_streams(self, app: web.Application) -> None:
        self._events.stop()
        self._live.stop()
