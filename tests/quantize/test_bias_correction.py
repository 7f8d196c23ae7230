"""The predicted mean is the mean that LiteRT computes."""

import numpy as np
import pytest
from fakes.float_models import SAME, VALID, Net, Runner, pictures

from edge_mbv2.quantize.bias_correction import mean_response

SHAPE = (1, 11, 14, 4)


def predicted_and_measured(net: Net, data: bytes) -> tuple[np.ndarray, np.ndarray]:
    op = net.graph.operators[0]
    runner = Runner(data)
    shown = pictures(4, net.image.shape[1:])
    mean_input = np.mean([(picture / 127.5) - 1 for picture in shown], axis=0)[np.newaxis]
    outputs = np.array([runner.run(picture)[op.outputs[0].name][0] for picture in shown])
    channels = outputs.shape[-1]
    measured = outputs.reshape(-1, channels).mean(axis=0) - op.inputs[2].data
    return mean_response(op, op.inputs[1].data.astype(np.float64), mean_input), measured


@pytest.mark.parametrize("padding", [SAME, VALID])
@pytest.mark.parametrize(
    ("kernel", "stride", "dilation"), [(1, 1, 1), (3, 1, 1), (3, 2, 1), (5, 3, 1), (3, 1, 2)]
)
@pytest.mark.parametrize(("depthwise", "channels"), [(False, 6), (True, 4), (True, 8)])
def test_a_convolution(
    padding: int, kernel: int, stride: int, dilation: int, depthwise: bool, channels: int
) -> None:
    net = Net(SHAPE)
    output = net.conv(
        net.image, channels, kernel,
        stride=stride, dilation=dilation, padding=padding, depthwise=depthwise,
    )  # fmt: skip
    predicted, measured = predicted_and_measured(net, net.finish(output))
    assert predicted == pytest.approx(measured, abs=1e-5)


def test_a_fully_connected_layer() -> None:
    net = Net((1, 1, 1, 9))
    predicted, measured = predicted_and_measured(net, net.finish(net.dense(net.image, 5)))
    assert predicted == pytest.approx(measured, abs=1e-5)


def test_a_fully_connected_layer_of_several_vectors() -> None:
    net = Net((1, 2, 3, 4))
    net.dense(net.image, 5)
    op = net.graph.operators[0]
    vectors = np.random.default_rng(0).normal(size=(1, 2, 3, 4))
    filter_ = op.inputs[1].data.astype(np.float64)
    expected = (vectors.reshape(6, 4) @ filter_.T).mean(axis=0)
    assert mean_response(op, filter_, vectors) == pytest.approx(expected)
