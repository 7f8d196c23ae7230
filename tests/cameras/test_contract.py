"""Every camera in the table keeps every promise of the protocol."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
import pytest
from fakes.camera_contract import CHECKS
from fakes.mjpeg import MjpegServer
from fakes.v4l2 import FakeV4L2

from edge_mbv2.cameras import CAMERAS


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """A source for each kind of camera, with pictures whose parts differ."""
    folder = tmp_path_factory.mktemp("sources")
    picture = np.kron(
        np.random.default_rng(1).integers(0, 256, (4, 4, 3)).astype(np.uint8), np.ones((30, 40, 1), np.uint8)
    )
    pictures = folder / "pictures"
    pictures.mkdir()
    for n in range(3):
        cv2.imwrite(str(pictures / f"{n}.png"), picture)
    video = folder / "video.avi"
    writer = cv2.VideoWriter(str(video), cv2.VideoWriter.fourcc(*"MJPG"), 10, (160, 120))
    for _ in range(3):
        writer.write(picture)
    writer.release()
    with MjpegServer([picture]) as server:
        yield {
            "demo": "demo",
            "synthetic": "synthetic",
            "v4l2": "0",
            "picamera2": "pi:0",
            "stream": server.address(),
            "directory": f"dir:{pictures}",
            "file": f"file:{video}",
        }


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("kind", CAMERAS)
@pytest.mark.usefixtures("raspberry")
def test_keeps_the_promise(kind: str, check: str, sources: dict[str, str], v4l2_device: FakeV4L2) -> None:
    if kind != "v4l2":
        CHECKS[check](sources[kind])
        return
    v4l2_device.offer(("YUYV", 320, 240), ("YUYV", 640, 480))
    ended = v4l2_device.run("-m", "fakes.camera_contract", check, sources[kind])
    assert ended.returncode == 0, ended.stderr
    # It says when it can't do the rate that a check asks for; nothing else is to be said.
    assert [line for line in ended.stderr.splitlines() if "can't do framerate" not in line] == []
