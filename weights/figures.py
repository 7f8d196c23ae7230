"""Records what `edge-mbv2 selftest` expects of the shipped models, beside the labelled set.

Run ``make figures`` after the models or the pictures have changed; on one machine it gives the same bytes
each time. The tolerance is measured too: it makes room for JPEG decoders and resizers of other versions and
processors, whose results differ by a level here and there.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import cv2
import numpy as np

from edge_mbv2 import inference, models
from edge_mbv2.cameras.picture import load_picture
from edge_mbv2.imaging.resize import stretch
from edge_mbv2.measure import accuracy, expected, labelled, layers, probe
from edge_mbv2.measure.coco import Precision
from edge_mbv2.measure.expected import Expected, ExpectedModel
from edge_mbv2.measure.labelled import LabelledSet
from edge_mbv2.models import catalogue

RUNS = 20
PROBE, SIZE_PX = "street_sun_16.jpg", 300
ORIGIN = (
    f"twice the largest change over {RUNS} runs with every input value moved by -1, 0 or 1 at random; "
    "it makes room for other JPEG decoders and resizers"
)


def jitter(seed: int) -> Callable[[np.ndarray], np.ndarray]:
    """Return what moves every value of an input tensor a little."""
    rng = np.random.default_rng(seed)

    def change(tensor: np.ndarray) -> np.ndarray:
        moved = tensor.astype(np.int16) + rng.integers(-1, 2, tensor.shape, dtype=np.int16)
        return np.clip(moved, 0, 255).astype(np.uint8)

    return change


def record(name: str, pictures: LabelledSet) -> ExpectedModel:
    """Measure one shipped model."""
    loaded = models.load(name, threshold=accuracy.LOWEST_SCORE)
    backend = inference.choose("auto", loaded.path).backend
    detector = loaded.make_detector(backend.input, backend.outputs)
    found = accuracy.measure(backend, detector, pictures)
    assert found is not None, f"{name} does not know {pictures.label!r}"
    moved = [accuracy.measure(backend, detector, pictures, jitter(seed)) for seed in range(RUNS)]
    changes = [[abs(a - b) for a, b in zip(_row(run), _row(found), strict=True)] for run in moved]
    tolerance = Precision(*(round(2 * max(column), 3) for column in zip(*changes, strict=True)))
    backend.close()
    inside = layers.load(loaded.path)
    answers = layers.digests(inside, inside.on_numpy(probe.read(expected.folder(), inside.input)))
    figures = Precision(*(round(value, 6) for value in _row(found)))
    return ExpectedModel(loaded.manifest.sha256, loaded.manifest.labels, answers, figures, tolerance)


def make_probe(folder: Path) -> None:
    """Write the probe: one of the pictures at the models' size."""
    small = np.empty((SIZE_PX, SIZE_PX, 3), np.uint8)
    stretch(load_picture(folder / "images" / PROBE), out=small)
    cv2.imwrite(str(folder / probe.FILE), small)


def _row(precision: Precision | None) -> list[float]:
    assert precision is not None
    return list(asdict(precision).values())


def main() -> None:
    argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0]).parse_args()
    folder = expected.folder()
    pictures = labelled.read(folder)
    make_probe(folder)
    recorded = Expected(
        labelled.hashes(folder), {name: record(name, pictures) for name in catalogue.shipped()}, ORIGIN
    )
    recorded.save(folder)
    for name, model in recorded.models.items():
        print(f"{name}: {model.accuracy}, tolerance {model.tolerance}")


if __name__ == "__main__":
    main()
