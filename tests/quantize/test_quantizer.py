"""Float models against their quantized twins, both run by LiteRT."""

from collections.abc import Callable

import numpy as np
import pytest
from fakes import float_models
from fakes.float_models import RELU6, Net, Runner, per_tensor, pictures

from edge_mbv2.errors import InputError, ModelFormatError
from edge_mbv2.quantize import Graph, Operator, Recipe, Tensor, load, quantize, quantizer
from edge_mbv2.quantize.operators import RULES

WIDE = Recipe(range_margin=2.0)  # nothing is cut off, so that steps are all there is to lose
SSD = Recipe(range_margin=2.0, output_ranges={"boxes": (-8, 8), "classes": (-8, 8)})

with_both = pytest.mark.parametrize(
    ("model", "recipe"), [(float_models.classifier, WIDE), (float_models.detector, SSD)]
)


def operator(graph: Graph, kind: str) -> Operator:
    """Return the first operator of a kind."""
    return next(op for op in graph.operators if op.kind == kind)


def real(tensor: Tensor) -> np.ndarray:
    """Return a bias as real numbers."""
    return tensor.data * tensor.quantization.scale.astype(np.float64)


@with_both
def test_outputs_agree_within_a_few_steps(model: Callable[[], bytes], recipe: Recipe) -> None:
    data = model()
    quantized = quantize(data, pictures(), recipe)
    before, after = Runner(data), Runner(quantized.data)

    assert quantized.pictures == 16
    assert after.input["dtype"] == np.uint8
    for output in load(quantized.data).outputs:
        scale, _ = per_tensor(output.quantization)
        expected = [before.run(picture)[output.name] for picture in pictures(seed=1)]
        found = [after.run(picture)[output.name] for picture in pictures(seed=1)]
        assert np.ptp(expected) > 20 * scale
        assert np.abs(np.array(found) - np.array(expected)).max() < 4 * scale


@with_both
def test_everything_but_pixels_and_biases_is_int8(model: Callable[[], bytes], recipe: Recipe) -> None:
    source, graph = load(model()), load(quantize(model(), pictures(), recipe).data)

    assert [op.kind for op in graph.operators] == ["QUANTIZE", *(op.kind for op in source.operators)]
    assert [tensor.name for tensor in graph.outputs] == [tensor.name for tensor in source.outputs]
    assert [(tensor.name, tensor.dtype) for tensor in graph.inputs] == [("image", np.uint8)]
    assert {tensor.dtype for tensor in graph.activations()} == {np.dtype(np.int8)}
    assert all(op.version >= RULES[op.kind].version for op in graph.operators[1:])
    for op in graph.operators:
        if op.kind in ("CONV_2D", "DEPTHWISE_CONV_2D"):
            _, filter_, bias = op.inputs
            assert filter_.dtype == np.int8
            assert filter_.quantization.axis == (0 if op.kind == "CONV_2D" else 3)
            assert len(filter_.quantization.scale) == bias.shape[0] > 1
            assert not filter_.quantization.zero_point.any()
            assert bias.dtype == np.int32


def pool(net: Net, x: Tensor, kind: str) -> Tensor:
    options = net.options("Pool2D", filterHeight=2, filterWidth=2, strideH=2, strideW=2)
    return net.add_op(kind, [x], (1, 4, 4, 4), options)


def pad(net: Net, x: Tensor, kind: str) -> Tensor:
    padding = net.constant([[0, 0], [1, 2], [0, 1], [0, 0]], float_models.I4)
    return net.add_op(kind, [x, padding], (1, 11, 9, 4), net.options("Pad"))


def resize(net: Net, x: Tensor, kind: str) -> Tensor:
    options = net.options("ResizeBilinear", halfPixelCenters=True)
    return net.add_op(kind, [x, net.constant([5, 12], float_models.I4)], (1, 5, 12, 4), options)


def squeeze(net: Net, x: Tensor, kind: str) -> Tensor:
    return net.add_op(kind, [x], (8, 8, 4), net.options("Squeeze", squeezeDims=[0]))


def logistic(net: Net, x: Tensor, kind: str) -> Tensor:
    return net.logistic(x)


@pytest.mark.parametrize(
    ("kind", "append"),
    [
        ("AVERAGE_POOL_2D", pool),
        ("MAX_POOL_2D", pool),
        ("PAD", pad),
        ("RESIZE_BILINEAR", resize),
        ("SQUEEZE", squeeze),
        ("LOGISTIC", logistic),
    ],
)
def test_operators_of_other_heads(kind: str, append: Callable[[Net, Tensor, str], Tensor]) -> None:
    net = Net()
    output = append(net, net.conv(net.image, 4, 3), kind)
    data = net.finish(output)
    quantized = quantize(data, pictures(), WIDE)

    assert load(quantized.data).operators[-1].kind == kind
    scale, _ = per_tensor(load(quantized.data).outputs[0].quantization)
    for picture in pictures(seed=1):
        error = Runner(quantized.data).run(picture)[output.name] - Runner(data).run(picture)[output.name]
        assert np.abs(error).max() < 3 * scale


def test_a_fully_connected_layer_has_one_scale_for_its_filter() -> None:
    graph = load(quantize(float_models.classifier(), pictures(), WIDE).data)
    filter_, bias = operator(graph, "FULLY_CONNECTED").inputs[1:]
    assert filter_.quantization.axis is None
    assert np.abs(filter_.data).max() == 127
    assert bias.quantization.axis is None


