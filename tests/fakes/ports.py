"""Ports that nobody else gets."""

from __future__ import annotations

import socket


def kept_port(port: int = 0) -> socket.socket:
    """Return a socket that keeps a port for a server which is off; who connects is refused.

    Args:
        port: on loopback; 0 takes a free one.
    """
    kept = socket.socket()
    kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    kept.bind(("127.0.0.1", port))
    return kept
