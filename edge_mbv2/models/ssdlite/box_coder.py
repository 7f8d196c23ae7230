"""From raw box encodings, relative to anchors, to boxes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from edge_mbv2.models.ssdlite.quantization import affine

if TYPE_CHECKING:
    from edge_mbv2.models.ssdlite.manifest import BoxCoder
    from edge_mbv2.tensor import TensorSpec


# Of centres and of the logarithms of sizes: far beyond any picture, and far from a float's limits, so
# nothing overflows, whatever the model says.
_LIMIT = 50.0


class BoxDecoder:
    """Dequantizes encodings, divides by the box coder's scales and moves the anchors, in one step.

    With the anchor's centre ``c`` and size ``s``, an encoding ``(t, u)`` means the centre ``c + s * t``
    and the half size ``s / 2 * exp(u) = exp(u + log(s / 2))``. Both are of the form ``raw * gain +
    offset``, with constants for each anchor that are computed once.

    Args:
        anchors: (n, 4) float64: centre y, centre x, height, width as fractions of the input.
        config: what the encodings are divided by.
        spec: of the box encodings.

    Source: Ren et al., Faster R-CNN (arXiv:1506.01497), section 3.1.2, equation 2.
    """

    def __init__(self, anchors: np.ndarray, config: BoxCoder, spec: TensorSpec) -> None:
        scale, zero_point = affine(spec)
        centres, sizes = anchors[:, :2], anchors[:, 2:]
        divisors = np.array((config.y_scale, config.x_scale, config.height_scale, config.width_scale))
        self._gain = np.tile(scale / divisors, (len(anchors), 1))
        self._gain[:, :2] *= sizes
        self._offset = -zero_point * self._gain
        self._offset[:, :2] += centres
        self._offset[:, 2:] += np.log(sizes / 2)

    def __call__(self, raw: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """Decode some of the encodings.

        Args:
            raw: (k, 4): y, x, height, width as the model gave them.
            rows: (k,) the anchors they belong to.

        Returns:
            (4, k) float64: y1, x1, y2, x2 as fractions of the input, not clipped to it, finite
            but for NaN where an encoding is.
        """
        moved = (raw * self._gain[rows] + self._offset[rows]).T
        np.clip(moved, -_LIMIT, _LIMIT, out=moved)
        centres, halves = moved[:2], moved[2:]
        np.exp(halves, out=halves)
        boxes = np.empty((4, len(rows)))
        np.subtract(centres, halves, out=boxes[:2])
        np.add(centres, halves, out=boxes[2:])
        return boxes
