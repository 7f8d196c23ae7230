"""The one schema: every setting's name, type, default, range and description.

The command line's options, the environment and the configuration file all end here; the example, the
reference and the JSON Schema are made from it.
"""

from __future__ import annotations

import re
import socket
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ByteSize,
    Field,
    SecretStr,
    ValidationInfo,
    field_validator,
    model_validator,
)

from edge_mbv2.config.document import Section, holds_only_numbers
from edge_mbv2.geometry import polygon_mistake

NAME = r"[a-z0-9][a-z0-9_-]{0,31}"
NODE = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
TOKEN = r"[!-~]{16,256}"

# Beside a camera's name on the wire stand, under the node's topic, "available", "events" and "stats",
# and in addresses what the page answers.
RESERVED = frozenset({"available", "events", "stats", "api", "cameras", "healthz", "metrics", "static"})

AT_RESTART = ("analysis", "record", "web")
"""The sections that a running program takes up only when it starts again."""


class _Settings(Section):
    """A section of the configuration."""

    @field_validator("*", mode="before")
    @classmethod
    def _plain(cls, value: object, info: ValidationInfo) -> object:
        assert info.field_name is not None
        field = cls.model_fields[info.field_name]
        if isinstance(value, bool) and holds_only_numbers(field.annotation):
            raise ValueError(f"{str(value).lower()}: input should be a number")
        if isinstance(value, str) and not value.isprintable():
            raise ValueError("a character that can't be printed (a line break, a special space)")
        return value


TILES = r"none|auto|[1-8]x[1-8]"

Fraction = Annotated[float, Field(ge=0, le=1)]
Point = tuple[Fraction, Fraction]


def _is_area(points: tuple[Point, ...]) -> tuple[Point, ...]:
    if mistake := polygon_mistake(points):
        raise ValueError(mistake)
    return points


Polygon = Annotated[tuple[Point, ...], AfterValidator(_is_area)]


def _watch_name(name: str) -> str:
    if not re.fullmatch(NAME, name):
        raise ValueError(f"name {name[:64]!r}: 1 to 32 of a-z, 0-9, _ and -, not starting with _ or -")
    return name


WatchName = Annotated[str, AfterValidator(_watch_name)]


def _time_of_day(value: object) -> object:
    """Take what YAML 1.1 makes of an unquoted 22:00, a number of minutes, back to what was written."""
    if type(value) is int and 0 <= value <= 1440:
        return f"{value // 60:02d}:{value % 60:02d}"
    return value


TimeOfDay = Annotated[
    str, BeforeValidator(_time_of_day), Field(pattern=r"^(([01]?[0-9]|2[0-3]):[0-5][0-9]|24:00)$")
]
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[Day, ...] = get_args(Day)


def _nothing_is_empty(section: object) -> object:
    """Take a section that has a key and nothing below it as one that says nothing."""
    return {} if section is None else section


_Empty = BeforeValidator(_nothing_is_empty)


class ZoneConfig(_Settings):
    """An area of interest: who enters it, who leaves it, how many are in it."""

    points: Polygon = Field(
        examples=[[[0.1, 0.6], [0.9, 0.6], [0.9, 1], [0.1, 1]]],
        description="at least 3 corners [x, y] in order, as fractions of the picture",
    )
    labels: Annotated[tuple[str, ...], Field(min_length=1)] | None = Field(
        default=None, examples=[["person"]], description="of the objects that count; all if absent"
    )


class LineConfig(_Settings):
    """A line whose crossings are told."""

    start: Point = Field(examples=[[0.5, 1]], description="[x, y] as fractions of the picture")
    end: Point = Field(
        examples=[[0.5, 0.4]],
        description="[x, y]; crossings go to the left or right of one who looks from start to end",
    )
    labels: Annotated[tuple[str, ...], Field(min_length=1)] | None = Field(
        default=None, examples=[["person"]], description="of the objects that count; all if absent"
    )

    @model_validator(mode="after")
    def _has_length(self) -> LineConfig:
        if self.start == self.end:
            raise ValueError(f"start and end are both {list(self.start)}; a line has two different points")
        return self


