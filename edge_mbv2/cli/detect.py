"""``edge-mbv2 detect``: find things in pictures, folders and videos."""

from __future__ import annotations

import re
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from edge_mbv2.cli import options as opt
from edge_mbv2.cli.output import say

if TYPE_CHECKING:
    from edge_mbv2.errors import InputError
    from edge_mbv2.types import FrameResult


def _check_tiles(context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    from edge_mbv2.config.schema import TILES

    if value is not None and not re.fullmatch(TILES, value):
        raise click.BadParameter(f"{value!r}; expected none, auto, or columns x rows, such as 3x2.")
    return value


@click.command()
@click.argument("paths", nargs=-1, required=True, type=opt.NamedPath(), metavar="PATH...")
@opt.model_options
@opt.option(
    "--tiles",
    callback=_check_tiles,
    metavar="none|auto|CxR",
    help="Look closer at tiles of each picture: auto (at most 4) or columns x rows.",
)
@opt.option("--json/--no-json", help="JSON Lines on standard output.")
@opt.option("--output", type=opt.PATH, help="Append JSON Lines to this file.")
@click.option("--save", type=opt.PATH, help="Put annotated copies into this folder.")
@opt.save_tracks_option
@opt.debug_overlay_option
@opt.config_option
@opt.log_options
def detect(paths: tuple[str, ...], save: Path | None, config: Path | None, **options: Any) -> None:
    """Find things in pictures, folders of pictures and videos; every frame is analysed.

    Pictures are turned as their EXIF data say. A file that can't be read is named, and the rest goes on.
    """
    from edge_mbv2.cli.signals import StopSignals

    with StopSignals() as signals:
        from edge_mbv2.cli import log

        # What there is to say is the result.
        settings = opt.configuration(config, options, {"logging.level": "warning"})
        log.configure(settings.logging)

        from edge_mbv2.app.batch import Batch

        report = _Report(in_words=not (settings.output.stdout or settings.output.file or save))
        batch = Batch(settings, paths, save, report.result, report.unreadable)
        report.begin(batch.frame_count() if sys.stderr is not None and sys.stderr.isatty() else 0)
        signals.call(batch.request_stop)
        try:
            batch.run()
        finally:
            report.end(stopped=batch.stopped)


class _Report:
    """Tells a person how far it is, what can't be read and, when nothing else does, what was found.

    Args:
        in_words: print a line for each file on standard output.
    """

    def __init__(self, *, in_words: bool) -> None:
        self._in_words = in_words
        self._file: str | None = None
        self._frames = self._all_frames = 0
        self._found: Counter[str] = Counter()
        self._scores: list[str] = []

    def begin(self, frames: int) -> None:
        self._bar = click.progressbar(length=frames, label="Analysing", file=sys.stderr, hidden=not frames)
        self._bar.render_progress()

    def result(self, result: FrameResult) -> None:
        self._bar.update(1)
        if result.frame.file != self._file:
            self._tell()
            self._file = result.frame.file
        self._frames += 1
        self._all_frames += 1
        self._found.update(detection.label for detection in result.detections)
        self._scores = [f"{detection.label} {detection.score:.2f}" for detection in result.detections]

    def unreadable(self, error: InputError) -> None:
        self._bar.update(1)
        click.echo(f"edge-mbv2: {error}", err=True)

    def end(self, *, stopped: bool) -> None:
        self._tell()
        self._bar.render_finish()
        if stopped:
            frames = f"{self._all_frames} frame{'s' if self._all_frames != 1 else ''}"
            click.echo(f"edge-mbv2: stopped after {frames}", err=True)

    def _tell(self) -> None:
        """Print what was found in the file that has ended, and forget it."""
        if self._frames and self._in_words:
            if self._frames == 1:
                told = ", ".join(self._scores)
            else:
                counts = ", ".join(f"{count} {label}" for label, count in self._found.most_common())
                told = f"{counts or 'nothing'} in {self._frames} frames"
            say(f"{self._file}: {told or 'nothing'}")
        self._frames = 0
        self._found.clear()
