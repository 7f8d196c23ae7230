"""The server as a whole: where it listens, how it ends, and clients that are slow, stuck or many."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator

import numpy as np
import pytest
from fakes.http import Stream, ask
from fakes.results import result
from fakes.web import FakeProduct, moving, serving

from edge_mbv2.errors import UsageError
from edge_mbv2.web import endless, routes, server


@pytest.fixture
def product() -> Iterator[FakeProduct]:
    with serving() as product:
        yield product


def noise(sequence: int) -> np.ndarray:
    """Return a picture that makes a large JPEG, with its number in the first pixels' brightness."""
    image = np.random.default_rng(sequence).integers(0, 256, (480, 640, 3), dtype=np.uint8)
    image.setflags(write=False)
    return image


def test_a_free_port_is_known_once_started(product: FakeProduct) -> None:
    assert product.server.port > 0
    assert ask(product.server.port, "/healthz").status == 200


def test_a_port_in_use_is_told() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match=rf"port {port} on 127\.0\.0\.1 is in use .* --port"):
            FakeProduct(port=port).start()


def test_an_address_that_the_machine_lacks_is_told() -> None:
    with pytest.raises(UsageError, match=r"--host 192\.0\.2\.1: this machine has no such address"):
        FakeProduct(host="192.0.2.1", token="0123456789abcdef").start()


def test_an_open_address_without_token_is_refused() -> None:
    with pytest.raises(UsageError, match=r"--host 0\.0\.0\.0 can be reached by others and needs a token"):
        FakeProduct(host="0.0.0.0").start()


def test_a_port_below_1024_is_told_to_who_may_not(monkeypatch: pytest.MonkeyPatch) -> None:
    def deny(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(socket.socket, "bind", deny)
    with pytest.raises(UsageError, match="port 80 is reserved for root"):
        FakeProduct(port=80).start()


def test_ipv6_loopback() -> None:
    if not socket.has_ipv6 or not os.path.exists("/proc/net/if_inet6"):
        pytest.skip("this machine has no IPv6")
    with serving(host="::1") as product, socket.create_connection(("::1", product.server.port), 60) as client:
        client.sendall(b"GET /healthz HTTP/1.1\r\nHost: [::1]\r\nConnection: close\r\n\r\n")
        assert client.makefile("rb").readline() == b"HTTP/1.1 200 OK\r\n"


def test_stop_ends_open_streams_and_frees_the_port(
    product: FakeProduct, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "_LAST_WORDS_S", 60)
    product.publish(result())
    port = product.server.port
    with (
        socket.create_connection(("127.0.0.1", port), 60) as idle,
        Stream(port, "/stream.mjpg") as pictures,
        Stream(port, "/api/v1/events/stream") as events,
    ):
        assert pictures.jpeg() is not None
        assert events.event() is not None
        product.server.stop()
        assert pictures.jpeg() is None
        assert events.event() is not None  # the first record
        assert events.event() is None
        assert idle.recv(1) == b""
    product.server.stop()
    assert not [thread for thread in threading.enumerate() if thread.name in ("web", "live picture")]
    with serving(port=port) as again:
        assert ask(port, "/healthz").status == 200
        assert again.server.port == port


def test_stop_does_not_wait_for_a_client_that_is_stuck(product: FakeProduct) -> None:
    with Stream(product.server.port, "/stream.mjpg?overlay=0", receive_buffer_bytes=4096) as stuck:
        with Stream(product.server.port, "/stream.mjpg?overlay=0") as quick:
            for n in range(10):
                product.publish(result(n, image=noise(n)))
                assert quick.jpeg() is not None
        product.server.stop()
        del stuck
    assert product.live.viewers == 0


def test_stop_without_start() -> None:
    FakeProduct().server.stop()


def test_results_may_come_before_the_start_and_after_the_end() -> None:
    product = FakeProduct()
    product.publish(result(0))
    product.start()
    assert ask(product.server.port, "/snapshot.jpg").status == 200
    product.server.stop()
    product.publish(result(1))


def test_a_slow_viewer_loses_frames_and_nobody_else_does(product: FakeProduct) -> None:
    frames = 60
    sizes = set()
    with Stream(product.server.port, "/stream.mjpg?overlay=0", receive_buffer_bytes=64 << 10) as slow:
        with Stream(product.server.port, "/stream.mjpg?overlay=0") as quick:
            pictures = []
            for n in range(frames):
                product.publish(result(n, image=noise(n)))
                pictures.append(quick.jpeg())
            assert len(set(pictures)) == frames
            sizes = {len(picture or b"") for picture in pictures}
        seen = [slow.jpeg()]
        while seen[-1] != pictures[-1]:
            seen.append(slow.jpeg())
    # What a viewer is behind with is what fits into the buffers, a few frames of so many bytes.
    assert min(sizes) > 100_000
    assert len(seen) < frames / 4
    assert [pictures.index(picture) for picture in seen] == sorted(
        pictures.index(picture) for picture in seen
    )
    assert product.live.encodes == frames


def test_many_viewers_one_encode(product: FakeProduct) -> None:
    streams = [Stream(product.server.port, "/stream.mjpg") for _ in range(3)]
    try:
        for n in range(20):
            product.publish(result(n))
            assert len({stream.jpeg() for stream in streams}) == 1
    finally:
        for stream in streams:
            stream.__exit__()
    assert product.live.encodes == 20


def test_an_event_stream_without_events_shows_that_it_lives(
    product: FakeProduct, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "_KEEP_ALIVE_S", 0.01)
    with Stream(product.server.port, "/api/v1/events/stream") as stream:
        assert [stream.event() for _ in range(3)] == [
            {"retry": "2000"},
            {"": "keep-alive"},
            {"": "keep-alive"},
        ]


def test_ffmpeg_reads_the_stream(product: FakeProduct) -> None:
    ffmpeg = shutil.which("ffmpeg")
    if ffmpeg is None:
        pytest.skip("ffmpeg is not installed")
    with moving(product, period_s=0.01):
        done = subprocess.run(
            f"{ffmpeg} -v error -f mpjpeg -i {product.url}/stream.mjpg "
            "-frames:v 100 -f rawvideo -pix_fmt gray -",
            shell=True,
            capture_output=True,
            timeout=100,
            check=True,
        )
    assert done.stderr == b""
    frames = np.frombuffer(done.stdout, np.uint8).reshape(-1, 240, 320)
    assert len(frames) == 100
    assert (frames[0] != frames[50]).any()


def test_opencv_reads_the_stream(product: FakeProduct) -> None:
    import cv2

    with moving(product, period_s=0.01):
        video = cv2.VideoCapture(f"{product.url}/stream.mjpg")
        shapes = [video.read()[1].shape for _ in range(10)]
        video.release()
    assert shapes == [(240, 320, 3)] * 10


def test_a_viewer_that_takes_nothing_is_cut_off(
    product: FakeProduct, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(endless, "_STALLED_S", 0.05)
    with Stream(product.server.port, "/stream.mjpg?overlay=0", receive_buffer_bytes=4096):
        while product.live.viewers != 1:
            time.sleep(0.005)
        for n in range(1000):
            product.publish(result(n, image=noise(n % 3)))
            if product.live.viewers == 0:
                break
            time.sleep(0.01)
    assert product.live.viewers == 0
