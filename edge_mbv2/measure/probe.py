"""The input that is the same on every machine, whatever its JPEG decoder and resizer are."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from edge_mbv2.cameras.picture import load_picture
from edge_mbv2.tensor import TensorSpec

FILE = "probe.png"
"""Without loss, and already of the models' size. It stirs every class head of the person model, which most
pictures leave at one end of its range, where a small fault does not show.
"""


def read(folder: Path, spec: TensorSpec) -> np.ndarray:
    """Return the probe, cut or repeated to fit an input.

    Args:
        folder: where the labelled set lies.
        spec: of the input, (1, height, width, 3) uint8.

    Raises:
        MediaError: the file is absent or damaged.
    """
    image = load_picture(folder / FILE)
    rows, columns = (np.arange(size) % have for size, have in zip(spec.shape[1:3], image.shape, strict=False))
    return np.ascontiguousarray(image[rows][None, :, columns, ::-1])
