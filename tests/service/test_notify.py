"""The datagrams that systemd would get, on a real socket."""

import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge_mbv2.service.notify import Notifier


@pytest.fixture(params=["path", "abstract"])
def listener(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[socket.socket, str]]:
    """A socket where systemd's would be, and its name as systemd writes it."""
    name = str(tmp_path / "notify") if request.param == "path" else f"@edge-mbv2-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind("\0" + name[1:] if name.startswith("@") else name)
        receiver.settimeout(60)
        yield receiver, name


def test_messages_arrive_as_systemd_reads_them(listener: tuple[socket.socket, str]) -> None:
    receiver, name = listener
    notifier = Notifier({"NOTIFY_SOCKET": name})
    notifier.send(READY=1, STATUS="front 12.4 fps, litert")
    assert receiver.recv(4096) == b"READY=1\nSTATUS=front 12.4 fps, litert"
    notifier.send(STATUS="one\nREADY=1")
    assert receiver.recv(4096) == b"STATUS=one READY=1", "a line break would smuggle in a field"


def test_a_reload_is_told_with_its_time(listener: tuple[socket.socket, str]) -> None:
    receiver, name = listener
    before_us = time.monotonic_ns() // 1000
    Notifier({"NOTIFY_SOCKET": name}).send_reloading("reading the configuration again")
    reloading, monotonic, status = receiver.recv(4096).decode().splitlines()
    assert (reloading, status) == ("RELOADING=1", "STATUS=reading the configuration again")
    assert before_us <= int(monotonic.removeprefix("MONOTONIC_USEC=")) <= time.monotonic_ns() // 1000


def test_without_a_socket_nothing_is_sent() -> None:
    notifier = Notifier({})
    notifier.send(READY=1)
    assert notifier.watchdog_ns is None


def test_a_socket_that_is_gone_is_no_error(tmp_path: Path) -> None:
    Notifier({"NOTIFY_SOCKET": str(tmp_path / "gone")}).send(READY=1)


@pytest.mark.parametrize(
    ("environment", "watchdog_ns"),
    [
        ({"WATCHDOG_USEC": "30000000"}, 30_000_000_000),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid())}, 30_000_000_000),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({}, None),
    ],
)
def test_the_watchdog_interval_is_read(environment: dict[str, str], watchdog_ns: int | None) -> None:
    assert Notifier(environment).watchdog_ns == watchdog_ns
