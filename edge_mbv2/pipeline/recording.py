"""What a recording looks like on disk, and how it is read.

The folder given to ``--record`` has a folder for each run, named by its number and its beginning
(``0003-20260214T093015Z``). A run is a row of segments, each of two files that only grow::

    000001.frames   the pictures of analysed frames, packed without loss, one behind the other
    000001.jsonl    their index, a line each, written once the picture is

The index's first line is the header; whatever segment is the oldest, it is there. A reload of the
configuration begins a new segment::

    schema (1), type "recording", version: of the product
    model: {name, sha256}
    configuration: as it was, without secrets

Each further line is one analysed frame, in the order of the analysis::

    type "frame"
    number: 0-based count of the frames that the run analysed; what is missing was not kept
    timestamp_ns: of the frame, on the run's monotonic clock
    offset, bytes: where its picture lies
    regions: [[x1, y1, x2, y2], ...], where it was looked at; absent where that was the whole of it
    record: what the run told of it

or tells up to when nothing moved between two of them, or after the last::

    type "still"
    timestamp_ns: of the last frame that was not analysed because nothing moved
    record: its camera, frame, time, width and height
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edge_mbv2.errors import MediaError
from edge_mbv2.types import Region

SCHEMA = 1
RUN = re.compile(r"(\d{4,})-\d{8}T\d{6}Z")
INDEX = re.compile(r"\d{6,}\.jsonl")

_HEADER = {"version": str, "model": dict, "configuration": dict}
_MODEL = {"name": str, "sha256": str}
_MOST_PX = 65535
_LATEST_S = 9_000_000_000
_FRAME = {"number": int, "timestamp_ns": int, "offset": int, "bytes": int, "record": dict}
_STILL = {"timestamp_ns": int, "record": dict}
_WHICH = {"camera": str, "frame": int, "time": (int, float), "width": int, "height": int}
_RECORD = {**_WHICH, "detections": list}
_DETECTION = {"label": str, "score": (int, float), "box": list}


@dataclass(frozen=True, slots=True)
class RecordedFrame:
    """One analysed frame.

    Attributes:
        data: the file that holds its picture.
        offset_bytes: where in there.
        size_bytes: of the packed picture.
        number: its place among all frames that the run analysed.
        timestamp_ns: when it was taken, on the run's clock.
        record: what the run told of it.
        regions: where the run looked at it; empty for the whole of it.
    """

    data: Path
    offset_bytes: int
    size_bytes: int
    number: int
    timestamp_ns: int
    record: Mapping[str, Any]
    regions: tuple[Region, ...] = ()


@dataclass(frozen=True, slots=True)
class Still:
    """The last of a row of frames that were not analysed because nothing moved.

    Attributes:
        timestamp_ns: when it was taken, on the run's clock.
        record: which one it is: camera, frame, time, width and height.
    """

    timestamp_ns: int
    record: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Settings:
    """The configuration that was in force from here on.

    Attributes:
        configuration: as plain values, without secrets.
    """

    configuration: Mapping[str, Any]


Step = RecordedFrame | Still | Settings
"""What a run did, one after the other."""


@dataclass(frozen=True, slots=True)
class Recording:
    """One run, as far as it was kept.

    Attributes:
        folder: the run's.
        header: what the run was when the first of the frames was analysed.
        steps: the frames, and what lay between them, in the order of the analysis.
        frames: of these the frames, at least one.
        cut: the segments whose end is missing, because the run was killed or the power went.
    """

    folder: Path
    header: Mapping[str, Any]
    steps: Sequence[Step]
    frames: Sequence[RecordedFrame]
    cut: Sequence[Path]

    @property
    def cameras(self) -> list[str]:
        """The names of the cameras that are told of, in alphabetical order."""
        return sorted({step.record["camera"] for step in self.steps if not isinstance(step, Settings)})

    @property
    def missing(self) -> int:
        """How many frames between the first and the last were analysed and not kept."""
        return self.frames[-1].number - self.frames[0].number + 1 - len(self.frames)


def runs(folder: Path) -> list[Path]:
    """Return the folders of the runs that were recorded into ``folder``, oldest first.

    Raises:
        OSError: it can't be listed.
    """
    found = [(int(name[1]), path) for path in folder.iterdir() if (name := RUN.fullmatch(path.name))]
    return [path for _, path in sorted(found) if path.is_dir()]


def indices(run: Path) -> list[Path]:
    """Return the index of each segment of a run, oldest first.

    Raises:
        OSError: it can't be listed.
    """
    return sorted(
        (path for path in run.iterdir() if INDEX.fullmatch(path.name)), key=lambda path: int(path.stem)
    )


def load(folder: Path) -> Recording:
    """Read the index of a run; of its pictures only whether they are there.

    Args:
        folder: of a run, or what ``--record`` was given: the last run in it is taken.

    Raises:
        MediaError: it is no recording, holds no whole frame, is damaged, or is of a newer schema.
    """
    try:
        run = folder
        if not indices(folder):
            recorded = [run for run in runs(folder) if indices(run)]
            if not recorded:
                raise MediaError(f"{folder} holds no recording; expected a folder that run --record wrote to")
            run = recorded[-1]
        return _load(run)
    except OSError as exc:
        raise MediaError(f"recording {exc.filename or folder}: {exc.strerror}") from exc


def _load(run: Path) -> Recording:
    header: Mapping[str, Any] | None = None
    configuration: Mapping[str, Any] = {}
    steps: list[Step] = []
    cut: list[Path] = []
    for index in indices(run):
        lines = _lines(index)
        segment_header = next(lines, None)
        if segment_header is None:
            cut.append(index)
            continue
        checked = _checked_header(segment_header, index)
        if header is not None and configuration != checked["configuration"]:
            steps.append(Settings(checked["configuration"]))
        header, configuration = header or checked, checked["configuration"]
        before = len(steps)
        steps.extend(_steps(lines, index))
        if not _is_whole(index, steps[before:]):
            cut.append(index)
    frames = [step for step in steps if isinstance(step, RecordedFrame)]
    if header is None or not frames:
        raise MediaError(f"recording {run} holds no whole frame; the run ended before the first was written")
    return Recording(run, header, steps, frames, cut)


def _lines(index: Path) -> Iterator[dict[str, Any]]:
    """Yield the whole lines of an index."""
    with index.open("rb") as file:
        for number, line in enumerate(file, 1):
            if not line.endswith(b"\n"):
                return
            try:
                values = json.loads(line)
            except (ValueError, RecursionError) as exc:
                raise MediaError(f"{index}:{number}: damaged: not a line of JSON") from exc
            if not isinstance(values, dict):
                raise MediaError(f"{index}:{number}: damaged: expected a JSON object")
            yield values


def _checked_header(values: dict[str, Any], index: Path) -> dict[str, Any]:
    if values.get("type") != "recording":
        raise MediaError(f"{index}:1: damaged: expected the header of a recording")
    if values.get("schema") != SCHEMA:
        raise MediaError(
            f"{index}:1: schema {values.get('schema')!r}; this version of edge-mbv2 reads {SCHEMA}: "
            "replay it with the version that recorded it"
        )
    _check(values, _HEADER, f"{index}:1")
    _check(values["model"], _MODEL, f"{index}:1: model")
    return values


def _steps(lines: Iterator[dict[str, Any]], index: Path) -> Iterator[Step]:
    """Yield what the lines tell, up to the first frame whose picture is not there."""
    data = index.with_suffix(".frames")
    there_bytes = data.stat().st_size
    for number, line in enumerate(lines, 2):
        where = f"{index}:{number}"
        if line.get("type") == "still":
            _check(line, _STILL, where)
            _check(line["record"], _WHICH, f"{where}: record")
            _check_ranges(line, where)
            yield Still(line["timestamp_ns"], line["record"])
            continue
        if line.get("type") != "frame":
            raise MediaError(f"{where}: damaged: type: {line.get('type')!r:.60}")
        _check(line, _FRAME, where)
        _check(line["record"], _RECORD, f"{where}: record")
        for each in line["record"]["detections"]:
            _check(each, _DETECTION, f"{where}: record: detections")
        _check_ranges(line, where)
        if min(line["offset"], line["bytes"]) < 0:
            raise MediaError(f"{where}: damaged: negative sizes")
        if line["offset"] + line["bytes"] > there_bytes:
            return
        yield RecordedFrame(
            data,
            line["offset"],
            line["bytes"],
            line["number"],
            line["timestamp_ns"],
            line["record"],
            _regions(line, where),
        )


def _check_ranges(line: Mapping[str, Any], where: str) -> None:
    record = line["record"]
    if not 0 < record["width"] <= _MOST_PX or not 0 < record["height"] <= _MOST_PX:
        raise MediaError(f"{where}: damaged: {record['width']:.9g}x{record['height']:.9g} pixels")
    if not abs(record["time"]) < _LATEST_S or not abs(line["timestamp_ns"]) < _LATEST_S * 10**9:
        raise MediaError(f"{where}: damaged: its time")


def _regions(line: Mapping[str, Any], where: str) -> tuple[Region, ...]:
    regions = line.get("regions", [])
    if not isinstance(regions, list):
        raise MediaError(f"{where}: damaged: regions: {regions!r:.60}")
    return tuple([_region(each, line["record"], where) for each in regions])


def _region(values: object, record: Mapping[str, Any], where: str) -> Region:
    match values:
        case [int(x1), int(y1), int(x2), int(y2)] if (
            0 <= x1 < x2 <= record["width"] and 0 <= y1 < y2 <= record["height"]
        ):
            return Region(x1, y1, x2, y2)
    raise MediaError(f"{where}: damaged: regions: {values!r:.60}")


def _is_whole(index: Path, steps: Sequence[Step]) -> bool:
    """Tell whether nothing lies behind the last step that is there, in either file."""
    frames = [step for step in steps if isinstance(step, RecordedFrame)]
    with index.open("rb") as file:
        text = file.read()
    end_bytes = frames[-1].offset_bytes + frames[-1].size_bytes if frames else 0
    return (
        text.endswith(b"\n")
        and text.count(b"\n") == len(steps) + 1
        and index.with_suffix(".frames").stat().st_size == end_bytes
    )


def _check(values: Mapping[str, Any], kinds: Mapping[str, Any], where: str) -> None:
    if not isinstance(values, dict):
        raise MediaError(f"{where}: damaged: {values!r:.60}")
    for key, kind in kinds.items():
        if not isinstance(values.get(key), kind) or isinstance(values.get(key), bool):
            raise MediaError(f"{where}: damaged: {key}: {values.get(key)!r:.60}")
