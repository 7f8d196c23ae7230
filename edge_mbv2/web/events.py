"""The event stream: sends every record to all who follow, as server-sent events."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator

from edge_mbv2.types import FrameResult
from edge_mbv2.web.mailbox import Mailbox

PREAMBLE = b"retry: 2000\n\n"
"""What a client is told first: to come back after two seconds when the connection breaks."""

KEEP_ALIVE = b": keep-alive\n\n"

_CAPACITY = 256


class EventStream:
    """Fans records out to clients; one that does not keep up loses the oldest of its own.

    Args:
        text: gives a result's record as one line of JSON; asked only while somebody follows.

    Source: the HTML standard, "Server-sent events".
    """

    def __init__(self, text: Callable[[FrameResult], str]) -> None:
        self._text = text
        self._lock = threading.Lock()
        self._clients: set[Mailbox[bytes]] = set()
        self._latest: dict[str, FrameResult] = {}
        self._id = 0

    @property
    def clients(self) -> int:
        """How many follow at present."""
        with self._lock:
            return len(self._clients)

    def publish(self, result: FrameResult) -> None:
        """Send the record of ``result`` as a ``detections`` event; never waits."""
        with self._lock:
            self._latest[result.frame.camera] = result
            self._id += 1
            if self._clients:
                event = self._event(result)
                for client in self._clients:
                    client.put(event)

    def tell(self, type: str, text: str) -> None:
        """Send the record of what happened to an object, as an event of its type; never waits."""
        with self._lock:
            self._id += 1
            event = _encode(self._id, type, text)
            for client in self._clients:
                client.put(event)

    def forget(self, camera: str) -> None:
        """Tell those who begin to follow nothing more of a camera."""
        with self._lock:
            self._latest.pop(camera, None)

    def latest(self, camera: str) -> FrameResult | None:
        """Return what the newest record of a camera tells of, None before the first."""
        with self._lock:
            return self._latest.get(camera)

    @contextlib.contextmanager
    def follow(self) -> Iterator[Mailbox[bytes]]:
        """Receive events in the running event loop, encoded, beginning with each camera's newest."""
        client: Mailbox[bytes] = Mailbox(_CAPACITY)
        with self._lock:
            self._clients.add(client)
            for result in self._latest.values():
                client.put(self._event(result))
        try:
            yield client
        finally:
            with self._lock:
                self._clients.discard(client)

    def stop(self) -> None:
        """End every client's stream."""
        with self._lock:
            for client in self._clients:
                client.close()

    def _event(self, result: FrameResult) -> bytes:
        return _encode(self._id, "detections", self._text(result))


def _encode(id: int, type: str, text: str) -> bytes:
    return f"id: {id}\nevent: {type}\ndata: {text}\n\n".encode()
