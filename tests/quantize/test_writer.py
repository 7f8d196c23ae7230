"""What is read is what was written, and LiteRT reads it too."""

import numpy as np
import pytest
from fakes import float_models
from fakes.float_models import F4, I4, Net, Runner

from edge_mbv2.quantize import Graph, Operator, Tensor, dump, load
from edge_mbv2.tensor import QuantParams


@pytest.mark.parametrize("model", [float_models.classifier, float_models.detector])
def test_a_graph_survives_a_round_trip(model) -> None:
    data = model()
    graph = load(data)

    assert [tensor.name for tensor in graph.inputs] == ["image"]
    assert dump(graph) == data
    assert dump(load(dump(graph, "described")), "described") == dump(graph, "described")


def test_every_part_of_a_graph_is_read_back() -> None:
    net = Net()
    filter_ = np.arange(24, dtype="f4").reshape(8, 1, 1, 3)
    features = net.conv(net.image, 8, stride=2, filter_=filter_, fused=float_models.RELU6)
    logits = net.dense(net.mean(features), 5, bias=False, name="logits")
    graph = load(net.finish(logits, features))

    assert [tensor.name for tensor in graph.outputs] == ["logits", features.name]
    conv, mean, dense = graph.operators
    assert [conv.kind, mean.kind, dense.kind] == ["CONV_2D", "MEAN", "FULLY_CONNECTED"]
    assert (conv.options.strideH, conv.options.fusedActivationFunction) == (2, float_models.RELU6)
    assert conv.inputs[0] is graph.inputs[0]
    assert graph.inputs[0].shape == (1, 8, 8, 3)
    assert conv.inputs[1].data.tolist() == filter_.tolist()
    assert mean.inputs[1].dtype == I4
    assert mean.inputs[1].data.tolist() == [1, 2]
    assert dense.inputs[2] is None


def test_quantization_is_read_back() -> None:
    per_channel = QuantParams(np.array([0.5, 0.25], "f4"), np.array([0, 0], "i4"), axis=3)
    x = Tensor("x", (1, 2), F4)
    data = np.array([[[[1, -1]]]], "i1")
    constant = Tensor("filter", (1, 1, 1, 2), data.dtype, data, per_channel)
    per_tensor = QuantParams(np.array([0.125], "f4"), np.array([-3], "i4"))
    y = Tensor("y", (1, 2), np.dtype("i1"), quantization=per_tensor)
    read = load(dump(Graph([x], [y], [Operator("CUSTOM:x", [x, constant], [y])])))

    constant = read.operators[0].inputs[1]
    assert constant.data.tolist() == data.tolist()
    assert constant.quantization.scale.tolist() == [0.5, 0.25]
    assert constant.quantization.axis == 3
    assert read.outputs[0].quantization.scale.tolist() == [0.125]
    assert read.outputs[0].quantization.zero_point.tolist() == [-3]
    assert read.outputs[0].quantization.axis is None


def test_a_custom_operator_keeps_its_name_and_options() -> None:
    x, y = Tensor("x", (1, 2), F4), Tensor("y", (1, 2), F4)
    graph = Graph([x], [y], [Operator("CUSTOM:Mine", [x], [y], b"\x01\x02\x03", 7)])
    read = load(dump(graph)).operators[0]
    assert (read.kind, read.options, read.version) == ("CUSTOM:Mine", b"\x01\x02\x03", 7)


def test_constants_are_aligned_as_the_schema_demands() -> None:
    net = Net()
    filter_ = np.random.default_rng(0).normal(size=(5, 3, 3, 3)).astype("f4")
    data = net.finish(net.conv(net.image, 5, 3, filter_=filter_))
    assert data.index(filter_.tobytes()) % 16 == 0


def test_litert_finds_the_signature() -> None:
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_content=float_models.detector())
    assert interpreter.get_signature_list() == {
        "serving_default": {"inputs": ["image"], "outputs": ["boxes", "classes"]}
    }


def test_litert_computes_what_the_graph_says() -> None:
    net = Net()
    filter_ = np.array([[[[1, 2, 3]]]], "f4")
    data = net.finish(net.conv(net.image, 1, filter_=filter_, bias=np.array([0.5]), name="sum"))
    white = np.full((8, 8, 3), 255, np.uint8)
    assert Runner(data).run(white)["sum"].tolist() == np.full((1, 8, 8, 1), 6.5).tolist()
