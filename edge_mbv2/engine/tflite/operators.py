"""One function per TFLite operator: its tensors and options become the engine's record of it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from edge_mbv2.engine import ir
from edge_mbv2.engine.tflite.flexbuffer import read_map
from edge_mbv2.engine.tflite.node import Node
from edge_mbv2.engine.tflite.weighted import conv_2d, depthwise_conv_2d, fully_connected
from edge_mbv2.errors import ModelFormatError

_MOST_PIXELS = 65_535
"""In a row or column of a picture that is believed: tables are made of each."""


def _add(node: Node) -> ir.Op:
    a, b = node.input(0), node.input(1)
    node.require_activations(a, b, node.output)
    try:
        node.shape_output(np.broadcast_shapes(a.shape, b.shape))
    except ValueError as exc:
        raise ModelFormatError(f"ADD (makes {node.label}) can't join shapes {a.shape} and {b.shape}") from exc
    return ir.Add(node.inputs[:2], node.outputs, node.activation(0))


def _average_pool_2d(node: Node) -> ir.Op:
    x = node.input(0)
    node.require_rank(x, 4)
    node.require_activations(x, node.output)
    size = node.integer(4, "i"), node.integer(3, "i")
    window = node.window(size)
    node.shape_output((x.shape[0], *node.slide(window, size), x.shape[3]))
    if x.is_quantized and (x.scale, x.zero_point) != (node.output.scale, node.output.zero_point):
        raise node.unsupported("an output of another scale than the input's")
    return ir.AveragePool2D(node.inputs[:1], node.outputs, size, window, node.activation(5))


def _mean(node: Node) -> ir.Op:
    x = node.input(0)
    node.require_activations(x, node.output)
    axes = tuple(sorted({_axis(node, int(a), len(x.shape)) for a in node.constant(1).ravel()}))
    keep = node.boolean(0)
    kept = ((1 if axis in axes else n) for axis, n in enumerate(x.shape) if keep or axis not in axes)
    node.shape_output(tuple(kept))
    return ir.Mean(node.inputs[:1], node.outputs, axes)


def _reshape(node: Node) -> ir.Op:
    x = node.input(0)
    if len(node.inputs) > 1 and node.inputs[1] >= 0:
        wanted = [int(n) for n in node.constant(1).ravel()]
    elif node.options is not None:
        wanted = [int(n) for n in node.options.vector(0, "i4")]
    else:
        wanted = list(node.output.shape)
    known = int(np.prod([n for n in wanted if n != -1], dtype=np.float64))
    if wanted.count(-1) == 1 and known > 0:
        wanted[wanted.index(-1)] = x.nbytes // x.dtype.itemsize // known
    if any(n < 1 for n in wanted) or np.prod(wanted, dtype=np.float64) != np.prod(x.shape, dtype=np.float64):
        raise ModelFormatError(f"RESHAPE (makes {node.label}) can't turn {x.shape} into {tuple(wanted)}")
    return _same_bytes(node, tuple(wanted))


def _squeeze(node: Node) -> ir.Op:
    x = node.input(0)
    listed = () if node.options is None else node.options.vector(0, "i4")
    axes = {_axis(node, int(a), len(x.shape)) for a in listed}
    if any(x.shape[axis] != 1 for axis in axes):
        raise ModelFormatError(f"SQUEEZE (makes {node.label}) drops axes {sorted(axes)} of {x.shape}")
    return _same_bytes(
        node, tuple(n for axis, n in enumerate(x.shape) if (axis not in axes if axes else n != 1))
    )


def _same_bytes(node: Node, shape: tuple[int, ...]) -> ir.Op:
    x = node.input(0)
    if x.dtype != node.output.dtype:
        raise ModelFormatError(f"{node.name} (makes {node.label}) turns {x.dtype} into {node.output.dtype}")
    node.shape_output(shape)
    return ir.Reshape(node.inputs[:1], node.outputs)


def _concatenation(node: Node) -> ir.Op:
    parts = [node.input(i) for i in range(max(1, len(node.inputs)))]
    node.require_activations(*parts, node.output)
    rank = len(parts[0].shape)
    axis = _axis(node, node.integer(0, "i"), rank)
    for part in parts:
        node.require_rank(part, rank)
        if any(a != b for i, (a, b) in enumerate(zip(part.shape, parts[0].shape, strict=True)) if i != axis):
            raise ModelFormatError(
                f"CONCATENATION (makes {node.label}) of shapes that differ off axis {axis}"
            )
    shape = list(parts[0].shape)
    shape[axis] = sum(part.shape[axis] for part in parts)
    node.shape_output(tuple(shape))
    if (activation := node.activation(1)) is not ir.Activation.NONE:
        raise node.unsupported(f"activation {activation.name}")
    return ir.Concatenation(node.inputs, node.outputs, axis, activation)


def _softmax(node: Node) -> ir.Op:
    x = node.input(0)
    node.require_activations(x, node.output)
    if not x.shape:
        raise ModelFormatError(f"SOFTMAX (makes {node.label}) of a single number")
    _require_unit_output(node)
    node.shape_output(x.shape)
    return ir.Softmax(node.inputs[:1], node.outputs, node.number(0))


def _logistic(node: Node) -> ir.Op:
    node.require_activations(node.input(0), node.output)
    _require_unit_output(node)
    node.shape_output(node.input(0).shape)
    return ir.Logistic(node.inputs[:1], node.outputs)


def _require_unit_output(node: Node) -> None:
    """The specification fixes the result's scale at 1/256 with the lowest value as zero point."""
    out = node.output
    if out.is_quantized and (
        abs(float(out.scale) * 256 - 1) > 0.001 or out.zero_point != np.iinfo(out.dtype).min
    ):
        raise node.unsupported(
            f"output scale {out.scale} and zero point {out.zero_point} (not 1/256 and the lowest)"
        )


