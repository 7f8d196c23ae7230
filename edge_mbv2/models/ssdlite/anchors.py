"""The default boxes of an SSD, made from the few numbers its manifest gives."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from edge_mbv2.models.ssdlite.manifest import Anchors

# The lowest layer's smallest box when it has three instead of six.
_REDUCED_SCALE = 0.1


def generate(config: Anchors) -> np.ndarray:
    """Lay boxes of each scale and aspect ratio (width / height) on the grid of each feature map.

    Scales grow evenly from ``min_scale`` on the first feature map to ``max_scale`` on the last. Every
    map also has a square box between its own scale and the next one's, except a reduced lowest layer,
    which has a small square and the boxes of ratio 2 and 1/2.

    Returns:
        (n, 4) float64: centre y, centre x, height, width as fractions of the input; ordered by feature
        map, row, column, then box.

    Source: Liu et al., SSD (arXiv:1512.02325), section 2.2; TensorFlow Object Detection API,
    ``ssd_anchor_generator``.
    """
    last = len(config.feature_maps) - 1
    step = (config.max_scale - config.min_scale) / last
    scales = [config.min_scale + step * i for i in range(last + 1)] + [1.0]
    layers = []
    for i, cells in enumerate(config.feature_maps):
        if i == 0 and config.reduce_boxes_in_lowest_layer:
            boxes = [(_REDUCED_SCALE, 1.0), (scales[0], 2.0), (scales[0], 0.5)]
        else:
            boxes = [(scales[i], ratio) for ratio in config.aspect_ratios]
            boxes.append((math.sqrt(scales[i] * scales[i + 1]), 1.0))
        layers.append(_tile(cells, boxes))
    return np.concatenate(layers)


def _tile(cells: int, boxes: list[tuple[float, float]]) -> np.ndarray:
    """Put every (scale, ratio) at the centre of every cell; (cells * cells * len(boxes), 4)."""
    tiled = np.empty((cells, cells, len(boxes), 4))
    centres = (np.arange(cells) + 0.5) / cells
    tiled[..., 0] = centres[:, None, None]
    tiled[..., 1] = centres[None, :, None]
    tiled[..., 2] = [scale / math.sqrt(ratio) for scale, ratio in boxes]
    tiled[..., 3] = [scale * math.sqrt(ratio) for scale, ratio in boxes]
    return tiled.reshape(-1, 4)
