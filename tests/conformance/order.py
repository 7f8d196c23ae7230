"""Whether sums of floats are made by kernels whose order is known: XNNPACK's and OpenBLAS's for AVX2."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from edge_mbv2.engine.blas import use_one_thread


@cache
def is_known() -> bool:
    """Tell whether floats are to be equal to the last bit."""
    features = Path("/proc/cpuinfo").read_text().split()
    return "fma" in features and "avx512f" not in features and use_one_thread()
