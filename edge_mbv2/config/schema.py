"""The one schema: every setting's name, type, default, range and description.

The command line's options, the environment and the configuration file all end here; the example, the
reference and the JSON Schema are made from it.
"""

from __future__ import annotations

import re
import socket
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    ByteSize,
    Field,
    SecretStr,
    ValidationError,
    ValidatorFunctionWrapHandler,
    field_validator,
)
from pydantic_core import PydanticCustomError

from edge_mbv2.config.camera import CameraConfig
from edge_mbv2.config.settings import NAME, Empty, Settings

NODE = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
TOKEN = r"[!-~]{16,256}"

# Beside a camera's name on the wire stand, under the node's topic, "available", "events" and "stats",
# and in addresses what the page answers.
RESERVED = frozenset({"available", "events", "stats", "api", "cameras", "healthz", "metrics", "static"})

AT_RESTART = ("analysis", "record", "web")
"""The sections that a running program takes up only when it starts again."""

MOST_REGIONS = 16
"""Of one frame, the whole picture counted."""

TILES = r"none|auto|[1-8]x[1-8]"


class ModelConfig(Settings):
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
        default=None,
        examples=[0.4],
        description="lowest score that counts, but none below 0.1 is followed; the manifest's if absent",
    )
    engine: Literal["auto", "litert", "numpy"] = Field(
        default="auto", description="what the model runs on; auto takes the first that can"
    )
    threads: Annotated[int, Field(ge=1, le=64)] | None = Field(
        default=None,
        examples=[2],
        description="threads of litert (up to 4 if absent), processes of numpy (1 if absent)",
    )


class AnalysisConfig(Settings):
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
    max_regions: Annotated[int, Field(ge=1, le=MOST_REGIONS)] = Field(
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


class OutputConfig(Settings):
    """Where results go, besides the page."""

    stdout: bool = Field(default=False, description="JSON Lines on standard output")
    file: Path | None = Field(
        default=None, examples=["detections.jsonl"], description="JSON Lines, appended to this file"
    )
    video: Path | None = Field(
        default=None,
        examples=["boxes.mp4"],
        description="annotated video (.mp4, .avi, .mkv, .webm), replaced",
    )
    tracks: Path | None = Field(
        default=None,
        examples=["tracks.csv"],
        description="tracks as MOT Challenge CSV, replaced; one file for each camera",
    )


class RecordConfig(Settings):
    """Analysed frames kept for `replay`."""

    folder: Path | None = Field(
        default=None, examples=["recording"], description="record into this folder; nothing if absent"
    )
    max_bytes: ByteSize = Field(
        default=ByteSize(2_000_000_000),
        ge=20_000_000,
        description="size of the folder (at least 20MB), beyond which the oldest frames give way",
    )

    @field_validator("max_bytes", mode="wrap")
    @classmethod
    def _size(cls, size: object, checked: ValidatorFunctionWrapHandler) -> ByteSize:
        try:
            return ByteSize(checked(size))
        except ValidationError as exc:
            raise PydanticCustomError("size", "expected a size such as 2GB, at least 20MB") from exc


class WebConfig(Settings):
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


class LoggingConfig(Settings):
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


class Config(Settings):
    """The whole configuration."""

    version: Literal[1] = Field(default=1, description="of this format")
    node: str = Field(
        default_factory=_own_name,
        examples=["shelf"],
        description="what this machine is called on the wire: a-z, 0-9 and -; its host name if absent",
        json_schema_extra={"pattern": f"^{NODE}$"},
    )
    cameras: Annotated[dict[CameraName, CameraConfig], AfterValidator(_told_apart), Empty] = Field(
        default_factory=lambda: {"camera": CameraConfig()},
        description="cameras by name",
        json_schema_extra={"propertyNames": {"pattern": f"^{NAME}$", "not": {"enum": [*sorted(RESERVED)]}}},
    )
    model: Annotated[ModelConfig, Empty] = Field(
        default_factory=ModelConfig, description="what looks at the frames"
    )
    analysis: Annotated[AnalysisConfig, Empty] = Field(
        default_factory=AnalysisConfig, description="which frames are looked at"
    )
    output: Annotated[OutputConfig, Empty] = Field(
        default_factory=OutputConfig, description="where results go, besides the page"
    )
    record: Annotated[RecordConfig, Empty] = Field(
        default_factory=RecordConfig, description="analysed frames kept for replay"
    )
    web: Annotated[WebConfig, Empty] = Field(default_factory=WebConfig, description="the page")
    logging: Annotated[LoggingConfig, Empty] = Field(
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
