"""Gives the files of one run their names, each once."""

from __future__ import annotations

import os
import threading
from pathlib import Path


class FileNames:
    """The names that a run's files have: what it has written, it does not replace; any thread may ask."""

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._lock = threading.Lock()

    def take(self, path: Path) -> Path:
        """Return ``path``, or where that is taken ``tracks.2.csv``, ``tracks.3.csv`` and so on."""
        with self._lock:
            name, number = path, 1
            while os.path.realpath(name) in self._taken:
                number += 1
                name = path.with_name(f"{path.stem}.{number}{path.suffix}")
            self._taken.add(os.path.realpath(name))
            return name

    def give_back(self, name: Path) -> None:
        """Let a name be taken again, because nothing was written there."""
        with self._lock:
            self._taken.discard(os.path.realpath(name))
