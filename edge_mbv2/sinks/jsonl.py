"""Writes one line of JSON for each record, to a file or to standard output."""

from __future__ import annotations

import contextlib
import io
import logging
import os
import select
import stat
import sys
import time
from pathlib import Path
from typing import BinaryIO

from edge_mbv2.errors import EdgeError, OutputClosed, UsageError
from edge_mbv2.sinks.paths import why_not

_LOOK_EVERY_S = 1.0
"""How often it is seen to that lines still end up under the file's name."""

_log = logging.getLogger(__name__)


class JsonLinesSink:
    """Writes a line as soon as it is there, each with one system call.

    So a reader that follows never waits for a buffer to fill, and a run that is killed leaves
    whole lines behind, but perhaps the last. A file that is moved or removed is begun anew.

    Args:
        path: a file, which is appended to; None for standard output.
    """

    name = "json lines"

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._stream: BinaryIO | io.RawIOBase | None = None
        self._look_at_s = 0.0

    def open(self) -> None:
        """Take the file at once, so that a wrong path is told before the first frame.

        Raises:
            UsageError: the file can't be written, or standard output is closed.
        """
        if self._path is None:
            if sys.stdout is None:
                raise UsageError("standard output is closed; leave it open, or name a file with --output")
            sys.stdout.flush()
            buffer = sys.stdout.buffer
            self._stream = getattr(buffer, "raw", buffer)
            return
        try:
            self._stream = _append(self._path)
        except OSError as exc:
            raise UsageError(f"--output {self._path}: {why_not(exc, self._path)}") from exc

    def publish(self, text: str) -> None:
        """Write one line, given as JSON in ASCII without its end; waits while a reader takes nothing.

        Raises:
            OutputClosed: the reader of standard output or of a pipe has gone away.
            EdgeError: the line can't be written, say on a full disk or because the file's folder is
                gone; what was written of it is taken back, and the next one may work again.
        """
        self._stay_in_place()
        stream = self._stream
        assert stream is not None, "publish before open"
        line = memoryview(text.encode("ascii") + b"\n")
        written = 0
        try:
            while written < len(line):
                count = stream.write(line[written:])
                if count is None:  # a non-blocking terminal or pipe, full at the moment
                    select.select([], [stream], [])
                written += count or 0
        except BrokenPipeError as exc:
            raise OutputClosed(f"the reader of {self._target} has gone away") from exc
        except OSError as exc:
            self._take_back(written)
            reason = why_not(exc, self._path or Path("-"))
            raise EdgeError(f"{self._target}: {reason}") from exc

    def close(self) -> None:
        if self._path is not None and self._stream is not None:
            self._stream.close()
        self._stream = None

    @property
    def is_in_place(self) -> bool:
        """Whether what is written still ends up under the file's name: nobody has moved or removed it."""
        if self._path is None or self._stream is None:
            return True
        try:
            return os.path.samestat(os.fstat(self._stream.fileno()), self._path.stat())
        except (OSError, ValueError):  # ValueError: it is being begun anew at this moment
            return False

    @property
    def _target(self) -> str:
        return "standard output" if self._path is None else str(self._path)

    def _stay_in_place(self) -> None:
        """Now and then see whether the file was moved or removed, and begin it anew.

        Until that works, every line asks for it.
        """
        now_s = time.monotonic()
        if self._path is None or self._stream is None or now_s < self._look_at_s:
            return
        is_file = stat.S_ISREG(os.fstat(self._stream.fileno()).st_mode)
        if is_file and not self.is_in_place:  # a pipe without a name is still read
            try:
                left, self._stream = self._stream, _append(self._path)
            except OSError as exc:
                raise EdgeError(f"{self._path}: {why_not(exc, self._path)}") from exc
            left.close()
            _log.info("%s was moved or removed, and is begun anew", self._path)
        self._look_at_s = now_s + _LOOK_EVERY_S

    def _take_back(self, count: int) -> None:
        """Cut the first ``count`` bytes of a line off the file, if it is one."""
        if self._path is not None and self._stream is not None and count:
            number = self._stream.fileno()
            with contextlib.suppress(OSError):  # the disk may be gone altogether
                if stat.S_ISREG(os.fstat(number).st_mode):
                    os.ftruncate(number, os.fstat(number).st_size - count)


def _append(path: Path) -> io.FileIO:
    """Open a file, a pipe or a device for whole lines at its end.

    Raises:
        OSError: it can't be opened.
    """
    # Without O_NONBLOCK a named pipe would keep the program waiting for its reader.
    number = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NONBLOCK | os.O_CLOEXEC, 0o644)
    os.set_blocking(number, True)
    stream = io.FileIO(number, "wb")
    if stat.S_ISREG(os.fstat(number).st_mode) and _ends_in_mid_line(path):
        stream.write(b"\n")
    return stream


def _ends_in_mid_line(path: Path) -> bool:
    """Tell whether an earlier run was stopped while it wrote the file's last line."""
    try:
        with path.open("rb") as file:
            return file.seek(0, os.SEEK_END) > 0 and file.seek(-1, os.SEEK_END) >= 0 and file.read() != b"\n"
    except PermissionError:  # a file that may be written but not read
        return False
