"""Tells a whole video file from one that was cut off, which FFmpeg plays to the cut without a word."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

_LONG_SIZE = 1

# Without the end of one of these, pictures are missing; what else follows may be anything.
_NEEDED = (b"mdat", b"moov", b"moof")

_EBML = b"\x1a\x45\xdf\xa3"
_SEGMENT = b"\x18\x53\x80\x67"

# Of a recording that was never finished, or goes to a pipe.
_UNKNOWN_SIZES = (0, 0xFFFFFFFF)


def what_is_missing(path: Path) -> str | None:
    """Return what is missing from the file in words, None when nothing is or its container can't tell.

    Args:
        path: of a file that exists.

    Raises:
        OSError: it can't be read.
    """
    total = path.stat().st_size
    with path.open("rb") as file:
        start = file.read(12)
        for is_its_start, missing in _CONTAINERS:
            if is_its_start(start):
                return missing(file, total)
    return None


def _missing_from_mp4(file: BinaryIO, total: int) -> str | None:
    """Look for the end of each box.

    Source: ISO/IEC 14496-12, 4.2 (boxes: a 32-bit size and a type; size 1 means a 64-bit size
    follows, size 0 that the box reaches to the file's end).
    """
    kinds = set()
    position = 0
    while position < total:
        file.seek(position)
        header = file.read(16)
        size, kind = int.from_bytes(header[:4], "big"), header[4:8]
        kinds.add(kind)
        if size == _LONG_SIZE:
            size = int.from_bytes(header[8:16], "big")
        if size < 8:
            break
        position += size
        if kind in _NEEDED and position > total:
            return _cut(total, position)
    return None if b"moov" in kinds else "it has no index (moov): the recording was not finished"


def _missing_from_matroska(file: BinaryIO, total: int) -> str | None:
    """Look for the end of the segment, which holds all there is; WebM is the same.

    Source: RFC 8794, 4 to 6 (elements: an identifier, a size of 1 to 8 bytes, all ones when it is
    not known) and RFC 9559, 5.1 (EBML header, then Segment).
    """
    file.seek(len(_EBML))
    header_size = _variable_size(file)
    if header_size is None:
        return None
    file.seek(header_size, 1)
    if file.read(len(_SEGMENT)) != _SEGMENT:
        return None
    size = _variable_size(file)
    end = 0 if size is None else file.tell() + size
    return _cut(total, end) if end > total else None


def _missing_from_avi(file: BinaryIO, total: int) -> str | None:
    """Look for the end of each RIFF chunk; a long AVI has several.

    Source: "OpenDML AVI File Format Extensions", 2.0 (chunks: a type and a 32-bit size, of what
    follows it).
    """
    position = 0
    while position + 8 <= total:
        file.seek(position)
        kind, size = file.read(4), int.from_bytes(file.read(4), "little")
        if kind != b"RIFF" or size in _UNKNOWN_SIZES:
            return None
        position += 8 + size
        if position > total:
            return _cut(total, position)
    return None


def _variable_size(file: BinaryIO) -> int | None:
    """Read a size whose first byte's leading zeros tell its length; None when it isn't known."""
    first = file.read(1)
    length = 9 - first[0].bit_length() if first else 9
    if length > 8:
        return None
    ones = (1 << 7 * length) - 1
    size = int.from_bytes(first + file.read(length - 1), "big") & ones
    return None if size == ones else size


def _cut(total: int, whole: int) -> str:
    return f"it is cut off after {total} of {whole} bytes"


_CONTAINERS: tuple[tuple[Callable[[bytes], bool], Callable[[BinaryIO, int], str | None]], ...] = (
    (lambda start: start[4:8] == b"ftyp", _missing_from_mp4),
    (lambda start: start[:4] == _EBML, _missing_from_matroska),
    (lambda start: start[:4] == b"RIFF" and start[8:] == b"AVI ", _missing_from_avi),
)
