"""Network streams over HTTP, through OpenCV's real FFmpeg, from a server on loopback."""

from __future__ import annotations

import itertools
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator

import numpy as np
import pytest
from fakes.mjpeg import MjpegServer
from fakes.ports import kept_port
from fakes.proxy import Proxy
from fakes.waiting import until

from edge_mbv2.cameras import CameraSettings, create, stream
from edge_mbv2.cameras.stream import StreamCamera
from edge_mbv2.clock import SystemClock
from edge_mbv2.errors import CameraError


def grey(level: int, width: int = 160, height: int = 120) -> np.ndarray:
    return np.full((height, width, 3), level, np.uint8)


def make(source: str, **settings: object) -> StreamCamera:
    camera = create(source, name="front", settings=CameraSettings(**settings), clock=SystemClock())
    assert isinstance(camera, StreamCamera)
    return camera


@pytest.fixture
def server() -> Iterator[MjpegServer]:
    with MjpegServer([grey(level) for level in range(20, 250, 10)]) as running:
        yield running


def error(camera: StreamCamera) -> str:
    with pytest.raises(CameraError) as caught:
        camera.open()
    return str(caught.value)


def test_pictures_come_as_they_are_sent(server: MjpegServer) -> None:
    camera = make(server.address())
    camera.open()
    assert camera.description.startswith(f"{server.address()}, 160x120")
    levels = [int(np.median(camera.read().image)) for _ in range(10)]
    camera.close()
    steps = {(b - a) % 230 for a, b in itertools.pairwise(levels)}
    assert all(min(step, 230 - step) in range(7, 14) for step in steps)


@pytest.mark.parametrize(("width", "height"), [(161, 121), (33, 49), (1, 1), (1920, 1080)])
def test_odd_sizes(width: int, height: int) -> None:
    with MjpegServer([grey(90, width, height)]) as server:
        camera = make(server.address())
        camera.open()
        frame = camera.read()
        camera.close()
    assert frame.image.shape == (height, width, 3)
    assert abs(int(frame.image.mean()) - 90) <= 3


def test_a_size_that_changes_meanwhile() -> None:
    with MjpegServer([grey(60), grey(120, 64, 48)]) as server:
        camera = make(server.address())
        camera.open()
        shapes = {camera.read().image.shape for _ in range(8)}
        camera.close()
    assert shapes <= {(120, 160, 3), (48, 64, 3)}


def test_a_rate_leaves_frames_out(server: MjpegServer) -> None:
    camera = make(server.address(), framerate=5.0)
    camera.open()
    frames = [camera.read() for _ in range(8)]
    camera.close()
    times_s = [frame.timestamp_ns / 1e9 for frame in frames]
    # Where the machine had no time for it, none is in a slot.
    assert min(int(b * 5) - int(a * 5) for a, b in itertools.pairwise(times_s)) == 1


def test_a_late_reader_is_soon_back_at_the_present() -> None:
    """What has piled up meanwhile is read faster than it was sent."""
    levels = range(20, 250, 2)
    with MjpegServer([grey(level) for level in levels]) as server:
        camera = make(server.address())
        camera.open()

        def behind() -> int:
            """Read a frame and return how many have been sent after it."""
            number = round((float(np.median(camera.read().image)) - levels.start) / levels.step)
            return (server.sent - 1 - number) % len(levels)

        behind()
        sent = server.sent
        until(lambda: server.sent > sent + 50)
        assert behind() > 5
        assert min(behind() for _ in range(200)) <= 2
        camera.close()


# --- when it fails ---------------------------------------------------------------------------------


