"""The installed wheel does its work in a folder that knows nothing of the checkout."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import cv2
import pytest

from edge_mbv2 import __version__, resources

Run = Callable[..., CompletedProcess[str]]

HEAVY = {"numpy", "cv2", "aiohttp", "pydantic", "yaml", "ai_edge_litert", "tflite_runtime", "flatbuffers"}

LOADED_BY_HELP = """
import sys
from edge_mbv2.cli import main
sys.argv = ["edge-mbv2", *sys.argv[1:], "--help"]
try:
    main()
finally:
    print("loaded:", *sys.modules)
"""


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One picture of the demo clip, with people in it."""
    clip = cv2.VideoCapture(str(resources.path("demo/demo.mp4")))
    clip.set(cv2.CAP_PROP_POS_FRAMES, 60)
    ok, image = clip.read()
    clip.release()
    assert ok
    path = tmp_path_factory.mktemp("picture") / "street.png"
    cv2.imwrite(str(path), image)
    return path


def test_version(installed: Path, run: Run) -> None:
    result = run(installed / "bin/edge-mbv2", "--version")
    assert (result.returncode, result.stdout.strip()) == (0, f"edge-mbv2, version {__version__}")


@pytest.mark.parametrize("command", [[], ["run"], ["detect"], ["cameras"], ["selftest"]])
def test_help_loads_nothing_heavy(command: list[str], installed: Path, run: Run) -> None:
    result = run(installed / "bin/python", "-c", LOADED_BY_HELP, *command)
    assert result.returncode == 0, result.stderr
    text, _, loaded = result.stdout.rpartition("loaded:")
    assert text.startswith("Usage: edge-mbv2")
    assert "click" in loaded.split()
    assert not HEAVY & set(loaded.split())


@pytest.mark.parametrize(
    "name",
    [
        "weights/ssdlite_mobilenet_v2_person.tflite",
        "weights/ssdlite_mobilenet_v2_person.yaml",
        "weights/ssd_mobilenet_v2_oidv4.tflite",
        "weights/ssd_mobilenet_v2_oidv4.yaml",
        "demo/demo.mp4",
        "selftest/annotations.json",
        "selftest/expected.json",
        "selftest/images/street_day_00.jpg",
        "systemd/edge-mbv2.service",
    ],
)
def test_resources_are_those_of_the_installation(name: str, installed: Path, run: Run) -> None:
    code = "import sys; from edge_mbv2 import resources; print(resources.path(sys.argv[1]))"
    found = Path(run(installed / "bin/python", "-c", code, name).stdout.strip())
    assert found.is_relative_to(installed)
    assert found.read_bytes() == resources.path(name).read_bytes()


def test_detects_people_in_a_picture(installed: Path, run: Run, picture: Path) -> None:
    result = run(installed / "bin/edge-mbv2", "detect", picture, "--json")
    assert result.returncode == 0, result.stderr
    (record,) = [json.loads(line) for line in result.stdout.splitlines()]
    assert record["type"] == "detections"
    assert "person" in {detection["label"] for detection in record["detections"]}
