"""One kernel an operator; `KERNELS` is the table."""

from __future__ import annotations

from edge_mbv2.engine import ir
from edge_mbv2.engine.kernels.add import AddKernel
from edge_mbv2.engine.kernels.arg_max import ArgMaxKernel
from edge_mbv2.engine.kernels.average_pool_2d import AveragePool2DKernel
from edge_mbv2.engine.kernels.base import Kernel, Options, Prepare, Share, Step
from edge_mbv2.engine.kernels.channel_shares import share_channels
from edge_mbv2.engine.kernels.concatenation import ConcatenationKernel
from edge_mbv2.engine.kernels.conv_2d import Conv2DKernel
from edge_mbv2.engine.kernels.depthwise_conv_2d import DepthwiseConv2DKernel
from edge_mbv2.engine.kernels.dequantize import DequantizeKernel
from edge_mbv2.engine.kernels.detection_post_process import DetectionPostProcessKernel
from edge_mbv2.engine.kernels.fully_connected import FullyConnectedKernel
from edge_mbv2.engine.kernels.inverted_residual import InvertedResidualKernel
from edge_mbv2.engine.kernels.logistic import LogisticKernel
from edge_mbv2.engine.kernels.mean import MeanKernel
from edge_mbv2.engine.kernels.pad import PadKernel
from edge_mbv2.engine.kernels.quantize import QuantizeKernel
from edge_mbv2.engine.kernels.relu import ReluKernel
from edge_mbv2.engine.kernels.reshape import ReshapeKernel
from edge_mbv2.engine.kernels.resize_bilinear import resize_bilinear
from edge_mbv2.engine.kernels.resized_arg_max import ResizedArgMaxKernel
from edge_mbv2.engine.kernels.softmax import SoftmaxKernel

KERNELS: dict[type[ir.Op], Prepare] = {
    ir.Add: AddKernel,
    ir.ArgMax: ArgMaxKernel,
    ir.AveragePool2D: AveragePool2DKernel,
    ir.Concatenation: ConcatenationKernel,
    ir.Conv2D: Conv2DKernel,
    ir.DepthwiseConv2D: DepthwiseConv2DKernel,
    ir.Dequantize: DequantizeKernel,
    ir.DetectionPostProcess: DetectionPostProcessKernel,
    ir.FullyConnected: FullyConnectedKernel,
    ir.InvertedResidual: InvertedResidualKernel,
    ir.Logistic: LogisticKernel,
    ir.Mean: MeanKernel,
    ir.Pad: PadKernel,
    ir.Quantize: QuantizeKernel,
    ir.Relu: ReluKernel,
    ir.Reshape: ReshapeKernel,
    ir.ResizeBilinear: resize_bilinear,
    ir.ResizedArgMax: ResizedArgMaxKernel,
    ir.Softmax: SoftmaxKernel,
}

__all__ = ["KERNELS", "Kernel", "Options", "Share", "Step", "share_channels"]
