"""The scale and zero point of every activation, from made-up statistics."""

import pytest
from fakes.float_models import LINEAR, RELU6, VALID, Net, per_tensor

from edge_mbv2.errors import ModelFormatError
from edge_mbv2.quantize import Recipe, Tensor
from edge_mbv2.quantize.calibration import Statistics, TensorStatistics
from edge_mbv2.quantize.ranges import activation_params, input_params


@pytest.fixture
def net() -> Net:
    return Net()


def params(
    net: Net, ranges: dict[Tensor, tuple[float, float]], recipe: Recipe | None = None
) -> dict[Tensor, tuple[float, int]]:
    """Return (scale, zero point) by tensor; a tensor without a range is 0 everywhere."""
    tensors = {tensor: TensorStatistics() for tensor in (net.image, *net.graph.activations())}
    tensors |= {tensor: TensorStatistics(low, high) for tensor, (low, high) in ranges.items()}
    chosen = activation_params(net.graph, Statistics(1, tensors), recipe or Recipe())
    return {tensor: per_tensor(param) for tensor, param in chosen.items()}


@pytest.mark.parametrize(
    ("low", "high", "scale", "zero_point"),
    [
        (-2.55, 2.55, 5.1 / 255, 0),  # -128 + 127.5, to even
        (-1.0, 4.1, 5.1 / 255, -78),
        (1.0, 5.1, 5.1 / 255, -128),  # widened to hold 0
        (-5.1, -1.0, 5.1 / 255, 127),
        (0.0, 0.0, 1.0, -128),
    ],
)
def test_the_range_becomes_256_steps(
    net: Net, low: float, high: float, scale: float, zero_point: int
) -> None:
    y = net.conv(net.image, 4)
    assert params(net, {y: (low, high)})[y] == (pytest.approx(scale), zero_point)


def test_the_margin_widens_both_ends(net: Net) -> None:
    y = net.conv(net.image, 4)
    assert params(net, {y: (-1, 4.1)}, Recipe(range_margin=1.2))[y] == (pytest.approx(1.2 * 5.1 / 255), -78)


@pytest.mark.parametrize(("fused", "highest"), [(RELU6, 6.0), (LINEAR, 7.5)])
def test_relu6_is_a_ceiling_to_the_margin(net: Net, fused: int, highest: float) -> None:
    y = net.conv(net.image, 4, fused=fused)
    assert params(net, {y: (0, 5)}, Recipe(range_margin=1.5))[y] == (pytest.approx(highest / 255), -128)


def test_concatenated_and_reshaped_tensors_share_the_widest_range(net: Net) -> None:
    large, small = net.conv(net.image, 4), net.conv(net.image, 4, 3, stride=2)
    other = net.conv(net.image, 4)
    flat = [net.reshape(large, (1, 64, 4)), net.reshape(small, (1, 16, 4))]
    both = net.concatenate(flat)
    found = params(
        net, {large: (-1, 0.5), flat[0]: (-1, 0.5), small: (0, 4.1), both: (-1, 4.1), other: (0, 1)}
    )

    for tensor in (large, small, *flat, both):
        assert found[tensor] == (pytest.approx(5.1 / 255), -78)
    assert found[other] == (pytest.approx(1 / 255), -128)


def test_a_ceiling_holds_for_a_group_only_if_all_have_it(net: Net) -> None:
    capped, free = net.conv(net.image, 4, fused=RELU6), net.conv(net.image, 4)
    both = net.concatenate([net.reshape(capped, (1, 64, 4)), net.reshape(free, (1, 64, 4))])
    found = params(net, {capped: (0, 5), free: (0, 7)}, Recipe(range_margin=2))
    assert found[both] == (pytest.approx(14 / 255), -128)


def test_an_output_takes_the_range_of_the_recipe_with_all_that_share_it(net: Net) -> None:
    head = net.conv(net.image, 4)
    flat = net.reshape(head, (1, 64, 4))
    flat.name = "boxes"
    net.finish(flat)
    recipe = Recipe(output_ranges={"boxes": (-9, 5.5)}, range_margin=1.3)
    found = params(net, {head: (-100, 100), flat: (-100, 100)}, recipe)
    assert found[head] == found[flat] == (pytest.approx(14.5 / 255), 30)


def test_an_unknown_output_is_named_with_those_there_are(net: Net) -> None:
    net.finish(net.conv(net.image, 4, name="a"), net.conv(net.image, 4, name="b"))
    recipe = Recipe(output_ranges={"a": (-1, 1), "boxes": (-1, 1), "Scores": (-1, 1)})
    with pytest.raises(ModelFormatError, match="has no output Scores, boxes; its outputs are a, b"):
        params(net, {}, recipe)


def test_outputs_that_share_a_scale_take_only_one_range(net: Net) -> None:
    first = net.conv(net.image, 4, name="first")
    second = net.reshape(first, (1, 64, 4))
    second.name = "second"
    net.finish(first, second)
    assert params(net, {}, Recipe(output_ranges={"first": (-1, 1), "second": (-1, 1)}))
    message = r"different ones: 'first' to -1 to 0\.996 and 'second' to -2\.01 to 1\.99"
    with pytest.raises(ModelFormatError, match=message):
        params(net, {}, Recipe(output_ranges={"first": (-1, 1), "second": (-2, 2)}))


def test_probabilities_are_256ths(net: Net) -> None:
    logits = net.mean(net.image)
    softmax, logistic = net.softmax(logits), net.logistic(logits)
    found = params(net, {softmax: (0.1, 0.2), logistic: (0.5, 1.0)}, Recipe(range_margin=2))
    assert found[softmax] == found[logistic] == (1 / 256, -128)


def test_probabilities_take_no_other_range(net: Net) -> None:
    net.finish(net.softmax(net.mean(net.image), "p"))
    with pytest.raises(ModelFormatError, match=r"different ones: 'p' to 0 to 0\.996 and 'p' to 0 to 2"):
        params(net, {}, Recipe(output_ranges={"p": (0, 2)}))


def test_what_is_no_probability_is_not_cut_to_fit_beside_one(net: Net) -> None:
    boxes = net.reshape(net.conv(net.image, 4), (1, 64, 4))
    scores = net.logistic(net.reshape(net.conv(net.image, 4), (1, 64, 4)))
    both = net.concatenate([boxes, scores], "both")
    assert params(net, {boxes: (0, 0.9), both: (0, 1)})[both] == (1 / 256, -128)
    with pytest.raises(
        ModelFormatError, match=r"'both' must share one scale, which holds 0 to 0\.996, but reach"
    ):
        params(net, {boxes: (-2, 5), both: (-2, 5)})


@pytest.mark.parametrize(
    ("mean", "scale", "zero_point"), [(127.5, 127.5, 127), (128, 128, 128), (0, 255, 0), (255, 1, 255)]
)
def test_pixels_have_the_mean_for_a_zero_point(net: Net, mean: float, scale: float, zero_point: int) -> None:
    recipe = Recipe(pixel_mean=mean, pixel_scale=scale)
    assert per_tensor(input_params(recipe)) == (pytest.approx(1 / scale), zero_point)
    net.conv(net.image, 4, 3, padding=VALID)
    assert params(net, {}, recipe)[net.image] == (pytest.approx(1 / scale), zero_point - 128)
