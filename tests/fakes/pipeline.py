"""Small stand-ins for what a pipeline is joined from."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

import numpy as np

from edge_mbv2.types import BoundingBox, Detection, Frame


def frame(sequence: int, camera: str = "camera", timestamp_ns: int | None = None) -> Frame:
    image = np.zeros((48, 64, 3), np.uint8)
    image.setflags(write=False)
    return Frame(camera, sequence, sequence * 10**8 if timestamp_ns is None else timestamp_ns, image)


class ScriptedCamera:
    """Delivers ``count`` frames; `on_read` is called before each and may wait or raise."""

    description = "scripted"
    frame_count: int | None = None
    idle: str | None = None

    def __init__(
        self, count: int, name: str = "camera", on_read: Callable[[int], None] = lambda n: None
    ) -> None:
        self.name = name
        self.count = count
        self.closed = threading.Event()
        self._on_read = on_read
        self._sequence = 0

    def open(self) -> None:
        pass

    def read(self) -> Frame | None:
        if self._sequence == self.count:
            return None
        self._on_read(self._sequence)
        self._sequence += 1
        return frame(self._sequence - 1, self.name)

    def close(self) -> None:
        self.closed.set()

    def interrupt(self) -> None:
        pass


class ScriptedEngine:
    """Counts its calls; `on_invoke` may wait or raise."""

    def __init__(self, on_invoke: Callable[[int], None] = lambda n: None) -> None:
        self.calls = 0
        self._on_invoke = on_invoke

    def invoke(self, tensor: np.ndarray) -> Mapping[str, np.ndarray]:
        self.calls += 1
        self._on_invoke(self.calls)
        return {}


class OneDetection:
    """Finds the same object in every frame."""

    labels = ("person",)
    threshold = 0.35
    detection = Detection("person", 0, 0.9, BoundingBox(1, 2, 30, 40))

    def preprocess(self, image: np.ndarray) -> tuple[np.ndarray, None]:
        return image[None], None

    def decode(self, outputs: Mapping[str, np.ndarray], geometry: None) -> tuple[Detection, ...]:
        return (self.detection,)


class Collector:
    """A sink that keeps what it is given; `on_publish` may wait or raise."""

    name = "collector"

    def __init__(self, on_publish: Callable[[object], None] = lambda item: None) -> None:
        self.items: list[object] = []
        self.closed = False
        self._on_publish = on_publish

    def open(self) -> None:
        pass

    def publish(self, item: object) -> None:
        self._on_publish(item)
        self.items.append(item)

    def close(self) -> None:
        self.closed = True
