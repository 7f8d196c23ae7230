"""A file that grows by whole pieces."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path


class GrowingFile:
    """A file to append to; each piece goes out at once, whole or not at all.

    Args:
        path: of the file.
        replace: whether the first piece takes the place of all that is there; else there must be no file.

    Attributes:
        size_bytes: of what was appended.

    Raises:
        OSError: it can't be written.
    """

    def __init__(self, path: Path, *, replace: bool) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | (0 if replace else os.O_EXCL)
        self._number = os.open(path, flags, 0o644)
        self.size_bytes = 0

    def append(self, piece: bytes) -> None:
        """Write a piece.

        Raises:
            OSError: it can't be written; what was written of it is taken back.
        """
        if not self.size_bytes:
            self.cut(0)
        left = memoryview(piece)
        try:
            while left:
                left = left[os.write(self._number, left) :]
        except OSError:
            self.cut(self.size_bytes)
            raise
        self.size_bytes += len(piece)

    def cut(self, size_bytes: int) -> None:
        """Take back all that lies behind the first ``size_bytes``."""
        with contextlib.suppress(OSError):  # the disk may be gone altogether
            os.ftruncate(self._number, size_bytes)
        self.size_bytes = size_bytes

    def close(self) -> None:
        os.close(self._number)
