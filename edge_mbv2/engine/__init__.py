"""The NumPy engine: int8, uint8 and float ``.tflite`` models with nothing but NumPy."""

from edge_mbv2.engine.engine import Engine, load, machine_contract, read_rewritten
from edge_mbv2.engine.ir import Contract, Graph
from edge_mbv2.engine.plan import Plan
from edge_mbv2.engine.tflite import expose

__all__ = ["Contract", "Engine", "Graph", "Plan", "expose", "load", "machine_contract", "read_rewritten"]
