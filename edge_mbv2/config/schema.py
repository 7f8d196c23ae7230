"""The one schema: every setting's name, type, default, range and description.

The command line's options, the environment and the configuration file all end here; the README's
table is made from it.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import ByteSize, Field, field_validator

from edge_mbv2.config.document import Section

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")


class CameraConfig(Section):
    """One source of frames."""

    source: str = Field(
        default="0",
        min_length=1,
        description="0, /dev/video0, usb:<by-id>, pi:0, rtsp://..., http://..., a video, a picture, "
        "a folder, synthetic or demo",
    )
    width: Annotated[int, Field(ge=16, le=8192)] | None = Field(
        default=None, description="pixels asked of the camera; the camera's own choice if absent"
    )
    height: Annotated[int, Field(ge=16, le=8192)] | None = Field(
        default=None, description="pixels asked of the camera; the camera's own choice if absent"
    )
    framerate: Annotated[float, Field(ge=0.1, le=240)] | None = Field(
        default=None,
        description="frames per second: asked of a device, thinned out of a video, shown of a folder",
    )
    hflip: bool = Field(default=False, description="mirror left and right")
    vflip: bool = Field(default=False, description="mirror top and bottom")
    rotation: Literal[0, 90, 180, 270] = Field(default=0, description="degrees clockwise, after the flips")
    loop: bool | None = Field(
        default=None, description="start a file again at its end; by default only the live demo does"
    )

    @field_validator("source", mode="before")
    @classmethod
    def _index(cls, source: object) -> object:
        return str(source) if type(source) is int else source


class ModelConfig(Section):
    """What looks at the frames."""

    name: str = Field(
        default="ssdlite_mobilenet_v2_person",
        min_length=1,
        description="a shipped model, a manifest (.yaml), or a .tflite with its manifest beside it",
    )
    labels: Path | None = Field(default=None, description="a label file in place of the manifest's labels")
    threshold: Annotated[float, Field(gt=0, lt=1)] | None = Field(
        default=None, description="lowest score that counts; the manifest's if absent"
    )
    engine: str = Field(default="auto", description="auto, litert or numpy")
    threads: Annotated[int, Field(ge=1, le=64)] | None = Field(
        default=None, description="threads of litert (up to 4 if absent), processes of numpy (1 if absent)"
    )


class AnalysisConfig(Section):
    """Which frames are looked at."""

    every_frame: bool = Field(
        default=False,
        description="analyse every frame that is read, in a file's own time; a device may skip meanwhile",
    )


class OutputConfig(Section):
    """Where results go, besides the page."""

    stdout: bool = Field(default=False, description="JSON Lines on standard output")
    file: Path | None = Field(default=None, description="JSON Lines appended to this file")
    video: Path | None = Field(default=None, description="annotated video (.mp4, .avi, .mkv, .webm)")


class RecordConfig(Section):
    """Analysed frames kept for `replay`."""

    folder: Path | None = Field(default=None, description="record into this folder; nothing if absent")
    max_bytes: ByteSize = Field(
        default=ByteSize(2_000_000_000),
        ge=20_000_000,
        description="size of the folder (500MB, 2GB), beyond which the oldest frames give way",
    )


class WebConfig(Section):
    """The page."""

    enabled: bool = Field(default=True, description="serve the page")
    host: str = Field(
        default="127.0.0.1",
        min_length=1,
        description="address to listen on; others than loopback take a token",
    )
    port: int = Field(default=8080, ge=0, le=65535, description="port to listen on; 0 picks a free one")


class LoggingConfig(Section):
    """What is said on standard error."""

    level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="least level shown"
    )
    format: Literal["text", "json"] = Field(default="text", description="for people or for machines")


class Config(Section):
    """The whole configuration."""

    version: Literal[1] = Field(default=1, description="of this format")
    cameras: dict[str, CameraConfig] = Field(
        default_factory=lambda: {"camera": CameraConfig()}, description="cameras by name"
    )
    model: ModelConfig = Field(default_factory=ModelConfig, description="what looks at the frames")
    analysis: AnalysisConfig = Field(default_factory=AnalysisConfig, description="which frames are looked at")
    output: OutputConfig = Field(default_factory=OutputConfig, description="where results go")
    record: RecordConfig = Field(default_factory=RecordConfig, description="frames kept for replay")
    web: WebConfig = Field(default_factory=WebConfig, description="the page")
    logging: LoggingConfig = Field(default_factory=LoggingConfig, description="standard error")

    @field_validator("cameras")
    @classmethod
    def _names(cls, cameras: dict[str, CameraConfig]) -> dict[str, CameraConfig]:
        if not cameras:
            raise ValueError("expected at least one camera")
        for name in cameras:
            if not _NAME.fullmatch(name):
                raise ValueError(
                    f"camera name {name!r}: 1 to 32 of a-z, 0-9, _ and -, not starting with _ or -"
                )
        return cameras
