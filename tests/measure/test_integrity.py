"""What is damaged is found, and named."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
import yaml
from fakes.damage import PERSON, copied, flip, rehash, shift_zero_point

from edge_mbv2 import models
from edge_mbv2.errors import ModelError
from edge_mbv2.measure import expected, integrity, labelled, layers
from edge_mbv2.measure.model_test import ModelTest
from edge_mbv2.measure.report import Verdict
from edge_mbv2.models import catalogue

RECORD = expected.load()


def test_the_record_is_of_the_models_that_come_along() -> None:
    """After a change of these: make figures."""
    assert RECORD.models.keys() == catalogue.shipped().keys()
    for name, record in RECORD.models.items():
        manifest = models.load(name).manifest
        assert (record.sha256, record.labels) == (manifest.sha256, manifest.labels)
        assert 0 < record.tolerance.ap < 0.05 < record.accuracy.ap


def test_the_record_is_of_the_pictures_that_come_along() -> None:
    folder = expected.folder()
    assert RECORD.pictures == labelled.hashes(folder)
    assert {str(p.path.relative_to(folder)) for p in labelled.read(folder).pictures} < RECORD.pictures.keys()


def test_a_harmed_picture_is_named(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    for name in ("annotations.json", "probe.png", "images/a.jpg", "images/b.jpg", "images/c.jpg"):
        (tmp_path / name).write_text(name)
    whole = labelled.hashes(tmp_path)
    assert list(labelled.harmed(tmp_path, whole)) == []
    (tmp_path / "images/a.jpg").unlink()
    (tmp_path / "images/b.jpg").write_text("another")
    absent, changed = labelled.harmed(tmp_path, whole)
    assert absent == "images/a.jpg can't be read (No such file or directory)"
    assert changed.startswith("images/b.jpg has sha256 ")


def test_a_hundred_flipped_bits_are_found(tmp_path: Path) -> None:
    path = copied(tmp_path)
    manifest = models.load(str(path)).manifest
    rng = random.Random(7)
    size = path.stat().st_size
    for _ in range(100):
        position, bit = rng.randrange(size), rng.randrange(8)
        flip(path, position, bit)
        with pytest.raises(ModelError, match=f"{path.name}: its sha256 is"):
            models.manifest.check_file(path, manifest)
        flip(path, position, bit)


def test_a_damaged_file_is_told_with_its_first_wrong_layer(tmp_path: Path) -> None:
    path = copied(tmp_path)
    inside = layers.load(path)
    shift_zero_point(path, inside.tensors[40])
    verdict = integrity.harmed_weights("its hash is wrong", path, RECORD.models[PERSON])
    assert verdict.passed is False
    assert verdict.finding.startswith("its hash is wrong; ")
    assert verdict.finding.endswith(f"the first is {inside.title(inside.tensors[40])}")


def test_a_file_that_is_no_model_any_more(tmp_path: Path) -> None:
    path = tmp_path / "model.tflite"
    path.write_bytes(b"nothing of the kind")
    verdict = integrity.harmed_weights("wrong", path, RECORD.models[PERSON])
    assert verdict.finding.startswith(f"wrong; {path}: this is not a .tflite file")
    path.unlink()
    assert integrity.harmed_weights("gone", path, RECORD.models[PERSON]).finding == "gone"


@pytest.mark.parametrize("place", [0, 30, 57])
def test_a_zero_point_off_by_one_is_found_whatever_the_manifest_says(tmp_path: Path, place: int) -> None:
    path = copied(tmp_path)
    inside = layers.load(path)
    shift_zero_point(path, inside.tensors[place])
    rehash(path)
    record = RECORD.models[PERSON]
    verdict = integrity.weights(models.load(str(path)), record)
    assert verdict.passed is False
    assert str(path) in verdict.finding
    answers = integrity.answers(layers.load(path), record)
    assert answers.passed is False
    assert f"the first is {inside.title(inside.tensors[place])}" in answers.finding


def test_a_zero_point_that_the_engine_refuses_is_named_too(tmp_path: Path) -> None:
    path = copied(tmp_path)
    inside = layers.load(path)
    tensor = inside.graph.ops[-1].inputs[0]
    shift_zero_point(path, tensor)
    rehash(path)
    told: list[tuple[str, Verdict]] = []
    ModelTest(
        path.with_suffix(".yaml"),
        RECORD.models[PERSON],
        ("numpy",),
        None,
        lambda name, _, verdict: told.append((name, verdict)),
    ).run()
    failed = {name: verdict.finding for name, verdict in told if verdict.passed is False}
    assert failed.keys() >= {"weights", "layers"}
    assert inside.graph.tensors[tensor].name in failed["layers"]


def test_a_model_as_it_came() -> None:
    for name, record in RECORD.models.items():
        loaded = models.load(name)
        assert integrity.weights(loaded, record).passed
        assert integrity.labels(loaded.manifest.labels, record.labels).passed
        assert integrity.answers(layers.load(loaded.path), record).passed


def test_swapped_labels_are_named(tmp_path: Path) -> None:
    path = copied(tmp_path, "ssd_mobilenet_v2_oidv4")
    manifest = path.with_suffix(".yaml")
    values = yaml.safe_load(manifest.read_text())
    values["labels"][7], values["labels"][19] = values["labels"][19], values["labels"][7]
    manifest.write_text(yaml.safe_dump(values))
    found = models.load(str(path)).manifest.labels
    verdict = integrity.labels(found, RECORD.models["ssd_mobilenet_v2_oidv4"].labels)
    assert verdict.passed is False
    assert "label 7 is 'Dog', expected 'Cat'; label 19 is 'Cat', expected 'Dog'" in verdict.finding


def test_missing_labels_are_counted() -> None:
    assert integrity.labels(("a",), ("a", "b")).finding == "1 labels, expected 2"
