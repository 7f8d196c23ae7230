"""The sink that keeps analysed frames, so that a run can be replayed."""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import shutil
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from edge_mbv2.clock import Clock
from edge_mbv2.errors import EdgeError, UsageError
from edge_mbv2.imaging.lossless import LosslessEncoder
from edge_mbv2.pipeline import segment
from edge_mbv2.pipeline.index_lines import SCHEMA
from edge_mbv2.pipeline.recording import RUN, indices, runs
from edge_mbv2.pipeline.segment import Segment
from edge_mbv2.pipeline.skipped import Skipped
from edge_mbv2.types import FrameResult, Region

_log = logging.getLogger(__name__)

_SEGMENTS = 16  # at full size: what gives way at once is a sixteenth of all
_LEAST_FREE_BYTES = 256 << 20
_LINE_BYTES = 64 << 10  # more than a header or a frame's line ever takes
_NICE = 5


class Recorder:
    """Appends each result to a recording; see `edge_mbv2.pipeline.recording` for its form.

    The oldest segments, of earlier runs too, give way to what is new.

    Args:
        folder: of this run's and earlier runs' recordings; created if missing.
        max_bytes: how large it may grow.
        header: what the run is: version, model, configuration.
        record: makes a result's record.
        clock: which frames are stamped with.
        least_free_bytes: what is left free of the disk.

    Attributes:
        frames: how many were kept, by this run.
        missing: how many were analysed and did not come here, because the disk or the processor did
            not keep up.
        size_bytes: of the folder.
    """

    name = "recording"

    def __init__(
        self,
        folder: Path,
        max_bytes: int,
        header: Mapping[str, Any],
        record: Callable[[FrameResult], Mapping[str, Any]],
        clock: Clock,
        *,
        least_free_bytes: int = _LEAST_FREE_BYTES,
    ) -> None:
        self.frames = self.missing = self.size_bytes = 0
        self._folder = folder
        self._max_bytes = max_bytes
        self._header = {**header, "reloads": 0, "anew": []}
        self._record = record
        self._clock = clock
        self._least_free_bytes = least_free_bytes
        self._encoder = LosslessEncoder()
        self._lock: int | None = None
        self._run = folder
        self._older: list[tuple[Path, int]] = []  # segments that are complete, and their size
        self._segment: Segment | None = None
        self._segments = 0
        self._next_number = 0
        self._skipped = Skipped()
        self._changes: deque[tuple[int, Mapping[str, Any], Sequence[str]]] = deque()
        self._is_told = True
        self._niced = False

    def open(self) -> None:
        """Take the folder.

        Raises:
            UsageError: it can't be written, or another run records into it.
        """
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._lock = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            earlier = runs(self._folder)
            self._older = [(i, segment.size_bytes(i)) for run in earlier for i in indices(run)]
            self._run = self._folder / _name(earlier)
            self._run.mkdir()
        except BlockingIOError as exc:
            raise UsageError(f"--record {self._folder}: another run records into it") from exc
        except (FileExistsError, NotADirectoryError) as exc:
            raise UsageError(f"--record {self._folder}: is a file, or below one; name a folder") from exc
        except OSError as exc:
            raise UsageError(f"--record {self._folder}: can't be recorded into: {exc.strerror}") from exc
        self.size_bytes = sum(size for _, size in self._older)
        _log.info("recording into %s, up to %.1f GB", self._run, self._max_bytes / 1e9)

    def reconfigure(self, position: int, configuration: Mapping[str, Any], anew: Sequence[str]) -> None:
        """Note another configuration, in force from a result on; any thread may.

        Args:
            position: of the result.
            configuration: as plain values, without secrets.
            anew: the cameras whose objects were forgotten then.
        """
        self._changes.append((position, configuration, anew))

    def publish(self, result: FrameResult) -> None:
        """Keep a result; of frames that were not analysed only what `Skipped` says.

        Raises:
            EdgeError: the disk is full or fails; the next result may be kept again.
        """
        while self._changes and self._changes[0][0] <= result.position:
            self._finish()
            self._take_change(*self._changes.popleft()[1:])
        if not (result.analysed or self.frames):
            return
        record, camera = self._record(result), result.frame.camera
        timestamp_ns = result.frame.timestamp_ns
        when = {"timestamp_ns": timestamp_ns, "utc_offset_s": self._clock.utc_offset_s(timestamp_ns)}
        if not result.analysed:
            self._write_notes(self._skipped.add(_skipped(result, when, record)))
            return
        if not self._niced:  # where cores are short, the analysis goes first
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
            self._niced = True
        picture = self._encoder.encode(result.frame.image)
        values = {
            "type": "frame",
            "number": result.number,
            **when,
            **_regions(result),
            "record": record,
        }
        try:
            self._ensure_room(len(picture))
            current = self._segment or self._begin()
            self._write_notes(self._skipped.before(camera, timestamp_ns))
            before_bytes = current.size_bytes
            current.append(picture, values)
        except OSError as exc:
            raise EdgeError(f"recording {self._run}: can't be written: {exc.strerror}") from exc
        self.size_bytes += current.size_bytes - before_bytes
        self._skipped.note(timestamp_ns, record)
        self.frames += 1
        self.missing += result.number - self._next_number
        self._next_number = result.number + 1
        if current.size_bytes >= self._max_bytes // _SEGMENTS:
            self._finish()

    def close(self) -> None:
        """End the recording; one without a frame leaves nothing behind."""
        self._finish()
        if self._lock is not None:
            if not self.frames and self._run != self._folder and self._run.is_dir():
                segment.delete(self._run / "000001.jsonl")
            os.close(self._lock)
            self._lock = None

    def _take_change(self, configuration: Mapping[str, Any], anew: Sequence[str]) -> None:
        """Have the next segment tell of a change, and of changes before it that no segment has told of."""
        untold = [] if self._is_told else self._header["anew"]
        self._header = {
            **self._header,
            "reloads": self._header["reloads"] + 1,
            "anew": sorted({*untold, *anew}),
            "configuration": configuration,
        }
        self._is_told = False

    def _write_notes(self, lines: Sequence[Mapping[str, Any]]) -> None:
        """Write lines without pictures; a full disk may keep them out, for only events' times need them."""
        for line in lines:
            with contextlib.suppress(OSError):
                current = self._segment or self._begin()
                before_bytes = current.size_bytes
                current.note(line)
                self.size_bytes += current.size_bytes - before_bytes

    def _begin(self) -> Segment:
        header = {"schema": SCHEMA, "type": "recording", **self._header}
        self._segments += 1
        self._segment = Segment(self._run / f"{self._segments:06d}.jsonl", header)
        self.size_bytes += self._segment.size_bytes
        self._is_told = True
        return self._segment

    def _finish(self) -> None:
        if self.frames:
            self._write_notes(self._skipped.all())
        finished, self._segment = self._segment, None
        if finished is not None:
            finished.close()
            self._older.append((finished.index, finished.size_bytes))

    def _ensure_room(self, picture_bytes: int) -> None:
        """Let the oldest segments go until there is room for a picture and its line.

        Raises:
            EdgeError: there is none.
        """
        needed_bytes = picture_bytes + _LINE_BYTES
        while (short := self._why_short(needed_bytes)) is not None:
            if not self._older:
                raise EdgeError(f"recording {self._run}: {short}")
            oldest, size_bytes = self._older.pop(0)
            segment.delete(oldest)
            self.size_bytes -= size_bytes

    def _why_short(self, needed_bytes: int) -> str | None:
        if self.size_bytes + needed_bytes > self._max_bytes:
            return f"a frame of {needed_bytes} bytes does not fit into max_bytes, {self._max_bytes}"
        free_bytes = shutil.disk_usage(self._folder).free
        if free_bytes - needed_bytes < self._least_free_bytes:
            return (
                f"the disk is full: {free_bytes >> 20} MB are free, {self._least_free_bytes >> 20} MB "
                "of which are left to others"
            )
        return None


def _skipped(result: FrameResult, when: Mapping[str, int], record: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the line of a frame that was not analysed."""
    gated = "moving" if result.moving else "still"
    which = {key: record[key] for key in ("camera", "frame", "time", "width", "height")}
    return {
        "type": "skipped",
        "reason": gated if result.skipped == "gate" else "rate",
        **when,
        "record": which,
    }


def _regions(result: FrameResult) -> Mapping[str, Any]:
    """Return where a frame was looked at, nothing if that is the whole of it."""
    height, width = result.frame.image.shape[:2]
    if result.regions in ((), (Region(0, 0, width, height),)):
        return {}
    return {"regions": [[each.x1, each.y1, each.x2, each.y2] for each in result.regions]}


def _name(earlier: list[Path]) -> str:
    last = RUN.fullmatch(earlier[-1].name) if earlier else None
    number = int(last[1]) + 1 if last else 1
    return f"{number:04d}-{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}"
