"""What commands say on standard output."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Iterator

import click

from edge_mbv2.errors import EdgeError, OutputClosed


def say(text: str) -> None:
    """Print a line.

    Raises:
        OutputClosed: whoever read has gone away, as ``head`` does.
        EdgeError: the disk that it goes to is full, or fails.
    """
    click.echo(text)


class Output(io.TextIOWrapper):
    """Standard output with failures of our own, which what click prints (help, version) meets, too."""

    def write(self, text: str, /) -> int:
        if text == "":  # click tries so which kind of stream it has, and minds no failure
            return 0
        with self._translated():
            return super().write(text)

    def flush(self) -> None:
        with self._translated():
            super().flush()

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except OSError as exc:
            # Python would try to write the rest once more when it exits.
            os.dup2(os.open(os.devnull, os.O_WRONLY), self.fileno())
            if isinstance(exc, BrokenPipeError):
                raise OutputClosed("the reader of standard output has gone away") from exc
            raise EdgeError(
                f"standard output can't be written: {exc.strerror}; make room or write elsewhere"
            ) from exc


def take_standard_output() -> None:
    """Make standard output an `Output`."""
    old = sys.stdout
    if isinstance(old, io.TextIOWrapper):  # None where it came closed
        encoding, errors, through = old.encoding, old.errors, old.write_through
        sys.stdout = Output(old.detach(), encoding, errors, write_through=through)
