"""Writes one segment of a recording: whole frames, or nothing of them."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from edge_mbv2.sinks.growing_file import GrowingFile


class Segment:
    """Opens both files of a new segment and writes its header.

    Each picture and each line goes out with a system call of its own, the line after its picture, so a
    process that is killed leaves every frame but perhaps its last. When the kernel brings them to the disk is
    left to it (within half a minute), because waiting for an SD card costs frames.

    Args:
        index: where the index will be; the pictures lie beside it.
        header: the index's first line, ready for JSON.

    Attributes:
        index: as given.
        size_bytes: of both files.

    Raises:
        OSError: they can't be written.
    """

    def __init__(self, index: Path, header: Mapping[str, Any]) -> None:
        self.index = index
        index.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.ExitStack() as on_failure:
            self._pictures = GrowingFile(index.with_suffix(".frames"), replace=False)
            on_failure.callback(delete, index)
            on_failure.callback(self._pictures.close)
            self._lines = GrowingFile(index, replace=False)
            on_failure.callback(self._lines.close)
            self._lines.append(_line(header))
            on_failure.pop_all()

    @property
    def size_bytes(self) -> int:
        return self._pictures.size_bytes + self._lines.size_bytes

    def append(self, picture: bytes, values: Mapping[str, Any]) -> None:
        """Write a frame.

        Args:
            picture: packed.
            values: the frame's line without ``offset`` and ``bytes``.

        Raises:
            OSError: it can't be written; what was written of it is taken back.
        """
        offset_bytes = self._pictures.size_bytes
        self._pictures.append(picture)
        try:
            self._lines.append(_line({**values, "offset": offset_bytes, "bytes": len(picture)}))
        except OSError:
            self._pictures.cut(offset_bytes)
            raise

    def note(self, values: Mapping[str, Any]) -> None:
        """Write a line that has no picture.

        Raises:
            OSError: it can't be written.
        """
        self._lines.append(_line(values))

    def close(self) -> None:
        self._pictures.close()
        self._lines.close()


def delete(index: Path) -> None:
    """Remove a segment, the index first, and its run's folder if it was the last one in it."""
    for path in (index, index.with_suffix(".frames")):
        path.unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        index.parent.rmdir()


def size_bytes(index: Path) -> int:
    """Return the size of both files of a segment."""
    return sum(path.stat().st_size for path in (index, index.with_suffix(".frames")) if path.exists())


def _line(values: Mapping[str, Any]) -> bytes:
    return json.dumps(values, separators=(",", ":"), allow_nan=False).encode() + b"\n"
