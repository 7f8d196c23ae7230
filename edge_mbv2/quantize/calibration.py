"""Runs the float model over pictures and keeps what quantization needs to know of each tensor."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from edge_mbv2.errors import InputError, ModelFormatError
from edge_mbv2.quantize.float_runner import FloatRunner
from edge_mbv2.quantize.graph import Graph, Tensor
from edge_mbv2.quantize.operators import RULES, Scales
from edge_mbv2.quantize.recipe import Recipe
from edge_mbv2.quantize.writer import dump


@dataclass(slots=True, eq=False)
class TensorStatistics:
    """One tensor over the pictures.

    Attributes:
        low: the mean over the pictures of a picture's smallest value.
        high: the same of its largest.
        mean: the mean over the pictures, of the tensor's shape, float64; None unless a filter reads it.
    """

    low: float = 0.0
    high: float = 0.0
    mean: np.ndarray | None = None


@dataclass(slots=True, eq=False)
class Statistics:
    """What `calibrate` found.

    Attributes:
        pictures: how many there were.
        tensors: the input and every activation.
    """

    pictures: int
    tensors: dict[Tensor, TensorStatistics]


def calibrate(graph: Graph, pictures: Iterable[np.ndarray], recipe: Recipe) -> Statistics:
    """Run ``graph`` over ``pictures``, one at a time; only sums stay in memory.

    Args:
        graph: float32, checked by `check_supported`.
        pictures: (height, width, channels) uint8 of the model's input size and channel order.
        recipe: how pixels become the model's input.

    Raises:
        InputError: there is no picture, or one has the wrong shape or type.
        ModelFormatError: LiteRT can't run the model, disagrees with the file about the shape of an
            activation, or finds one that is not finite.
    """
    watched = [graph.inputs[0], *graph.activations()]
    runner = FloatRunner(dump(Graph(graph.inputs, graph.activations(), graph.operators)))
    filtered = {op.inputs[0] for op in graph.operators if RULES[op.kind].scales is Scales.WEIGHTED}
    sums = {tensor: TensorStatistics() for tensor in watched}
    count = 0
    for picture in pictures:
        tensor = _input_tensor(picture, count, graph.inputs[0], recipe)
        for watch, value in zip(watched, [tensor, *runner.run(tensor)], strict=True):
            _check(watch, value, count)
            entry = sums[watch]
            entry.low += float(value.min())
            entry.high += float(value.max())
            if watch in filtered:
                entry.mean = value + (np.zeros(value.shape) if entry.mean is None else entry.mean)
        count += 1
    if count == 0:
        raise InputError(
            "no calibration pictures were given; the ranges of the activations come from them: "
            "give 60-90 varied ones"
        )
    for entry in sums.values():
        entry.low /= count
        entry.high /= count
        if entry.mean is not None:
            entry.mean /= count
    return Statistics(count, sums)


def _check(tensor: Tensor, value: np.ndarray, position: int) -> None:
    if value.shape != tensor.shape:
        raise ModelFormatError(
            f"the .tflite model is damaged: it says that {tensor.name!r} has shape {list(tensor.shape)}, "
            f"but LiteRT computes {list(value.shape)}; build it again"
        )
    if not np.isfinite(value).all():
        raise ModelFormatError(
            f"{tensor.name!r} is not finite for calibration picture {position}; expected numbers: "
            "look for broken weights in the float model"
        )


def _input_tensor(picture: np.ndarray, position: int, tensor: Tensor, recipe: Recipe) -> np.ndarray:
    expected = tensor.shape[1:]
    if picture.shape != expected or picture.dtype != np.uint8:
        raise InputError(
            f"calibration picture {position} is {picture.dtype} of shape {list(picture.shape)}; "
            f"the model takes uint8 of shape {list(expected)}: resize it first"
        )
    pixels = picture[np.newaxis].astype(np.float32)
    return (pixels - np.float32(recipe.pixel_mean)) / np.float32(recipe.pixel_scale)
