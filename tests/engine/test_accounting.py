"""The counts of a real file against the paper's."""

from __future__ import annotations

from pathlib import Path

from edge_mbv2 import accounting, engine


def test_the_classifier_costs_what_the_paper_says(shared: Path) -> None:
    data = (shared / "models" / "mobilenet_v2_1.0_224_quant.tflite").read_bytes()
    plain = accounting.count_ops(engine.read_rewritten(data, fuse=False))
    fused = accounting.count_ops(engine.read_rewritten(data))
    madds = sum(row.madds for row in plain)
    parameters = sum(row.parameters for row in plain)
    assert round(madds / 1e6) == 301
    assert 3.3e6 < parameters < 3.6e6
    assert sum(row.madds for row in fused) == madds
    assert sum(row.parameters for row in fused) == parameters
    assert len(fused) < len(plain)
    assert fused[0].name == "INVERTED_RESIDUAL"
    assert fused[0].output.shape == (1, 112, 112, 16)


def test_tensors_that_live_together_never_overlap(shared: Path) -> None:
    plan = engine.load(shared / "models" / "person_int8.tflite").plan
    entries = accounting.arena_map(plan)
    assert max(entry.offset_bytes + entry.size_bytes for entry in entries) <= plan.arena_bytes
    for a in entries:
        for b in entries:
            if a is not b and a.first <= b.last and b.first <= a.last:
                apart = (
                    a.offset_bytes + a.size_bytes <= b.offset_bytes
                    or b.offset_bytes + b.size_bytes <= a.offset_bytes
                )
                assert apart, (a, b)
