"""The page of a run, or none."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from edge_mbv2.app.state import RunState
from edge_mbv2.clock import Clock
from edge_mbv2.config.schema import WebConfig
from edge_mbv2.types import Event, FrameResult
from edge_mbv2.web.addresses import addresses, is_loopback, ssh_line
from edge_mbv2.web.events import EventStream
from edge_mbv2.web.listener import listen
from edge_mbv2.web.live import LiveVideo
from edge_mbv2.web.token import token_for

if TYPE_CHECKING:
    from edge_mbv2.web.server import WebServer


class Page:
    """Shows results to whoever opens the page; does nothing where it is switched off.

    Args:
        config: whether and where to listen.
        cameras: the names of all cameras.
        clock: which the frames were stamped with.
        text: gives a result's record as JSON.
        state: answers what the page asks.
        announce: takes the addresses to open, a line each.
        debug: also draw where it was looked.

    Raises:
        UsageError: the host is not known.
        EdgeError: the token can't be kept.
    """

    def __init__(
        self,
        config: WebConfig,
        cameras: Sequence[str],
        clock: Clock,
        text: Callable[[FrameResult], str],
        state: RunState,
        announce: Callable[[str], None],
        *,
        debug: bool = False,
    ) -> None:
        self._config = config
        self._state = state
        self._announce = announce
        given = config.token.get_secret_value() if config.token else None
        self._token = token_for(config.host, given, os.environ) if config.enabled else None
        self._live = LiveVideo(cameras, clock, debug=debug)
        self._events = EventStream(text)
        self._listener: socket.socket | None = None
        self._server: WebServer | None = None

    def set_cameras(self, cameras: Sequence[str]) -> None:
        """Show other cameras from now on."""
        for camera in set(self._live.cameras) - set(cameras):
            self._events.forget(camera)
        self._live.set_cameras(cameras)

    def forget(self, camera: str) -> None:
        """Show nothing of a camera until its next result."""
        self._live.forget(camera)
        self._events.forget(camera)

    def publish(self, result: FrameResult) -> None:
        """Show a result; never waits."""
        if self._config.enabled and result.frame.camera in self._live.cameras:
            self._live.publish(result)
            if result.analysed:
                self._events.publish(result)

    def tell(self, event: Event, text: str) -> None:
        """Send the record of an event; never waits."""
        if self._config.enabled:
            self._events.tell(event.type, text)

    def listen(self) -> None:
        """Take the port, so that a run which can't have it ends before it touches anything.

        Raises:
            UsageError: the address can't be listened on.
        """
        if self._config.enabled:
            self._listener = listen(self._config.host, self._config.port, self._token)

    def start(self) -> None:
        """Answer at the port that was taken, and say where."""
        if self._listener is None:
            return
        from edge_mbv2.web.server import WebServer  # with aiohttp, which takes its time

        host = self._config.host
        self._server = WebServer(self._live, self._events, self._state, self._token)
        self._server.start(self._listener)
        for address in addresses(host, self._server.port, self._token):
            self._announce(f"Page: {address}")
        if is_loopback(host):
            self._announce(f"From another machine: {ssh_line(self._server.port, os.environ)}")

    def stop(self) -> None:
        if self._server is not None:
            self._server.stop()
        elif self._listener is not None:
            self._listener.close()
