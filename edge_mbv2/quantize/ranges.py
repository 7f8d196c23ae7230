"""Chooses the scale and zero point of every activation."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from edge_mbv2.errors import ModelFormatError
from edge_mbv2.quantize.calibration import Statistics
from edge_mbv2.quantize.graph import Graph, Operator, Tensor
from edge_mbv2.quantize.operators import RULES, Scales
from edge_mbv2.quantize.recipe import Recipe
from edge_mbv2.tensor import QuantParams

_INT8_MIN = -128
_STEPS = 255
_RELU6 = 3  # the schema's ActivationFunctionType


def activation_params(graph: Graph, statistics: Statistics, recipe: Recipe) -> dict[Tensor, QuantParams]:
    """Return the int8 quantization of the input and of every activation.

    A tensor's range is the mean over the pictures of its smallest and largest values, widened by
    the recipe's margin and to hold 0: the extremes of all pictures would spend the 256 steps on a
    few outliers. Tensors that share a scale get the range that holds all of theirs.

    Raises:
        ModelFormatError: the recipe fixes the range of an output that the model does not have, tensors
            that must share a scale are fixed to different ones, or one of them does not fit into the
            range of probabilities.
    """
    by_kernels, by_recipe = _fixed_by_kernels(graph, recipe), _fixed_outputs(graph, recipe.output_ranges)
    producers = graph.producers()
    params: dict[Tensor, QuantParams] = {}
    for group in _groups(graph):
        low = min(statistics.tensors[tensor].low for tensor in group)
        high = max(statistics.tensors[tensor].high for tensor in group)
        demand = _demand(group, by_kernels, by_recipe)
        if demand is None:
            ceiling = max(_ceiling(producers.get(tensor)) for tensor in group)
            demand = _from_range(recipe.range_margin * low, min(recipe.range_margin * high, ceiling))
        elif not by_kernels.keys().isdisjoint(group):
            _check_fits(group, low, high, demand)
        params |= dict.fromkeys(group, demand)
    return params


def input_params(recipe: Recipe) -> QuantParams:
    """Return the uint8 quantization of pixels: the zero point is `Recipe.pixel_mean`, rounded."""
    return _params(1 / recipe.pixel_scale, math.ceil(recipe.pixel_mean - 0.5))


def _fixed_by_kernels(graph: Graph, recipe: Recipe) -> dict[Tensor, QuantParams]:
    pixels = input_params(recipe)
    fixed = {graph.inputs[0]: _params(float(pixels.scale[0]), int(pixels.zero_point[0]) + _INT8_MIN)}
    for op in graph.operators:
        if RULES[op.kind].scales is Scales.UNIT:
            fixed |= dict.fromkeys(op.outputs, _params(1 / 256, _INT8_MIN))
    return fixed


def _fixed_outputs(graph: Graph, ranges: Mapping[str, tuple[float, float]]) -> dict[Tensor, QuantParams]:
    outputs = {tensor.name: tensor for tensor in graph.outputs}
    unknown = sorted(set(ranges) - set(outputs))
    if unknown:
        raise ModelFormatError(
            f"the model has no output {', '.join(unknown)}; its outputs are {', '.join(outputs)}"
        )
    return {outputs[name]: _from_range(low, high) for name, (low, high) in ranges.items()}


def _demand(group: list[Tensor], *fixed: Mapping[Tensor, QuantParams]) -> QuantParams | None:
    """Return the quantization that some of ``group`` are fixed to, None if none is."""
    demands = [(tensor, params[tensor]) for params in fixed for tensor in group if tensor in params]
    if len({(params.scale.item(), params.zero_point.item()) for _, params in demands}) > 1:
        ranges = " and ".join(f"{tensor.name!r} to {_range_text(params)}" for tensor, params in demands)
        raise ModelFormatError(f"tensors that must share one scale are fixed to different ones: {ranges}")
    return demands[0][1] if demands else None


def _check_fits(group: list[Tensor], low: float, high: float, params: QuantParams) -> None:
    """Refuse values that would be cut off without anybody having asked for it."""
    lowest, highest = _range(params)
    step = params.scale.item()
    if low < lowest - step or high > highest + step:
        names = ", ".join(repr(tensor.name) for tensor in group)
        raise ModelFormatError(
            f"{names} must share one scale, which holds {_range_text(params)}, but reach from {low:g} to "
            f"{high:g}; make probabilities and other values separate outputs of the float model"
        )


def _range(params: QuantParams) -> tuple[float, float]:
    steps = _INT8_MIN - params.zero_point.item()
    return params.scale.item() * steps, params.scale.item() * (steps + _STEPS)


def _range_text(params: QuantParams) -> str:
    return "{:.3g} to {:.3g}".format(*_range(params))


def _ceiling(producer: Operator | None) -> float:
    """Return the largest value that an operator's fused activation lets through."""
    fused = getattr(producer.options, "fusedActivationFunction", None) if producer else None
    return 6.0 if fused == _RELU6 else math.inf


def _groups(graph: Graph) -> list[list[Tensor]]:
    """Partition the activations into sets that must share a scale."""
    group_of: dict[Tensor, list[Tensor]] = {t: [t] for t in (graph.inputs[0], *graph.activations())}
    for op in graph.operators:
        if RULES[op.kind].scales is not Scales.SHARED:
            continue
        merged: list[Tensor] = []
        for tensor in (*op.inputs, *op.outputs):
            if tensor in group_of and group_of[tensor] is not merged:
                addition = group_of[tensor]
                merged.extend(addition)
                group_of |= dict.fromkeys(addition, merged)
    return list({id(group): group for group in group_of.values()}.values())


def _from_range(low: float, high: float) -> QuantParams:
    low, high = min(low, 0.0), max(high, 0.0)
    scale = (high - low) / _STEPS or 1.0  # a tensor that is always 0 may have any scale
    return _params(scale, int(np.clip(round(_INT8_MIN - low / scale), _INT8_MIN, _INT8_MIN + _STEPS)))


def _params(scale: float, zero_point: int) -> QuantParams:
    return QuantParams(np.array([scale], np.float32), np.array([zero_point], np.int32))
