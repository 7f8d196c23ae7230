"""Quantizes float MobileNetV2-family models to int8, without TensorFlow."""

from edge_mbv2.quantize.graph import Graph, Operator, Tensor
from edge_mbv2.quantize.quantizer import QuantizedModel, quantize
from edge_mbv2.quantize.reader import load
from edge_mbv2.quantize.recipe import Recipe
from edge_mbv2.quantize.writer import dump

__all__ = ["Graph", "Operator", "QuantizedModel", "Recipe", "Tensor", "dump", "load", "quantize"]
