"""LiteRT as the judge: runs a model, every operator's output exposed."""

from __future__ import annotations

import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType

from edge_mbv2.engine.ir import Graph


def op_outputs(graph: Graph) -> list[int]:
    """Return every operator's outputs."""
    return [tensor for op in graph.ops for tensor in op.outputs]


def run(
    data: bytes, inputs: list[np.ndarray], resolver: OpResolverType = OpResolverType.AUTO
) -> list[np.ndarray]:
    """Return LiteRT's outputs, one thread."""
    interpreter = Interpreter(model_content=data, experimental_op_resolver_type=resolver, num_threads=1)
    interpreter.allocate_tensors()
    for detail, value in zip(interpreter.get_input_details(), inputs, strict=True):
        interpreter.set_tensor(detail["index"], value)
    interpreter.invoke()
    return [interpreter.get_tensor(detail["index"]) for detail in interpreter.get_output_details()]
