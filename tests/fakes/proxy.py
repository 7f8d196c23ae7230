"""Stands between a client and a server on loopback, and fails as networks do."""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading


class Proxy:
    """Passes connections on to a port, until told otherwise.

    Args:
        target_port: of the server.

    Attributes:
        port: that it listens on.
    """

    def __init__(self, target_port: int) -> None:
        self._target_port = target_port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._pairs: dict[socket.socket, socket.socket | None] = {}
        self._muted: set[socket.socket] = set()  # what they say is taken and thrown away
        self._silent = False
        self._selector = selectors.DefaultSelector()
        self._lock = threading.Lock()
        self._stopping = False
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Proxy:
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping = True
        self._thread.join()
        self.cut()
        self._listener.close()
        self._selector.close()

    def cut(self) -> None:
        """End every connection."""
        with self._lock:
            for connection in list(self._pairs):
                self._drop(connection)

    def be_silent(self, silent: bool) -> None:
        """Take new connections and pass nothing on; connections of a silent time stay silent for ever."""
        with self._lock:
            self._silent = silent
            if silent:
                self._muted = set(self._pairs)

    def _run(self) -> None:
        while not self._stopping:
            for key, _ in self._selector.select(0.02):
                with self._lock:
                    if key.fileobj is self._listener:
                        self._accept()
                    else:
                        self._pass_on(key.fileobj)

    def _accept(self) -> None:
        client, _ = self._listener.accept()
        if self._silent:
            self._pairs[client] = None
            return
        try:
            server = socket.create_connection(("127.0.0.1", self._target_port), 5)
        except OSError:
            client.close()
            return
        self._pairs[client], self._pairs[server] = server, client
        for connection in (client, server):
            self._selector.register(connection, selectors.EVENT_READ)

    def _pass_on(self, connection: socket.socket) -> None:
        other = self._pairs.get(connection)
        if other is None:
            return
        try:
            data = connection.recv(65536)
            if data:
                if connection not in self._muted:
                    other.sendall(data)
                return
        except OSError:
            pass
        self._drop(connection)

    def _drop(self, connection: socket.socket) -> None:
        other = self._pairs.pop(connection, None)
        with contextlib.suppress(KeyError, ValueError):
            self._selector.unregister(connection)
        connection.close()
        if other is not None and other in self._pairs:
            self._drop(other)
