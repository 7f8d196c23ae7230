"""Manifests: what is accepted, and that every mistake is told at once."""

import re
from pathlib import Path
from typing import Any

import pytest
from fakes import ssd

from edge_mbv2.errors import ManifestError, ModelError
from edge_mbv2.models.manifest import check_file, read
from edge_mbv2.models.ssdlite.manifest import SsdliteManifest

FAMILIES = {"ssdlite": SsdliteManifest}
EXTRAS = {
    "licence": {"spdx": "MIT", "copyright": "2018 somebody"},
    "origin": {"package": "PyPI something 0.2", "file": "graph.pb", "sha256": "0" * 64},
    "measured": {
        "reference": "float model", "pictures": "twelve", "ap": 0.98, "ap50": 0.99, "ap75": 1,
        "parameters": 2_990_000, "madds": 640_000_000,
    },
}  # fmt: skip


def test_a_whole_manifest_is_read(tmp_path: Path) -> None:
    manifest = read(ssd.write(tmp_path, ssd.document(**EXTRAS)), FAMILIES)

    assert isinstance(manifest, SsdliteManifest)
    assert manifest.schema_version == 1
    assert manifest.labels == ("person", "cat")
    assert manifest.anchors.feature_maps == (3, 2, 1)
    assert manifest.thresholds.score == 0.4
    assert manifest.licence is not None
    assert manifest.licence.spdx == "MIT"
    assert manifest.measured is not None
    assert manifest.measured.ap75 == 1


def test_what_is_only_for_people_may_be_missing(tmp_path: Path) -> None:
    manifest = read(ssd.write(tmp_path, ssd.document()), FAMILIES)

    assert (manifest.licence, manifest.origin, manifest.measured) == (None, None, None)


def changed(path: str, value: object) -> dict[str, Any]:
    """Return a manifest with the value at a dotted path replaced, or added."""
    document = ssd.document(**EXTRAS)
    section = document
    *parents, last = path.split(".")
    for part in parents:
        section[part] = dict(section[part])
        section = section[part]
    section[last] = value
    return document


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        ("schema", 2, "schema: 2: input should be 1"),
        ("family", "ssd", "family: 'ssd'; expected one of ssdlite"),
        ("task", "segmentation", "task: 'segmentation': input should be 'detection'"),
        ("file", "../model.tflite", "file: '../model.tflite'; expected the bare name"),
        ("sha256", "abc", "sha256: 'abc': string should match"),
        ("sha256", "A" * 64, "string should match"),
        ("size_bytes", 0, "size_bytes: 0: input should be greater than 0"),
        ("size_bytes", "10", "size_bytes: '10': input should be a valid integer"),
        ("input.width", 300.5, "input.width: 300.5: input should be a valid integer"),
        ("input.height", 0, "input.height: 0"),
        ("input.dtype", "float32", "input.dtype: 'float32': input should be 'uint8'"),
        ("input.color", "bgr", "input.color: 'bgr': input should be 'rgb'"),
        ("input.resize", "crop", "input.resize: 'crop': input should be 'stretch' or 'letterbox'"),
        ("input.colour", "rgb", "input.colour: unknown key; did you mean 'color'?"),
        ("anchors.feature_maps", [19], "anchors.feature_maps"),
        ("anchors.feature_maps", [19, 0], "anchors.feature_maps.1: 0"),
        ("anchors.aspect_ratios", [1.0, -1.0], "anchors.aspect_ratios.1: -1.0"),
        ("anchors.min_scale", float("nan"), "anchors.min_scale: nan"),
        ("anchors.type", "yolo", "anchors.type: 'yolo'"),
        ("box_coder.y_scale", 0, "box_coder.y_scale: 0"),
        ("scores.background", 1, "scores.background: 1: input should be a valid boolean"),
        ("scores.activation", "softmax", "scores.activation: 'softmax': input should be 'sigmoid'"),
        ("labels", [], "labels"),
        ("labels", ["person", False], "labels.1: false: input should be a valid string"),
        ("thresholds.score", 1.0, "thresholds.score: 1.0: input should be less than 1"),
        ("thresholds.nms_iou", 0, "thresholds.nms_iou: 0"),
        ("thresholds.max_detections", 0, "thresholds.max_detections: 0"),
        ("threshold", 0.4, "threshold: unknown key; did you mean 'thresholds'?"),
        ("licence.spdx", None, "licence.spdx: nothing"),
        ("licence.license", "MIT", "licence.license: unknown key"),
        ("measured.ap", "high", "measured.ap: 'high'"),
        ("schema_version", 1, "schema_version: unknown key"),
    ],
)
def test_a_mistake_is_told(tmp_path: Path, path: str, value: object, told: str) -> None:
    manifest = ssd.write(tmp_path, changed(path, value))

    with pytest.raises(ManifestError, match=re.escape(told)) as caught:
        read(manifest, FAMILIES)

    assert len(str(caught.value).splitlines()) == 1
    assert str(caught.value).startswith(str(manifest))


