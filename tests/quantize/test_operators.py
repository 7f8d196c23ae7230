"""What can't be quantized is refused, all of it at once."""

import numpy as np
import pytest
from fakes import float_models
from fakes.float_models import F4, I4, Net, pictures

from edge_mbv2.errors import ModelFormatError
from edge_mbv2.quantize import Graph, Operator, Recipe, Tensor, quantize
from edge_mbv2.quantize.operators import RULES, Scales, check_supported
from edge_mbv2.quantize.schema import libraries


@pytest.fixture
def net() -> Net:
    return Net()


def refused(net: Net, message: str) -> None:
    with pytest.raises(ModelFormatError, match=message):
        check_supported(net.graph)


def test_every_unsupported_operator_is_named_in_one_message(net: Net) -> None:
    x = net.add_op("HARD_SWISH", [net.conv(net.image, 4)], (1, 8, 8, 4))
    x = net.add_op("CUSTOM:Mine", [net.add_op("RELU", [x], x.shape)], x.shape)
    x = net.add_op("HARD_SWISH", [x], x.shape)
    with pytest.raises(ModelFormatError) as caught:
        quantize(net.finish(x), pictures(1), Recipe())
    assert "because of CUSTOM:Mine; HARD_SWISH; RELU. Operators that can be: ADD, " in str(caught.value)


def test_models_of_the_family_are_not_refused() -> None:
    for model in (float_models.classifier, float_models.detector):
        quantize(model(), pictures(1), Recipe())


def test_computed_weights(net: Net) -> None:
    net.conv(net.image, 4)
    net.graph.operators[0].inputs[1].data = None
    refused(net, "CONV_2D with computed weights")


def test_weights_that_are_integers_already(net: Net) -> None:
    net.dense(net.mean(net.image), 4)
    filter_ = net.graph.operators[1].inputs[1]
    filter_.data, filter_.dtype = np.ones(filter_.shape, np.int8), np.dtype(np.int8)
    refused(net, "FULLY_CONNECTED with int8 weights")


@pytest.mark.parametrize("count", [0, 1])
def test_no_weights(net: Net, count: int) -> None:
    net.add_op("CONV_2D", [net.image][:count], (1, 8, 8, 4))
    refused(net, "CONV_2D without weights")


def test_convolutions_in_groups(net: Net) -> None:
    net.conv(net.image, 6, filter_=np.ones((6, 1, 1, 1)))
    refused(net, "CONV_2D in groups")


def test_activations_that_are_constants(net: Net) -> None:
    net.add(net.image, net.constant(np.ones(net.image.shape)))
    refused(net, "ADD of a constant")


def test_integers_that_are_computed(net: Net) -> None:
    output = Tensor("shape", (2,), I4)
    net.graph.operators.append(Operator("RESHAPE", [net.image], [output]))
    refused(net, "RESHAPE that computes int32")


@pytest.mark.parametrize(
    ("inputs", "found"),
    [
        ([], "takes nothing"),
        ([Tensor("a", (1, 8), F4)], r"takes 'a' float32 \[1, 8\]"),
        ([Tensor("a", (2, 8, 8, 3), F4)], r"takes 'a' float32 \[2, 8, 8, 3\]"),
        ([Tensor("a", (1, 8, 8, 3), I4)], r"takes 'a' int32"),
        ([Tensor("a", (1, 8, 8, 3), F4), Tensor("b", (1,), F4)], "'a' .* and 'b'"),
    ],
)
def test_models_that_take_no_picture(inputs: list[Tensor], found: str) -> None:
    with pytest.raises(
        ModelFormatError, match=rf"one float32 input of \[1, height, width, channels\].*{found}"
    ):
        check_supported(Graph(inputs, []))


def test_a_model_that_is_quantized_already() -> None:
    once = quantize(float_models.classifier(), pictures(1), Recipe()).data
    with pytest.raises(ModelFormatError, match="quantized already; give the float32 or float16 model"):
        quantize(once, pictures(1), Recipe())


def test_every_rule_is_for_an_operator_of_the_schema() -> None:
    _, schema = libraries()
    assert all(hasattr(schema.BuiltinOperator, kind) for kind in RULES)
    assert {kind for kind, rule in RULES.items() if rule.scales is Scales.WEIGHTED} == {
        "CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED",
    }  # fmt: skip
