"""A V4L2 camera for tests: programs started with its environment find it in ``/dev``."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

SOURCES = Path(__file__).with_name("v4l2_device")
FRAMES = 30
RED_BGR = (0, 0, 255)


def compile_library(compiler: str, target: Path) -> None:
    """Build the library that is preloaded into programs which shall see the camera."""
    sources = sorted(str(path) for path in SOURCES.glob("*.c"))
    command = [compiler, "-shared", "-fPIC", "-O1", "-o", str(target), *sources, "-ldl", "-lpthread"]
    subprocess.run(command, check=True, timeout=100)


def level(n: int) -> int:
    """Return how bright frame ``n`` is outside its red quarter."""
    return 30 + 6 * (n % FRAMES)


def picture(n: int, width: int, height: int) -> np.ndarray:
    """Return frame ``n`` as B, G, R: grey of a level that tells its number, the top left quarter red."""
    image = np.full((height, width, 3), level(n), np.uint8)
    image[: height // 2, : width // 2] = RED_BGR
    return image


def encode(image: np.ndarray, pixel_format: str) -> bytes:
    """Return ``image`` (even width and height) as a device delivers it."""
    height, width = image.shape[:2]
    if pixel_format == "MJPG":
        return cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 95])[1].tobytes()
    if pixel_format in ("BGR3", "RGB3"):
        return (image if pixel_format == "BGR3" else image[..., ::-1]).tobytes()
    if pixel_format == "GREY":
        return cv2.cvtColor(image, cv2.COLOR_BGR2GRAY).tobytes()
    planes = cv2.cvtColor(image, cv2.COLOR_BGR2YUV_I420).reshape(-1)
    if pixel_format == "YU12":
        return planes.tobytes()
    luma = planes[: width * height].reshape(height, width)
    chroma = planes[width * height :].reshape(2, height // 2, width // 2)
    if pixel_format in ("NV12", "NV21"):
        pairs = chroma if pixel_format == "NV12" else chroma[::-1]
        return luma.tobytes() + np.moveaxis(pairs, 0, 2).tobytes()
    packed = np.empty((height, width, 2), np.uint8)
    position = {"YUYV": 0, "UYVY": 1}[pixel_format]
    packed[..., position] = luma
    packed[:, 0::2, 1 - position], packed[:, 1::2, 1 - position] = np.repeat(chroma, 2, axis=1)
    return packed.tobytes()


NAME = "usb-Test_Camera_1234-video-index0"
"""What udev calls the camera."""


class FakeV4L2:
    """The camera's description, which a test may change while a program streams from it.

    Args:
        library: as built by `compile_library`.
        folder: for the description and the frames.

    Attributes:
        by_id: a folder in which its name stands for its node while it is plugged in, as udev does it in
            ``/dev/v4l/by-id``; programs started by `edge` look there.
    """

    def __init__(self, library: Path, folder: Path) -> None:
        self._library = library
        self.folder = folder
        self.by_id = folder / "by-id"
        self.by_id.mkdir()
        self._description: dict[str, object] = {
            "path": "/dev/video0",
            "card": "Test Camera",
            "state": "normal",
            "generation": 0,
            "framerate": 0,
        }
        self._formats: list[str] = []
        self.offer(("YUYV", 640, 480))

    def offer(self, *formats: tuple[str, int, int]) -> None:
        """Make it offer these pixel formats and sizes, in this order."""
        self._formats = []
        for pixel_format, width, height in formats:
            file = self.folder / f"{pixel_format}-{width}x{height}"
            with file.open("wb") as out:
                for n in range(FRAMES):
                    data = encode(picture(n, width, height), pixel_format)
                    out.write(struct.pack("=I", len(data)) + data)
            self._formats.append(f"format {pixel_format} {width} {height} {file}")
        self._write()

    def offer_resized(self, pixel_format: str, width: int, height: int, other: tuple[int, int]) -> None:
        """Give an offered format frames of another size, for the state ``resized``."""
        with (self.folder / f"{pixel_format}-{width}x{height}.resized").open("wb") as out:
            for n in range(FRAMES):
                data = encode(picture(n, *other), pixel_format)
                out.write(struct.pack("=I", len(data)) + data)

    def change(self, **values: object) -> None:
        """Set ``path``, ``card``, ``state`` or ``framerate`` (0: as fast as it is read)."""
        self._description.update(values)
        self._write()

    def unplug(self) -> None:
        self.change(state="unplugged")

    def replug(self, path: str = "/dev/video0") -> None:
        """Return as a new device: whoever holds the old one holds a dead one."""
        generation = int(str(self._description["generation"])) + 1
        self.change(state="normal", path=path, generation=generation)

    @property
    def environment(self) -> dict[str, str]:
        """What to start a program with so that it sees the camera."""
        tests = str(Path(__file__).parent.parent)
        python_path = os.pathsep.join(filter(None, (tests, os.environ.get("PYTHONPATH"))))
        return os.environ | {
            "LD_PRELOAD": str(self._library),
            "FAKE_V4L2": str(self.folder / "description"),
            "PYTHONPATH": python_path,
        }

    def edge(self, *arguments: str) -> list[str]:
        """Return the command line of edge-mbv2 for a machine whose udev names this camera."""
        program = (
            "from edge_mbv2.cameras import v4l2_node; from edge_mbv2.cli import main; "
            f"v4l2_node.BY_ID = {str(self.by_id)!r}; main()"
        )
        return [sys.executable, "-c", program, *arguments]

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run this Python with the arguments, in the camera's sight."""
        return subprocess.run(self._command(arguments), **self._options(), timeout=100, check=False)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start this Python with the arguments, in the camera's sight; lines can be sent to it."""
        return subprocess.Popen(self._command(arguments), **self._options(), stdin=subprocess.PIPE)

    def _command(self, arguments: Sequence[str]) -> list[str]:
        return [sys.executable, *arguments]

    def _options(self) -> dict[str, object]:
        return {
            "env": self.environment,
            "text": True,
            "stdout": subprocess.PIPE,
            "stderr": subprocess.PIPE,
        }

    def _write(self) -> None:
        lines = [f"{key} {value}" for key, value in self._description.items()] + self._formats
        new = self.folder / "description.new"
        new.write_text("\n".join(lines) + "\n")
        # In one step: the camera reads it at any moment.
        new.replace(self.folder / "description")
        link = self.by_id / NAME
        link.unlink(missing_ok=True)
        if self._description["state"] != "unplugged":
            link.symlink_to(str(self._description["path"]))
