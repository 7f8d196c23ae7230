"""``edge-mbv2 run``: watch a camera until told to stop."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from edge_mbv2.cli import options as opt


@click.command()
@opt.run_options
def run(config: Path | None, **options: Any) -> None:
    """Watch a camera: boxes on a page, detections as JSON Lines."""
    from edge_mbv2.cli.signals import StopSignals

    with StopSignals() as signals:
        from edge_mbv2.cli import log

        settings = opt.configuration(config, options)
        log.configure(settings.logging)

        from edge_mbv2.app.run import Run

        # A mistyped camera is told at once; one of a file is waited for.
        must_open = config is None or options["camera"] is not None
        joined = Run(settings, announce=lambda line: click.echo(line, err=True), must_open=must_open)
        signals.call(joined.request_stop)
        joined.run()
