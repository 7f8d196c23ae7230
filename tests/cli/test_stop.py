"""SIGINT and SIGTERM end a run with exit code 0, whatever it waits for."""

import fcntl
import os
import signal
import socket
import sys
import termios
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from fakes.command import Running, state_of
from fakes.media import encoded
from fakes.v4l2 import FakeV4L2
from fakes.waiting import until

RUN = ("run", "--log-level", "debug", "--port", "0")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("every_frame", ["--every-frame", "--no-every-frame"])
def test_while_frames_flow(number: int, every_frame: str) -> None:
    with Running(*RUN, "--camera", "synthetic", every_frame) as run:
        page = run.page()
        until(lambda: state_of(page)["captured"])
        assert run.stop(number) == 0
        assert "frames captured" in "".join(run.lines)


@pytest.mark.parametrize("delay_s", [0.15, 0.3, 0.5, 0.7])
def test_while_it_starts(delay_s: float) -> None:
    """At whatever point of the imports, the loading and the first frames the delay ends."""
    with Running(*RUN, "--camera", "demo") as run:
        time.sleep(delay_s)
        assert run.stop() in (0, -signal.SIGTERM)  # the latter before Python has come to our code


def test_while_it_waits_for_the_next_frame() -> None:
    with Running(*RUN, "--camera", "synthetic", "--framerate", "0.1") as run:
        run.page()
        assert run.stop() == 0


def test_while_the_camera_hangs(v4l2_device: FakeV4L2) -> None:
    with Running(*RUN, "--camera", "/dev/video0", env=v4l2_device.environment) as run:
        run.page()
        v4l2_device.change(state="stall")
        time.sleep(0.5)
        assert run.stop() == 0


def test_while_a_file_is_read_that_never_comes(tmp_path: Path) -> None:
    pipe = tmp_path / "camera.jpg"
    os.mkfifo(pipe)
    with Running(*RUN, "--camera", f"file:{pipe}") as run:
        run.page()
        assert run.stop() == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_while_pictures_are_looked_at(number: int, tmp_path: Path) -> None:
    """One and then, as a pipe that nobody fills, another that never comes."""
    pipe, found = tmp_path / "never.jpg", tmp_path / "found.jsonl"
    os.mkfifo(pipe)
    (tmp_path / "one.png").write_bytes(encoded(".png"))
    with Running("detect", tmp_path / "one.png", pipe, "--output", found) as detect:
        while not found.exists() or not found.stat().st_size:
            time.sleep(0.05)
        assert detect.stop(number) == 0
    assert detect.lines == ["edge-mbv2: stopped after 1 frame\n"]


def waiting_bytes(pipe: int) -> int:
    """Return how much is in a pipe that nobody reads."""
    return int.from_bytes(fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)), sys.byteorder)


@pytest.mark.parametrize("every_frame", ["--every-frame", "--no-every-frame"])
def test_while_nobody_reads_what_it_says_and_shows(every_frame: str) -> None:
    """A full pipe, and viewers that ask and do not take."""
    output, written = os.pipe()
    fcntl.fcntl(output, fcntl.F_SETPIPE_SZ, 4096)
    with Running(*RUN, "--camera", "synthetic", "--json", every_frame, stdout=written) as run:
        os.close(written)
        address = urlsplit(run.page())
        viewers = []
        for path in ("/stream.mjpg", "/api/v1/events/stream") * 2:
            viewer = socket.create_connection((address.hostname, address.port), timeout=30)
            viewer.sendall(f"GET {path} HTTP/1.1\r\nHost: {address.netloc}\r\n\r\n".encode())
            assert viewer.recv(12) == b"HTTP/1.1 200"
            viewers.append(viewer)
        while waiting_bytes(output) < 3500:
            time.sleep(0.05)
        time.sleep(0.5)
        assert run.stop() == 0
        for viewer in viewers:
            viewer.close()
    os.close(output)


def test_a_second_signal_changes_nothing() -> None:
    with Running(*RUN, "--camera", "synthetic") as run:
        run.page()
        run.process.send_signal(signal.SIGINT)
        assert run.stop() == 0
