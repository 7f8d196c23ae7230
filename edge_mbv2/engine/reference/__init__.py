"""The slow, true twin of the engine: plain int64 NumPy, one obvious expression an operator.

It shares no code with the kernels, is never optimised, and judges them.
"""

from edge_mbv2.engine.reference.run import OPERATORS, run

__all__ = ["OPERATORS", "run"]
