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
    reloads: how often it had been taken up again
    anew: the cameras whose objects were forgotten at the last of these reloads

Each further line is one analysed frame, in the order of the analysis::

    type "frame"
    number: 0-based count of the frames that the run analysed; what is missing was not kept
    timestamp_ns: of the frame, on the run's monotonic clock
    utc_offset_s: how far local time was ahead of UTC, in seconds
    offset, bytes: where its picture lies
    regions: [[x1, y1, x2, y2], ...], where it was looked at; absent where that was the whole of it
    record: what the run told of it

or a frame between them that was not analysed, as far as it matters for objects and events::

    type "skipped"
    reason: "still" (nothing moved), "moving" (not worth a look) or "rate" (not due)
    timestamp_ns, utc_offset_s: as above
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
from edge_mbv2.pipeline.index_lines import check_header, check_step, regions
from edge_mbv2.types import Region

RUN = re.compile(r"(\d{4,})-\d{8}T\d{6}Z")
INDEX = re.compile(r"\d{6,}\.jsonl")


@dataclass(frozen=True, slots=True)
class RecordedFrame:
    """One analysed frame.

    Attributes:
        data: the file that holds its picture.
        offset_bytes: where in there.
        size_bytes: of the packed picture.
        number: its place among all frames that the run analysed.
        timestamp_ns: when it was taken, on the run's clock.
        utc_offset_s: how far local time was ahead of UTC.
        record: what the run told of it.
        regions: where the run looked at it; empty for the whole of it.
    """

    data: Path
    offset_bytes: int
    size_bytes: int
    number: int
    timestamp_ns: int
    utc_offset_s: int
    record: Mapping[str, Any]
    regions: tuple[Region, ...] = ()


@dataclass(frozen=True, slots=True)
class SkippedFrame:
    """One frame that was not analysed.

    Attributes:
        reason: ``still``, ``moving`` or ``rate``.
        timestamp_ns: when it was taken, on the run's clock.
        utc_offset_s: how far local time was ahead of UTC.
        record: which one it is: camera, frame, time, width and height.
    """

    reason: str
    timestamp_ns: int
    utc_offset_s: int
    record: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Settings:
    """The configuration that was in force from here on.

    Attributes:
        configuration: as plain values, without secrets.
        anew: the cameras whose objects were forgotten.
    """

    configuration: Mapping[str, Any]
    anew: Sequence[str]


Step = RecordedFrame | SkippedFrame | Settings
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
    reloads = 0
    steps: list[Step] = []
    frames: list[RecordedFrame] = []
    cut: list[Path] = []
    for index in indices(run):
        lines = _lines(index)
        first = next(lines, None)
        if first is None:
            cut.append(index)
            continue
        check_header(first, f"{index}:1")
        if header is not None and reloads != first["reloads"]:
            steps.append(Settings(first["configuration"], first["anew"]))
        header, reloads = header or first, first["reloads"]
        found = list(_steps(lines, index, frames[-1].number + 1 if frames else 0))
        steps += found
        frames += [step for step in found if isinstance(step, RecordedFrame)]
        if not _is_whole(index, found):
            cut.append(index)
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


def _steps(lines: Iterator[dict[str, Any]], index: Path, next_number: int) -> Iterator[Step]:
    """Yield what the lines tell, up to the first frame whose picture is not there."""
    data = index.with_suffix(".frames")
    there_bytes = data.stat().st_size
    for number, line in enumerate(lines, 2):
        where = f"{index}:{number}"
        if not check_step(line, where, next_number):
            yield SkippedFrame(line["reason"], line["timestamp_ns"], line["utc_offset_s"], line["record"])
            continue
        if line["offset"] + line["bytes"] > there_bytes:
            return
        next_number = line["number"] + 1
        yield RecordedFrame(
            data,
            line["offset"],
            line["bytes"],
            line["number"],
            line["timestamp_ns"],
            line["utc_offset_s"],
            line["record"],
            regions(line, where),
        )


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
