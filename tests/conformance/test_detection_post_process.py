"""TFLite_Detection_PostProcess: the same boxes, classes and scores as LiteRT's."""

from __future__ import annotations

import numpy as np
import pytest

litert = pytest.importorskip("conformance.litert", exc_type=ImportError)

from conformance.writer import Node, T, write  # noqa: E402

from edge_mbv2 import engine  # noqa: E402
from edge_mbv2.errors import ModelFormatError  # noqa: E402

ROWS, CLASSES = 60, 4


def model(seed: int, **changed: object) -> tuple[bytes, list[np.ndarray]]:
    """Return a model of that operator alone, with clustered boxes, and inputs for it."""
    rng = np.random.default_rng(seed)
    anchors = np.concatenate([rng.uniform(0.2, 0.8, (ROWS, 2)), rng.uniform(0.1, 0.4, (ROWS, 2))], axis=1)
    options = {
        "max_detections": 10,
        "max_classes_per_detection": 1,
        "detections_per_class": 20,
        "num_classes": CLASSES,
        "nms_score_threshold": 0.3,
        "nms_iou_threshold": 0.5,
        "y_scale": 10.0,
        "x_scale": 10.0,
        "h_scale": 5.0,
        "w_scale": 5.0,
        "use_regular_nms": True,
    } | changed
    tensors = [
        T((1, ROWS, 4), "float32"),
        T((1, ROWS, CLASSES + 1), "float32"),
        T((ROWS, 4), "float32", data=anchors),
        *(T(shape, "float32") for shape in ((1, 10, 4), (1, 10), (1, 10), (1,))),
    ]
    node = Node("TFLite_Detection_PostProcess", [0, 1, 2], [3, 4, 5, 6], options, is_custom=True)
    data = write(tensors, [node], [0, 1], [3, 4, 5, 6])
    values = [rng.normal(size=(1, ROWS, 4)), rng.uniform(size=(1, ROWS, CLASSES + 1))]
    return data, [value.astype(np.float32) for value in values]


@pytest.mark.parametrize("regular", [True, False])
@pytest.mark.parametrize("seed", range(6))
def test_it_equals_litert(seed: int, regular: bool) -> None:
    data, values = model(seed, use_regular_nms=regular)
    got = engine.load(data).run(*values)
    want = litert.run(data, values)
    count = int(want[3][0])
    assert int(got[3][0]) == count > 0
    for expected, ours in zip(want[:3], got[:3], strict=True):
        np.testing.assert_allclose(ours[0, :count], expected[0, :count], rtol=1e-5, atol=1e-6)


def test_options_that_are_missing_or_damaged_are_refused() -> None:
    data, _ = model(0, max_detections=0)
    with pytest.raises(ModelFormatError, match="make no sense"):
        engine.load(data)
    whole, _ = model(0)
    with pytest.raises(ModelFormatError):
        engine.load(whole.replace(b"num_classes\0", b"num_classez\0"))
