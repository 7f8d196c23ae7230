"""Where the page can be reached: what a person types, and whether others than this machine can."""

from __future__ import annotations

import fcntl
import getpass
import ipaddress
import socket
import struct
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from edge_mbv2.errors import UsageError

_SIOCGIFADDR = 0x8915
_AVAHI = Path("/run/avahi-daemon/socket")


def resolve(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """Return the address to listen on for ``--host``.

    Raises:
        UsageError: no such name is known.
    """
    try:
        *_, address = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)[0]
    except (OSError, UnicodeError) as exc:
        raise UsageError(
            f"--host {host}: no such address; use 127.0.0.1 for this machine alone, 0.0.0.0 for all networks"
        ) from exc
    return ipaddress.ip_address(str(address[0]).partition("%")[0])


def is_loopback(host: str) -> bool:
    """Tell whether only this machine reaches ``--host``.

    Raises:
        UsageError: no such name is known.
    """
    return resolve(host).is_loopback


def addresses(host: str, port: int, token: str | None) -> list[str]:
    """Return what to open in a browser, the best first.

    Args:
        host: as given to ``--host``.
        port: on which the server listens.
        token: becomes a part of the address; it is a secret.
    """
    query = f"?token={quote(token, safe='')}" if token else ""
    return [f"http://{name}:{port}/{query}" for name in _names(host)]


def ssh_line(port: int, environ: Mapping[str, str]) -> str:
    """Return the command that brings a page on loopback to another machine.

    Args:
        port: on which the server listens.
        environ: tells under which address this machine was reached, if over SSH.
    """
    connection = environ.get("SSH_CONNECTION", "").split()
    machine = connection[2] if len(connection) == 4 else socket.gethostname()
    try:
        user = f"{getpass.getuser()}@"
    except (KeyError, OSError):  # a user id without a name, as in a container
        user = ""
    return f"ssh -L {port}:127.0.0.1:{port} {user}{machine}"


def _names(host: str) -> list[str]:
    address = resolve(host)
    if not address.is_unspecified:
        return [f"[{address}]" if address.version == 6 else str(address)]
    local = [f"{socket.gethostname().partition('.')[0]}.local"] if _AVAHI.exists() else []
    return [*_own_addresses(), *local] or [socket.gethostname()]


def _own_addresses() -> list[str]:
    """Return this machine's IPv4 addresses, that of the way to the outside first."""
    found = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        for _, interface in socket.if_nameindex():
            try:
                request = struct.pack("256s", interface.encode()[:15])
                found.append(socket.inet_ntoa(fcntl.ioctl(probe.fileno(), _SIOCGIFADDR, request)[20:24]))
            except OSError:  # an interface without an address
                continue
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing, chooses the way
            first = probe.getsockname()[0]
        except OSError:
            first = ""
    found.sort(key=lambda address: address != first)
    return [address for address in found if not ipaddress.ip_address(address).is_loopback]
