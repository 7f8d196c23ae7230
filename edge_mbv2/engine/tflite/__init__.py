"""Reads ``.tflite`` files."""

from edge_mbv2.engine.tflite.expose import expose
from edge_mbv2.engine.tflite.importer import activation_limit_bytes, read_graph

__all__ = ["activation_limit_bytes", "expose", "read_graph"]
