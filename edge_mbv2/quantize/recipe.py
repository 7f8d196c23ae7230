"""What a quantization run is told beside the model and the pictures."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from edge_mbv2.errors import UsageError


@dataclass(frozen=True, slots=True)
class Recipe:
    """How the float model sees pixels, and what is known about its outputs.

    The float model's input is ``(pixel - pixel_mean) / pixel_scale`` with pixels of 0 to 255.

    Attributes:
        pixel_mean: subtracted from every pixel.
        pixel_scale: what the difference is divided by.
        output_ranges: (lowest, highest) real value to represent, by name of an output tensor; the
            range of an output that is not named here is taken from the pictures. Logits and box
            encodings deserve one: the few values that matter are rare in any set of pictures.
        range_margin: what the range of an activation is multiplied with beyond what the pictures say.
            Their mean cuts off half of the extremes: 1.1 to 1.3 gives some of that back for coarser
            steps, which of them best differs from network to network.
        description: written into the file.

    Raises:
        UsageError: a value makes no sense.
    """

    pixel_mean: float = 127.5
    pixel_scale: float = 127.5
    output_ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    range_margin: float = 1.0
    description: str = "int8, quantized by edge-mbv2"

    def __post_init__(self) -> None:
        if not 0 <= self.pixel_mean <= 255:
            raise UsageError(f"pixel_mean is {self.pixel_mean}; expected 0 to 255, the values of a pixel")
        for name in ("pixel_scale", "range_margin"):
            value = getattr(self, name)
            if not 0 < value < math.inf:
                raise UsageError(f"{name} is {value}; expected a positive number")
        for name, (low, high) in self.output_ranges.items():
            if not -math.inf < low < high < math.inf:
                raise UsageError(f"the range of {name} is {low} to {high}; expected (lowest, highest)")
