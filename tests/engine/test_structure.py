"""The engine's inner floors and tables, read from the source."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from edge_mbv2.engine import ir, reference
from edge_mbv2.engine.ir import ops
from edge_mbv2.engine.kernels import KERNELS

ROOT = Path(ir.__file__).parent.parent
MAY_OPEN = {
    "ir": set(),
    "tflite": {"ir"},
    "passes": {"ir"},
    "kernels": {"ir"},
    "reference": {"ir"},
    "plan": {"ir", "kernels"},
}


def opened(path: Path) -> set[str]:
    """Return the engine's packages that a file imports."""
    modules = [n.module or "" for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.ImportFrom)]
    parts = [module.split(".") for module in modules if module.startswith("edge_mbv2.engine")]
    return {part[2] if len(part) > 2 else "ir" for part in parts}


@pytest.mark.parametrize("package", MAY_OPEN)
def test_engine_packages_only_open_those_below(package: str) -> None:
    for path in (ROOT / package).glob("*.py"):
        assert opened(path) - {package} <= MAY_OPEN[package], path


def test_every_operator_has_a_kernel_and_a_reference() -> None:
    every = {kind for kind in vars(ops).values() if isinstance(kind, type) and issubclass(kind, ops.Op)}
    every -= {ops.Op, ops.FusedOp}
    assert set(KERNELS) == every
    fused = {kind for kind in every if issubclass(kind, ops.FusedOp)}
    assert every - set(reference.OPERATORS) == {*fused, ir.DetectionPostProcess}
