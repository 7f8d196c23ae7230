"""What a recording looks like on disk, and how it is read.

The folder given to ``--record`` has a folder for each run, named by its number and its beginning
(``0003-20260214T093015Z``). A run is a row of segments, each of two files that only grow::

    000001.frames   the pictures of analysed frames, packed without loss, one behind the other
    000001.jsonl    their index, a line each, written once the picture is

The index's first line is the header; whatever segment is the oldest, it is there::

    schema (1), type "recording", version: of the product
    model: {name, sha256}
    configuration: as it was, without secrets

Each further line is one analysed frame, in the order of the analysis::

    type "frame"
    number: 0-based count of the frames that the run analysed; what is missing was not kept
    timestamp_ns: of the frame, on the run's monotonic clock
    offset, bytes: where its picture lies
    record: what the run told of it
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edge_mbv2.errors import MediaError

SCHEMA = 1
RUN = re.compile(r"(\d{4,})-\d{8}T\d{6}Z")
INDEX = re.compile(r"\d{6,}\.jsonl")

_HEADER = {"version": str, "model": dict, "configuration": dict}
_MODEL = {"name": str, "sha256": str}
_FRAME = {"number": int, "timestamp_ns": int, "offset": int, "bytes": int, "record": dict}
_RECORD = {"camera": str, "frame": int, "time": (int, float), "width": int, "height": int, "detections": list}


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
    """

    data: Path
    offset_bytes: int
    size_bytes: int
    number: int
    timestamp_ns: int
    record: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Recording:
    """One run, as far as it was kept.

    Attributes:
        folder: the run's.
        header: what the run was.
        frames: in the order of their analysis, at least one.
        cut: the segments whose end is missing, because the run was killed or the power went.
    """

    folder: Path
    header: Mapping[str, Any]
    frames: Sequence[RecordedFrame]
    cut: Sequence[Path]

    @property
    def cameras(self) -> list[str]:
        """The names of the cameras that were analysed, in alphabetical order."""
        return sorted({frame.record["camera"] for frame in self.frames})

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
    frames: list[RecordedFrame] = []
    cut: list[Path] = []
    for index in indices(run):
        lines = _lines(index)
        segment_header = next(lines, None)
        if segment_header is None:
            cut.append(index)
            continue
        header = _checked_header(segment_header, index)
        before = len(frames)
        frames.extend(_frames(lines, index))
        if not _is_whole(index, frames[before:]):
            cut.append(index)
    if header is None or not frames:
        raise MediaError(f"recording {run} holds no whole frame; the run ended before the first was written")
    return Recording(run, header, frames, cut)


def _lines(index: Path) -> Iterator[dict[str, Any]]:
    """Yield the whole lines of an index."""
    with index.open("rb") as file:
        for number, line in enumerate(file, 1):
            if not line.endswith(b"\n"):
                return
            try:
                values = json.loads(line)
            except ValueError as exc:
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


def _frames(lines: Iterator[dict[str, Any]], index: Path) -> Iterator[RecordedFrame]:
    """Yield the frames whose pictures are there, up to the first that is not."""
    data = index.with_suffix(".frames")
    there_bytes = data.stat().st_size
    for number, line in enumerate(lines, 2):
        where = f"{index}:{number}"
        _check(line, _FRAME, where)
        _check(line["record"], _RECORD, f"{where}: record")
        if min(line["offset"], line["bytes"], line["record"]["width"], line["record"]["height"]) < 0:
            raise MediaError(f"{where}: damaged: negative sizes")
        if line["offset"] + line["bytes"] > there_bytes:
            return
        yield RecordedFrame(
            data, line["offset"], line["bytes"], line["number"], line["timestamp_ns"], line["record"]
        )


def _is_whole(index: Path, frames: Sequence[RecordedFrame]) -> bool:
    """Tell whether nothing lies behind the last frame that is there, in either file."""
    with index.open("rb") as file:
        text = file.read()
    end_bytes = frames[-1].offset_bytes + frames[-1].size_bytes if frames else 0
    return (
        text.endswith(b"\n")
        and text.count(b"\n") == len(frames) + 1
        and index.with_suffix(".frames").stat().st_size == end_bytes
    )


def _check(values: Mapping[str, Any], kinds: Mapping[str, Any], where: str) -> None:
    for key, kind in kinds.items():
        if not isinstance(values.get(key), kind) or isinstance(values.get(key), bool):
            raise MediaError(f"{where}: damaged: {key}: {values.get(key)!r:.60}")
