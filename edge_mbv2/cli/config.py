"""``edge-mbv2 config``: begin a configuration file, check it, and see what is in force."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import click

from edge_mbv2.cli import options as opt
from edge_mbv2.cli.output import say
from edge_mbv2.errors import EdgeError, UsageError

_FILE = click.argument("file", type=opt.PATH, envvar="EDGE_MBV2_CONFIG")


@click.group()
def config() -> None:
    """Begin a configuration file, check it, see what is in force."""


@config.command()
@click.argument("file", type=opt.PATH, required=False)
@click.option("--force", is_flag=True, help="Replace a file that exists.")
def init(file: Path | None, force: bool) -> None:
    """Write an example to FILE or standard output.

    It has every key, with what it means and its default.
    """
    from edge_mbv2.config.example import example

    if file is None:
        say(example().rstrip("\n"))
        return
    try:
        stream = file.open("w" if force else "x", encoding="utf-8")
    except FileExistsError as exc:
        raise UsageError(f"{file} exists; choose another name, or replace it with --force") from exc
    except OSError as exc:
        raise UsageError(f"{file} can't be written: {exc.strerror}") from exc
    try:
        with stream:
            stream.write(example())
    except OSError as exc:
        with contextlib.suppress(OSError):
            if file.is_file():
                file.unlink()
        raise EdgeError(f"{file} can't be written: {exc.strerror}") from exc


@config.command()
@_FILE
def check(file: Path) -> None:
    """Tell every mistake in FILE at once.

    Each comes with its line; the exit code is then 3.
    """
    from edge_mbv2.config.load import load

    names = list(load(file).cameras)
    say(f"{file} is right: {len(names)} camera{'s' if len(names) > 1 else ''} ({', '.join(names)})")


@config.command()
@opt.run_options
def show(config: Path | None, **options: Any) -> None:
    """Print what is in force, and where it came from.

    That is what `run` with the same options goes by. Secrets are not shown.
    """
    from edge_mbv2.config.example import shown
    from edge_mbv2.config.load import effective

    say(shown(*effective(config, opt.settings(options))).rstrip("\n"))


@config.command()
def schema() -> None:
    """Print the JSON Schema, for editors."""
    from edge_mbv2.config.schema import json_schema

    say(json.dumps(json_schema(), indent=2))


@config.command()
@_FILE
def migrate(file: Path) -> None:
    """Rewrite FILE in today's format.

    What it was is kept beside it.
    """
    from edge_mbv2.config.load import upgrade

    done = upgrade(file)
    say(f"{file} is rewritten; the earlier one is {done}" if done else f"{file} is of today's version")
