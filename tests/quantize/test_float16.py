"""Half-size weights become the float32 weights that they stand for."""

import numpy as np
from fakes.float_models import F4, Net, Runner, pictures

from edge_mbv2.quantize import Operator, Recipe, Tensor, load, quantize
from edge_mbv2.quantize.float16 import fold_float16


def halved() -> bytes:
    """A convolution whose filter and bias are float16 behind DEQUANTIZE."""
    net = Net()
    output = net.conv(net.image, 4, 3, name="y")
    conv = net.graph.operators[0]
    for i in (1, 2):
        tensor = conv.inputs[i]
        half = Tensor(f"{tensor.name}_half", tensor.shape, np.dtype("f2"), tensor.data.astype("f2"))
        conv.inputs[i] = Tensor(tensor.name, tensor.shape, F4)
        net.graph.operators.insert(0, Operator("DEQUANTIZE", [half], [conv.inputs[i]]))
    return net.finish(output)


def test_folding_changes_no_value() -> None:
    graph = load(halved())
    halves = [op.inputs[0].data for op in graph.operators[:2]]
    fold_float16(graph)

    (conv,) = graph.operators
    assert [tensor.dtype for tensor in conv.inputs[1:]] == [F4, F4]
    assert (conv.inputs[1].data == halves[1]).all()
    assert (conv.inputs[2].data == halves[0]).all()


def test_other_operators_stay() -> None:
    net = Net()
    activation = Operator("DEQUANTIZE", [Tensor("half", (1, 2), np.dtype("f2"))], [Tensor("y", (1, 2), F4)])
    net.graph.operators.append(activation)
    fold_float16(net.graph)
    assert net.graph.operators == [activation]


def test_a_model_of_halves_is_quantized() -> None:
    data = halved()
    model = quantize(data, pictures(), Recipe(range_margin=1.5))
    scale = load(model.data).outputs[0].quantization.scale.item()
    for picture in pictures(seed=1):
        error = Runner(model.data).run(picture)["y"] - Runner(data).run(picture)["y"]
        assert np.abs(error).max() < 2 * scale
