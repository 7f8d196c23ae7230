"""A camera that is unplugged, missing or replugged, as the user of a running service sees it."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes.command import Running, edge, health, state_of
from fakes.mjpeg import MjpegServer
from fakes.ports import kept_port
from fakes.v4l2 import FakeV4L2, picture
from fakes.waiting import until


def running(device: FakeV4L2, *arguments: str, env: dict[str, str] | None = None) -> Running:
    command = device.edge("run", "--port", "0", *arguments)
    return Running(command=command, env=device.environment | (env or {}))


def test_a_camera_that_returns_under_another_number(v4l2_device: FakeV4L2) -> None:
    v4l2_device.change(framerate=20)
    with running(v4l2_device, "--camera", "usb:Test_Camera") as run:
        page = run.page()
        until(lambda: health(page)[0] == 200)
        v4l2_device.unplug()
        until(lambda: state_of(page)["state"] == "waiting")
        run.wait_for("WARNING camera: camera usb:Test_Camera: /dev/video0 was unplugged")
        until(lambda: "usb:Test_Camera is not there" in str(state_of(page)["reason"]))
        code, told = health(page)
        assert code == 503
        assert "usb:Test_Camera is not there" in told
        v4l2_device.replug("/dev/video2")
        until(lambda: state_of(page)["reconnects"] == 1)
        line = run.wait_for("camera: there after ")
        assert "/dev/video2 (Test Camera), 640x480 YUYV" in line
        until(lambda: health(page)[0] == 200)
        assert state_of(page)["reason"] is None
        assert run.stop() == 0
    assert sum("was unplugged" in line for line in run.lines) == 1
    assert sum("is not there" in line for line in run.lines) == 1


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[tuple[socket.socket, dict[str, str]]]:
    """systemd's side of the notification socket, and the environment that names it."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind(str(tmp_path / "notify"))
        receiver.settimeout(60)
        yield receiver, {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "400000"}


def test_a_missing_camera_does_not_fail_a_service(
    v4l2_device: FakeV4L2, systemd: tuple[socket.socket, dict[str, str]]
) -> None:
    receiver, env = systemd
    v4l2_device.unplug()

    def next_with(pattern: str) -> str:
        while True:
            message = receiver.recv(4096).decode()
            if re.search(pattern, message):
                return message

    with running(v4l2_device, "--camera", "0", "--no-web", env=env) as run:
        next_with("READY=1")
        assert "no camera at /dev/video0" in next_with(r"STATUS=camera waiting \(")
        for _ in range(5):
            next_with("WATCHDOG=1")
        v4l2_device.replug()
        next_with(r"STATUS=camera (still|[\d.]+ fps), litert")
        assert run.stop() == 0


def test_a_missing_camera_of_a_file_is_waited_for(v4l2_device: FakeV4L2, tmp_path: Path) -> None:
    v4l2_device.unplug()
    config = tmp_path / "config.yaml"
    config.write_text("cameras:\n  yard:\n    source: /dev/video0\n")
    with running(v4l2_device, "--config", str(config)) as run:
        page = run.page()
        run.wait_for("yard: no camera at /dev/video0")
        until(lambda: state_of(page)["state"] == "waiting")
        v4l2_device.replug()
        until(lambda: state_of(page)["state"] == "streaming")
        assert run.stop() == 0


def test_a_network_camera_from_end_to_end() -> None:
    """Its password is neither told nor shown, and a stop does not wait for it while it is silent."""
    with (
        MjpegServer([picture(n, 160, 120) for n in range(9)], credentials="joe:sesame") as camera,
        Running("run", "--camera", camera.address("joe:sesame"), "--port", "0") as run,
    ):
        page = run.page()
        until(lambda: health(page)[0] == 200)
        told = state_of(page)
        assert told["description"].startswith(f"http://***@127.0.0.1:{camera.port}/stream.mjpg, 160x120")
        camera.speaking.clear()
        until(lambda: state_of(page)["state"] == "opening" and state_of(page)["reason"])
        reason = state_of(page)["reason"]
        assert run.stop() == 0
    assert "sesame" not in "".join(run.lines) + json.dumps(told) + reason


def test_a_network_camera_that_is_not_there_is_told_once() -> None:
    with kept_port() as unused:
        port = unused.getsockname()[1]
        done = edge("run", "--camera", f"rtsp://joe:sesame@127.0.0.1:{port}/front", "--log-level", "error")
    assert done.returncode == 4
    assert done.stderr == (
        f"edge-mbv2: camera rtsp://***@127.0.0.1:{port}/front: 127.0.0.1 port {port}: connection refused\n"
    )