@pytest.mark.parametrize("key", sorted(ssd.document().keys() - {"family"}))
def test_a_missing_key_is_told(tmp_path: Path, key: str) -> None:
    document = ssd.document()
    del document[key]

    with pytest.raises(ManifestError, match=rf" {key}: missing$"):
        read(ssd.write(tmp_path, document), FAMILIES)


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    document = ssd.document(schema=2, labels=[1], extra=0)
    document["input"] = document["input"] | {"width": "wide"}

    with pytest.raises(ManifestError) as caught:
        read(ssd.write(tmp_path, document), FAMILIES)

    message = str(caught.value)
    assert len(message.splitlines()) == 4
    for part in ("schema: 2", "labels.0: 1", "extra: unknown key", "input.width: 'wide'"):
        assert part in message


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "family: None"),
        (b"- a list", "expected a manifest"),
        (b"name: [unclosed", "not valid YAML"),
        (b"\xff\xd8\xff\xe0", "not valid YAML"),
        (b"!!python/object/apply:os.getcwd []", "unknown tag !!python/object/apply:os.getcwd"),
    ],
)
def test_what_is_no_manifest_is_told(tmp_path: Path, data: bytes, told: str) -> None:
    path = tmp_path / "model.yaml"
    path.write_bytes(data)

    with pytest.raises(ManifestError, match=told):
        read(path, FAMILIES)


def test_a_missing_manifest_is_told(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match=r"absent\.yaml: No such file or directory; expected a manifest"):
        read(tmp_path / "absent.yaml", FAMILIES)


def test_the_right_file_passes(tmp_path: Path) -> None:
    manifest = read(ssd.write(tmp_path, ssd.document()), FAMILIES)

    check_file(tmp_path / manifest.file, manifest)


def test_a_file_of_another_size_is_told_with_both_sizes(tmp_path: Path) -> None:
    manifest = read(ssd.write(tmp_path, ssd.document()), FAMILIES)
    path = tmp_path / manifest.file
    path.write_bytes(ssd.CONTENT[:-1])

    with pytest.raises(
        ModelError, match=rf"{len(ssd.CONTENT) - 1} bytes, its manifest says {len(ssd.CONTENT)}"
    ):
        check_file(path, manifest)


def test_another_file_of_the_same_size_is_told_with_both_hashes(tmp_path: Path) -> None:
    manifest = read(ssd.write(tmp_path, ssd.document()), FAMILIES)
    path = tmp_path / manifest.file
    path.write_bytes(b"x" * len(ssd.CONTENT))

    with pytest.raises(
        ModelError, match=rf"its sha256 is [0-9a-f]{{64}}, its manifest says {manifest.sha256}"
    ):
        check_file(path, manifest)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    manifest = read(ssd.write(tmp_path, ssd.document()), FAMILIES)

    with pytest.raises(ModelError, match=r"absent\.tflite: No such file or directory; expected the model of"):
        check_file(tmp_path / "absent.tflite", manifest)
