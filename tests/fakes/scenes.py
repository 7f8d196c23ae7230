"""A yard as a fixed camera sees it, with light, shadows, rain and a walker, and a model that finds him."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import SimpleNamespace

import numpy as np

from edge_mbv2.types import BoundingBox, Detection, Frame

WIDTH, HEIGHT = 640, 480


class Yard:
    """Makes pictures of one grey yard, each with noise of its own; one seed, one sequence of pictures.

    Args:
        noise: standard deviation of the sensor's noise, in grey levels.
    """

    def __init__(self, noise: float = 4.0, seed: int = 7) -> None:
        import cv2

        self._random = np.random.default_rng(seed)
        coarse = self._random.integers(50, 200, (12, 16, 1), np.uint8).repeat(3, axis=2)
        self.empty = cv2.resize(coarse, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
        grain = self._random.normal(0, 12, (HEIGHT, WIDTH, 1))
        self.empty = np.clip(self.empty + grain, 0, 255).astype(np.uint8)
        # A board is slow at making noise; a shifted piece of it is as good as new.
        self._noise = self._random.normal(0, noise, (HEIGHT + 64, WIDTH + 64, 3)).astype(np.float32)

    def picture(self, scene: np.ndarray | None = None) -> np.ndarray:
        """Return a scene, or the empty yard, as the sensor gives it."""
        y, x = self._random.integers(0, 64, 2)
        noise = self._noise[y : y + HEIGHT, x : x + WIDTH]
        return np.clip((self.empty if scene is None else scene) + noise, 0, 255).astype(np.uint8)

    def lit(self, factor: float) -> np.ndarray:
        """Return the yard in other light."""
        return np.clip(self.empty * np.float32(factor), 0, 255).astype(np.uint8)

    def shadowed(self, x: float, width: float = 150.0, factor: float = 0.6) -> np.ndarray:
        """Return the yard with a shadow of soft edges across it."""
        depth = np.clip(1 - np.maximum(0, np.abs(np.arange(WIDTH) - x) - width / 2) / 25, 0, 1)
        scale = (1 - (1 - factor) * depth)[None, :, None]
        return (self.empty * scale.astype(np.float32)).astype(np.uint8)

    def rained_on(self, streaks: int) -> np.ndarray:
        """Return the yard with streaks of rain in places of chance."""
        import cv2

        rain = np.zeros((HEIGHT, WIDTH), np.uint8)
        for x, y in self._random.integers(0, (WIDTH, HEIGHT), (streaks, 2)).tolist():
            cv2.line(rain, (x, y), (x + 3, y + 22), 110, 2)
        return np.clip(self.empty.astype(np.int16) + rain[..., None], 0, 255).astype(np.uint8)

    def walked_through(self, x: int, y: int = 240, width: int = 32, height: int = 90) -> np.ndarray:
        """Return the yard with a figure of light and dark clothes whose left edge is at ``x``."""
        scene = self.empty.copy()
        left, right = max(0, x), max(0, min(WIDTH, x + width))
        scene[y : y + height // 2, left:right] = (40, 40, 190)
        scene[y + height // 2 : y + height, left:right] = (60, 30, 20)
        return scene


class Finder:
    """A model of 300x300 that finds the figures of `Yard.walked_through`, by their colour.

    Attributes:
        sizes: (height, width) of every picture that was looked at.
    """

    labels = ("person",)
    threshold = 0.35

    def __init__(self) -> None:
        self.input = SimpleNamespace(shape=(1, 300, 300, 3))
        self.sizes: list[tuple[int, ...]] = []

    def preprocess(self, image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        self.sizes.append(image.shape[:2])
        return image, image

    def invoke(self, tensor: np.ndarray) -> dict[str, np.ndarray]:
        return {}

    def decode(self, outputs: object, geometry: np.ndarray) -> tuple[Detection, ...]:
        blue, red = geometry[..., 0].astype(int), geometry[..., 2].astype(int)
        rows, columns = (red - blue > 110).nonzero()
        if not rows.size:
            return ()
        box = BoundingBox(*(float(v) for v in (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)))
        # The smaller it is in the picture, the less it is believed.
        share = box.height / geometry.shape[0]
        return (Detection("person", 0, min(1.0, 3 * share), box),)


def frames(pictures: Iterable[np.ndarray], rate_hz: float = 10.0, camera: str = "yard") -> Iterator[Frame]:
    """Yield pictures as the frames of a camera."""
    for sequence, image in enumerate(pictures):
        yield Frame(camera, sequence, round(sequence * 1e9 / rate_hz), image)
