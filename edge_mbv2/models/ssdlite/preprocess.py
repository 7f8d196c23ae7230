"""From a camera's picture to the model's input tensor."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from edge_mbv2.imaging.resize import Placement, letterbox, stretch

if TYPE_CHECKING:
    from edge_mbv2.models.manifest import Input


class Preprocessor:
    """Resizes and turns B, G, R into R, G, B, always into the same two buffers.

    The picture is resized first: three channels are swapped at the small size, and the frame itself
    is read once.

    Args:
        config: the input's size and the way of resizing.
    """

    def __init__(self, config: Input) -> None:
        self._resize = {"stretch": stretch, "letterbox": letterbox}[config.resize]
        self._small = np.empty((config.height, config.width, 3), np.uint8)
        self._tensor = np.empty((1, config.height, config.width, 3), np.uint8)

    def __call__(self, image: np.ndarray) -> tuple[np.ndarray, Placement]:
        """Make the input tensor.

        Args:
            image: (height, width, 3) uint8, B, G, R; may be read-only.

        Returns:
            (1, height, width, 3) uint8, R, G, B, which holds until the next call, and where in it the
            picture lies.
        """
        import cv2

        placement = self._resize(image, out=self._small)
        cv2.cvtColor(self._small, cv2.COLOR_BGR2RGB, dst=self._tensor[0])
        return self._tensor, placement
