"""ARG_MAX in 16-bit keys: the first of the largest, whoever looks for it."""

from __future__ import annotations

import numpy as np
import pytest

from edge_mbv2.engine import ir
from edge_mbv2.engine.kernels import Options, Share
from edge_mbv2.engine.kernels.arg_max import ArgMaxKernel
from edge_mbv2.tensor import QuantParams


@pytest.mark.parametrize("dtype", ["int8", "uint8", "float32"])
@pytest.mark.parametrize("shape", [(1, 7, 9, 256), (1, 33, 140, 21), (3, 2), (2, 3, 4, 5, 300)])
def test_the_first_of_the_largest_is_found_in_parts(shape: tuple[int, ...], dtype: str) -> None:
    parameters = None if dtype == "float32" else QuantParams(np.ones(1, np.float32), np.zeros(1, np.int64), 0)
    tensor = ir.Tensor("x", shape, np.dtype(dtype), parameters, None)
    op = ir.ArgMax((0,), (1,), len(shape) - 1)
    kernel = ArgMaxKernel(op, [tensor], [], Options(ir.Contract.XNNPACK_FP32, 1))
    for most in (2, 256):
        x = np.random.default_rng(0).integers(0, most, shape).astype(np.uint8)
        x = x.astype(dtype) if dtype == "float32" else x.view(dtype)
        result = np.full(shape[:-1], -1, np.int32)
        scratches = [np.empty(kernel.scratch_bytes, np.uint8)] * (3 if kernel.splits else 1)
        for index in range(len(scratches)):
            for step in kernel.bind([x], [result], Share(scratches, index)):
                step()
        np.testing.assert_array_equal(result, np.argmax(x, axis=-1))
