"""A folder of pictures, or a single one, shown one after the other."""

from __future__ import annotations

import re
from pathlib import Path
from threading import Event

from edge_mbv2.cameras.frames import FrameMaker, scale
from edge_mbv2.cameras.picture import SUFFIXES, load_picture
from edge_mbv2.cameras.protocol import CameraSettings
from edge_mbv2.cameras.timeline import Timeline
from edge_mbv2.clock import Clock
from edge_mbv2.errors import MediaError
from edge_mbv2.types import Frame


class DirectoryCamera:
    """The pictures of a folder in natural order (``2.jpg`` before ``10.jpg``), subfolders left out.

    The picture at position n of the order has its time at n / `framerate` (one a second when that
    is None), also when one before it could not be read.

    Args:
        target: path of the folder, or of one picture.
        name: what its frames are labelled with.
        settings: all are honoured.
        clock: stamps the frames in real time.
    """

    def __init__(self, target: str, *, name: str, settings: CameraSettings, clock: Clock) -> None:
        self.name = name
        self.description = target
        self.frame_count: int | None = None
        self._path = Path(target)
        self._settings = settings
        self._interrupted = Event()
        self._frames = FrameMaker(name, settings)
        self._timeline = Timeline(clock, realtime=settings.realtime, interrupted=self._interrupted)
        self._pictures: list[Path] = []
        self._position = 0
        self._readable = 0

    @property
    def idle(self) -> str | None:
        return self._timeline.idle

    def open(self) -> None:
        self._pictures = _list_pictures(self._path)
        count = self.frame_count = len(self._pictures)
        self.description = f"{self._path}, {count} picture{'s' if count != 1 else ''}"
        self._timeline.restart()
        self._position = self._readable = 0

    def read(self) -> Frame | None:
        if self._interrupted.is_set() or not self._has_next():
            return None
        position = self._position
        self._position += 1
        path = self._pictures[position % len(self._pictures)]
        image = load_picture(path)
        self._readable += 1
        timestamp_ns = self._timeline.reach(round(position * 1e9 / (self._settings.framerate or 1.0)))
        if timestamp_ns is None:
            return None
        return self._frames.make(scale(image, self._settings), timestamp_ns, file=str(path))

    def close(self) -> None:
        self._pictures = []

    def interrupt(self) -> None:
        self._interrupted.set()

    def _has_next(self) -> bool:
        if self._position < len(self._pictures):
            return True
        # A folder of which nothing can be read is not tried for ever.
        return self._settings.loop and self._readable > 0


def _list_pictures(path: Path) -> list[Path]:
    try:
        if not path.is_dir():
            path.stat()
            return [path]
        names = [entry.name for entry in path.iterdir() if not entry.is_dir()]
    except OSError as exc:
        raise MediaError(f"can't read {path}: {exc.strerror}") from exc
    # Names that start with a dot are other programs' notes (macOS's "._photo.jpg"), not pictures.
    pictures = [
        path / name for name in names if Path(name).suffix.lower() in SUFFIXES and not name.startswith(".")
    ]
    if not pictures:
        raise MediaError(f"folder {path} holds no picture ({', '.join(sorted(SUFFIXES))})")
    return sorted(pictures, key=_natural)


def _natural(path: Path) -> tuple[list[tuple[int, str]], str]:
    """Order names by the numbers in them: text and numbers alternate, so like meets like."""
    parts = re.split(r"([0-9]+)", path.name.casefold())
    return [(int(part), "") if i % 2 else (0, part) for i, part in enumerate(parts)], path.name