class ObjectConfig(_Settings):
    """What objects of one label must be like to be followed."""

    threshold: Annotated[float, Field(gt=0, lt=1)] | None = Field(
        default=None,
        examples=[0.5],
        description="what the median of the scores must reach; the model's if absent",
    )
    min_width: Fraction = Field(default=0.0, description="of the box, as a fraction of the picture")
    max_width: Fraction = Field(default=1.0, description="of the box, as a fraction of the picture")
    min_height: Fraction = Field(default=0.0, description="of the box, as a fraction of the picture")
    max_height: Fraction = Field(default=1.0, description="of the box, as a fraction of the picture")

    @model_validator(mode="after")
    def _in_order(self) -> ObjectConfig:
        for side in ("width", "height"):
            least, most = getattr(self, f"min_{side}"), getattr(self, f"max_{side}")
            if least > most:
                raise ValueError(f"min_{side} {least} is above max_{side} {most}; nothing would count")
        return self


class WindowConfig(_Settings):
    """Hours in which there are events."""

    days: tuple[Day, ...] = Field(default=DAYS, min_length=1, description="on which the hours begin")
    start: TimeOfDay = Field(default="00:00", description="HH:MM, local time")
    end: TimeOfDay = Field(default="24:00", description="HH:MM; not later than the start is on the day after")


class CameraConfig(_Settings):
    """One source of frames."""

    source: str = Field(
        default="0",
        min_length=1,
        description="0, /dev/video0, usb:<by-id>, pi:0, rtsp://..., http://..., a video, a picture, "
        "a folder, synthetic or demo",
        json_schema_extra={"type": ["string", "integer"]},
    )
    width: Annotated[int, Field(ge=16, le=8192)] | None = Field(
        default=None,
        examples=[1280],
        description="pixels asked of the camera; the camera's own choice if absent",
    )
    height: Annotated[int, Field(ge=16, le=8192)] | None = Field(
        default=None,
        examples=[720],
        description="pixels asked of the camera; the camera's own choice if absent",
    )
    framerate: Annotated[float, Field(ge=0.1, le=240)] | None = Field(
        default=None,
        examples=[15],
        description="frames per second: asked of a device, thinned out of a video, shown of a folder",
    )
    hflip: bool = Field(default=False, description="mirror left and right")
    vflip: bool = Field(default=False, description="mirror top and bottom")
    rotation: Literal[0, 90, 180, 270] = Field(default=0, description="degrees clockwise, after the flips")
    loop: bool | None = Field(
        default=None,
        examples=[True],
        description="start a file again at its end; by default only the live demo does",
    )
    motion_masks: tuple[Polygon, ...] | None = Field(
        default=None,
        examples=[[[[0, 0], [1, 0], [1, 0.1], [0, 0.1]]]],
        description="areas whose motion does not count: lists of at least 3 points [x, y], "
        "as fractions of the picture",
    )

    masks: tuple[Polygon, ...] | None = Field(
        default=None,
        examples=[[[[0, 0], [1, 0], [1, 0.1], [0, 0.1]]]],
        description="areas where objects that stand there are not followed",
    )
    privacy_masks: tuple[Polygon, ...] | None = Field(
        default=None,
        examples=[[[[0.8, 0], [1, 0], [1, 0.3], [0.8, 0.3]]]],
        description="areas that are black in every picture before anything else sees it, recordings included",
    )
    zones: Annotated[dict[WatchName, ZoneConfig], _Empty] = Field(
        default_factory=dict, description="areas of interest by name"
    )
    lines: Annotated[dict[WatchName, LineConfig], _Empty] = Field(
        default_factory=dict, description="lines whose crossings are told, by name"
    )
    objects: Annotated[dict[str, ObjectConfig], _Empty] = Field(
        default_factory=dict, description="what objects must be like to be followed, by label"
    )
    schedule: Annotated[dict[WatchName, WindowConfig], _Empty] = Field(
        default_factory=dict, description="hours in which there are events, by name; always if there are none"
    )
    armed: bool = Field(default=True, description="whether there are events; all else goes on without")

    @field_validator("source", mode="before")
    @classmethod
    def _index(cls, source: object) -> object:
        return str(source) if type(source) is int else source

    def capture(self) -> CameraConfig:
        """Return what of it the pictures depend on."""
        return self.model_copy(update=dict.fromkeys(WATCHED))

    def is_as(self, other: CameraConfig | None) -> bool:
        """Tell whether it is the same camera and the same is watched for, armed or not."""
        return other is not None and self.model_copy(update={"armed": other.armed}) == other


