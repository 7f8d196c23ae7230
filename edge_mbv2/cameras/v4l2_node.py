"""Asks V4L2 device nodes what they are, through ioctl alone.

Source: the Linux kernel's ``include/uapi/linux/videodev2.h``; the numbers are those of every
architecture with the generic ioctl encoding (x86, Arm, RISC-V).
"""

from __future__ import annotations

import errno
import fcntl
import os
import re
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

BY_ID = "/dev/v4l/by-id"

_READ, _READ_WRITE = 2, 3


def _request(direction: int, number: int, layout: str) -> int:
    return direction << 30 | struct.calcsize(layout) << 16 | ord("V") << 8 | number


_CAPABILITY = "=16s32s32s3I12x"
_FORMAT = "=3I32s2I12x"
_SIZE = "=3I6I8x"
_INTERVAL = "=5I6I8x"
_BUFFERS = "=4I4x"

_QUERYCAP = _request(_READ, 0, _CAPABILITY)
_ENUM_FMT = _request(_READ_WRITE, 2, _FORMAT)
_REQBUFS = _request(_READ_WRITE, 8, _BUFFERS)
_ENUM_FRAMESIZES = _request(_READ_WRITE, 74, _SIZE)
_ENUM_FRAMEINTERVALS = _request(_READ_WRITE, 75, _INTERVAL)

_CAP_VIDEO_CAPTURE = 0x0000_0001
_CAP_VIDEO_CAPTURE_MPLANE = 0x0000_1000
_CAP_DEVICE_CAPS = 0x8000_0000
_BUF_TYPE_CAPTURE, _BUF_TYPE_CAPTURE_MPLANE = 1, 9
_MEMORY_MMAP = 1
_DISCRETE = 1
# Drivers that never say "no more" are not followed further than this.
_MOST_ENTRIES = 64


@dataclass(frozen=True, slots=True)
class Node:
    """What a device node says about itself.

    Attributes:
        path: of the node.
        driver: the kernel driver's name.
        card: what the device calls itself.
        pixel_formats: four-character codes of what it captures; empty when it captures nothing.
    """

    path: str
    driver: str
    card: str
    pixel_formats: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class VideoMode:
    """A pixel format and size that a device offers.

    Attributes:
        pixel_format: four-character code.
        width: pixels.
        height: pixels.
        framerates: frames per second, the fastest first; empty when the driver doesn't tell.
    """

    pixel_format: str
    width: int
    height: int
    framerates: tuple[float, ...]

    def __str__(self) -> str:
        rates = f" at {', '.join(f'{rate:g}' for rate in self.framerates)} fps" if self.framerates else ""
        return f"{self.pixel_format} {self.width}x{self.height}{rates}"


def paths() -> list[str]:
    """Return the machine's V4L2 nodes in the order of their numbers."""
    names = [name for name in os.listdir("/dev") if re.fullmatch(r"video[0-9]+", name)]
    return [f"/dev/{name}" for name in sorted(names, key=lambda name: int(name[5:]))]


def query(path: str) -> Node:
    """Ask a node what it is and what it captures.

    Raises:
        OSError: the node is absent, forbidden, or not V4L2 (ENOTTY).
    """
    with _opened(path) as fd:
        driver, card, _, _, capabilities, device_capabilities = struct.unpack(
            _CAPABILITY, _ioctl(fd, _QUERYCAP, bytes(struct.calcsize(_CAPABILITY)))
        )
        if capabilities & _CAP_DEVICE_CAPS:
            capabilities = device_capabilities
        # Codecs list formats too: they capture what a program gave them.
        captures = capabilities & (_CAP_VIDEO_CAPTURE | _CAP_VIDEO_CAPTURE_MPLANE)
        formats = tuple(_code(code) for code in _formats(fd)) if captures else ()
    return Node(path, _text(driver), _text(card), formats)


def modes(path: str) -> tuple[VideoMode, ...]:
    """Ask a node for the sizes and rates of each of its pixel formats.

    Only discrete ones are told: a camera that scales freely names none.

    Raises:
        OSError: as for `query`.
    """
    with _opened(path) as fd:
        return tuple(
            VideoMode(_code(code), width, height, _framerates(fd, code, width, height))
            for code in _formats(fd)
            for width, height in _sizes(fd, code)
        )


def is_busy(path: str) -> bool:
    """Tell whether another program is streaming from the node.

    Raises:
        OSError: as for `query`.
    """
    with _opened(path) as fd:
        try:
            # Giving back no buffers changes nothing, but only the owner of the stream may do it.
            _ioctl(fd, _REQBUFS, struct.pack(_BUFFERS, 0, _BUF_TYPE_CAPTURE, _MEMORY_MMAP, 0))
        except OSError as exc:
            return exc.errno == errno.EBUSY
    return False


def by_id() -> dict[str, str]:
    """Return the names that udev gives to USB cameras, each with the node it stands for."""
    if not os.path.isdir(BY_ID):
        return {}
    return {name: os.path.realpath(os.path.join(BY_ID, name)) for name in sorted(os.listdir(BY_ID))}


@contextmanager
def _opened(path: str) -> Iterator[int]:
    fd = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        yield fd
    finally:
        os.close(fd)


def _ioctl(fd: int, request: int, argument: bytes) -> bytes:
    return fcntl.ioctl(fd, request, argument)


def _entries(fd: int, request: int, layout: str, *key: int) -> Iterator[tuple[int, ...]]:
    """Yield what an enumeration answers for index 0, 1, ... until it says that there is no more."""
    size = struct.calcsize(layout)
    for index in range(_MOST_ENTRIES):
        argument = struct.pack(f"={1 + len(key)}I", index, *key).ljust(size, b"\0")
        try:
            yield struct.unpack(layout, _ioctl(fd, request, argument))
        except OSError:
            return


def _formats(fd: int) -> Iterator[int]:
    for kind in (_BUF_TYPE_CAPTURE, _BUF_TYPE_CAPTURE_MPLANE):
        for entry in _entries(fd, _ENUM_FMT, _FORMAT, kind):
            yield entry[4]


def _sizes(fd: int, code: int) -> Iterator[tuple[int, int]]:
    for _, _, kind, width, height, *_ in _entries(fd, _ENUM_FRAMESIZES, _SIZE, code):
        if kind == _DISCRETE:
            yield width, height


def _framerates(fd: int, code: int, width: int, height: int) -> tuple[float, ...]:
    entries = _entries(fd, _ENUM_FRAMEINTERVALS, _INTERVAL, code, width, height)
    rates = {
        round(denominator / numerator, 3)
        for _, _, _, _, kind, numerator, denominator, *_ in entries
        if kind == _DISCRETE and numerator
    }
    return tuple(sorted(rates, reverse=True))


def _code(code: int) -> str:
    return code.to_bytes(4, "little").decode("latin-1").rstrip()


def _text(field: bytes) -> str:
    return field.split(b"\0")[0].decode("utf-8", "replace").strip()
