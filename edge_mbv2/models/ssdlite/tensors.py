"""The output tensors that an SSD's manifest promises."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from edge_mbv2.models.ssdlite import anchors
from edge_mbv2.models.ssdlite.manifest import SsdliteManifest
from edge_mbv2.models.tensors import output_mistakes
from edge_mbv2.tensor import TensorSpec


def mistakes(manifest: SsdliteManifest, outputs: Mapping[str, TensorSpec]) -> Iterator[str]:
    """Say where a model's outputs are not as its manifest has them, naming both."""
    count = len(anchors.generate(manifest.anchors))
    columns = len(manifest.labels) + manifest.scores.background
    yield from output_mistakes(
        "box_encodings", manifest.outputs.box_encodings, (1, count, 4), "the anchors", outputs
    )
    yield from output_mistakes(
        "class_predictions",
        manifest.outputs.class_predictions,
        (1, count, columns),
        "the anchors, labels and background",
        outputs,
    )
