"""``edge-mbv2 run``: watch a camera until told to stop."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from edge_mbv2.cli import options as opt


@click.command()
@opt.option(
    "--camera",
    metavar="SOURCE",
    help="0, /dev/video0, usb:<by-id>, pi:0, rtsp://..., http://..., a file, a folder, synthetic, demo.",
)
@opt.capture_options
@opt.option("--loop/--no-loop", help="Start a file again at its end (the live demo does).")
@opt.model_options
@opt.option(
    "--every-frame/--no-every-frame",
    help="Analyse every frame that is read, in a file's own time; drop none.",
)
@opt.option("--json/--no-json", help="JSON Lines on standard output.")
@opt.option("--output", type=click.Path(path_type=Path), help="Append JSON Lines to this file.")
@opt.option(
    "--save-video", type=click.Path(path_type=Path), help="Annotated video: .mp4, .avi, .mkv or .webm."
)
@opt.option(
    "--record", metavar="DIR", type=click.Path(path_type=Path), help="Keep analysed frames for `replay`."
)
@opt.option("--record-max-bytes", metavar="SIZE", help="Size of DIR: 500MB, 2GB (the default).")
@opt.option("--web/--no-web", help="Serve the page (default).")
@opt.option("--host", help="Address of the page; others than loopback take a token (default: 127.0.0.1).")
@opt.option("--port", type=click.IntRange(0, 65535), help="Port of the page (default: 8080, 0: a free one).")
@opt.config_option
@opt.log_options
def run(config: Path | None, **options: Any) -> None:
    """Watch a camera: boxes on a page, detections as JSON Lines."""
    from edge_mbv2.cli.signals import StopSignals

    with StopSignals() as signals:
        from edge_mbv2.cli import log

        settings = opt.configuration(config, options)
        log.configure(settings.logging.level, settings.logging.format)

        from edge_mbv2.app.run import Run

        # A mistyped camera is told at once; one of a file is waited for.
        must_open = config is None or options["camera"] is not None
        joined = Run(settings, announce=lambda line: click.echo(line, err=True), must_open=must_open)
        signals.call(joined.request_stop)
        joined.run()
