"""Anchors by the formula, and by the known layout of the standard 1917."""

import numpy as np
import pytest
from fakes import plain_ssd, ssd

from edge_mbv2.models.ssdlite import anchors

STANDARD = [19, 10, 5, 3, 2, 1]


@pytest.mark.parametrize("reduce", [True, False])
@pytest.mark.parametrize("feature_maps", [STANDARD, [3, 2, 1], [4, 4]])
def test_they_equal_the_plain_loops(feature_maps: list[int], reduce: bool) -> None:
    changes = {"feature_maps": feature_maps, "reduce_boxes_in_lowest_layer": reduce}
    config = ssd.manifest(anchors=ssd.document()["anchors"] | changes)

    np.testing.assert_allclose(anchors.generate(config.anchors), plain_ssd.plain_anchors(config), rtol=1e-14)


def test_the_standard_layout() -> None:
    config = ssd.manifest(anchors=ssd.document()["anchors"] | {"feature_maps": STANDARD})

    found = anchors.generate(config.anchors)

    assert found.shape == (1917, 4)
    root = np.sqrt(2)
    np.testing.assert_allclose(
        found[:3],
        [
            (0.5 / 19, 0.5 / 19, 0.1, 0.1),
            (0.5 / 19, 0.5 / 19, 0.2 / root, 0.2 * root),
            (0.5 / 19, 0.5 / 19, 0.2 * root, 0.2 / root),
        ],
    )
    # Along the row first; the second map begins after 19 * 19 * 3.
    np.testing.assert_allclose(found[3, :2], (0.5 / 19, 1.5 / 19))
    np.testing.assert_allclose(found[19 * 19 * 3], (0.05, 0.05, 0.35, 0.35))
    np.testing.assert_allclose(found[-1], (0.5, 0.5, np.sqrt(0.95), np.sqrt(0.95)))