WATCHED = ("motion_masks", "masks", "zones", "lines", "objects", "schedule", "armed")
"""What of a camera its pictures do not depend on."""


class ModelConfig(_Settings):
    """What looks at the frames."""

    name: str = Field(
        default="ssdlite_mobilenet_v2_person",
        min_length=1,
        description="a shipped model, a manifest (.yaml), or a .tflite with its manifest beside it",
    )
    labels: Path | None = Field(
        default=None, examples=["labels.txt"], description="a label file in place of the manifest's labels"
    )
    threshold: Annotated[float, Field(gt=0, lt=1)] | None = Field(
        default=None, examples=[0.4], description="lowest score that counts; the manifest's if absent"
    )
    engine: Literal["auto", "litert", "numpy"] = Field(
        default="auto", description="what the model runs on; auto takes the first that can"
    )
    threads: Annotated[int, Field(ge=1, le=64)] | None = Field(
        default=None,
        examples=[2],
        description="threads of litert (up to 4 if absent), processes of numpy (1 if absent)",
    )


class AnalysisConfig(_Settings):
    """Which frames are looked at."""

    every_frame: bool = Field(
        default=False,
        description="analyse every frame that is read, in a file's own time; a device may skip meanwhile",
    )
    framerate: Annotated[float, Field(ge=0.001, le=240)] | None = Field(
        default=None, examples=[5], description="most frames analysed in a second, of each camera"
    )
    motion_gate: bool | None = Field(
        default=None,
        examples=[True],
        description="analyse only frames in which something moves; by default of cameras, "
        "not of files and not with every_frame",
    )
    look_every_s: Annotated[float, Field(gt=0, le=3600)] = Field(
        default=10.0, description="a still scene is looked at every so many seconds"
    )
    regions: bool = Field(
        default=False, description="look closer where something moves or is known to be; finds smaller things"
    )
    max_regions: Annotated[int, Field(ge=1, le=16)] = Field(
        default=3, description="most inferences for one frame when looking closer"
    )
    whole_every: Annotated[int, Field(ge=1, le=1000)] = Field(
        default=5, description="of so many frames, one is looked at as a whole, too"
    )
    tiles: str = Field(
        default="none",
        description="how `detect` looks closer at pictures: none, auto (at most 4 tiles), or "
        "columns x rows (3x2)",
    )

    debug_overlay: bool = Field(
        default=False, description="also draw what moves and where it was looked at, an inference each"
    )

    @field_validator("tiles")
    @classmethod
    def _tiling(cls, tiles: str) -> str:
        if not re.fullmatch(TILES, tiles):
            raise ValueError(
                f"{tiles!r}; expected none, auto, or columns x rows from 1x1 to 8x8, such as 3x2"
            )
        return tiles


class OutputConfig(_Settings):
    """Where results go, besides the page."""

    stdout: bool = Field(default=False, description="JSON Lines on standard output")
    file: Path | None = Field(
        default=None, examples=["detections.jsonl"], description="JSON Lines appended to this file"
    )
    video: Path | None = Field(
        default=None, examples=["boxes.mp4"], description="annotated video (.mp4, .avi, .mkv, .webm)"
    )
    tracks: Path | None = Field(
        default=None,
        examples=["tracks.csv"],
        description="tracks as MOT Challenge CSV, replaced; one file for each camera",
    )


class RecordConfig(_Settings):
    """Analysed frames kept for `replay`."""

    folder: Path | None = Field(
        default=None, examples=["recording"], description="record into this folder; nothing if absent"
    )
    max_bytes: ByteSize = Field(
        default=ByteSize(2_000_000_000),
        ge=20_000_000,
        description="size of the folder (500MB, 2GB), beyond which the oldest frames give way",
    )


