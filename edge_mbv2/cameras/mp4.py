"""Tells a whole MP4 file from one that was cut off, which FFmpeg plays to the cut without a word."""

from __future__ import annotations

from pathlib import Path

_LONG_SIZE = 1

# Without the end of one of these, pictures are missing; what else follows may be anything.
_NEEDED = (b"mdat", b"moov", b"moof")


def what_is_missing(path: Path) -> str | None:
    """Return what is missing from the file in words, None when nothing is or when it isn't an MP4.

    Args:
        path: of a file that exists.

    Raises:
        OSError: it can't be read.

    Source: ISO/IEC 14496-12, 4.2 (boxes: a 32-bit size and a type; size 1 means a 64-bit size
    follows, size 0 that the box reaches to the file's end).
    """
    total = path.stat().st_size
    kinds = set()
    position = 0
    with path.open("rb") as file:
        while position < total:
            file.seek(position)
            header = file.read(16)
            size, kind = int.from_bytes(header[:4], "big"), header[4:8]
            if position == 0 and kind != b"ftyp":
                return None
            kinds.add(kind)
            if size == _LONG_SIZE:
                size = int.from_bytes(header[8:16], "big")
            if size < 8:
                break
            position += size
            if kind in _NEEDED and position > total:
                return f"it is cut off after {total} of {position} bytes"
    return None if b"moov" in kinds else "it has no index (moov): the recording was not finished"
