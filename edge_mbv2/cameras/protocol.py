"""What every camera is to the rest of the product."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from edge_mbv2.geometry import Polygon
from edge_mbv2.types import Frame


@dataclass(frozen=True, slots=True)
class CameraSettings:
    """How a camera is asked to deliver; None leaves the choice to the device or file.

    Attributes:
        width: of the capture in pixels, before rotation. A device is asked for it, a file's or
            folder's pictures are scaled to it; one of the two alone keeps a file's proportions.
        height: likewise.
        framerate: frames per second. A video drops frames down to it, never repeats one; a folder
            shows so many pictures a second (1 when None).
        hflip: mirror left and right.
        vflip: mirror top and bottom.
        rotation: clockwise, one of 0, 90, 180, 270 degrees; applied after the flips.
        realtime: True delivers a file at its own speed, stamped by the clock; False as fast as it
            is read, stamped with the file's own time. Devices ignore it.
        privacy: areas that are black in every picture, corners as fractions of the turned picture.
        loop: start a file or folder again at its end. Devices ignore it.
    """

    width: int | None = None
    height: int | None = None
    framerate: float | None = None
    hflip: bool = False
    vflip: bool = False
    rotation: int = 0
    realtime: bool = True
    loop: bool = False
    privacy: tuple[Polygon, ...] = ()


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a live camera is waited for, in seconds.

    Attributes:
        open_s: until its first frame.
        read_s: until any other frame.
        longest_wait_s: between two tries to open it.
    """

    open_s: float
    read_s: float
    longest_wait_s: float


class Camera(Protocol):
    """A source of frames; one thread opens, reads and closes it.

    After an error, or at the end, it can be closed, opened and read again; the sequence goes on.

    Attributes:
        name: what its frames are labelled with.
        description: what it is, in words, known after `open` (``/dev/video0, 640x480 YUYV, 30 fps``).
        idle: why `read` rightly waits at the moment, in words; None while a frame should come.
        frame_count: about how many frames it has, known after `open`; None when it has no end.
    """

    name: str
    description: str
    frame_count: int | None

    @property
    def idle(self) -> str | None: ...

    def open(self) -> None:
        """Take the device or file.

        Raises:
            CameraError: it is absent, busy or unusable.
            MediaError: the file is not one that can be read.
        """

    def read(self) -> Frame | None:
        """Wait for the next frame and return it; None at a finite source's end or once interrupted.

        Timestamps rise from frame to frame until the next `open`.

        Raises:
            CameraError: the device delivers nothing usable any more.
            MediaError: the file is damaged. After one wrong picture of a folder, the next `read`
                goes on with the picture after it.
        """

    def close(self) -> None:
        """Give the device back. May be called twice, and without `open`."""

    def interrupt(self) -> None:
        """End it for good, from any thread: a `read` that waits, and every later one, returns None.

        It never waits nor raises; `close` is still the reading thread's. It takes effect within 1.5 s,
        where a network stream is waited for within that wait's time-out.
        """
