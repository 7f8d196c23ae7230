"""``edge-mbv2 model inspect``: what a file holds, in numbers that are known."""

import json
from pathlib import Path

import pytest
import yaml
from fakes.command import edge

from edge_mbv2 import resources

PERSON = "ssdlite_mobilenet_v2_person"


def test_the_counts_are_those_of_the_manifest() -> None:
    measured = yaml.safe_load(resources.path(f"weights/{PERSON}.yaml").read_text())["measured"]
    told = json.loads(edge("model", "inspect", PERSON, "--json").stdout)
    assert (told["madds"], told["parameters"]) == (measured["madds"], measured["parameters"])
    assert [op["name"] for op in told["operators"][:3]] == ["QUANTIZE", "CONV_2D", "DEPTHWISE_CONV_2D"]


def test_fusing_changes_no_count() -> None:
    graph, fused = (
        json.loads(edge("model", "inspect", PERSON, "--json", "--stage", stage).stdout)
        for stage in ("graph", "fused")
    )
    assert fused["madds"] == graph["madds"]
    assert fused["parameters"] == graph["parameters"]
    assert sum(op["name"] == "INVERTED_RESIDUAL" for op in fused["operators"]) >= 16


def test_the_classifier_costs_what_the_paper_says(shared: Path) -> None:
    """Table 4: 300 M multiply-adds, 3.4 M parameters."""
    done = edge("model", "inspect", shared / "models" / "mobilenet_v2_1.0_224_quant.tflite", "--json")
    told = json.loads(done.stdout)
    assert told["madds"] == pytest.approx(300e6, rel=0.01)
    assert told["parameters"] == pytest.approx(3.4e6, rel=0.03)


def test_the_arena_holds_every_tensor() -> None:
    told = json.loads(edge("model", "inspect", PERSON, "--json", "--stage", "plan").stdout)
    assert told["tensors"]
    assert max(t["offset_bytes"] + t["size_bytes"] for t in told["tensors"]) <= told["arena_bytes"]


@pytest.mark.parametrize("stage", ["graph", "fused", "plan"])
def test_in_words(stage: str) -> None:
    done = edge("model", "inspect", PERSON, "--stage", stage)
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) > 20


@pytest.mark.parametrize("stage", ["graph", "plan"])
def test_what_is_no_model(stage: str, tmp_path: Path) -> None:
    (tmp_path / "words.tflite").write_text("words")
    whole = resources.path(f"weights/{PERSON}.tflite").read_bytes()
    (tmp_path / "cut.tflite").write_bytes(whole[:5000])
    for name in ("words.tflite", "cut.tflite", "missing.tflite", "nonsense"):
        done = edge("model", "inspect", name, "--stage", stage, cwd=tmp_path)
        assert done.returncode == 5
        assert done.stderr.count(name) == 1
        assert len(done.stderr.splitlines()) == 1
