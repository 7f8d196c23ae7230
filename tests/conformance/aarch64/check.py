"""Holds the NumPy engine against LiteRT at every operator's output, on the machine it runs on.

    PYTHONPATH=tests python tests/conformance/aarch64/check.py [--pictures 3] MODEL.tflite ...

Prints a line for each model and fails if a value differs.
"""

from __future__ import annotations

import argparse
import platform
import sys
import time
from pathlib import Path

import numpy as np
from conformance import litert
from conformance.pictures import pictures

from edge_mbv2 import engine
from edge_mbv2.engine.tflite import read_graph


def main() -> int:
    """Compare every named model; return how many differ."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("models", nargs="+", type=Path)
    parser.add_argument("--pictures", type=int, default=3)
    options = parser.parse_args()
    print(f"{platform.machine()}, Python {platform.python_version()}, NumPy {np.__version__}", flush=True)
    return sum(not equals(path, options.pictures) for path in options.models)


def equals(path: Path, count: int) -> bool:
    """Compare one model on ``count`` pictures; the fused engine's outputs too."""
    data = path.read_bytes()
    graph = read_graph(data)
    tensors = litert.op_outputs(graph)
    exposed = engine.expose(data, tensors)
    unfused, fused = engine.load(exposed, fuse=False), engine.load(data)
    start = time.monotonic()
    compared, differing, first = 0, 0, ""
    spec = unfused.inputs[0]
    for picture in pictures(spec.shape)[:count]:
        if spec.dtype == np.float32:
            picture = (picture / 127.5 - 1).astype(np.float32)
        expected = litert.run(exposed, [picture])
        got = [array.copy() for array in unfused.run(picture)]
        whole = [expected[tensors.index(i)] for i in graph.outputs]
        pairs = [*zip(expected, got, strict=True), *zip(whole, fused.run(picture), strict=True)]
        for position, (want, ours) in enumerate(pairs):
            wrong = int(np.count_nonzero(want != ours))
            compared, differing = compared + want.size, differing + wrong
            if wrong and not first:
                first = f", the first at {graph.tensors[(tensors + list(graph.outputs))[position]].name}"
    print(
        f"{path.name}: {engine.machine_contract(graph).value}, {count} pictures, {differing} of {compared} "
        f"values differ{first} ({time.monotonic() - start:.0f} s)",
        flush=True,
    )
    return differing == 0


if __name__ == "__main__":
    sys.exit(main())