class WebConfig(_Settings):
    """The page."""

    enabled: bool = Field(default=True, description="serve the page")
    host: str = Field(
        default="127.0.0.1",
        min_length=1,
        description="address to listen on; others than loopback take a token",
    )
    port: int = Field(default=8080, ge=0, le=65535, description="port to listen on; 0 picks a free one")
    token: SecretStr | None = Field(
        default=None,
        examples=["${EDGE_MBV2_TOKEN}"],
        description="what clients must show, 16 to 256 characters; where one is needed and none is given, "
        "it is made and kept",
    )

    @field_validator("token")
    @classmethod
    def _good_token(cls, token: SecretStr | None) -> SecretStr | None:
        if token is not None and not re.fullmatch(TOKEN, token.get_secret_value()):
            raise ValueError("a token has 16 to 256 characters of ASCII without spaces; make a new one")
        return token


class LoggingConfig(_Settings):
    """What is said on standard error."""

    level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="least level shown"
    )
    format: Literal["text", "json"] = Field(default="text", description="for people or for machines")


def _own_name() -> str:
    """Return this machine's name, as far as it is a node's."""
    name = socket.gethostname().partition(".")[0].lower()
    return name if re.fullmatch(NODE, name) else "edge-mbv2"


def _camera_name(name: str) -> str:
    if not re.fullmatch(NAME, name):
        raise ValueError(f"camera name {name[:64]!r}: 1 to 32 of a-z, 0-9, _ and -, not starting with _ or -")
    if name in RESERVED:
        raise ValueError(f"camera name {name!r}: means something else on the wire; choose another")
    return name


def _told_apart(cameras: dict[str, CameraConfig]) -> dict[str, CameraConfig]:
    """Make sure that there are cameras, and that their names stay apart where - is written as _."""
    if not cameras:
        raise ValueError("no camera; at least one is needed, such as 'front: {source: 0}'")
    alike: dict[str, str] = {}
    for name in cameras:
        other = alike.setdefault(name.replace("-", "_"), name)
        if other != name:
            raise ValueError(f"{other} and {name}: names that differ by - and _ only; choose another")
    return cameras


CameraName = Annotated[str, AfterValidator(_camera_name)]


class Config(_Settings):
    """The whole configuration."""

    version: Literal[1] = Field(default=1, description="of this format")
    node: str = Field(
        default_factory=_own_name,
        examples=["shelf"],
        description="what this machine is called on the wire: a-z, 0-9 and -; its host name if absent",
        json_schema_extra={"pattern": f"^{NODE}$"},
    )
    cameras: Annotated[dict[CameraName, CameraConfig], AfterValidator(_told_apart), _Empty] = Field(
        default_factory=lambda: {"camera": CameraConfig()},
        description="cameras by name",
        json_schema_extra={"propertyNames": {"pattern": f"^{NAME}$", "not": {"enum": [*sorted(RESERVED)]}}},
    )
    model: Annotated[ModelConfig, _Empty] = Field(
        default_factory=ModelConfig, description="what looks at the frames"
    )
    analysis: Annotated[AnalysisConfig, _Empty] = Field(
        default_factory=AnalysisConfig, description="which frames are looked at"
    )
    output: Annotated[OutputConfig, _Empty] = Field(
        default_factory=OutputConfig, description="where results go, besides the page"
    )
    record: Annotated[RecordConfig, _Empty] = Field(
        default_factory=RecordConfig, description="analysed frames kept for replay"
    )
    web: Annotated[WebConfig, _Empty] = Field(default_factory=WebConfig, description="the page")
    logging: Annotated[LoggingConfig, _Empty] = Field(
        default_factory=LoggingConfig, description="what is said on standard error"
    )

    @field_validator("node")
    @classmethod
    def _node_name(cls, node: str) -> str:
        if not re.fullmatch(NODE, node):
            raise ValueError(f"{node!r}: 1 to 63 of a-z, 0-9 and -, not starting or ending with -")
        return node


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of a configuration file."""
    about = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Configuration of edge-mbv2"}
    return {**Config.model_json_schema(), **about}
