"""LOGISTIC and SOFTMAX on every code that an 8-bit tensor can hold."""

from __future__ import annotations

import numpy as np
import pytest

litert = pytest.importorskip("conformance.litert", exc_type=ImportError)

from conformance.cases import limits, make  # noqa: E402
from conformance.writer import T  # noqa: E402

from edge_mbv2 import engine  # noqa: E402

SCALES = [float(scale) for scale in np.exp(np.linspace(np.log(1e-4), np.log(2), 24))]


def check(name: str, codes: np.ndarray, scale: float, zero_point: int, **options: object) -> None:
    dtype = str(codes.dtype)
    x = T(codes.shape, dtype, scale, zero_point)
    case = make(name, name, [x, T(x.shape, dtype, 1 / 256, limits(dtype)[0])], [0], **options)
    np.testing.assert_array_equal(engine.load(case.data).run(codes)[0], litert.run(case.data, [codes])[0])


@pytest.mark.parametrize("dtype", ["int8", "uint8"])
def test_logistic_of_every_code(dtype: str) -> None:
    low, high = limits(dtype)
    codes = np.arange(low, high + 1).astype(dtype)[np.newaxis]
    for number, scale in enumerate(SCALES):
        check("LOGISTIC", codes, scale, low + number * 11)


@pytest.mark.parametrize("dtype", ["int8", "uint8"])
def test_softmax_of_every_pair_of_codes(dtype: str) -> None:
    low, high = limits(dtype)
    codes = np.arange(low, high + 1).astype(dtype)
    pairs = np.stack(np.meshgrid(codes, codes, indexing="ij"), axis=-1).reshape(-1, 2)
    check("SOFTMAX", pairs, SCALES[-8], low + 7, beta=1.0)


@pytest.mark.parametrize("dtype", ["int8", "uint8"])
def test_softmax_of_long_rows(dtype: str) -> None:
    low, high = limits(dtype)
    rng = np.random.default_rng(1)
    for length in (3, 21, 91, 1001):
        rows = rng.integers(low, high + 1, (40, length)).astype(dtype)
        rows[:20] = np.clip(rng.normal((low + high) / 2, 12, (20, length)), low, high).astype(dtype)
        for scale in SCALES[-14::4]:
            check("SOFTMAX", rows, scale, high, beta=1.0 if length > 3 else 0.5)
