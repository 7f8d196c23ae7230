"""Recipes that make no sense are refused before any work is done."""

import math
from typing import Any

import pytest

from edge_mbv2.errors import UsageError
from edge_mbv2.quantize import Recipe


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"pixel_mean": -1}, "pixel_mean is -1; expected 0 to 255"),
        ({"pixel_mean": 256}, "pixel_mean is 256; expected 0 to 255"),
        ({"pixel_mean": math.nan}, "pixel_mean is nan"),
        ({"pixel_scale": 0}, "pixel_scale is 0; expected a positive number"),
        ({"pixel_scale": math.inf}, "pixel_scale is inf"),
        ({"range_margin": -1.5}, "range_margin is -1.5; expected a positive number"),
        (
            {"output_ranges": {"boxes": (5, -9)}},
            r"the range of boxes is 5 to -9; expected \(lowest, highest\)",
        ),
        ({"output_ranges": {"boxes": (0, math.inf)}}, "the range of boxes is 0 to inf"),
    ],
)
def test_a_value_out_of_range_is_named(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        Recipe(**fields)


@pytest.mark.parametrize("mean", [0, 255])
def test_the_darkest_and_the_brightest_pixel_may_be_zero(mean: float) -> None:
    assert Recipe(pixel_mean=mean).pixel_mean == mean
