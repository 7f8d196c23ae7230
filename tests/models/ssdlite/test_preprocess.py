"""From the camera's B, G, R to the model's R, G, B."""

import numpy as np
import pytest
from fakes import ssd

from edge_mbv2.imaging.resize import letterbox, stretch
from edge_mbv2.models.ssdlite.preprocess import Preprocessor


@pytest.mark.parametrize(("resize", "function"), [("stretch", stretch), ("letterbox", letterbox)])
@pytest.mark.parametrize("size", [(480, 640), (30, 40), (5, 3)])
def test_it_resizes_as_asked_and_swaps_channels(resize, function, size) -> None:
    image = np.random.default_rng(0).integers(0, 256, (*size, 3), np.uint8)
    image.flags.writeable = False
    resized = np.empty((30, 40, 3), np.uint8)
    expected = function(image, out=resized)

    tensor, placement = Preprocessor(ssd.manifest(input=ssd.document()["input"] | {"resize": resize}).input)(
        image
    )

    np.testing.assert_array_equal(tensor, resized[None, :, :, ::-1])
    assert tensor.dtype == np.uint8
    assert tensor.flags.c_contiguous
    assert placement is expected


def test_the_tensor_is_always_the_same() -> None:
    preprocess = Preprocessor(ssd.manifest().input)

    first, _ = preprocess(np.zeros((480, 640, 3), np.uint8))
    second, _ = preprocess(np.full((90, 60, 3), 255, np.uint8))

    assert first is second
    assert (first == 255).all()
