"""What the lines of a recording's index must be; a disk may have made something else of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from edge_mbv2.config.schema import MOST_REGIONS
from edge_mbv2.config.settings import NAME
from edge_mbv2.errors import MediaError
from edge_mbv2.types import Region

SCHEMA = 1

_HEADER = {"version": str, "model": dict, "configuration": dict, "reloads": int, "anew": list}
_MODEL = {"name": str, "sha256": str}
_MOST_PX = 65535
_LATEST_S = 9_000_000_000
_MOST_OFFSET_S = 26 * 3600
_MOST_FRAMES = 1 << 53
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\ud800-\udfff]")  # would get to a terminal
_WHEN = {"timestamp_ns": int, "utc_offset_s": int, "record": dict}
_FRAME = {**_WHEN, "number": int, "offset": int, "bytes": int}
_REASONS = ("still", "moving", "rate")
_WHICH = {"camera": str, "frame": int, "time": (int, float), "width": int, "height": int}
_RECORD = {**_WHICH, "detections": list}
_DETECTION = {"label": str, "score": (int, float), "box": list}


def check_header(values: Mapping[str, Any], where: str) -> None:
    """Make sure that a line is the header of a recording that this version reads.

    Raises:
        MediaError: it is not; ``where`` tells the file and the line.
    """
    if values.get("type") != "recording":
        raise MediaError(f"{where}: damaged: expected the header of a recording")
    if values.get("schema") != SCHEMA:
        raise MediaError(
            f"{where}: schema {values.get('schema')!r}; this version of edge-mbv2 reads {SCHEMA}: "
            "replay it with the version that recorded it"
        )
    _check(values, _HEADER, where)
    _check(values["model"], _MODEL, f"{where}: model")
    if not all(isinstance(camera, str) for camera in values["anew"]):
        raise MediaError(f"{where}: damaged: anew: {values['anew']!r:.60}")


def check_step(line: Mapping[str, Any], where: str, next_number: int) -> bool:
    """Make sure that a line tells of a frame; tell whether it was analysed.

    Args:
        line: of the index.
        where: tells the file and the line.
        next_number: the lowest number that a frame can have after those before it.

    Raises:
        MediaError: it does not.
    """
    is_frame = line.get("type") == "frame"
    if not is_frame and line.get("type") != "skipped":
        raise MediaError(f"{where}: damaged: type: {line.get('type')!r:.60}")
    _check(line, _FRAME if is_frame else _WHEN, where)
    if not is_frame and line.get("reason") not in _REASONS:
        raise MediaError(f"{where}: damaged: reason: {line.get('reason')!r:.60}")
    _check_record(line["record"], where, _RECORD if is_frame else _WHICH)
    if not abs(line["timestamp_ns"]) < _LATEST_S * 10**9:
        raise MediaError(f"{where}: damaged: its time")
    if not abs(line["utc_offset_s"]) <= _MOST_OFFSET_S:
        raise MediaError(f"{where}: damaged: utc_offset_s: {line['utc_offset_s']!r:.60}")
    if is_frame and not next_number <= line["number"] < _MOST_FRAMES:
        raise MediaError(f"{where}: damaged: number: {line['number']!r:.60}; expected {next_number} or more")
    if is_frame and min(line["offset"], line["bytes"]) < 0:
        raise MediaError(f"{where}: damaged: negative sizes")
    return is_frame


def regions(line: Mapping[str, Any], where: str) -> tuple[Region, ...]:
    """Return where a frame was looked at; nothing for the whole of it.

    Raises:
        MediaError: that is not in the frame.
    """
    given = line.get("regions", [])
    if not isinstance(given, list):
        raise MediaError(f"{where}: damaged: regions: {given!r:.60}")
    if len(given) > MOST_REGIONS:
        raise MediaError(f"{where}: damaged: {len(given)} regions; expected {MOST_REGIONS} at most")
    return tuple([_region(each, line["record"], where) for each in given])


def _check_record(record: Mapping[str, Any], where: str, kinds: Mapping[str, Any]) -> None:
    _check(record, kinds, f"{where}: record")
    for each in record["detections"] if "detections" in kinds else ():
        _check(each, _DETECTION, f"{where}: record: detections")
    if not re.fullmatch(NAME, record["camera"]):
        raise MediaError(f"{where}: damaged: camera: {record['camera']!r:.60}")
    if not 0 <= record["frame"] < _MOST_FRAMES:
        raise MediaError(f"{where}: damaged: frame: {record['frame']!r:.60}")
    if not 0 < record["width"] <= _MOST_PX or not 0 < record["height"] <= _MOST_PX:
        raise MediaError(f"{where}: damaged: {record['width']!r:.60}x{record['height']!r:.60} pixels")
    if not abs(record["time"]) < _LATEST_S:
        raise MediaError(f"{where}: damaged: its time")


def _region(values: object, record: Mapping[str, Any], where: str) -> Region:
    match values:
        case [int(x1), int(y1), int(x2), int(y2)] if (
            0 <= x1 < x2 <= record["width"] and 0 <= y1 < y2 <= record["height"]
        ):
            return Region(x1, y1, x2, y2)
    raise MediaError(f"{where}: damaged: regions: {values!r:.60}")


def _check(values: Mapping[str, Any], kinds: Mapping[str, Any], where: str) -> None:
    if not isinstance(values, dict):
        raise MediaError(f"{where}: damaged: {values!r:.60}")
    for key, kind in kinds.items():
        value = values.get(key)
        wrong = not isinstance(value, kind) or isinstance(value, bool)
        if wrong or (isinstance(value, str) and _CONTROL.search(value)):
            raise MediaError(f"{where}: damaged: {key}: {value!r:.60}")
