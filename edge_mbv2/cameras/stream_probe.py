"""Asks the server of a stream why it can't be opened, because FFmpeg does not tell."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

_PORTS = {"rtsp": 554, "rtsps": 322, "http": 80, "https": 443}
_MOST_BYTES = 4096


def why_not(url: str, timeout_s: float) -> str:
    """Return in words what is wrong with a stream, as far as one question tells.

    Args:
        url: of the stream.
        timeout_s: for the connection, and for the answer.
    """
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS[parts.scheme]
    except ValueError:
        return "its address is wrong; expected SCHEME://USER:PASSWORD@HOST:PORT/PATH"
    if not parts.hostname:
        return "its address names no host"
    place = f"{parts.hostname} port {port}"
    try:
        with socket.create_connection((parts.hostname, port), timeout_s) as connection:
            if parts.scheme in ("rtsps", "https"):
                return f"{place} answers but gives no video; check the path, the user and the password"
            bare = parts._replace(netloc=f"{parts.hostname}:{port}")
            return _of_status(_ask(connection, bare.geturl(), parts.scheme), place, bool(parts.username))
    except TimeoutError:
        return f"{place} does not answer"
    except socket.gaierror:
        return f"there is no host {parts.hostname}"
    except OSError as exc:
        return f"{place}: {(exc.strerror or str(exc)).lower()}"


def _ask(connection: socket.socket, url: str, scheme: str) -> bytes:
    """Return the first line of the server's answer to somebody without a password."""
    if scheme == "rtsp":
        question = f"DESCRIBE {url} RTSP/1.0\r\nCSeq: 1\r\nAccept: application/sdp\r\n\r\n"
    else:
        parts = urlsplit(url)
        path = parts._replace(scheme="", netloc="").geturl() or "/"
        question = f"GET {path} HTTP/1.0\r\nHost: {parts.netloc}\r\n\r\n"
    connection.sendall(question.encode())
    answer = b""
    while b"\r\n" not in answer and len(answer) < _MOST_BYTES:
        more = connection.recv(_MOST_BYTES)
        if not more:
            break
        answer += more
    return answer.split(b"\r\n")[0]


def _of_status(line: bytes, place: str, has_user: bool) -> str:
    words = line.split()
    status = words[1].decode("ascii", "replace") if len(words) > 1 else ""
    if status in ("401", "403"):
        return (
            f"{place} refuses the user or the password"
            if has_user
            else (f"{place} wants a user and a password (rtsp://USER:PASSWORD@HOST/PATH)")
        )
    if status == "404":
        return f"{place} has no stream of that path"
    if not status:
        return f"{place} answers, but not as a camera does"
    return f"{place} answers with {status} but gives no video that can be decoded"
