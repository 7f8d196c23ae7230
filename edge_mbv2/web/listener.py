"""Takes the page's port, ahead of what answers there."""

from __future__ import annotations

import errno
import socket

from edge_mbv2.errors import UsageError
from edge_mbv2.web.addresses import resolve


def listen(host: str, port: int, token: str | None) -> socket.socket:
    """Return a socket that listens; who connects waits until somebody answers.

    Args:
        host: address or name to listen on.
        port: 0 takes a free one.
        token: that clients must show; None on loopback only.

    Raises:
        UsageError: the address can't be listened on, or asks for a token and has none.
    """
    address = resolve(host)
    if token is None and not address.is_loopback:
        raise UsageError(f"--host {host} can be reached by others and needs a token")
    listener = socket.socket(socket.AF_INET6 if address.version == 6 else socket.AF_INET)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if address.version == 6 and address.is_unspecified:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)  # :: takes IPv4 too
        listener.bind((str(address), port))
        listener.listen(128)
    except OSError as exc:
        listener.close()
        raise UsageError(_why_not(exc, host, port)) from exc
    return listener


def _why_not(exc: OSError, host: str, port: int) -> str:
    match exc.errno:
        case errno.EADDRINUSE:
            return (
                f"port {port} on {host} is in use by another program; "
                "choose another with --port (0 takes a free one)"
            )
        case errno.EADDRNOTAVAIL:
            return f"--host {host}: this machine has no such address; 0.0.0.0 stands for all it has"
        case errno.EACCES:
            return f"port {port} is reserved for root; choose one from 1024 on with --port"
    return f"can't listen on port {port} of {host}: {exc.strerror}"
