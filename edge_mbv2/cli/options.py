"""Options that several commands share, and their way into the configuration.

An option's value comes from the command line, then from the environment (``EDGE_MBV2_<NAME>``),
then from the file, then from the schema's default: click resolves the first two, `configuration`
lays them over the rest.
"""

from __future__ import annotations

import contextlib
import math
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from edge_mbv2.config.load import Setting
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
    "motion_gate": "analysis.motion_gate",
    "analysis_framerate": "analysis.framerate",
    "regions": "analysis.regions",
    "tiles": "analysis.tiles",
    "json": "output.stdout",
    "output": "output.file",
    "save_video": "output.video",
    "record": "record.folder",
    "record_max_bytes": "record.max_bytes",
    "save_tracks": "output.tracks",
    "debug_overlay": "analysis.debug_overlay",
    "web": "web.enabled",
    "host": "web.host",
    "port": "web.port",
    "log_level": "logging.level",
    "log_format": "logging.format",
}
"""The configuration key that each option sets."""

SECRET_KEYS = {"token": "web.token"}
"""The keys that the environment sets and no option does, because others see a program's arguments."""


class NamedPath(click.Path):
    """A path that is not empty, as where a shell knows no such variable: that would be the current folder."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if value == "":
            self.fail("an empty path; name a file or a folder.", param, ctx)
        return super().convert(value, param, ctx)


PATH = NamedPath(path_type=Path)


class Number(click.FloatRange):
    """A number within bounds, which are told in words; none of them is ``nan``."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        number = math.nan
        with contextlib.suppress(click.BadParameter):
            number = super().convert(value, param, ctx)
        if math.isnan(number):
            least, most = "above" if self.min_open else "from", "and below" if self.max_open else "to"
            self.fail(f"{value!r}; expected a number {least} {self.min:g} {most} {self.max:g}.", param, ctx)
        return number


class WholeNumber(click.IntRange):
    """A whole number within bounds, which are told in words."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter:
            self.fail(f"{value!r}; expected a whole number from {self.min} to {self.max}.", param, ctx)


def option(*declarations: str, **attributes: Any) -> Callable[[_Command], _Command]:
    """Declare an option that the environment can set too and whose default is the schema's."""
    name = next(d for d in declarations if d.startswith("--")).split("/")[0].strip("-").replace("-", "_")
    return click.option(*declarations, envvar=variable(name), default=None, **attributes)


def variable(name: str) -> str:
    """Return the environment variable that sets what an option sets."""
    return f"EDGE_MBV2_{name.upper()}"


def group(*options: Callable[[_Command], _Command]) -> Callable[[_Command], _Command]:
    """Bundle option decorators so that help lists them in the order given."""

    def decorate(command: _Command) -> _Command:
        for decorator in reversed(options):
            command = decorator(command)
        return command

    return decorate


config_option = click.option(
    "--config", type=PATH, envvar="EDGE_MBV2_CONFIG", help="YAML configuration file."
)

capture_options = group(
    option("--width", type=WholeNumber(16, 8192), help="Pixels asked of the camera."),
    option("--height", type=WholeNumber(16, 8192), help="Pixels asked of the camera."),
    option(
        "--framerate",
        type=Number(0.1, 240),
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
    option("--engine", type=click.Choice(["auto", "litert", "numpy"]), help="Default: auto."),
    option("--threads", type=WholeNumber(1, 64), help="Threads (default: litert up to 4, numpy 1)."),
    option(
        "--threshold",
        type=Number(0, 1, min_open=True, max_open=True),
        help="Lowest score that counts (default: the model's).",
    ),
    option("--labels", type=PATH, help="Label file in place of the model's labels."),
)

save_tracks_option = option("--save-tracks", type=PATH, help="Tracks of objects as MOT Challenge CSV.")

debug_overlay_option = option(
    "--debug-overlay/--no-debug-overlay", help="Also draw what moves and where it was looked at."
)

log_options = group(
    option("--log-level", type=click.Choice(["debug", "info", "warning", "error"]), help="Default: info."),
    option("--log-format", type=click.Choice(["text", "json"]), help="Default: text."),
)


run_options = group(
    option(
        "--camera",
        metavar="SOURCE",
        help="0, /dev/video0, usb:<by-id>, pi:0, rtsp://..., http://..., a file, a folder, synthetic, demo.",
    ),
    capture_options,
    option("--loop/--no-loop", help="Start a file again at its end (the live demo does)."),
    model_options,
    option(
        "--every-frame/--no-every-frame",
        help="Analyse every frame that is read, in a file's own time; drop none.",
    ),
    option(
        "--motion-gate/--no-motion-gate",
        help="Analyse only frames in which something moves (default: of cameras, not of files).",
    ),
    option(
        "--analysis-framerate",
        type=Number(0.001, 240),
        help="Most frames analysed in a second, of each camera.",
    ),
    option("--regions/--no-regions", help="Look closer where something moves or is: finds smaller things."),
    option("--json/--no-json", help="JSON Lines on standard output."),
    option("--output", type=PATH, help="Append JSON Lines to this file."),
    option("--save-video", type=PATH, help="Annotated video: .mp4, .avi, .mkv or .webm."),
    option("--record", metavar="DIR", type=PATH, help="Keep analysed frames for `replay`."),
    option("--record-max-bytes", metavar="SIZE", help="Size of DIR: 500MB, 2GB (the default)."),
    save_tracks_option,
    debug_overlay_option,
    option("--web/--no-web", help="Serve the page (default)."),
    option("--host", help="Address of the page; others than loopback take a token (default: 127.0.0.1)."),
    option("--port", type=WholeNumber(0, 65535), help="Port of the page (default: 8080, 0: a free one)."),
    config_option,
    log_options,
)
"""What the configuration of a run is made from."""


def configuration(
    config: Path | None, options: Mapping[str, Any], defaults: Mapping[str, Any] | None = None
) -> Config:
    """Lay the given options over the configuration file, and that over a command's own defaults.

    Args:
        config: the file, None for none.
        options: values by option name; None where neither the command line nor the environment has one.
        defaults: values by key.

    Raises:
        ConfigError: the file or a setting is wrong.
        UsageError: an option is for the only camera, and the file has several.
    """
    from edge_mbv2.config.load import Setting, load

    own = {key: Setting(value, "this command") for key, value in (defaults or {}).items()}
    return load(config, settings(options), own)


def settings(options: Mapping[str, Any]) -> dict[str, Setting]:
    """Return what options and environment set, by key, each with the name it goes by."""
    from edge_mbv2.config.load import Setting

    given = {name: value for name, value in options.items() if value is not None}
    if given.get("rotation"):
        given["rotation"] = int(given["rotation"])
    found = {KEYS[name]: Setting(value, _origin(name)) for name, value in given.items()}
    if "host" in options:  # only a command with a page asks for its token
        for name, key in SECRET_KEYS.items():
            if value := os.environ.get(variable(name)):
                found[key] = Setting(value, variable(name))
    return found


def _origin(name: str) -> str:
    context = click.get_current_context(silent=True)
    source = context.get_parameter_source(name) if context else None
    if source is click.core.ParameterSource.ENVIRONMENT:
        return variable(name)
    return f"--{name.replace('_', '-')}"
