"""The ``edge-mbv2`` command: each subcommand is one thin file that parses, calls and prints."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import threading

import click

from edge_mbv2 import __version__
from edge_mbv2.cli.cameras import cameras
from edge_mbv2.cli.config import config
from edge_mbv2.cli.detect import detect
from edge_mbv2.cli.model import model
from edge_mbv2.cli.output import take_standard_output
from edge_mbv2.cli.replay import replay
from edge_mbv2.cli.run import run
from edge_mbv2.cli.selftest import selftest
from edge_mbv2.errors import EdgeError

_log = logging.getLogger(__name__)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="edge-mbv2")
def cli() -> None:
    """Find things with a camera and a small board."""


cli.add_command(run)
cli.add_command(detect)
cli.add_command(replay)
cli.add_command(cameras)
cli.add_command(model)
cli.add_command(selftest)
cli.add_command(config)


def main() -> None:
    """Run the command line and leave the process with its exit code."""
    _keep_standard_streams()
    take_standard_output()
    try:
        code = cli(prog_name="edge-mbv2", standalone_mode=False) or 0
    except click.ClickException as exc:
        exc.show()
        code = exc.exit_code
    except click.Abort:
        code = 0
    except EdgeError as exc:
        code = exc.exit_code
        if code:
            for line in str(exc).splitlines():
                click.echo(f"edge-mbv2: {line}", err=True)
    except Exception as exc:
        code = 1
        _log.debug("internal error", exc_info=True)
        click.echo(
            f"edge-mbv2: internal error, {type(exc).__name__}: {exc}; --log-level debug tells where",
            err=True,
        )
    _leave(code)


def _keep_standard_streams() -> None:
    """Keep file descriptors 0 to 2 for what they are, also where they came closed.

    A picture that is opened on a closed one's number would be lost when an engine that loads turns
    descriptor 2 aside, and libraries would print into it. What we say goes through a copy of descriptor 2.
    """
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free number: this one
    if sys.stderr is not None:
        sys.stderr = os.fdopen(os.dup(2), "w", buffering=1, errors="backslashreplace")


def _leave(code: int) -> None:
    """Exit; at once when a thread hangs in a driver, which nothing but the process's end can free."""
    if any(thread.daemon for thread in threading.enumerate()):
        for stream in filter(None, (sys.stdout, sys.stderr)):
            with contextlib.suppress(OSError):
                stream.flush()
        os._exit(code)
    sys.exit(code)
