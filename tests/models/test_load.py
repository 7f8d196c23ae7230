"""The one function that turns a model's name into what makes a detector."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fakes import ssd

from edge_mbv2 import models
from edge_mbv2.errors import LabelsError, ManifestError, ModelError, UsageError
from edge_mbv2.models.ssdlite.manifest import SsdliteManifest
from edge_mbv2.tensor import QuantParams


@pytest.fixture
def manifest_path(tmp_path: Path) -> Path:
    return ssd.write(tmp_path, ssd.document())


def test_a_model_is_loaded_by_its_tflite(manifest_path: Path) -> None:
    loaded = models.load(str(manifest_path.with_suffix(".tflite")))

    assert loaded.manifest.name == "tiny_ssd"
    assert loaded.path == manifest_path.with_suffix(".tflite")
    assert loaded.manifest_path == manifest_path


def test_a_damaged_file_is_refused(manifest_path: Path) -> None:
    manifest_path.with_suffix(".tflite").write_bytes(b"something else")

    with pytest.raises(ModelError, match="damaged"):
        models.load(str(manifest_path))


def test_the_user_s_threshold_wins(manifest_path: Path) -> None:
    manifest = models.load(str(manifest_path), threshold=0.7).manifest

    assert isinstance(manifest, SsdliteManifest)
    assert manifest.thresholds.score == 0.7
    assert manifest.thresholds.nms_iou == 0.6


@pytest.mark.parametrize("threshold", [0, 1, -0.1, float("nan")])
def test_a_threshold_out_of_range_is_a_wrong_option(manifest_path: Path, threshold: float) -> None:
    with pytest.raises(UsageError, match="expected a score above 0 and below 1"):
        models.load(str(manifest_path), threshold=threshold)


def test_the_user_s_labels_win(manifest_path: Path, tmp_path: Path) -> None:
    labels = tmp_path / "labels.txt"
    labels.write_text("Mensch\nKatze\n")

    loaded = models.load(str(manifest_path), labels=labels)

    assert loaded.manifest.labels == ("Mensch", "Katze")
    detector = detector_of(loaded)
    assert detector.labels == ("Mensch", "Katze")


def test_labels_of_another_count_are_told(manifest_path: Path, tmp_path: Path) -> None:
    labels = tmp_path / "labels.txt"
    labels.write_text("Mensch\n")

    with pytest.raises(LabelsError, match="1 labels; the model has 2 classes"):
        models.load(str(manifest_path), labels=labels)


def detector_of(loaded: models.LoadedModel, **changes: object) -> models.Detector[object]:
    """Make the detector, as an engine would see the model with its input or outputs changed."""
    config = loaded.manifest
    assert isinstance(config, SsdliteManifest)
    seen = {"input": ssd.input_spec(config), "outputs": ssd.output_specs(config)} | changes
    return loaded.make_detector(seen["input"], seen["outputs"])  # type: ignore[arg-type]


def test_the_detector_finds_what_the_outputs_say(manifest_path: Path) -> None:
    loaded = models.load(str(manifest_path))
    config = loaded.manifest
    assert isinstance(config, SsdliteManifest)
    detector = detector_of(loaded, outputs=ssd.output_specs(config, ssd.FLOAT32))

    tensor, geometry = detector.preprocess(np.zeros((300, 400, 3), np.uint8))
    (found,) = detector.decode(ssd.outputs_for(config, [(30, 1, 2.0, (0.25, 0.5, 0.75, 1.0))]), geometry)

    assert tensor.shape == (1, 30, 40, 3)
    assert (found.label, found.class_id) == ("cat", 1)
    assert found.score == pytest.approx(1 / (1 + np.exp(-2)))
    assert (found.box.x1, found.box.y1, found.box.x2, found.box.y2) == pytest.approx(
        (200, 75, 400, 225), abs=1e-3
    )


def test_an_input_that_disagrees_is_told_with_both(manifest_path: Path) -> None:
    loaded = models.load(str(manifest_path))
    spec = replace(
        ssd.input_spec(ssd.manifest()), name="picture", shape=(1, 30, 41, 3), dtype=np.dtype(np.int8)
    )

    with pytest.raises(ManifestError) as caught:
        detector_of(loaded, input=spec)

    lines = str(caught.value).splitlines()
    assert lines == [
        f"{manifest_path}: input.name: the manifest says 'image', the model's input is 'picture'",
        f"{manifest_path}: input: the manifest's size makes [1, 30, 40, 3], the model takes [1, 30, 41, 3]",
        f"{manifest_path}: input.dtype: the manifest says uint8, the model takes int8",
    ]


def outputs(**changes: object) -> dict[str, object]:
    specs = ssd.output_specs(ssd.manifest())
    return specs | {ssd.CLASSES: replace(specs[ssd.CLASSES], **changes)}  # type: ignore[arg-type]


def scaled(*scales: float) -> QuantParams:
    return QuantParams(np.array(scales, np.float32), np.zeros(len(scales), np.int32))


@pytest.mark.parametrize(
    ("specs", "told"),
    [
        (
            outputs(shape=(1, 57, 2)),
            "labels and background of the manifest make [1, 57, 3], 'raw/class_predictions'",
        ),
        (outputs(shape=(1, 56, 3)), "'raw/class_predictions' is [1, 56, 3]"),
        (outputs(dtype=np.dtype(np.int16)), "is int16; expected int8, uint8 or float32"),
        (outputs(quantization=None), "is int8 without the one positive scale to read it by"),
        (outputs(quantization=scaled(0.0)), "without the one positive scale"),
        (outputs(quantization=scaled(-0.1)), "without the one positive scale"),
        (outputs(quantization=scaled(0.1, 0.2)), "without the one positive scale"),
        (
            {ssd.BOXES: ssd.output_specs(ssd.manifest())[ssd.BOXES]},
            "the model's outputs are 'raw/box_encodings'",
        ),
    ],
)
def test_an_output_that_disagrees_is_told_with_both(
    manifest_path: Path, specs: dict[str, object], told: str
) -> None:
    with pytest.raises(ManifestError) as caught:
        detector_of(models.load(str(manifest_path)), outputs=specs)

    (line,) = str(caught.value).splitlines()
    assert line.startswith(f"{manifest_path}: outputs.class_predictions: ")
    assert told in line


def test_input_and_outputs_are_told_together(manifest_path: Path) -> None:
    loaded = models.load(str(manifest_path))
    spec = replace(ssd.input_spec(ssd.manifest()), name="picture")

    with pytest.raises(ManifestError) as caught:
        detector_of(loaded, input=spec, outputs={})

    assert len(str(caught.value).splitlines()) == 3


def test_every_family_can_be_named_in_a_manifest() -> None:
    for name, family in models.FAMILIES.items():
        assert name in str(family.manifest.model_fields["family"].annotation)
