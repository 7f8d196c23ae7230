"""What looking closer must find, with the shipped model on pictures and a clip that people labelled."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from edge_mbv2.app.attention import tiling

SCRIPT = Path(__file__).resolve().parents[2] / "benchmarks" / "attention.py"


@pytest.fixture(scope="module")
def bench() -> ModuleType:
    spec = importlib.util.spec_from_file_location("benchmarks_attention", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def sight(bench: ModuleType) -> Any:
    return bench.sight(threads=2)


def test_tiles_find_smaller_people_and_raise_no_more_false_alarms(
    bench: ModuleType, sight: Any, shared: Path
) -> None:
    whole = bench.measure_tiling(tiling("none"), sight, shared / "labelled")
    auto = bench.measure_tiling(tiling("auto"), sight, shared / "labelled")
    assert whole.every.ap == pytest.approx(0.19, abs=0.02)
    assert auto.every.ap >= 0.42
    assert auto.every.ap50 >= 0.84
    assert auto.counted.ap >= 0.40
    assert auto.false_alarms <= whole.false_alarms
    assert auto.most <= 5


def test_regions_find_smaller_people_on_the_demo_clip(bench: ModuleType, sight: Any, shared: Path) -> None:
    frames = bench.demo_frames(176)  # after these, nobody is under 80 px
    folder = shared / "demo"
    off = bench.measure_recall(bench.demo_attention(regions=False), sight, frames[::4], folder)
    on = bench.measure_recall(bench.demo_attention(regions=True), sight, frames, folder)
    without = bench.measure_recall(
        bench.demo_attention(regions=False), sight, [*frames[15:28], *frames[58:63], *frames[168:174]], folder
    )
    assert on.small[1] == 24
    assert on.small[0] >= 1.25 * without.small[0]
    assert on.small[0] >= 6
    assert on.all[0] / on.all[1] >= off.all[0] / off.all[1] + 0.15
    assert on.inferences <= 2.5
