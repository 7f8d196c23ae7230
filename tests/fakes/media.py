"""Pictures and videos for tests, whole and broken."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np

from edge_mbv2 import resources

RED, GREEN = (0, 0, 255), (0, 255, 0)


def marked_picture(width: int = 80, height: int = 60) -> np.ndarray:
    """Return a picture that is red in its top left quarter, green in its bottom right, else noisy grey."""
    image = np.random.default_rng(3).integers(100, 140, (height, width, 1)).repeat(3, axis=2).astype(np.uint8)
    image[: height // 2, : width // 2] = RED
    image[height // 2 :, width // 2 :] = GREEN
    return image


def encoded(suffix: str, image: np.ndarray | None = None) -> bytes:
    """Return a picture file's bytes."""
    image = marked_picture() if image is None else image
    return cv2.imencode(suffix, image)[1].tobytes()


def write_video(
    path: Path, pictures: Iterable[np.ndarray], *, framerate: float = 10, fourcc: str = "mp4v"
) -> None:
    """Write a video; the pictures are of one size."""
    writer = None
    for picture in pictures:
        if writer is None:
            size = (picture.shape[1], picture.shape[0])
            writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*fourcc), framerate, size)
        writer.write(picture)
    assert writer is not None
    writer.release()


def turn_video(path: Path, rotation: int) -> None:
    """Make an MP4 ask to be shown turned by 90, 180 or 270 degrees clockwise, as phones do."""
    data = bytearray(path.read_bytes())
    position = data.index(b"tkhd") + 4
    matrix = position + (52 if data[position] == 1 else 40)
    one, minus_one = 0x10000, -0x10000
    a, b, c, d = {
        90: (0, one, minus_one, 0),
        180: (minus_one, 0, 0, minus_one),
        270: (0, minus_one, one, 0),
    }[rotation]
    struct.pack_into(">6i", data, matrix, a, b, 0, c, d, 0)
    path.write_bytes(data)


def damaged_demo() -> bytes:
    """Return the demo clip, of which some frames after the 40th can't be decoded."""
    data = bytearray(resources.path("demo/demo.mp4").read_bytes())
    data[300_000:303_000] = np.random.default_rng(0).bytes(3000)
    return bytes(data)


def exif(orientation: int, *, order: str = "<") -> bytes:
    """Return a TIFF structure that holds an EXIF orientation."""
    mark = b"II*\0" if order == "<" else b"MM\0*"
    return mark + struct.pack(order + "IHHHIHHI", 8, 1, 0x0112, 3, 1, orientation, 0, 0)


def jpeg_with_exif(orientation: int) -> bytes:
    segment = b"Exif\0\0" + exif(orientation)
    data = encoded(".jpg")
    return data[:2] + b"\xff\xe1" + struct.pack(">H", len(segment) + 2) + segment + data[2:]


def png_with_exif(orientation: int) -> bytes:
    data = encoded(".png")
    after_header = 33
    return data[:after_header] + png_chunk(b"eXIf", exif(orientation)) + data[after_header:]


def png_chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def huge_png() -> bytes:
    """Return a small file that says it is a picture of 60000 x 60000 pixels."""
    header = struct.pack(">IIBBBBB", 60000, 60000, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(1000))), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(png_chunk(kind, content) for kind, content in chunks)


def webp_with_exif(orientation: int, *, order: str = "<", prefix: bytes = b"") -> bytes:
    height, width = marked_picture().shape[:2]
    has_exif = 8
    extent = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    extended = riff_chunk(b"VP8X", bytes([has_exif, 0, 0, 0]) + extent)
    body = (
        b"WEBP"
        + extended
        + encoded(".webp")[12:]
        + riff_chunk(b"EXIF", prefix + exif(orientation, order=order))
    )
    return b"RIFF" + struct.pack("<I", len(body)) + body


def riff_chunk(kind: bytes, content: bytes) -> bytes:
    return kind + struct.pack("<I", len(content)) + content + bytes(len(content) % 2)


def tiff_with_orientation(orientation: int) -> bytes:
    """Return an uncompressed TIFF."""
    image = marked_picture()
    height, width = image.shape[:2]
    pixels = image[..., ::-1].tobytes()
    short, long = 3, 4
    tags = [
        (256, short, width),
        (257, short, height),
        (258, short, 8),
        (259, short, 1),
        (262, short, 2),
        (273, long, 0),
        (274, short, orientation),
        (277, short, 3),
        (278, short, height),
        (279, long, len(pixels)),
    ]
    start = 8 + 2 + 12 * len(tags) + 4
    entries = b"".join(
        struct.pack("<HHII", tag, kind, 1, start if tag == 273 else value) for tag, kind, value in tags
    )
    return b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries + bytes(4) + pixels
