"""``edge-mbv2 model``: what a model file holds and costs."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from edge_mbv2.cli.output import say

if TYPE_CHECKING:
    from edge_mbv2.accounting import ArenaEntry, OpCount
    from edge_mbv2.tensor import QuantParams


@click.group()
def model() -> None:
    """Look into model files."""


@model.command()
@click.argument("name", metavar="NAME|FILE")
@click.option(
    "--stage",
    type=click.Choice(["graph", "fused", "plan"]),
    default="graph",
    show_default=True,
    help="The operators of the file, those the NumPy engine fuses them into, or its memory.",
)
@click.option("--json", "as_json", is_flag=True, help="A JSON object on standard output.")
def inspect(name: str, stage: str, as_json: bool) -> None:
    """Print a model's operators with their shapes, quantization and cost, or its arena.

    NAME is that of a shipped model; any other .tflite file may be given, without a manifest too.
    """
    import json
    from pathlib import Path

    from edge_mbv2 import accounting, engine
    from edge_mbv2.models import catalogue

    manifest = catalogue.shipped().get(name)
    path = manifest.with_suffix(".tflite") if manifest else Path(name)
    if stage == "plan":
        loaded = engine.load(path)
        entries = accounting.arena_map(loaded.plan)
        sizes = {"arena_bytes": loaded.plan.arena_bytes, "scratch_bytes": loaded.plan.scratch_bytes}
        loaded.close()
        say(
            json.dumps({**sizes, "tensors": [asdict(e) for e in entries]})
            if as_json
            else _arena(entries, sizes)
        )
        return
    ops = accounting.count_ops(engine.read_rewritten(path, fuse=stage == "fused"))
    totals = {"madds": sum(op.madds for op in ops), "parameters": sum(op.parameters for op in ops)}
    say(json.dumps({**totals, "operators": [_plain(op) for op in ops]}) if as_json else _table(ops, totals))


def _plain(op: OpCount) -> dict[str, Any]:
    """Return an operator as JSON has it."""
    output = op.output
    return {
        "name": op.name,
        "output": output.name,
        "shape": list(output.shape),
        "dtype": str(output.dtype),
        "quantization": _quantization(output.quantization),
        "madds": op.madds,
        "parameters": op.parameters,
    }


def _quantization(params: QuantParams | None) -> dict[str, Any] | None:
    if params is None:
        return None
    return {"scale": params.scale.tolist(), "zero_point": params.zero_point.tolist(), "axis": params.axis}


def _table(ops: list[OpCount], totals: dict[str, int]) -> str:
    lines = [
        f"{'operator':<24}{'output':<20}{'type':<9}{'scale':>12}{'zero':>6}{'MAdds':>14}{'parameters':>12}"
    ]
    for op in ops:
        params = op.output.quantization
        scale, zero = (f"{params.scale[0]:.6g}", params.zero_point[0]) if params is not None else ("", "")
        shape = "x".join(map(str, op.output.shape))
        lines.append(
            f"{op.name:<24}{shape:<20}{op.output.dtype!s:<9}{scale:>12}{zero:>6}{op.madds:>14,}{op.parameters:>12,}"
        )
    lines.append(f"{len(ops)} operators{'':<60}{totals['madds']:>14,}{totals['parameters']:>12,}")
    return "\n".join(lines)


def _arena(entries: list[ArenaEntry], sizes: dict[str, int]) -> str:
    lines = [f"{'from':>10}{'bytes':>11}{'made':>6}{'read':>6}  tensor"]
    lines += [f"{e.offset_bytes:>10}{e.size_bytes:>11}{e.first:>6}{e.last:>6}  {e.name}" for e in entries]
    lines.append(f"arena {sizes['arena_bytes']:,} bytes, scratch {sizes['scratch_bytes']:,} bytes")
    return "\n".join(lines)
