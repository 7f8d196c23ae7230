"""The ways from one result to everything that takes it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from edge_mbv2.clock import Clock
from edge_mbv2.config.schema import Config, OutputConfig
from edge_mbv2.errors import UsageError
from edge_mbv2.pipeline.publish import Publish
from edge_mbv2.pipeline.record import Recorder
from edge_mbv2.sinks.file_names import FileNames
from edge_mbv2.sinks.jsonl import JsonLinesSink
from edge_mbv2.sinks.mot import MotSink
from edge_mbv2.sinks.protocol import Sink
from edge_mbv2.sinks.video import VideoSink
from edge_mbv2.types import FrameResult

_TEXTS_WAITING = 1000
_PICTURES_WAITING = 4  # each holds a whole picture

Text = Callable[[FrameResult], str]
Target = tuple[Path, str | None]
"""What is written, and the camera whose results go there; None for those of all."""


class Outputs:
    """Hands each result to the sinks: its record as a line of JSON, or itself, picture included.

    Args:
        text: gives a result's record as JSON.
        texts: takers of records, by the file they write; None for standard output.
        pictures: takers of whole results, by what they write.
        read: the files that the run reads, and none may write.

    Attributes:
        publishers: all of them.

    Raises:
        UsageError: one would write a file that is read, or two the same.
    """

    def __init__(
        self,
        text: Text,
        texts: Mapping[Path | None, Publish[str]],
        pictures: Mapping[Target, Publish[FrameResult]],
        read: Iterable[Path] = (),
    ) -> None:
        self._text = text
        self._texts = texts
        self._pictures = pictures
        self.publishers: tuple[Publish[Any], ...] = (*texts.values(), *pictures.values())
        paths = [*texts, *[path for path, _ in pictures]]
        _keep_apart(zip(paths, [each.sink for each in self.publishers], strict=True), read)

    def publish(self, result: FrameResult) -> None:
        """Hand over one result; called from the analyse thread.

        A frame that was not analysed has a picture, but no record.
        """
        if self._texts and result.analysed:
            text = self._text(result)
            for publisher in self._texts.values():
                publisher.offer(text)
        for (_, camera), picture_publisher in self._pictures.items():
            if camera in (None, result.frame.camera):
                picture_publisher.offer(result)

    def tell(self, text: str) -> None:
        """Hand over the record of an event; called from the analyse thread."""
        for publisher in self._texts.values():
            publisher.offer(text)

    def text_to(self, target: Path | None) -> Publish[str] | None:
        """Return who writes records there and will go on to, None where nobody does."""
        publisher = self._texts.get(target)
        if publisher is None or not isinstance(publisher.sink, JsonLinesSink):
            return None
        return publisher if publisher.sink.is_in_place else None

    def pictures_to(self, target: Target) -> Publish[FrameResult] | None:
        """Return who writes pictures there, None where nobody does."""
        return self._pictures.get(target)


def texts(
    config: OutputConfig, *, lossless: bool, old: Outputs | None = None
) -> dict[Path | None, Publish[str]]:
    """Make the takers of records that a configuration asks for; those there are go on.

    Args:
        config: names them.
        lossless: wait for a sink that is slow; otherwise it loses what it can't take.
        old: those there are.
    """
    targets: list[Path | None] = [*([None] if config.stdout else []), *([config.file] if config.file else [])]
    return {
        target: (old and old.text_to(target))
        or Publish(JsonLinesSink(target), capacity=_TEXTS_WAITING, lossless=lossless)
        for target in targets
    }


def pictures(sink: Sink[FrameResult], *, lossless: bool) -> Publish[FrameResult]:
    """Make the way to a sink of whole results."""
    return Publish(sink, capacity=_PICTURES_WAITING, lossless=lossless)


def outputs(
    config: Config,
    text: Text,
    clock: Clock,
    recorder: Recorder | None,
    read: Iterable[Path],
    *,
    lossless: bool,
    debug: bool = False,
    several: bool = False,
    names: FileNames | None = None,
    old: Outputs | None = None,
) -> Outputs:
    """Make what a run's configuration asks for; what there is already goes on.

    Args:
        config: names the outputs and the cameras.
        text: gives a result's record as JSON.
        clock: which the frames are stamped with.
        recorder: keeps frames, None where nothing is recorded.
        read: the files that the run reads, and none may write.
        lossless: as for `texts`.
        debug: also draw where it was looked.
        several: whether the run has or had more than one camera; their files are never taken for another's.
        names: of the files that the run has written.
        old: what there is.

    Raises:
        UsageError: one would write a file that is read, or two the same.
    """
    sinks: list[tuple[Target, Sink[FrameResult]]] = []
    if config.output.video:
        for name, path in by_camera(config.output.video, list(config.cameras), several=several):
            sinks.append(((path, name), VideoSink(path, clock, debug=debug, names=names)))
    if config.output.tracks:
        for name, path in by_camera(config.output.tracks, list(config.cameras), several=several):
            sinks.append(((path, name), MotSink(path, names)))
    if config.record.folder and recorder:
        sinks.append(((config.record.folder, None), recorder))
    _keep_apart([(path, sink) for (path, _), sink in sinks], read)  # before one takes the other's place below
    ways = {
        target: (old and old.pictures_to(target)) or pictures(sink, lossless=lossless)
        for target, sink in sinks
    }
    return Outputs(text, texts(config.output, lossless=lossless, old=old), ways, read)


def _keep_apart(targets: Iterable[tuple[Path | None, Sink[Any]]], read: Iterable[Path]) -> None:
    """Make sure that no file is written that is read, or by two sinks; devices and pipes lose nothing."""
    taken = {os.path.realpath(path) for path in read}
    known: dict[str, Sink[Any]] = {}
    for path, sink in targets:
        if path is None or (os.path.exists(path) and not os.path.isfile(path)):
            continue
        if os.path.realpath(path) in taken:
            raise UsageError(f"{path}: {sink.name} would be written into a file that is read; name another")
        other = known.setdefault(os.path.realpath(path), sink)
        if other is not sink:
            raise UsageError(
                f"{path}: {other.name} and {sink.name} would be written to the same file; "
                "name another for one of them"
            )


def by_camera(path: Path, cameras: Sequence[str], *, several: bool) -> list[tuple[str, Path]]:
    """Return each camera with its file; where a run has several, each has its name before the ending."""
    if not several:
        return [(cameras[0], path)]
    return [(camera, path.with_name(f"{path.stem}-{camera}{path.suffix}")) for camera in cameras]
