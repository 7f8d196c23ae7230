"""Float ``.tflite`` model in, fully int8 ``.tflite`` model out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from edge_mbv2.quantize.bias_correction import mean_response
from edge_mbv2.quantize.calibration import Statistics, calibrate
from edge_mbv2.quantize.float16 import fold_float16
from edge_mbv2.quantize.graph import Graph, Operator, Tensor
from edge_mbv2.quantize.operators import RULES, Scales, check_supported
from edge_mbv2.quantize.ranges import activation_params, input_params
from edge_mbv2.quantize.reader import load
from edge_mbv2.quantize.recipe import Recipe
from edge_mbv2.quantize.weights import broadcast_scale, quantize_bias, quantize_filter
from edge_mbv2.quantize.writer import dump


@dataclass(frozen=True, slots=True)
class QuantizedModel:
    """What `quantize` made.

    Attributes:
        data: the ``.tflite`` file.
        pictures: how many pictures the ranges come from.
        raised_channels: how many channels needed a larger filter scale for their bias to fit int32.
    """

    data: bytes
    pictures: int
    raised_channels: int


def quantize(model: bytes, pictures: Iterable[np.ndarray], recipe: Recipe) -> QuantizedModel:
    """Quantize a float model of the MobileNetV2 family.

    The result takes uint8 pixels, has int8 activations, int8 filters with a scale per output channel
    and int32 biases, and returns int8. The same arguments give the same bytes on the same machine.

    Args:
        model: a ``.tflite`` file with float32 or float16 weights and batch normalization folded.
        pictures: for calibration, (height, width, channels) uint8 of the model's input size and
            channel order; 60-90 varied ones do. Read once, one at a time.
        recipe: what is known about the model's input and outputs.

    Raises:
        ModelFormatError: the file is not a model, is damaged, holds operators that can't be quantized,
            computes values that are not finite, or does not have an output that the recipe names.
        InputError: there is no picture, or one does not fit the model.
        EngineError: the ``[quantize]`` extra is not installed.
    """
    graph = load(model)
    fold_float16(graph)
    check_supported(graph)
    statistics = calibrate(graph, pictures, recipe)
    rewriter = _Rewriter(graph, statistics, recipe)
    quantized = rewriter.graph()
    return QuantizedModel(dump(quantized, recipe.description), statistics.pictures, rewriter.raised_channels)


class _Rewriter:
    """Makes the int8 twin of a float graph, operator by operator."""

    def __init__(self, graph: Graph, statistics: Statistics, recipe: Recipe) -> None:
        self._source = graph
        self._statistics = statistics
        self._params = activation_params(graph, statistics, recipe)
        self._pixels = input_params(recipe)
        # The pixels' zero point being a whole number, the int8 model sees them this much brighter.
        self._brighter = (recipe.pixel_mean - float(self._pixels.zero_point[0])) / recipe.pixel_scale
        self._twins: dict[Tensor, Tensor] = {}
        self.raised_channels = 0

    def graph(self) -> Graph:
        source = self._source.inputs[0]
        pixels = Tensor(source.name, source.shape, np.dtype(np.uint8), quantization=self._pixels)
        twin = self._twin(source)
        twin.name = f"{source.name}_int8"
        operators = [Operator("QUANTIZE", [pixels], [twin])]
        operators += [self._operator(op) for op in self._source.operators]
        return Graph([pixels], [self._twin(tensor) for tensor in self._source.outputs], operators)

    def _operator(self, op: Operator) -> Operator:
        rule = RULES[op.kind]
        operands = op.inputs[:1] if rule.scales is Scales.WEIGHTED else op.inputs
        inputs = [None if tensor is None else self._twin(tensor) for tensor in operands]
        if rule.scales is Scales.WEIGHTED:
            inputs += self._weights(op, rule.filter_axis)
        outputs = [self._twin(tensor) for tensor in op.outputs]
        return Operator(op.kind, inputs, outputs, op.options, max(op.version, rule.version))

    def _twin(self, tensor: Tensor) -> Tensor:
        """The int8 counterpart of an activation; constants (shapes, paddings) are their own."""
        if tensor.is_constant:
            return tensor
        if tensor not in self._twins:
            params = self._params[tensor]
            self._twins[tensor] = Tensor(tensor.name, tensor.shape, np.dtype(np.int8), quantization=params)
        return self._twins[tensor]

    def _weights(self, op: Operator, axis: int | None) -> list[Tensor | None]:
        read, filter_, bias = (*op.inputs, None)[:3]
        assert read is not None
        assert filter_ is not None
        assert filter_.data is not None
        channels = op.outputs[0].shape[-1]
        offsets = np.zeros(channels) if bias is None or bias.data is None else bias.data.astype(np.float64)
        input_scale = float(self._params[read].scale[0])
        steps, params, raised = quantize_filter(filter_.data, axis, offsets, input_scale)
        self.raised_channels += raised
        rounded = steps * broadcast_scale(params, steps.ndim)
        mean = self._statistics.tensors[read].mean
        assert mean is not None
        of_pixels = self._params[read] is self._params[self._source.inputs[0]]
        seen = mean + self._brighter if of_pixels else mean
        shift = mean_response(op, rounded, seen)
        shift -= mean_response(op, filter_.data.astype(np.float64), mean)
        whole, bias_params = quantize_bias(offsets - shift, input_scale, params)
        bias_name = f"{op.outputs[0].name}_bias" if bias is None else bias.name
        return [
            Tensor(filter_.name, filter_.shape, np.dtype(np.int8), steps, params),
            Tensor(bias_name, (channels,), np.dtype(np.int32), whole, bias_params),
        ]
