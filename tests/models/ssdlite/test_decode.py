"""The vectorised decoder on integers equals the plain one in double precision, whatever the tensors."""

from collections.abc import Sequence

import numpy as np
import pytest
from fakes import plain_ssd, ssd
from hypothesis import example, given, settings
from hypothesis import strategies as st

from edge_mbv2.imaging.resize import Placement
from edge_mbv2.models.ssdlite.detector import SsdliteDetector
from edge_mbv2.tensor import TensorSpec
from edge_mbv2.types import Detection

unit = st.floats(0.02, 0.98)
exact = settings(derandomize=True, max_examples=150)


def raw(specs: dict[str, TensorSpec], rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Return random outputs over the whole range of integers, or of plausible floats."""
    outputs = {}
    for name, spec in specs.items():
        if spec.dtype.kind == "f":
            outputs[name] = rng.normal(0, 4, spec.shape).astype(spec.dtype)
        else:
            limits = np.iinfo(spec.dtype)
            outputs[name] = rng.integers(limits.min, limits.max + 1, spec.shape, spec.dtype)
    return outputs


def assert_same(found: Sequence[Detection], expected: Sequence[Detection], atol_px: float) -> None:
    assert [(one.label, one.class_id) for one in found] == [(one.label, one.class_id) for one in expected]
    np.testing.assert_allclose([one.score for one in found], [one.score for one in expected], rtol=1e-12)
    np.testing.assert_allclose(corners(found), corners(expected), atol=atol_px, rtol=0)


def corners(detections: Sequence[Detection]) -> list[list[float]]:
    return [[one.box.x1, one.box.y1, one.box.x2, one.box.y2] for one in detections]


@exact
@given(
    seed=st.integers(0, 2**32 - 1),
    dtype=st.sampled_from([ssd.INT8, ssd.UINT8, ssd.FLOAT32]),
    labels=st.integers(1, 5),
    background=st.booleans(),
    score=unit,
    nms_iou=unit,
    max_detections=st.integers(1, 300),
    scales=st.tuples(st.floats(0.001, 0.2), st.floats(0.001, 0.1)),
    zero_points=st.tuples(st.integers(0, 127), st.integers(0, 127)),
    resize=st.sampled_from(["stretch", "letterbox"]),
    size_px=st.tuples(st.integers(1, 2000), st.integers(1, 2000)),
)
@example(1, ssd.INT8, 1, True, 0.5, 0.5, 100, (0.06, 0.04), (30, 0), "stretch", (480, 640))
def test_it_equals_the_plain_decoder(
    seed, dtype, labels, background, score, nms_iou, max_detections, scales, zero_points, resize, size_px
) -> None:
    config = ssd.manifest(
        labels=[f"class {i}" for i in range(labels)],
        scores={"activation": "sigmoid", "background": background},
        thresholds={"score": score, "nms_iou": nms_iou, "max_detections": max_detections},
        input=ssd.document()["input"] | {"resize": resize},
    )
    boxes, classes = zip(scales, zero_points, strict=True)
    specs = ssd.output_specs(config, dtype, boxes, classes)
    outputs = raw(specs, np.random.default_rng(seed))
    detector = SsdliteDetector(config, specs)
    _, placement = detector.preprocess(np.zeros((*size_px, 3), np.uint8))

    found = detector.decode(outputs, placement)

    expected = plain_ssd.decode(config, specs, outputs, window(placement), size_px)
    assert_same(found, expected, atol_px=1e-8 * max(size_px))


def window(placement: Placement) -> plain_ssd.Window:
    """Return the picture's part of the tensor, read back from where the tensor's corners go."""
    origin, extent = placement.origin[:2, 0], placement.size_px[:2, 0] / placement.gain[:2, 0]
    return (*origin, *(origin + extent))


@pytest.mark.parametrize("score", [0.001, 0.1, 0.4, 0.5, 0.999])
@pytest.mark.parametrize(("dtype", "zero_point"), [(ssd.INT8, 17), (ssd.UINT8, 145)])
def test_the_threshold_on_integers_is_the_threshold_on_scores(
    dtype: np.dtype, zero_point: int, score: float
) -> None:
    """Each raw value in turn: it is found exactly if its score, worked out in full, is high enough."""
    config = ssd.manifest(thresholds={"score": score, "nms_iou": 0.6, "max_detections": 1})
    specs = ssd.output_specs(config, dtype, (0.06, 30), (0.07, zero_point))
    detector = SsdliteDetector(config, specs)
    _, placement = detector.preprocess(np.zeros((30, 40, 3), np.uint8))
    limits = np.iinfo(dtype)
    for value in range(limits.min, limits.max + 1):
        outputs = {
            ssd.BOXES: np.full(specs[ssd.BOXES].shape, 30, dtype),
            ssd.CLASSES: np.full(specs[ssd.CLASSES].shape, limits.min, dtype),
        }
        outputs[ssd.CLASSES][0, 20, 1] = value
        expected = 1 / (1 + np.exp(-float(np.float32(0.07)) * (value - zero_point)))

        found = detector.decode(outputs, placement)

        assert [one.score for one in found] == ([pytest.approx(expected)] if expected >= score else [])


def test_a_threshold_that_is_a_score_lets_it_through() -> None:
    config = ssd.manifest(thresholds={"score": 0.5, "nms_iou": 0.6, "max_detections": 5})
    specs = ssd.output_specs(config, ssd.INT8, classes=(0.04, 7))
    detector = SsdliteDetector(config, specs)
    outputs = {ssd.BOXES: np.full(specs[ssd.BOXES].shape, 30, np.int8)}
    _, placement = detector.preprocess(np.zeros((30, 40, 3), np.uint8))

    for value, count in ((7, 1), (6, 0)):
        outputs[ssd.CLASSES] = np.full(specs[ssd.CLASSES].shape, -128, np.int8)
        outputs[ssd.CLASSES][0, 20, 2] = value
        assert len(detector.decode(outputs, placement)) == count


def test_a_threshold_beyond_every_integer_finds_nothing() -> None:
    config = ssd.manifest(thresholds={"score": 0.9999, "nms_iou": 0.6, "max_detections": 5})
    specs = ssd.output_specs(config, ssd.INT8, classes=(0.04, 0))
    detector = SsdliteDetector(config, specs)
    outputs = {name: np.full(spec.shape, 127, np.int8) for name, spec in specs.items()}

    assert detector.decode(outputs, detector.preprocess(np.zeros((30, 40, 3), np.uint8))[1]) == ()


def test_all_anchors_may_survive() -> None:
    feature_maps = [19, 10, 5, 3, 2, 1]
    config = ssd.manifest(
        labels=["person"],
        anchors=ssd.document()["anchors"] | {"feature_maps": feature_maps},
        thresholds={"score": 0.01, "nms_iou": 0.6, "max_detections": 100},
    )
    specs = ssd.output_specs(config)
    rng = np.random.default_rng(0)
    outputs = {name: rng.integers(-30, 31, spec.shape, np.int8) for name, spec in specs.items()}
    detector = SsdliteDetector(config, specs)
    _, placement = detector.preprocess(np.zeros((480, 640, 3), np.uint8))

    found = detector.decode(outputs, placement)

    assert outputs[ssd.CLASSES].shape == (1, 1917, 2)
    assert len(found) == 100
    assert_same(found, plain_ssd.decode(config, specs, outputs, (0, 0, 1, 1), (480, 640)), 1e-6)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, np.float32(3e38), np.float32(-3e38)])
def test_floats_that_are_no_numbers_never_leave_the_picture(value: float) -> None:
    config = ssd.manifest()
    specs = ssd.output_specs(config, ssd.FLOAT32)
    detector = SsdliteDetector(config, specs)
    _, placement = detector.preprocess(np.zeros((30, 40, 3), np.uint8))
    rng = np.random.default_rng(0)
    for column in range(4):
        outputs = ssd.outputs_for(
            config, [(20, 0, 3.0, (0.1, 0.1, 0.5, 0.5)), (40, 1, 2.0, (0.2, 0.3, 0.9, 0.8))]
        )
        outputs[ssd.BOXES][0, 20, column] = value
        outputs[ssd.CLASSES][0, rng.integers(0, 20, 5), 1] = value

        found = detector.decode(outputs, placement)

        assert any(one.label == "cat" for one in found)
        for one in found:
            assert 0 <= one.box.x1 < one.box.x2 <= 40
            assert 0 <= one.box.y1 < one.box.y2 <= 30
            assert 0.4 <= one.score <= 1


def test_a_nan_score_is_not_a_detection() -> None:
    config = ssd.manifest()
    specs = ssd.output_specs(config, ssd.FLOAT32)
    detector = SsdliteDetector(config, specs)
    outputs = {name: np.full(spec.shape, np.nan, np.float32) for name, spec in specs.items()}

    assert detector.decode(outputs, detector.preprocess(np.zeros((30, 40, 3), np.uint8))[1]) == ()


@pytest.mark.parametrize(
    "box",
    [(1.2, 0.1, 1.6, 0.5), (0.1, -0.9, 0.5, -0.2), (-0.5, 0.2, -0.01, 0.4)],
    ids=["below", "left", "above"],
)
def test_boxes_outside_the_picture_are_dropped(box: tuple[float, ...]) -> None:
    config = ssd.manifest()
    detector = SsdliteDetector(config, ssd.output_specs(config, ssd.FLOAT32))
    outputs = ssd.outputs_for(config, [(20, 0, 5.0, box), (40, 0, 2.0, (0.2, 0.3, 0.9, 0.8))])

    found = detector.decode(outputs, detector.preprocess(np.zeros((30, 40, 3), np.uint8))[1])

    assert corners(found) == [pytest.approx([0.3 * 40, 0.2 * 30, 0.8 * 40, 0.9 * 30], abs=1e-4)]


def test_boxes_across_the_edge_are_clipped() -> None:
    config = ssd.manifest()
    detector = SsdliteDetector(config, ssd.output_specs(config, ssd.FLOAT32))
    outputs = ssd.outputs_for(config, [(20, 0, 5.0, (-0.5, 0.5, 0.5, 1.5))])

    found = detector.decode(outputs, detector.preprocess(np.zeros((30, 40, 3), np.uint8))[1])

    assert corners(found) == [pytest.approx([20, 0, 40, 15], abs=1e-4)]


def test_letterbox_comes_back_to_the_picture() -> None:
    # A 40x30 input takes a 60x90 picture as 20x30, ten columns from the left.
    config = ssd.manifest(input=ssd.document()["input"] | {"resize": "letterbox"})
    detector = SsdliteDetector(config, ssd.output_specs(config, ssd.FLOAT32))
    outputs = ssd.outputs_for(
        config, [(20, 0, 5.0, (0.5, 0.25, 1.0, 0.5)), (40, 1, 4.0, (0.1, 0.0, 0.5, 0.2))]
    )

    found = detector.decode(outputs, detector.preprocess(np.zeros((90, 60, 3), np.uint8))[1])

    assert corners(found) == [pytest.approx([0, 45, 30, 90], abs=1e-3)]


def test_equal_scores_keep_the_anchors_order() -> None:
    config = ssd.manifest()
    detector = SsdliteDetector(config, ssd.output_specs(config, ssd.FLOAT32))
    left, right = (0.1, 0.1, 0.4, 0.4), (0.6, 0.6, 0.9, 0.9)
    outputs = ssd.outputs_for(
        config, [(41, 0, 2.0, right), (40, 1, 2.0, left), (42, 0, 3.0, (0.1, 0.6, 0.4, 0.9))]
    )

    found = detector.decode(outputs, detector.preprocess(np.zeros((30, 40, 3), np.uint8))[1])

    assert [one.label for one in found] == ["person", "cat", "person"]
    assert found[0].score > found[1].score == found[2].score


def test_nothing_is_kept_of_a_frame_in_the_next() -> None:
    config = ssd.manifest()
    specs = ssd.output_specs(config)
    detector = SsdliteDetector(config, specs)
    frames = [raw(specs, np.random.default_rng(seed)) for seed in range(3)]
    _, placement = detector.preprocess(np.zeros((30, 40, 3), np.uint8))

    first = [detector.decode(outputs, placement) for outputs in frames]
    again = [detector.decode(outputs, placement) for outputs in reversed(frames)]

    assert first == again[::-1]