def _quantize(node: Node) -> ir.Op:
    node.require_activation(node.input(0))
    node.require_activation(node.output)
    if not node.output.is_quantized:
        raise node.unsupported(f"output type {node.output.dtype}")
    node.shape_output(node.input(0).shape)
    return ir.Quantize(node.inputs[:1], node.outputs)


def _dequantize(node: Node) -> ir.Op:
    x = node.input(0)
    per_channel_constant = x.data is not None and x.is_quantized and x.quantization is not None
    if x.dtype != np.float16 and not per_channel_constant:
        node.require_activation(x)
    if x.dtype == np.float32 or node.output.dtype != np.float32:
        raise node.unsupported(f"types {x.dtype} and {node.output.dtype}")
    node.shape_output(x.shape)
    return ir.Dequantize(node.inputs[:1], node.outputs)


def _pad(node: Node) -> ir.Op:
    x = node.input(0)
    node.require_activations(x, node.output)
    amounts = node.constant(1)
    if amounts.shape != (len(x.shape), 2) or (amounts < 0).any():
        raise ModelFormatError(f"PAD (makes {node.label}) of shape {x.shape} by {amounts.tolist()}")
    padding = tuple((int(a), int(b)) for a, b in amounts)
    node.shape_output(tuple(n + a + b for n, (a, b) in zip(x.shape, padding, strict=True)))
    return ir.Pad(node.inputs[:1], node.outputs, padding)


def _resize_bilinear(node: Node) -> ir.Op:
    x = node.input(0)
    node.require_rank(x, 4)
    node.require_activations(x, node.output)
    size = [int(n) for n in node.constant(1).ravel()]
    if len(size) != 2 or min(size) < 1 or max(size) > _MOST_PIXELS:
        raise ModelFormatError(
            f"RESIZE_BILINEAR (makes {node.label}) to {size}; expected rows and columns up to {_MOST_PIXELS}"
        )
    corners, centers = node.boolean(2), node.boolean(3)
    if corners and centers:
        raise node.unsupported("both align_corners and half_pixel_centers")
    node.shape_output((x.shape[0], size[0], size[1], x.shape[3]))
    return ir.ResizeBilinear(node.inputs[:1], node.outputs, corners, centers)


