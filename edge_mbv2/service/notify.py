"""Tells systemd how the service is: one datagram for each message.

Source: sd_notify(3).
"""

from __future__ import annotations

import logging
import os
import socket
import time
from collections.abc import Mapping

_log = logging.getLogger(__name__)


class Notifier:
    """Sends to the socket that systemd names in the environment; without one, to nobody.

    Args:
        environment: where ``NOTIFY_SOCKET`` and ``WATCHDOG_USEC`` are looked up.

    Attributes:
        watchdog_ns: how often systemd wants a sign of life, in nanoseconds; None when it does not.
    """

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        address = environment.get("NOTIFY_SOCKET", "")
        # A leading @ stands for the abstract namespace, where names begin with a zero byte.
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self.watchdog_ns = self._read_watchdog_ns(environment)

    @property
    def has_listener(self) -> bool:
        """Whether systemd started us and wants to be told."""
        return bool(self._address)

    def send(self, **fields: str | int) -> None:
        """Send one message (``READY=1``, ``STATUS=...``); a systemd that does not listen is no error."""
        if not self._address:
            return
        message = "\n".join(f"{key}={str(value).replace(chr(10), ' ')}" for key, value in fields.items())
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
                sender.setblocking(False)
                sender.sendto(message.encode(), self._address)
        except OSError as exc:
            _log.debug("can't notify systemd: %s", exc)

    def send_reloading(self, status: str) -> None:
        """Say that a reload begins; ``READY=1`` says that it is over, however it went."""
        self.send(RELOADING=1, MONOTONIC_USEC=time.monotonic_ns() // 1000, STATUS=status)

    @staticmethod
    def _read_watchdog_ns(environment: Mapping[str, str]) -> int | None:
        interval = environment.get("WATCHDOG_USEC", "")
        for_us = environment.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        return int(interval) * 1000 if for_us and interval.isdigit() and int(interval) > 0 else None
