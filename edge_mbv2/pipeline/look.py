"""Ways to look at one picture: as a whole, or closer at parts of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from edge_mbv2.inference.protocol import Backend
from edge_mbv2.models.protocol import Detector
from edge_mbv2.regions import tiles
from edge_mbv2.regions.merge import View, in_picture, merge
from edge_mbv2.types import Detection, Frame, Region


class Sight:
    """A model and its engine: one inference finds what there is in a picture.

    Args:
        backend: the opened engine.
        detector: of the same model.
    """

    def __init__(self, backend: Backend, detector: Detector[Any]) -> None:
        self._backend = backend
        self._detector = detector

    @property
    def threshold(self) -> float:
        """Lowest score that counts."""
        return self._detector.threshold

    @property
    def least_px(self) -> int:
        """Smallest side of a region worth an inference: half of the model's input."""
        return max(self._backend.input.shape[1:3]) // 2

    def warm_up(self) -> None:
        """Make a first inference, on an empty picture: it takes longer than those after it."""
        self.find(np.zeros((16, 16, 3), np.uint8))

    def find(self, image: np.ndarray) -> tuple[Detection, ...]:
        """Return what one inference finds in a picture, fainter than what counts too, best score first.

        Args:
            image: (height, width, 3) uint8, B, G, R; rows may lie apart, as a part of a picture's do.
        """
        tensor, geometry = self._detector.preprocess(image)
        return self._detector.decode(self._backend.invoke(tensor), geometry)

    def find_in(self, image: np.ndarray, regions: Sequence[Region]) -> list[View]:
        """Return what is found in regions of a picture, an inference each, without what they cut."""
        height, width = image.shape[:2]
        return [
            View(
                region,
                in_picture(
                    self.find(image[region.y1 : region.y2, region.x1 : region.x2]), region, width, height
                ),
            )
            for region in regions
        ]


@dataclass(frozen=True, slots=True)
class Glance:
    """What came of one frame.

    Attributes:
        detections: what was found, fainter than what counts too, best score first.
        regions: an inference each; the whole picture is one of them if it was looked at.
        moving: where something moves.
        skipped: why the frame was not looked at (``gate``, ``rate``), None if it was.
    """

    detections: tuple[Detection, ...] = ()
    regions: tuple[Region, ...] = ()
    moving: tuple[Region, ...] = ()
    skipped: str | None = None


class Attention(Protocol):
    """Decides whether and where to look; one thread calls it, frame by frame."""

    def __call__(self, frame: Frame, sight: Sight) -> Glance:
        """Look at a frame, or do not."""


def whole(image: np.ndarray) -> Region:
    """Return the region that is the whole picture."""
    return Region(0, 0, image.shape[1], image.shape[0])


def look_at_everything(frame: Frame, sight: Sight) -> Glance:
    """Look at every frame as a whole."""
    return Glance(sight.find(frame.image), (whole(frame.image),))


class LookAtTiles:
    """Looks at every frame as a whole and closer at tiles of it; remembers nothing.

    Args:
        grid: columns and rows of overlapping tiles; None chooses at most four by what the whole picture
            faintly shows and by its size.
    """

    def __init__(self, grid: tuple[int, int] | None) -> None:
        self._grid = grid

    def __call__(self, frame: Frame, sight: Sight) -> Glance:
        """Look at a frame."""
        everything = whole(frame.image)
        first = View(everything, sight.find(frame.image))
        regions = self._tiles(first, sight)
        views = [first, *sight.find_in(frame.image, regions)]
        return Glance(merge(views), (everything, *regions))

    def _tiles(self, first: View, sight: Sight) -> list[Region]:
        width, height = first.region.x2, first.region.y2
        if self._grid is not None:
            return tiles.grid(width, height, *self._grid)
        return tiles.choose_tiles(first.detections, width, height, least_px=sight.least_px)
