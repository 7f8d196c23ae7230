"""What the manifest of an SSD with raw outputs says besides the common part."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from edge_mbv2.models.manifest import Fraction, FromList, Manifest, Positive, Section, Thresholds

FeatureMap = Annotated[int, Field(ge=1, le=512)]


class Outputs(Section):
    """Tensor names by role."""

    box_encodings: str
    class_predictions: str


class Anchors(Section):
    """The parameters of `edge_mbv2.models.ssdlite.anchors.generate`."""

    type: Literal["ssd"]
    min_scale: Positive
    max_scale: Positive
    feature_maps: Annotated[tuple[FeatureMap, ...], FromList, Field(min_length=2, max_length=16)]
    aspect_ratios: Annotated[tuple[Positive, ...], FromList, Field(min_length=1, max_length=16)]
    reduce_boxes_in_lowest_layer: bool


class BoxCoder(Section):
    """What the encodings are divided by."""

    y_scale: Positive
    x_scale: Positive
    height_scale: Positive
    width_scale: Positive


class Scores(Section):
    """How class predictions become scores; with ``background`` their column 0 is no class."""

    activation: Literal["sigmoid"]
    background: bool


class DetectionThresholds(Thresholds):
    """Besides: boxes that overlap a better one by more, and all beyond so many."""

    nms_iou: Fraction
    max_detections: Annotated[int, Field(ge=1, le=1000)]


class SsdliteManifest(Manifest):
    """A detector whose file ends in box encodings and class predictions for each anchor."""

    task: Literal["detection"]
    family: Literal["ssdlite"]
    outputs: Outputs
    anchors: Anchors
    box_coder: BoxCoder
    scores: Scores
    thresholds: DetectionThresholds