def test_reasons_are_told() -> None:
    with kept_port() as unused:
        port = unused.getsockname()[1]
        assert f"127.0.0.1 port {port}: connection refused" in error(make(f"rtsp://127.0.0.1:{port}/"))
    assert "there is no host nowhere.invalid" in error(make("http://nowhere.invalid/"))
    assert "its address is wrong" in error(make("rtsp://host:port/"))
    assert "its address names no host" in error(make("rtsp:///path"))
    with MjpegServer([grey(1)], credentials="joe:secret") as server:
        assert f"127.0.0.1 port {server.port} wants a user and a password" in error(make(server.address()))
        assert "refuses the user or the password" in error(make(server.address("joe:wrong")))
    with MjpegServer([grey(1)]) as server:
        assert "has no stream of that path" in error(make(server.address(path="/else")))
        # It answers, only not as an RTSP camera does.
        assert "gives no video" in error(make(f"rtsp://127.0.0.1:{server.port}/"))


def test_a_server_that_says_nothing_gets_longer_from_try_to_try(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "_OPEN_FIRST_S", 0.6)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        camera = make(f"rtsp://127.0.0.1:{silent.getsockname()[1]}/")
        assert "no video within 0.6 s" in error(camera)
        assert "no video within 1.2 s" in error(camera)


def test_a_stream_that_goes_silent_is_an_error(server: MjpegServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "_READ_S", 2)
    camera = make(server.address())
    camera.open()
    camera.read()
    server.speaking.clear()
    with pytest.raises(CameraError, match="no frame for 2 s"):
        read_on(camera)
    camera.close()
    server.speaking.set()
    camera.open()
    assert camera.read() is not None
    camera.close()


def test_a_connection_that_is_cut_is_an_error_at_once(server: MjpegServer) -> None:
    with Proxy(server.port) as proxy:
        camera = make(f"http://127.0.0.1:{proxy.port}/stream.mjpg")
        camera.open()
        camera.read()
        proxy.cut()
        with pytest.raises(CameraError, match="the stream has ended"):
            read_on(camera)
        camera.close()


def test_nothing_leaks(server: MjpegServer) -> None:
    camera = make(server.address())
    camera.open()
    camera.close()
    files, threads = len(os.listdir("/proc/self/fd")), threading.active_count()
    for _ in range(10):
        camera.open()
        camera.read()
        camera.close()
    # The server's side of the last connections may still be open.
    until(lambda: len(os.listdir("/proc/self/fd")) <= files, "the end of each descriptor")
    until(lambda: threading.active_count() <= threads, "the end of each thread")


def read_on(camera: StreamCamera) -> None:
    while camera.read() is not None:
        pass


# --- what is secret --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "variables",
    [{}, {"OPENCV_FFMPEG_LOGLEVEL": "56", "OPENCV_FFMPEG_DEBUG": "1"},
     {"OPENCV_LOG_LEVEL": "DEBUG", "OPENCV_VIDEOIO_DEBUG": "1"}, {"OPENCV_LOG_LEVEL": "VERBOSE"}],
)  # fmt: skip
def test_no_library_prints_a_password(variables: dict[str, str]) -> None:
    with MjpegServer([grey(1)], credentials="joe:sesame") as server:
        program = f"""
import logging
logging.basicConfig(level=logging.DEBUG)
from edge_mbv2.cameras import CameraSettings, create
from edge_mbv2.clock import SystemClock
for source in ({server.address("joe:sesame")!r}, {server.address("joe:sesame", "/else")!r},
               "rtsp://joe:sesame@127.0.0.1:{server.port}/stream?password=sesame"):
    camera = create(source, name="front", settings=CameraSettings(), clock=SystemClock())
    try:
        camera.open()
        camera.read()
    except Exception as error:
        print(error)
    print(camera.description)
    camera.close()
"""
        done = subprocess.run(
            [sys.executable, "-c", program],
            env=os.environ | variables,
            capture_output=True,
            text=True,
            timeout=100,
            check=True,
        )
    assert "160x120" in done.stdout
    assert "***@127.0.0.1" in done.stdout
    for words in (done.stdout, done.stderr):
        assert "sesame" not in words
        assert "joe" not in words
