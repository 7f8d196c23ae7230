"""The operators the engine knows, each as a frozen record of its attributes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import ClassVar


class Activation(Enum):
    """What is applied to an operator's result, as the real interval it is clipped to."""

    NONE = (float("-inf"), float("inf"))
    RELU = (0.0, float("inf"))
    RELU_N1_TO_1 = (-1.0, 1.0)
    RELU6 = (0.0, 6.0)


@dataclass(frozen=True, slots=True)
class Window:
    """How a filter or pool slides over NHWC rows and columns; everything in elements.

    Attributes:
        stride: (rows, columns), each at least 1.
        dilation: (rows, columns), each at least 1.
        padding: zeros added as (top, bottom, left, right).
    """

    stride: tuple[int, int] = (1, 1)
    dilation: tuple[int, int] = (1, 1)
    padding: tuple[int, int, int, int] = (0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Op:
    """Anything that makes tensors of tensors.

    Attributes:
        inputs: positions in ``Graph.tensors``; an absent optional one is left out.
        outputs: positions in ``Graph.tensors``.
    """

    name: ClassVar[str]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Conv2D(Op):
    """Inputs: NHWC, filter OHWI and perhaps bias (O)."""

    name: ClassVar[str] = "CONV_2D"
    window: Window
    activation: Activation


@dataclass(frozen=True, slots=True)
class DepthwiseConv2D(Op):
    """Inputs: NHWC, filter 1HWO (O = C * depth multiplier) and perhaps bias (O)."""

    name: ClassVar[str] = "DEPTHWISE_CONV_2D"
    window: Window
    activation: Activation


@dataclass(frozen=True, slots=True)
class FullyConnected(Op):
    """Inputs: any shape that splits into rows of I, filter (O, I) and perhaps bias (O)."""

    name: ClassVar[str] = "FULLY_CONNECTED"
    activation: Activation


@dataclass(frozen=True, slots=True)
class Add(Op):
    """Inputs: two of shapes that broadcast."""

    name: ClassVar[str] = "ADD"
    activation: Activation


@dataclass(frozen=True, slots=True)
class AveragePool2D(Op):
    """Mean over a window of ``size`` (rows, columns); padding is not counted."""

    name: ClassVar[str] = "AVERAGE_POOL_2D"
    size: tuple[int, int]
    window: Window
    activation: Activation


@dataclass(frozen=True, slots=True)
class Mean(Op):
    """Mean over ``axes`` (sorted, non-negative)."""

    name: ClassVar[str] = "MEAN"
    axes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Reshape(Op):
    """The same bytes under another shape."""

    name: ClassVar[str] = "RESHAPE"


@dataclass(frozen=True, slots=True)
class Concatenation(Op):
    """Joined along ``axis`` (non-negative)."""

    name: ClassVar[str] = "CONCATENATION"
    axis: int
    activation: Activation


@dataclass(frozen=True, slots=True)
class Softmax(Op):
    """Over the last dimension of ``beta * x``."""

    name: ClassVar[str] = "SOFTMAX"
    beta: float


@dataclass(frozen=True, slots=True)
class Logistic(Op):
    """``1 / (1 + exp(-x))``."""

    name: ClassVar[str] = "LOGISTIC"


@dataclass(frozen=True, slots=True)
class Quantize(Op):
    """Float to 8 bits, or 8 bits to 8 bits of other parameters."""

    name: ClassVar[str] = "QUANTIZE"


@dataclass(frozen=True, slots=True)
class Dequantize(Op):
    """8 bits or float16 to float32."""

    name: ClassVar[str] = "DEQUANTIZE"


@dataclass(frozen=True, slots=True)
class Pad(Op):
    """Zeros (the zero point, when quantized) around every dimension: ``(before, after)`` each."""

    name: ClassVar[str] = "PAD"
    padding: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class ResizeBilinear(Op):
    """To the rows and columns of the output's shape."""

    name: ClassVar[str] = "RESIZE_BILINEAR"
    align_corners: bool
    half_pixel_centers: bool


@dataclass(frozen=True, slots=True)
class ArgMax(Op):
    """Position of the first largest value along ``axis`` (non-negative)."""

    name: ClassVar[str] = "ARG_MAX"
    axis: int


@dataclass(frozen=True, slots=True)
class Relu(Op):
    """RELU, RELU6 or RELU_N1_TO_1 as an operator of its own."""

    name: ClassVar[str] = "RELU"
    activation: Activation


@dataclass(frozen=True, slots=True)
class DetectionPostProcess(Op):
    """Decode box encodings against anchors, then non-maximum suppression.

    Attributes:
        scales: of (y, x, h, w) encodings.
    """

    name: ClassVar[str] = "TFLite_Detection_PostProcess"
    max_detections: int
    max_classes_per_detection: int
    detections_per_class: int
    num_classes: int
    score_threshold: float
    iou_threshold: float
    scales: tuple[float, float, float, float]
    use_regular_nms: bool


@dataclass(frozen=True, slots=True)
class FusedOp(Op):
    """Operators that run together, some rows at a time, so that what lies between them never exists whole.

    ``inputs`` are the first one's input and then every constant, ``outputs`` the last one's. The operators
    keep the tensor numbers they had alone.
    """

    @property
    def stages(self) -> tuple[Op, ...]:
        """The operators, in the order in which each reads what the one before makes."""
        raise NotImplementedError

    @property
    def between(self) -> tuple[int, ...]:
        """The tensors between them, which are not stored."""
        return tuple(stage.outputs[0] for stage in self.stages[:-1])


@dataclass(frozen=True, slots=True)
class InvertedResidual(FusedOp):
    """The stages of a block.

    Attributes:
        expand: the convolution before the depthwise one, or None.
        depthwise: always there.
        project: the 1x1 convolution after it, or None.
        add: the sum of the project's result and the block's input, or None.

    Source: MobileNetV2 (arXiv:1801.04381), sections 3.3 and 5.1.
    """

    name: ClassVar[str] = "INVERTED_RESIDUAL"
    expand: Conv2D | None
    depthwise: DepthwiseConv2D
    project: Conv2D | None
    add: Add | None

    @property
    def stages(self) -> tuple[Op, ...]:
        """See `FusedOp.stages`."""
        return tuple(op for op in (self.expand, self.depthwise, self.project, self.add) if op is not None)


@dataclass(frozen=True, slots=True)
class ResizedArgMax(FusedOp):
    """The class of each pixel of a segmentation whose logits are enlarged first.

    Attributes:
        resize: of 8-bit values.
        arg_max: over their last axis.
    """

    name: ClassVar[str] = "RESIZED_ARG_MAX"
    resize: ResizeBilinear
    arg_max: ArgMax

    @property
    def stages(self) -> tuple[Op, ...]:
        """See `FusedOp.stages`."""
        return self.resize, self.arg_max
