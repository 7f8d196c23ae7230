"""What the configuration says of one camera: where frames come from, and what is watched for in them."""

from __future__ import annotations

import re
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, BeforeValidator, Field, field_validator, model_validator

from edge_mbv2.config.settings import NAME, Empty, Settings
from edge_mbv2.geometry import polygon_mistake
from edge_mbv2.types import FAINTEST

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


def _no_number(value: object) -> object:
    """Refuse a bare number in words that help: it might mean hours as well as minutes."""
    if type(value) in (int, float):
        raise ValueError(f"{value}: a number; write a time as HH:MM, such as '22:00'")
    return value


TimeOfDay = Annotated[
    str, BeforeValidator(_no_number), Field(pattern=r"^(([01]?[0-9]|2[0-3]):[0-5][0-9]|24:00)$")
]
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[Day, ...] = get_args(Day)


class ZoneConfig(Settings):
    """An area of interest: who enters it, who leaves it, how many are in it."""

    points: Polygon = Field(
        examples=[[[0.1, 0.6], [0.9, 0.6], [0.9, 1], [0.1, 1]]],
        description="at least 3 corners [x, y] in order, as fractions of the picture",
    )
    labels: Annotated[tuple[str, ...], Field(min_length=1)] | None = Field(
        default=None, examples=[["person"]], description="of the objects that count; all if absent"
    )


class LineConfig(Settings):
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


class ObjectConfig(Settings):
    """What objects of one label must be like to be followed."""

    threshold: Annotated[float, Field(ge=FAINTEST, lt=1)] | None = Field(
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


class WindowConfig(Settings):
    """Hours in which there are events."""

    days: tuple[Day, ...] = Field(default=DAYS, min_length=1, description="on which the hours begin")
    start: TimeOfDay = Field(default="00:00", description="HH:MM, local time")
    end: TimeOfDay = Field(default="24:00", description="HH:MM; not later than the start is on the day after")


class CameraConfig(Settings):
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
    zones: Annotated[dict[WatchName, ZoneConfig], Empty] = Field(
        default_factory=dict, description="areas of interest by name"
    )
    lines: Annotated[dict[WatchName, LineConfig], Empty] = Field(
        default_factory=dict, description="lines whose crossings are told, by name"
    )
    objects: Annotated[dict[str, ObjectConfig], Empty] = Field(
        default_factory=dict, description="what objects must be like to be followed, by label"
    )
    schedule: Annotated[dict[WatchName, WindowConfig], Empty] = Field(
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
