"""Raw outputs of the float model decode to what the original frozen graph itself detects."""

from pathlib import Path

import numpy as np
import pytest

from edge_mbv2 import models
from edge_mbv2.imaging.resize import stretch
from edge_mbv2.models.ssdlite.detector import SsdliteDetector
from edge_mbv2.models.ssdlite.manifest import SsdliteManifest
from edge_mbv2.tensor import TensorSpec

ANCHORS, LOWEST_SCORE = 1917, 0.05
FLOAT32 = np.dtype(np.float32)


@pytest.fixture(scope="module")
def golden() -> dict[str, np.ndarray]:
    """The graph's boxes and scores of a few frames, and the raw outputs of the anchors that matter."""
    with np.load(Path(__file__).parents[2] / "golden" / "person_frozen_graph.npz") as file:
        return dict(file)


@pytest.fixture(scope="module")
def manifest() -> SsdliteManifest:
    manifest = models.load("ssdlite_mobilenet_v2_person", threshold=LOWEST_SCORE).manifest
    assert isinstance(manifest, SsdliteManifest)
    return manifest


def raw_outputs(
    golden: dict[str, np.ndarray], manifest: SsdliteManifest, picture: int
) -> dict[str, np.ndarray]:
    here = golden["picture"] == picture
    boxes = np.zeros((1, ANCHORS, 4), np.float32)
    classes = np.full((1, ANCHORS, 2), -20, np.float32)
    boxes[0, golden["anchor"][here]] = golden["box_encodings"][here]
    classes[0, golden["anchor"][here]] = golden["class_predictions"][here]
    return {manifest.outputs.box_encodings: boxes, manifest.outputs.class_predictions: classes}


def test_detections_equal_the_graph_s_own(golden: dict[str, np.ndarray], manifest: SsdliteManifest) -> None:
    specs = {
        manifest.outputs.box_encodings: (1, ANCHORS, 4),
        manifest.outputs.class_predictions: (1, ANCHORS, 2),
    }
    detector = SsdliteDetector(
        manifest, {name: TensorSpec(name, shape, FLOAT32) for name, shape in specs.items()}
    )
    # A picture of one pixel, so that pixels are the graph's fractions.
    placement = stretch(np.zeros((1, 1, 3), np.uint8), out=np.zeros((300, 300, 3), np.uint8))
    pictures = len(golden["boxes"])
    assert pictures >= 4
    for picture in range(pictures):
        expected = golden["scores"][picture] >= LOWEST_SCORE

        found = detector.decode(raw_outputs(golden, manifest, picture), placement)

        boxes = [(one.box.y1, one.box.x1, one.box.y2, one.box.x2) for one in found]
        assert len(found) == expected.sum() > 0
        np.testing.assert_allclose(
            [one.score for one in found], golden["scores"][picture][expected], atol=1e-4
        )
        np.testing.assert_allclose(boxes, golden["boxes"][picture][expected], atol=1e-4)
