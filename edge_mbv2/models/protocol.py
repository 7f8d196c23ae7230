"""What every detector is to the rest of the product."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, TypeVar

import numpy as np

from edge_mbv2.types import Detection

Geometry = TypeVar("Geometry")


class Detector(Protocol[Geometry]):
    """Turns frames into input tensors and output tensors into detections.

    Attributes:
        labels: the classes in words, in the order of ``Detection.class_id``.
        threshold: the lowest score that counts.
    """

    labels: tuple[str, ...]
    threshold: float

    def preprocess(self, image: np.ndarray) -> tuple[np.ndarray, Geometry]:
        """Make the model's input.

        Args:
            image: (height, width, 3) uint8, B, G, R.

        Returns:
            The input tensor, (1, height, width, 3), which belongs to the detector and holds until
            the next call, and what `decode` needs to come back to the picture's pixels.
        """

    def decode(self, outputs: Mapping[str, np.ndarray], geometry: Geometry) -> tuple[Detection, ...]:
        """Turn raw outputs into detections in pixels of the picture, best score first.

        Where the detector was made to, it also returns what is too faint to count.

        Args:
            outputs: by tensor name, as the engine returned them.
            geometry: what `preprocess` returned with this picture's tensor.
        """
