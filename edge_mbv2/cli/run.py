"""``edge-mbv2 run``: watch a camera until told to stop."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from edge_mbv2.cli import options as opt

if TYPE_CHECKING:
    from edge_mbv2.config.schema import Config


@click.command()
@opt.run_options
def run(config: Path | None, **options: Any) -> None:
    """Watch a camera: boxes on a page, detections as JSON Lines.

    SIGHUP makes it read the configuration file again.
    """
    from edge_mbv2.cli.signals import StopSignals

    with StopSignals(reloads=config is not None) as signals:
        from edge_mbv2.cli import log

        given = opt.settings(options)  # which the context of this command tells, and no later one

        def read() -> Config:
            from edge_mbv2.config.load import load

            return load(config, given)

        settings = read()
        log.configure(settings.logging)

        from edge_mbv2.app.run import Run

        # A mistyped camera is told at once; one of a file is waited for.
        must_open = config is None or options["camera"] is not None
        joined = Run(
            settings,
            announce=lambda line: click.echo(line, err=True),
            read=read,
            configure_log=log.configure,
            must_open=must_open,
        )
        signals.call(joined.request_stop, joined.request_reload)
        joined.run()
