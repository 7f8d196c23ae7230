"""What the pictures say about each tensor."""

import numpy as np
import pytest
from fakes.float_models import Net, Runner, classifier, pictures

from edge_mbv2.errors import InputError, ModelFormatError
from edge_mbv2.quantize import Graph, Recipe, dump, load
from edge_mbv2.quantize.calibration import calibrate


@pytest.fixture
def graph() -> Graph:
    """A convolution and the mean of what it computes."""
    net = Net()
    features = net.conv(net.image, 4, 3, name="features")
    return load(net.finish(net.mean(features), features))


def test_ranges_are_means_of_each_pictures_extremes(graph: Graph) -> None:
    shown = pictures(5)
    statistics = calibrate(graph, shown, Recipe())

    runner = Runner(dump(graph))
    values = [runner.run(picture)["features"] for picture in shown]
    found = statistics.tensors[graph.outputs[1]]
    assert statistics.pictures == 5
    assert found.low == pytest.approx(np.mean([value.min() for value in values]))
    assert found.high == pytest.approx(np.mean([value.max() for value in values]))


def test_what_a_filter_reads_is_averaged_position_by_position(graph: Graph) -> None:
    shown = pictures(5)
    statistics = calibrate(graph, iter(shown), Recipe())

    mean = statistics.tensors[graph.inputs[0]].mean
    assert mean == pytest.approx(np.mean(shown, axis=0, keepdims=True) / 127.5 - 1, abs=1e-6)
    assert statistics.tensors[graph.outputs[0]].mean is None


def test_pixels_are_scaled_as_the_recipe_says(graph: Graph) -> None:
    picture = np.full((8, 8, 3), 60, np.uint8)
    found = calibrate(graph, [picture], Recipe(pixel_mean=10, pixel_scale=200)).tensors[graph.inputs[0]]
    assert (found.low, found.high) == pytest.approx((0.25, 0.25))


def test_no_pictures(graph: Graph) -> None:
    with pytest.raises(InputError, match="no calibration pictures were given"):
        calibrate(graph, [], Recipe())


@pytest.mark.parametrize(
    ("picture", "found"),
    [
        (np.zeros((8, 9, 3), np.uint8), r"uint8 of shape \[8, 9, 3\]"),
        (np.zeros((8, 8), np.uint8), r"uint8 of shape \[8, 8\]"),
        (np.zeros((1, 8, 8, 3), np.uint8), r"uint8 of shape \[1, 8, 8, 3\]"),
        (np.zeros((8, 8, 3), np.float32), r"float32 of shape \[8, 8, 3\]"),
    ],
)
def test_a_picture_that_does_not_fit(graph: Graph, picture: np.ndarray, found: str) -> None:
    expected = rf"calibration picture 2 is {found}; the model takes uint8 of shape \[8, 8, 3\]"
    with pytest.raises(InputError, match=expected):
        calibrate(graph, [*pictures(2), picture], Recipe())


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_value_that_is_not_finite_is_named(value: float) -> None:
    net = Net()
    features = net.conv(net.image, 4, filter_=np.full((4, 1, 1, 3), value), name="features")
    with pytest.raises(ModelFormatError, match="'features' is not finite for calibration picture 0"):
        calibrate(load(net.finish(features)), pictures(1), Recipe())


def test_a_shape_that_is_not_what_litert_computes(graph: Graph) -> None:
    graph.outputs[1].shape = (1, 8, 800, 4)
    with pytest.raises(ModelFormatError, match=r"'features' has shape \[1, 8, 800, 4\], but LiteRT computes"):
        calibrate(graph, pictures(1), Recipe())


def test_operators_that_litert_can_not_join() -> None:
    graph = load(classifier())
    conv = graph.operators[0]
    conv.inputs[1], conv.inputs[2] = conv.inputs[2], conv.inputs[1]
    with pytest.raises(ModelFormatError, match="LiteRT can't load the float model"):
        calibrate(graph, pictures(1), Recipe())