def _arg_max(node: Node) -> ir.Op:
    x = node.input(0)
    node.require_activation(x)
    if node.output.dtype not in (np.int32, np.int64):
        raise node.unsupported(f"output type {node.output.dtype}")
    axis = _axis(node, int(node.constant(1).ravel()[:1].sum()), len(x.shape))
    node.shape_output(x.shape[:axis] + x.shape[axis + 1 :])
    return ir.ArgMax(node.inputs[:1], node.outputs, axis)


def _relu(activation: ir.Activation) -> Callable[[Node], ir.Op]:
    def convert(node: Node) -> ir.Op:
        node.require_activations(node.input(0), node.output)
        node.shape_output(node.input(0).shape)
        return ir.Relu(node.inputs[:1], node.outputs, activation)

    return convert


def _detection_post_process(node: Node) -> ir.Op:
    boxes, scores, anchors = node.input(0), node.input(1), node.input(2)
    for tensor in (boxes, scores, anchors):
        node.require_activation(tensor)
    options = read_map(node.custom)
    missing = {"max_detections", "num_classes", "y_scale", "x_scale", "h_scale", "w_scale"} - options.keys()
    if missing:
        raise ModelFormatError(f"TFLite_Detection_PostProcess lacks its options {sorted(missing)}")
    count, classes = int(options["max_detections"]), int(options["num_classes"])
    per_anchor = int(options.get("max_classes_per_detection", 1))
    rows = boxes.shape[1] if len(boxes.shape) == 3 else 0
    good = boxes.shape == (1, rows, 4) and anchors.shape == (rows, 4) and len(scores.shape) == 3
    if not good or scores.shape[:2] != (1, rows) or scores.shape[2] - classes not in (0, 1):
        raise ModelFormatError(
            f"TFLite_Detection_PostProcess of shapes {boxes.shape}, {scores.shape}, {anchors.shape}"
        )
    if count < 1 or classes < 1 or per_anchor < 1 or len(node.outputs) != 4 or anchors.data is None:
        raise ModelFormatError(f"TFLite_Detection_PostProcess has options that make no sense: {options}")
    total = count * per_anchor
    for position, shape in enumerate([(1, total, 4), (1, total), (1, total), (1,)]):
        one = Node(node.name, node.inputs, node.outputs[position:], node.tensors, None, b"")
        one.shape_output(shape)
    return ir.DetectionPostProcess(
        node.inputs[:3],
        node.outputs,
        count,
        per_anchor,
        int(options.get("detections_per_class", 100)),
        classes,
        float(options.get("nms_score_threshold", 0.0)),
        float(options.get("nms_iou_threshold", 0.6)),
        (
            float(options["y_scale"]),
            float(options["x_scale"]),
            float(options["h_scale"]),
            float(options["w_scale"]),
        ),
        bool(options.get("use_regular_nms", False)),
    )


def _axis(node: Node, axis: int, rank: int) -> int:
    if not -rank <= axis < rank:
        raise ModelFormatError(f"{node.name} (makes {node.label}) names axis {axis} of {rank}")
    return axis % rank


BUILTIN: dict[str, Callable[[Node], ir.Op]] = {
    "ADD": _add,
    "ARG_MAX": _arg_max,
    "AVERAGE_POOL_2D": _average_pool_2d,
    "CONCATENATION": _concatenation,
    "CONV_2D": conv_2d,
    "DEPTHWISE_CONV_2D": depthwise_conv_2d,
    "DEQUANTIZE": _dequantize,
    "FULLY_CONNECTED": fully_connected,
    "LOGISTIC": _logistic,
    "MEAN": _mean,
    "PAD": _pad,
    "QUANTIZE": _quantize,
    "RELU": _relu(ir.Activation.RELU),
    "RELU6": _relu(ir.Activation.RELU6),
    "RELU_N1_TO_1": _relu(ir.Activation.RELU_N1_TO_1),
    "RESHAPE": _reshape,
    "RESIZE_BILINEAR": _resize_bilinear,
    "SOFTMAX": _softmax,
    "SQUEEZE": _squeeze,
}

CUSTOM: dict[str, Callable[[Node], ir.Op]] = {"TFLite_Detection_PostProcess": _detection_post_process}