def test_a_layer_without_a_bias_is_given_one() -> None:
    net = Net()
    data = net.finish(net.dense(net.mean(net.conv(net.image, 8, 3)), 5, bias=False, name="y"))
    quantized = quantize(data, pictures(), WIDE)
    graph = load(quantized.data)

    assert operator(graph, "FULLY_CONNECTED").inputs[2].name == "y_bias"
    scale, _ = per_tensor(graph.outputs[0].quantization)
    for picture in pictures(seed=1):
        error = Runner(quantized.data).run(picture)["y"] - Runner(data).run(picture)["y"]
        assert np.abs(error).max() < 4 * scale


@with_both
def test_the_same_arguments_give_the_same_bytes(model: Callable[[], bytes], recipe: Recipe) -> None:
    assert quantize(model(), pictures(), recipe) == quantize(model(), iter(pictures()), recipe)


def test_pictures_and_recipe_matter() -> None:
    model = float_models.classifier()
    variants = [(pictures(), WIDE), (pictures(seed=1), WIDE), (pictures(), Recipe())]
    assert len({quantize(model, *variant).data for variant in variants}) == 3


@pytest.mark.parametrize("depthwise", [False, True])
def test_a_bias_over_next_to_no_weights_comes_through(depthwise: bool) -> None:
    net = Net()
    filter_ = np.random.default_rng(0).normal(size=(1, 3, 3, 3) if depthwise else (3, 3, 3, 3))
    filter_[(..., 0) if depthwise else 0] *= 1e-12
    bias = np.array([-3.0, 0.5, 1.0])
    data = net.finish(net.conv(net.image, 3, 3, depthwise=depthwise, filter_=filter_, bias=bias, name="y"))
    quantized = quantize(data, pictures(), WIDE)
    graph = load(quantized.data)

    assert quantized.raised_channels == 1
    whole = graph.operators[1].inputs[2]
    assert abs(int(whole.data[0])) == pytest.approx(2**30, rel=1e-6)
    assert real(whole)[0] == pytest.approx(-3.0)
    scale, _ = per_tensor(graph.outputs[0].quantization)
    for picture in pictures(seed=1):
        assert np.abs(Runner(quantized.data).run(picture)["y"][..., 0] + 3.0).max() <= scale / 2 + 1e-6


def channel_means(model: bytes, shown: list[np.ndarray]) -> np.ndarray:
    """Return the mean of each channel of ``y`` over all positions of all pictures."""
    runner = Runner(model)
    return np.mean([runner.run(picture)["y"].mean(axis=(0, 1, 2)) for picture in shown], axis=0)


def test_the_bias_makes_good_what_rounding_did(monkeypatch: pytest.MonkeyPatch) -> None:
    net = Net((1, 24, 24, 3))
    features = net.conv(net.image, 32, 3, fused=RELU6)
    filter_ = np.random.default_rng(1).uniform(0, 0.1, (8, 1, 1, 32))
    filter_[..., 0] = 10.0  # makes the steps of the others coarse
    data = net.finish(net.conv(features, 8, filter_=filter_, name="y"))

    shown = pictures(16, (24, 24, 3))

    def errors() -> np.ndarray:
        quantized = quantize(data, shown, WIDE).data
        return np.abs(channel_means(quantized, shown) - channel_means(data, shown))

    corrected = errors()
    monkeypatch.setattr(quantizer, "mean_response", lambda op, filter_, mean: np.zeros(len(filter_)))
    uncorrected = errors()
    assert corrected.mean() < 0.2 * uncorrected.mean()


@pytest.mark.parametrize(
    ("recipe", "zero_point", "brighter"),
    [(Recipe(), 127, 0.5 / 127.5), (Recipe(pixel_mean=128, pixel_scale=128), 128, 0.0)],
)
def test_the_first_bias_makes_good_the_rounded_mean_of_pixels(
    recipe: Recipe, zero_point: int, brighter: float
) -> None:
    net = Net()
    weights = np.array([1.0, 1.0, 1.0, -1.0, -1.0, -1.0], "f4").reshape(2, 1, 1, 3)  # no rounding
    data = net.finish(net.conv(net.image, 2, filter_=weights, bias=np.array([0.5, 0.5])))
    graph = load(quantize(data, pictures(), recipe).data)

    assert per_tensor(graph.inputs[0].quantization) == (pytest.approx(1 / recipe.pixel_scale), zero_point)
    expected = [0.5 - 3 * brighter, 0.5 + 3 * brighter]
    assert real(graph.operators[1].inputs[2]) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("data", [b"", b"x" * 100, b"<html>" * 9])
def test_a_file_of_another_kind(data: bytes) -> None:
    with pytest.raises(ModelFormatError, match=r"not a \.tflite model"):
        quantize(data, pictures(1), Recipe())


def test_a_file_cut_short() -> None:
    data = float_models.classifier()
    with pytest.raises(ModelFormatError, match="damaged"):
        quantize(data[: len(data) // 2], pictures(1), Recipe())


def test_an_output_that_is_not_there() -> None:
    with pytest.raises(ModelFormatError, match="no output boxes, classes; its outputs are logits, prob"):
        quantize(float_models.classifier(), pictures(1), SSD)


def test_no_pictures() -> None:
    with pytest.raises(InputError, match="no calibration pictures"):
        quantize(float_models.classifier(), [], Recipe())
