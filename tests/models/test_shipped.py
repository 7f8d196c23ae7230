"""The models that come along: whole, and they see what is there."""

from pathlib import Path

import cv2
import pytest

from edge_mbv2 import inference, models
from edge_mbv2.models import catalogue
from edge_mbv2.types import Detection

NAMES = ["ssd_mobilenet_v2_oidv4", "ssdlite_mobilenet_v2_person"]


def detect(name: str, picture: Path) -> tuple[Detection, ...]:
    loaded = models.load(name)
    backend, _ = inference.choose("auto", loaded.path, 1)
    detector = loaded.make_detector(backend.input, backend.outputs)
    image = cv2.imread(str(picture))
    assert image is not None
    tensor, geometry = detector.preprocess(image)
    found = detector.decode(backend.invoke(tensor), geometry)
    backend.close()
    return found


def test_these_come_along() -> None:
    assert sorted(catalogue.shipped()) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_manifest_file_and_engine_agree(name: str) -> None:
    loaded = models.load(name)
    backend, _ = inference.choose("auto", loaded.path, 1)

    detector = loaded.make_detector(backend.input, backend.outputs)

    assert loaded.manifest.name == name
    assert detector.labels == loaded.manifest.labels
    backend.close()


@pytest.mark.parametrize("name", NAMES)
def test_licence_origin_and_measurements_are_stated(name: str) -> None:
    manifest = models.load(name).manifest

    assert manifest.title != name
    assert manifest.licence is not None
    assert manifest.origin is not None
    assert manifest.measured is not None


def test_the_person_model_finds_the_person(shared: Path) -> None:
    (found,) = detect("ssdlite_mobilenet_v2_person", shared / "images" / "grace_hopper.bmp")

    assert found.label == "person"
    assert found.score > 0.9
    # 517 pixels wide, 606 high, filled by her portrait.
    assert found.box.x1 < 60
    assert found.box.x2 > 460
    assert found.box.y1 < 80
    assert found.box.y2 > 560


def test_the_person_model_takes_a_cat_for_nobody(shared: Path) -> None:
    assert detect("ssdlite_mobilenet_v2_person", shared / "images" / "cat_720p.jpg") == ()


def test_the_objects_model_finds_the_cat(shared: Path) -> None:
    (found,) = detect("ssd_mobilenet_v2_oidv4", shared / "images" / "cat_720p.jpg")

    assert found.label == "Cat"
    assert found.score > 0.6
