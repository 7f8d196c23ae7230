"""Requests as a client nobody here wrote would send them."""

from __future__ import annotations

import http.client
import json
import socket
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def ask(port: int, path: str, *, method: str = "GET", **headers: str) -> Answer:
    """Send one request to loopback; a header's underscores become dashes."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request(
            method, path, headers={name.replace("_", "-"): value for name, value in headers.items()}
        )
        response = connection.getresponse()
        return Answer(response.status, response.headers, response.read())
    finally:
        connection.close()


class Stream:
    """A response without an end, read part by part.

    Args:
        port: on loopback.
        path: with the query.
        receive_buffer_bytes: how much the system takes for a client that does not read.
    """

    def __init__(self, port: int, path: str, receive_buffer_bytes: int | None = None) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        if receive_buffer_bytes is not None:
            connection.sock = socket.socket()
            connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer_bytes)
            connection.sock.settimeout(60)
            connection.sock.connect(("127.0.0.1", port))
        connection.request("GET", path)
        self._connection = connection
        self.response = connection.getresponse()

    def __enter__(self) -> Stream:
        return self

    def __exit__(self, *_: object) -> None:
        self.response.close()
        self._connection.close()

    def jpeg(self) -> bytes | None:
        """Return the next picture of an MJPEG stream, None at its end."""
        if self.response.readline() != b"--frame\r\n":
            return None
        headers = {}
        while line := self.response.readline().decode().strip():
            name, _, value = line.partition(": ")
            headers[name] = value
        if not headers:
            return None
        assert headers["Content-Type"] == "image/jpeg"
        data = self.response.read(int(headers["Content-Length"]))
        assert self.response.read(2) == b"\r\n"
        return data

    def event(self) -> dict[str, str] | None:
        """Return the next event (comments under an empty name), None at the stream's end."""
        fields = {}
        while (line := self.response.readline().decode()).strip():
            name, _, value = line.rstrip("\n").partition(":")
            fields[name] = value.removeprefix(" ")
        return fields or None
