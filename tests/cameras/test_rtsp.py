"""RTSP from GStreamer's own server, through the whole capture: it goes away, falls silent, and comes back."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fakes.proxy import Proxy
from fakes.rtsp import RtspServer

from edge_mbv2.cameras import CameraSettings, create, patience
from edge_mbv2.cameras.protocol import Camera
from edge_mbv2.clock import SystemClock
from edge_mbv2.errors import CameraError
from edge_mbv2.pipeline.capture import CameraState, Capture, Recovery
from edge_mbv2.pipeline.metrics import Metrics
from edge_mbv2.pipeline.slot import LatestSlot
from edge_mbv2.pipeline.stage import StageThread

AWAY_S = 3.0


@pytest.fixture(scope="module")
def server(gstreamer_python: str) -> Iterator[RtspServer]:
    with RtspServer(gstreamer_python) as running:
        yield running


class Watching:
    """A capture of a stream, as a run has it."""

    def __init__(self, source: str) -> None:
        clock, self.metrics = SystemClock(), Metrics(["front"])

        def make() -> Camera:
            return create(source, name="front", settings=CameraSettings(), clock=clock)

        limits = patience(source, None)
        assert limits is not None
        slot = LatestSlot(lambda frame, reason: self.metrics.count_dropped(frame.camera, reason))
        self.capture = Capture(make(), slot, self.metrics, recovery=Recovery(make, limits, clock))
        self.thread = StageThread(self.capture, lambda failure: None)

    def __enter__(self) -> Watching:
        self.thread.start()
        self.until(lambda: self.capture.state is CameraState.STREAMING)
        return self

    def __exit__(self, *_: object) -> None:
        self.capture.interrupt()
        assert self.thread.join(60)

    @property
    def reconnects(self) -> int:
        return int(str(self.metrics.snapshot("front")["reconnects"]))

    def until(self, condition: Callable[[], object]) -> None:
        deadline_s = time.monotonic() + 100
        while not condition():
            assert time.monotonic() < deadline_s, (self.capture.state, self.capture.reason)
            time.sleep(0.01)


@pytest.mark.parametrize("encoder", ["jpeg", "h264"])
def test_a_stream_with_a_password_is_read_over_tcp(encoder: str, gstreamer_python: str) -> None:
    with RtspServer(gstreamer_python, encoder, ("joe", "secret")) as server:
        camera = create(
            server.address("joe:secret"), name="front", settings=CameraSettings(), clock=SystemClock()
        )
        camera.open()
        frame = camera.read()
        sockets = udp_sockets()
        camera.close()
        for wrong in ("", "joe:wrong"):
            refused = create(server.address(wrong), name="f", settings=CameraSettings(), clock=SystemClock())
            with pytest.raises(CameraError, match="user"):
                refused.open()
    assert frame is not None
    assert frame.image.shape == (240, 320, 3)
    assert frame.image[20, 20].min() > 150  # the pattern's first bar is white
    assert camera.description == f"rtsp://***@127.0.0.1:{server.port}/front, 320x240, 25 fps"
    assert not sockets


def udp_sockets() -> set[str]:
    """Return the inodes of this process's UDP sockets."""
    lines = Path("/proc/self/net/udp").read_text().splitlines()[1:]
    there = {f"socket:[{line.split()[9]}]" for line in lines}
    ours = set()
    for descriptor in os.listdir("/proc/self/fd"):
        try:
            ours.add(os.readlink(f"/proc/self/fd/{descriptor}"))
        except OSError:
            continue
    return there & ours


def test_a_path_that_is_not_there_is_told(server: RtspServer) -> None:
    camera = create(server.address() + "/else", name="front", settings=CameraSettings(), clock=SystemClock())
    with pytest.raises(CameraError, match="has no stream of that path"):
        camera.open()


def test_a_server_that_was_off_is_found_again(gstreamer_python: str) -> None:
    with RtspServer(gstreamer_python) as server, Watching(server.address()) as watching:
        server.stop()
        watching.until(lambda: watching.capture.state is CameraState.WAITING)
        watching.until(lambda: "connection refused" in str(watching.capture.reason))
        server.start()
        watching.until(lambda: watching.reconnects)


def test_connections_that_fell_silent_are_left(server: RtspServer) -> None:
    """Nothing more comes through the present one, and nothing through those made meanwhile."""
    with Proxy(server.port) as proxy, Watching(server.address(port=proxy.port)) as watching:
        proxy.be_silent(True)
        watching.until(lambda: watching.capture.state is not CameraState.STREAMING)
        watching.until(lambda: "no frame for 5 s" in str(watching.capture.reason))
        watching.until(lambda: watching.capture.state is CameraState.OPENING)
        time.sleep(0.2)
        proxy.be_silent(False)
        watching.until(lambda: watching.reconnects)


@pytest.mark.soak
@pytest.mark.timeout(400)
@pytest.mark.parametrize("how", ["off", "cut and silent", "silent"])
def test_back_within_five_seconds_ten_times(how: str, gstreamer_python: str) -> None:
    times_s = []
    with (
        RtspServer(gstreamer_python) as server,
        Proxy(server.port) as proxy,
        Watching(server.address(port=proxy.port)) as watching,
    ):
        for n in range(10):
            time.sleep(2)
            if how == "off":
                server.stop()
            else:
                proxy.be_silent(True)
                if how == "cut and silent":
                    proxy.cut()
            time.sleep(AWAY_S)
            if how == "off":
                server.start()
            else:
                proxy.be_silent(False)
            start_s = time.monotonic()
            watching.until(lambda n=n: watching.reconnects == n + 1)
            times_s.append(round(time.monotonic() - start_s, 2))
    print(f"\n{how}: back after {times_s} s")
    assert max(times_s) < 5
