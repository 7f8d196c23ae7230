"""What commands say on standard output."""

from __future__ import annotations

import os
import sys

import click

from edge_mbv2.errors import EdgeError, OutputClosed


def say(text: str) -> None:
    """Print a line.

    Raises:
        OutputClosed: whoever read has gone away, as ``head`` does.
        EdgeError: the disk that it goes to is full, or fails.
    """
    try:
        click.echo(text)
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError as exc:
        # Python would try to write the rest once more when it exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(exc, BrokenPipeError):
            raise OutputClosed("the reader of standard output has gone away") from exc
        raise EdgeError(
            f"standard output can't be written: {exc.strerror}; make room or write elsewhere"
        ) from exc
