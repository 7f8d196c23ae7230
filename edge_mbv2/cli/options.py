"""Options that several commands share, and their way into the configuration.

An option's value comes from the command line, then from the environment (``EDGE_MBV2_<NAME>``),
then from the file, then from the schema's default: click resolves the first two, `configuration`
lays them over the rest.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from edge_mbv2.config.schema import Config

_Command = TypeVar("_Command", bound=Callable[..., Any])

KEYS = {
    "camera": "cameras.*.source",
    "width": "cameras.*.width",
    "height": "cameras.*.height",
    "framerate": "cameras.*.framerate",
    "hflip": "cameras.*.hflip",
    "vflip": "cameras.*.vflip",
    "rotation": "cameras.*.rotation",
    "loop": "cameras.*.loop",
    "model": "model.name",
    "labels": "model.labels",
    "threshold": "model.threshold",
    "engine": "model.engine",
    "threads": "model.threads",
    "every_frame": "analysis.every_frame",
    "json": "output.stdout",
    "output": "output.file",
    "save_video": "output.video",
    "record": "record.folder",
    "record_max_bytes": "record.max_bytes",
    "web": "web.enabled",
    "host": "web.host",
    "port": "web.port",
    "log_level": "logging.level",
    "log_format": "logging.format",
}
"""The configuration key that each option sets."""


def option(*declarations: str, **attributes: Any) -> Callable[[_Command], _Command]:
    """Declare an option that the environment can set too and whose default is the schema's."""
    name = next(d for d in declarations if d.startswith("--")).split("/")[0].strip("-").replace("-", "_")
    return click.option(*declarations, envvar=f"EDGE_MBV2_{name.upper()}", default=None, **attributes)


def group(*options: Callable[[_Command], _Command]) -> Callable[[_Command], _Command]:
    """Bundle option decorators so that help lists them in the order given."""

    def decorate(command: _Command) -> _Command:
        for decorator in reversed(options):
            command = decorator(command)
        return command

    return decorate


config_option = click.option(
    "--config", type=click.Path(path_type=Path), envvar="EDGE_MBV2_CONFIG", help="YAML configuration file."
)

capture_options = group(
    option("--width", type=click.IntRange(16, 8192), help="Pixels asked of the camera."),
    option("--height", type=click.IntRange(16, 8192), help="Pixels asked of the camera."),
    option(
        "--framerate",
        type=click.FloatRange(0.1, 240),
        help="Frames per second: of a device, out of a video, of a folder.",
    ),
    option("--hflip/--no-hflip", help="Mirror left and right."),
    option("--vflip/--no-vflip", help="Mirror top and bottom."),
    option(
        "--rotation", type=click.Choice(["0", "90", "180", "270"]), help="Degrees clockwise, after the flips."
    ),
)

model_options = group(
    option("--model", metavar="NAME|FILE", help="A shipped model, a manifest or a .tflite beside one."),
    option("--engine", metavar="NAME", help="auto, litert or numpy (default: auto)."),
    option("--threads", type=click.IntRange(1, 64), help="Threads (default: litert up to 4, numpy 1)."),
    option(
        "--threshold",
        type=click.FloatRange(0, 1, min_open=True, max_open=True),
        help="Lowest score that counts (default: the model's).",
    ),
    option("--labels", type=click.Path(path_type=Path), help="Label file in place of the model's labels."),
)

log_options = group(
    option("--log-level", type=click.Choice(["debug", "info", "warning", "error"]), help="Default: info."),
    option("--log-format", type=click.Choice(["text", "json"]), help="Default: text."),
)


def configuration(
    config: Path | None, options: dict[str, Any], defaults: dict[str, Any] | None = None
) -> Config:
    """Lay the given options over the configuration file, and that over a command's own defaults.

    Raises:
        ConfigError: the file or a setting is wrong.
    """
    from edge_mbv2.config.load import load

    overrides = {KEYS[name]: value for name, value in options.items() if value is not None}
    if "cameras.*.rotation" in overrides:
        overrides["cameras.*.rotation"] = int(overrides["cameras.*.rotation"])
    return load(config, overrides, defaults)
